//! The hop to the Functions host in this process (B1): the same head as over the wire, bodies over a channel.
//!
//! The host may answer from another thread, a request body cannot leave this one: a small task hands its chunks over,
//! one at a time, so that a function's pace holds the caller back.

use std::{pin::Pin, task::Context};

use actix_web::{HttpResponse, http::header::AUTHORIZATION};
use bytes::Bytes;
use http::Request;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::sync::mpsc;

use super::{
    api_call::ApiCall, compat_warnings, error::CallError, proxy, request_body::RequestBody,
    response::ResponseContext,
};
use crate::{
    functions::{FunctionsHost, Invoked, ShowsFiles},
    http::body::{self, BoxError, PolledFrame},
    link::BackendKind,
};

/// Who answers, for people.
const WHO: &str = "the Functions host";

/// Asks the Functions host and takes its answer.
pub(super) async fn exchange(
    host: &FunctionsHost,
    call: &ApiCall<'_>,
    body: RequestBody,
    context: ResponseContext<'_>,
) -> Result<HttpResponse, CallError> {
    let slot = body.error_slot();
    let mut outgoing = Request::new(body);
    proxy::prepare(&mut outgoing, call, BackendKind::Managed, None)?;
    if call.request.headers().contains_key(AUTHORIZATION) {
        compat_warnings::authorization_replaced();
    }
    if let Some(hop) = call.hop {
        hop.sent(WHO, &outgoing);
    }
    let response = host.handle(outgoing.map(sendable)).await;
    // The host answers a broken body in its own way, but the caller is owed the reason (AP-43).
    if let Some(error) = slot.and_then(|slot| slot.take()) {
        return Err(error);
    }
    compat_warnings::look_at(response.headers(), WHO, None);
    let (head, body) = response.into_parts();
    if let Some(hop) = call.hop {
        hop.received(&head);
        if let Some(invoked) = head.extensions.get::<Invoked>() {
            hop.invoked(&invoked.id, invoked.waited);
        }
    }
    let mut response = context.respond(&head, body, WHO);
    if let Some(&mark) = head.extensions.get::<ShowsFiles>() {
        response.extensions_mut().insert(mark);
    }
    Ok(response)
}

/// A body that may go to another thread.
fn sendable(body: RequestBody) -> body::Body {
    match body {
        RequestBody::Empty => body::empty(),
        RequestBody::Whole(bytes) => body::full(bytes),
        RequestBody::Streamed(_) => {
            let length = body.size_hint();
            let (sender, receiver) = mpsc::channel(1);
            actix_web::rt::spawn(hand_over(body, sender));
            body::Body::streamed(Handed { receiver, length })
        }
    }
}

/// Hands chunks over until the body ends or nobody takes them any more.
async fn hand_over(mut body: RequestBody, sender: mpsc::Sender<Result<Bytes, BoxError>>) {
    loop {
        let frame = tokio::select! {
            frame = body.frame() => frame,
            () = sender.closed() => return,
        };
        let chunk = match frame {
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) => Ok(data),
                Err(_) => continue,
            },
            Some(Err(error)) => Err(error.into()),
            None => return,
        };
        let last = chunk.is_err();
        if sender.send(chunk).await.is_err() || last {
            return;
        }
    }
}

/// The other end of [`hand_over`].
struct Handed {
    receiver: mpsc::Receiver<Result<Bytes, BoxError>>,
    /// As announced by the caller.
    length: SizeHint,
}

impl Body for Handed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> PolledFrame {
        self.receiver
            .poll_recv(context)
            .map(|chunk| chunk.map(|chunk| chunk.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        self.length
    }
}

#[cfg(test)]
mod tests {
    use actix_web::{dev::Payload, error::PayloadError, rt::System, test::TestRequest};
    use futures_util::{StreamExt, stream};

    use super::*;
    use crate::backend::request_body;

    /// A streamed body of `chunks`, announced with `length` if given.
    async fn streamed(
        length: Option<u64>,
        chunks: Vec<Result<Bytes, PayloadError>>,
    ) -> RequestBody {
        let request = match length {
            Some(length) => TestRequest::post().insert_header(("content-length", length)),
            None => TestRequest::post().insert_header(("transfer-encoding", "chunked")),
        };
        // Each comes a moment after it is asked for.
        let late = stream::iter(chunks).then(|chunk| async {
            tokio::task::yield_now().await;
            chunk
        });
        let payload = Payload::Stream {
            payload: late.boxed_local(),
        };
        let received = request_body::receive(&request.to_http_request(), payload, 1_000_000).await;
        received.unwrap_or(RequestBody::Empty)
    }

    #[test]
    fn a_streamed_body_arrives_whole_with_its_length() {
        System::new().block_on(async {
            for length in [Some(100_000), None] {
                let chunks = (0..10).map(|_| Ok(Bytes::from(vec![b'x'; 10_000])));
                let chunks = chunks.collect();
                let body = sendable(streamed(length, chunks).await);
                assert_eq!(body.size_hint().exact(), length);
                assert_eq!(
                    body.collect().await.unwrap().to_bytes(),
                    vec![b'x'; 100_000]
                );
            }
        });
    }

    #[test]
    fn a_broken_body_breaks_for_the_function_too_and_its_reason_is_kept() {
        System::new().block_on(async {
            let chunks = vec![
                Ok(Bytes::from_static(b"abc")),
                Err(PayloadError::EncodingCorrupted),
            ];
            let body = streamed(None, chunks).await;
            let slot = body.error_slot();
            assert!(sendable(body).collect().await.is_err());
            assert!(matches!(
                slot.unwrap().take(),
                Some(CallError::RequestBody(_))
            ));

            let body = streamed(None, vec![Ok(Bytes::from(vec![0; 1_000_001]))]).await;
            let slot = body.error_slot();
            assert!(sendable(body).collect().await.is_err());
            assert!(matches!(
                slot.unwrap().take(),
                Some(CallError::TooLarge { limit: 1_000_000 })
            ));
        });
    }
}
