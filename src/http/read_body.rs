//! A body that is read whole, in whichever way it may go wrong: every reader of one asks here.

use std::fmt::Display;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};

/// How much of a body is read, and for how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyLimit {
    /// Most bytes.
    pub(crate) bytes: usize,
    /// For the whole body.
    pub(crate) time: Duration,
}

/// Why a body was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BodyError {
    /// It ended early, or was framed wrongly. What came of it is not it.
    #[error("the request body could not be read: {0}")]
    Broken(String),
    /// It has more bytes than this.
    #[error("the request body is larger than {0} bytes")]
    TooLarge(usize),
    /// It took longer than this.
    #[error("the request body did not arrive within {} s", .0.as_secs_f64())]
    Slow(Duration),
}

impl BodyError {
    /// What a body says of its end; actix adds `: None` where nothing more is known.
    pub(crate) fn broken(error: impl Display) -> Self {
        let why = error.to_string();
        Self::Broken(why.trim_end_matches(": None").to_owned())
    }

    /// The status that the sender is told.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Broken(_) => 400,
            Self::TooLarge(_) => 413,
            Self::Slow(_) => 408,
        }
    }
}

/// Reads a body to its end.
///
/// # Errors
/// [`BodyError`]; the rest of the body is unread then, so the connection must not be used again.
pub(crate) async fn read_body<E: Display>(
    body: impl Stream<Item = Result<Bytes, E>>,
    limit: BodyLimit,
) -> Result<Bytes, BodyError> {
    let mut body = std::pin::pin!(body);
    let whole = async {
        let mut whole = Bytes::new();
        while let Some(piece) = body.next().await {
            let piece = piece.map_err(BodyError::broken)?;
            if piece.len() > limit.bytes - whole.len() {
                return Err(BodyError::TooLarge(limit.bytes));
            }
            // Most bodies come in one piece, which need not be copied.
            whole = match whole.is_empty() {
                true => piece,
                false => {
                    let mut joined = BytesMut::from(whole);
                    joined.extend_from_slice(&piece);
                    joined.freeze()
                }
            };
        }
        Ok(whole)
    };
    tokio::time::timeout(limit.time, whole)
        .await
        .unwrap_or(Err(BodyError::Slow(limit.time)))
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    const LIMIT: BodyLimit = BodyLimit {
        bytes: 4,
        time: Duration::from_millis(20),
    };

    #[tokio::test]
    async fn a_body_is_whole_or_an_error() {
        let pieces = |pieces: &[Result<&'static str, &'static str>]| {
            let pieces = pieces.iter().map(|piece| piece.map(Bytes::from));
            stream::iter(pieces.collect::<Vec<_>>())
        };
        let read = read_body(pieces(&[Ok("ab"), Ok("cd")]), LIMIT).await;
        assert_eq!(read, Ok(Bytes::from("abcd")));
        for (given, error, status) in [
            (
                [Ok("ab"), Err("cut")],
                BodyError::Broken("cut".to_owned()),
                400,
            ),
            ([Ok("ab"), Ok("cde")], BodyError::TooLarge(4), 413),
        ] {
            assert_eq!(error.status(), status);
            assert_eq!(read_body(pieces(&given), LIMIT).await, Err(error));
        }
        let slow = pieces(&[Ok("ab")]).chain(stream::pending());
        let error = read_body(slow, LIMIT).await.unwrap_err();
        assert_eq!(error, BodyError::Slow(LIMIT.time));
        assert_eq!(error.status(), 408);
    }
}
