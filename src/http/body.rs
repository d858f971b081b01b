//! The body type that the backend rooms hand to one another: streamed, `Send`, with back-pressure.

use std::task::Poll;

use bytes::{Bytes, BytesMut};
use http_body::{Body as _, Frame};
use http_body_util::{BodyExt, Empty, Full, combinators::UnsyncBoxBody};

/// Any error of a body stream.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A streamed request or response body between the rooms `backend` and `functions`.
pub type Body = UnsyncBoxBody<Bytes, BoxError>;

/// What [`http_body::Body::poll_frame`] gives.
pub type PolledFrame<E = BoxError> = Poll<Option<Result<Frame<Bytes>, E>>>;

/// Bytes beyond which memory is asked of the system for one body alone.
pub(crate) const LARGE: usize = 256 * 1024;

/// Memory for a body of so many bytes. Large ones are given back to the system when they are dropped: glibc keeps what it got
/// back of up to 32 MB for later, and then twice as much of all other memory too. What is not written to costs nothing.
pub(crate) fn room(length: usize) -> BytesMut {
    const GIVEN_BACK: usize = (32 << 20) + 1;
    BytesMut::with_capacity(match length > LARGE {
        true => length.max(GIVEN_BACK),
        false => length,
    })
}

/// Reads a body whose length is known, or guessed from what it says, into one piece.
///
/// # Errors
/// Whatever the body ends with.
pub(crate) async fn in_one_piece(mut body: Body) -> Result<Bytes, BoxError> {
    let mut whole = room(usize::try_from(body.size_hint().lower())?);
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            if whole.len() + data.len() > whole.capacity() {
                let mut more = room(2 * (whole.len() + data.len()));
                more.extend_from_slice(&whole);
                whole = more;
            }
            whole.extend_from_slice(&data);
        }
    }
    Ok(whole.freeze())
}

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
