//! A limit on the time between two pieces of a body that is passed on as it comes.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as HttpBody, SizeHint};
use tokio::time::{Sleep, sleep};

use super::body::{Body, BoxError, PolledFrame};
use super::read_body::BodyError;

/// How long a sender may send nothing.
pub(crate) const MAX_IDLE: Duration = Duration::from_secs(45);

/// Counts while its body is waited for, and only then: whoever takes the pieces may be as slow as they like.
pub(crate) struct IdleTimeout {
    limit: Duration,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl IdleTimeout {
    pub(crate) fn new(limit: Duration) -> Self {
        Self { limit, sleep: None }
    }

    /// Passes on what polling the body gave.
    ///
    /// # Errors
    /// [`BodyError::Slow`]: it was pending for too long.
    pub(crate) fn check<T>(
        &mut self,
        context: &mut Context<'_>,
        polled: Poll<T>,
    ) -> Poll<Result<T, BodyError>> {
        if let Poll::Ready(piece) = polled {
            self.sleep = None;
            return Poll::Ready(Ok(piece));
        }
        let limit = self.limit;
        let sleep = self.sleep.get_or_insert_with(|| Box::pin(sleep(limit)));
        sleep
            .as_mut()
            .poll(context)
            .map(|()| Err(BodyError::Slow(limit)))
    }
}

/// A body whose sender may not pause for longer than a limit.
pub(crate) struct IdleLimited {
    body: Body,
    idle: IdleTimeout,
}

impl IdleLimited {
    pub(crate) fn new(body: Body, limit: Duration) -> Self {
        Self {
            body,
            idle: IdleTimeout::new(limit),
        }
    }
}

impl HttpBody for IdleLimited {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> PolledFrame {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        match self.idle.check(context, polled) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(frame)) => Poll::Ready(frame),
            Poll::Ready(Err(slow)) => Poll::Ready(Some(Err(slow.into()))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt, stream};
    use http_body_util::{BodyExt, StreamBody};

    use super::*;

    #[tokio::test]
    async fn only_the_sender_is_hurried() {
        const LIMIT: Duration = Duration::from_millis(20);
        let pieces = |times: usize| {
            let piece = || Ok::<_, BoxError>(http_body::Frame::data(Bytes::from("x")));
            let pieces = stream::iter((0..times).map(move |_| piece()));
            Body::streamed(StreamBody::new(pieces.chain(stream::pending())))
        };
        let mut body = IdleLimited::new(pieces(2), LIMIT);
        assert!(body.frame().await.is_some_and(|frame| frame.is_ok()));
        // Nobody asks for the next piece for a while.
        tokio::time::sleep(2 * LIMIT).await;
        assert!(body.frame().await.is_some_and(|frame| frame.is_ok()));
        let error = body.frame().await.unwrap().unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&BodyError::Slow(LIMIT)));
    }
}
