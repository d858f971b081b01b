//! What keeps HTTPS from being served.

use std::borrow::Cow;
use std::path::PathBuf;

use thiserror::Error;

use crate::finding::Advice;
use crate::store::StoreError;

/// What the certificate is called in messages.
pub(super) const CERTIFICATE: &str = "certificate";
/// What the key is called in messages.
pub(super) const KEY: &str = "private key";

/// Why HTTPS cannot be served.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file of the user's cannot be read.
    #[error("the {what} \"{}\" cannot be read: {why}", path.display())]
    Unreadable {
        /// `certificate` or `private key`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: std::io::Error,
    },
    /// A file holds nothing of the kind.
    #[error("\"{}\" holds no {what} in PEM form: {why}", path.display())]
    NotPem {
        /// `certificate` or `private key`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the reader says.
        why: String,
    },
    /// The two do not belong together.
    #[error("the private key \"{}\" does not belong to the certificate \"{}\"", key.display(), cert.display())]
    Mismatch {
        /// The certificate.
        cert: PathBuf,
        /// The key.
        key: PathBuf,
    },
    /// rustls does not take them.
    #[error("the certificate cannot be used: {0}")]
    Unusable(rustls::Error),
    /// There is no folder to keep a certificate in.
    #[error(
        "there is no folder to keep a certificate in: neither CYGNET_STATE_DIR nor HOME is set"
    )]
    NoStateDir,
    /// The state folder cannot be written.
    #[error("the certificate cannot be kept in the state folder: {0}")]
    Store(#[from] StoreError),
    /// rcgen cannot make one.
    #[error("a certificate cannot be created: {0}")]
    Make(#[from] rcgen::Error),
}

impl Advice for TlsError {
    fn hint(&self) -> Option<Cow<'_, str>> {
        Some(Cow::from(match self {
            Self::Unreadable { what, .. } => format!(
                "check the path after `{}`; it starts at the folder of swa-cli.config.json, else at the current folder",
                flag(what)
            ),
            Self::NotPem { what, .. } => format!(
                "name a file with a `-----BEGIN …-----` block of a {what} (PKCS#8, PKCS#1 or SEC1 for keys); `{}` names it now",
                flag(what)
            ),
            Self::Mismatch { .. } => {
                "name the key that the certificate was made with, or leave both out to use a certificate made here"
                    .to_owned()
            }
            Self::Unusable(_) | Self::Make(_) => {
                "leave `--ssl-cert` and `--ssl-key` out to use a certificate made here".to_owned()
            }
            Self::NoStateDir => {
                "set CYGNET_STATE_DIR to a folder, or give `--ssl-cert` and `--ssl-key`".to_owned()
            }
            Self::Store(_) => {
                "make the folder writable, name another one with CYGNET_STATE_DIR, or give `--ssl-cert` and `--ssl-key`"
                    .to_owned()
            }
        }))
    }
}

fn flag(what: &str) -> &'static str {
    match what {
        KEY => "--ssl-key",
        _ => "--ssl-cert",
    }
}
