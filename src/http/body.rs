//! The body type that the backend rooms hand to one another: streamed, `Send`, with back-pressure.

use std::task::Poll;

use bytes::Bytes;
use http_body::Frame;
use http_body_util::{BodyExt, Empty, Full, combinators::UnsyncBoxBody};

/// Any error of a body stream.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A streamed request or response body between the rooms `backend` and `functions`.
pub type Body = UnsyncBoxBody<Bytes, BoxError>;

/// What [`http_body::Body::poll_frame`] gives.
pub type PolledFrame<E = BoxError> = Poll<Option<Result<Frame<Bytes>, E>>>;

/// A body with no bytes.
pub fn empty() -> Body {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

/// A body that is already in memory.
pub fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into())
        .map_err(|never| match never {})
        .boxed_unsync()
}
