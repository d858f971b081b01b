//! Bodies in memory that are handed over a piece at a time.

use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use bytes::Bytes;

/// Bytes of a body in memory handed over at a time. actix copies each piece into its write buffer: a whole large body
/// would be copied through the processor's caches before the first byte leaves.
const CHUNK: usize = 256 * 1024;

/// Bytes in memory as a response body.
pub(crate) struct ChunkedBytes(Bytes);

impl ChunkedBytes {
    /// All of `bytes`, in pieces.
    pub(crate) fn new(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl MessageBody for ChunkedBytes {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.0.len() as u64)
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let length = self.0.len().min(CHUNK);
        Poll::Ready((length > 0).then(|| Ok(self.0.split_to(length))))
    }

    fn try_into_bytes(self) -> Result<Bytes, Self>
    where
        Self: Sized,
    {
        if self.0.len() <= CHUNK {
            Ok(self.0)
        } else {
            Err(self)
        }
    }
}
