//! HTTPS: the certificate that the settings ask for, as rustls wants it.
//!
//! - [`pem`]: certificate and key from the user's files
//! - [`authority`]: a certificate made here, signed by a certificate authority of this user's own
//! - [`store`]: the folder that keeps both between runs, readable by its owner only
//! - [`by_name`]: which certificate a client gets: one for the name that it asks for, made then; renewed in time
//! - [`error`]: what keeps it from being served
//! - [`trust`]: where programs look for authorities, and how ours gets there when somebody asks for it
//!
//! Clients choose HTTP/2 or HTTP/1.1 in the handshake.

pub mod authority;
mod by_name;
mod error;
pub mod pem;
pub mod store;
pub mod trust;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::server::ResolvesServerCert;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use time::OffsetDateTime;

use crate::http::{AllowedHosts, HostPattern};
use crate::settings::TlsSetting;
use by_name::CertificateByName;
pub use error::TlsError;
use store::{Kept, Wanted};

/// How HTTP/2 is called in the handshake.
pub(super) const HTTP_2: &[u8] = b"h2";

/// Where the authority is kept, in the user's state folder.
pub const FOLDER: &str = "tls";

/// A certificate ready to be served.
#[derive(Debug)]
pub struct Tls {
    certificate: Certificate,
    /// What the start summary says of it.
    pub shown: String,
    /// The authority's certificate and whether it was made just now; `None` with the user's own files.
    pub authority: Option<(PathBuf, bool)>,
}

#[derive(Debug)]
enum Certificate {
    /// The user's own.
    Theirs(CertifiedKey),
    /// Made here.
    Made(Wanted, Kept),
}

/// Prepares HTTPS for a listener at `host` that answers for `names` too; `None` when the settings ask for plain HTTP.
///
/// # Errors
/// Files that are missing, unreadable, no PEM or do not belong together, and a state folder that cannot be written.
pub fn prepare(
    wanted: &TlsSetting,
    (host, names): (&str, &[HostPattern]),
    state_dir: Option<&Path>,
) -> Result<Option<Tls>, TlsError> {
    match wanted {
        TlsSetting::Off => Ok(None),
        TlsSetting::Files { cert, key } => {
            let (chain, secret) = pem::read(cert, key)?;
            let certificate = CertifiedKey::from_der(chain, secret, &ring::default_provider());
            let certificate = certificate.map_err(|error| match error {
                rustls::Error::InconsistentKeys(_) => TlsError::Mismatch {
                    cert: cert.clone(),
                    key: key.clone(),
                },
                error => TlsError::Unusable(error),
            })?;
            Ok(Some(Tls {
                certificate: Certificate::Theirs(certificate),
                shown: cert.display().to_string(),
                authority: None,
            }))
        }
        TlsSetting::SelfMade => {
            let wanted = Wanted {
                folder: state_dir.ok_or(TlsError::NoStateDir)?.join(FOLDER),
                host: host.to_owned(),
                names: names.iter().map(|name| name.name().to_owned()).collect(),
            };
            let kept = store::certificate(&wanted, OffsetDateTime::now_utc())?;
            Ok(Some(Tls {
                shown: "made by Cygnet".to_owned(),
                authority: Some((kept.path.clone(), kept.is_new_authority)),
                certificate: Certificate::Made(wanted, kept),
            }))
        }
    }
}

impl Tls {
    /// For rustls, with both protocols. Certificates are made for names of `hosts` only.
    ///
    /// # Errors
    /// None that is known.
    pub fn config(self, hosts: AllowedHosts) -> Result<ServerConfig, TlsError> {
        let resolver: Arc<dyn ResolvesServerCert> = match self.certificate {
            Certificate::Theirs(certificate) => Arc::new(SingleCertAndKey::from(certificate)),
            Certificate::Made(wanted, kept) => {
                Arc::new(CertificateByName::new(wanted, kept, hosts))
            }
        };
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let mut config = builder
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Unusable)?
            .with_no_client_auth()
            .with_cert_resolver(resolver);
        config.alpn_protocols = vec![HTTP_2.to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }
}
