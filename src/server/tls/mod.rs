//! HTTPS: the certificate that the settings ask for, as rustls wants it.
//!
//! - [`pem`]: certificate and key from the user's files
//! - [`authority`]: a certificate made here, signed by a certificate authority of this user's own
//! - [`store`]: the folder that keeps both between runs, readable by its owner only
//! - [`trust`]: where programs look for authorities, and how ours gets there when somebody asks for it
//!
//! Only HTTP/1.1 is offered: WebSockets do not pass over actix's HTTP/2, and every client speaks both.

pub mod authority;
pub mod pem;
pub mod store;
pub mod trust;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use thiserror::Error;

use crate::finding::Advice;
use crate::settings::{ServerSettings, TlsSetting};
use crate::store::StoreError;

/// Where the authority is kept, in the user's state folder.
pub const FOLDER: &str = "tls";

/// A certificate ready to be served.
#[derive(Debug)]
pub struct Tls {
    /// With `http/1.1` as the only protocol.
    pub config: ServerConfig,
    /// What the start summary says of it.
    pub shown: String,
    /// The authority's certificate and whether it was made just now; `None` with the user's own files.
    pub authority: Option<(PathBuf, bool)>,
}

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
        pem::KEY => "--ssl-key",
        _ => "--ssl-cert",
    }
}

/// Prepares HTTPS; `None` when the settings ask for plain HTTP.
///
/// # Errors
/// Files that are missing, unreadable, no PEM or do not belong together, and a state folder that cannot be written.
pub fn prepare(server: &ServerSettings, state_dir: Option<&Path>) -> Result<Option<Tls>, TlsError> {
    match &server.tls.value {
        TlsSetting::Off => Ok(None),
        TlsSetting::Files { cert, key } => {
            let (chain, secret) = pem::read(cert, key)?;
            let config = config(chain, secret).map_err(|error| match error {
                rustls::Error::InconsistentKeys(_) => TlsError::Mismatch {
                    cert: cert.clone(),
                    key: key.clone(),
                },
                error => TlsError::Unusable(error),
            })?;
            Ok(Some(Tls {
                config,
                shown: cert.display().to_string(),
                authority: None,
            }))
        }
        TlsSetting::SelfMade => {
            let folder = state_dir.ok_or(TlsError::NoStateDir)?;
            let made = store::certificate(&folder.join(FOLDER), &server.host.value)?;
            Ok(Some(Tls {
                config: config(made.chain, made.key).map_err(TlsError::Unusable)?,
                shown: "made by Cygnet".to_owned(),
                authority: Some((made.authority, made.is_new_authority)),
            }))
        }
    }
}

fn config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, rustls::Error> {
    let mut config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
