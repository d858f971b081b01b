//! Why a server gave no response, and the words for it.

use std::error::Error;
use std::io;

use super::Origin;

/// A request has no response. Whether it was the server's fault is for the caller to say.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum ClientError {
    /// There is no connection: nothing was sent.
    #[error("{0}")]
    Connect(String),
    /// The connection was made, but no acceptable response came of it.
    #[error("{0}")]
    Exchange(String),
}

impl ClientError {
    pub(super) fn connect(origin: &Origin, error: &(dyn Error + 'static)) -> Self {
        let origin = origin.as_str();
        Self::Connect(match io_kind(error) {
            Some(io::ErrorKind::ConnectionRefused) => format!("connection refused by {origin}"),
            _ => format!("cannot connect to {origin}: {}", error_chain(error)),
        })
    }

    pub(crate) fn exchange(origin: &Origin, error: &hyper::Error) -> Self {
        let origin = origin.as_str();
        Self::Exchange(if error.is_parse() {
            format!(
                "{origin} did not answer in acceptable HTTP: {}",
                error_chain(error)
            )
        } else if error.is_incomplete_message() {
            format!("{origin} closed the connection before it answered")
        } else {
            match io_kind(error) {
                Some(io::ErrorKind::ConnectionReset) => {
                    format!("{origin} reset the connection before it answered")
                }
                _ => format!("no answer of {origin}: {}", error_chain(error)),
            }
        })
    }
}

/// An error with its causes, outermost first, none twice: hyper's own text stops at the first.
pub(crate) fn error_chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}

/// The kind of the input/output error somewhere below.
pub(super) fn io_kind(error: &(dyn Error + 'static)) -> Option<io::ErrorKind> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            return Some(io.kind());
        }
        next = error.source();
    }
    None
}
