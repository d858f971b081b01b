//! The body type that the backend rooms hand to one another: `Send`, whole or streamed with back-pressure.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::{BodyExt as _, combinators::UnsyncBoxBody};

/// Any error of a body stream.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A request or response body between the rooms `backend` and `functions`.
#[derive(Debug)]
pub enum Body {
    /// All of it, in memory: one frame.
    Whole(Bytes),
    /// A stream of frames.
    Streamed(UnsyncBoxBody<Bytes, BoxError>),
}

impl Body {
    /// A body that arrives in pieces.
    pub fn streamed<B>(body: B) -> Self
    where
        B: HttpBody<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self::Streamed(body.map_err(Into::into).boxed_unsync())
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> PolledFrame {
        match &mut *self {
            Self::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Self::Streamed(body) => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_empty(),
            Self::Streamed(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Streamed(body) => body.size_hint(),
        }
    }
}

/// What [`http_body::Body::poll_frame`] gives.
pub type PolledFrame<E = BoxError> = Poll<Option<Result<Frame<Bytes>, E>>>;

/// A body of more bytes than this gets memory from the system for itself alone.
pub(crate) const LARGE: usize = 256 * 1024;

/// An empty buffer for a body of `length` bytes. A large one is returned to the system when it is dropped: glibc keeps freed
/// blocks of up to 32 MB, and once it has kept one it keeps up to twice as much of all other freed memory too. Memory that
/// nothing is written to costs nothing.
pub(crate) fn buffer_for(length: usize) -> BytesMut {
    const RETURNED: usize = (32 << 20) + 1;
    BytesMut::with_capacity(match length > LARGE {
        true => length.max(RETURNED),
        false => length,
    })
}

/// Reads a whole body into one piece of memory; its size hint says how much memory to begin with.
///
/// # Errors
/// The error that the body ends with.
pub(crate) async fn in_one_piece(mut body: Body) -> Result<Bytes, BoxError> {
    if let Body::Whole(bytes) = body {
        return Ok(bytes);
    }
    let mut whole = buffer_for(usize::try_from(body.size_hint().lower())?);
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            if whole.len() + data.len() > whole.capacity() {
                let mut larger = buffer_for(2 * (whole.len() + data.len()));
                larger.extend_from_slice(&whole);
                whole = larger;
            }
            whole.extend_from_slice(&data);
        }
    }
    Ok(whole.freeze())
}

/// A body with no bytes.
pub fn empty() -> Body {
    Body::Whole(Bytes::new())
}

/// A body that is already in memory.
pub fn full(bytes: impl Into<Bytes>) -> Body {
    Body::Whole(bytes.into())
}
