//! Whether the emulator speaks HTTPS, and with which certificate.

use std::path::PathBuf;

use super::SettingsError;
use super::error::Named;
use super::layers::Layers;
use super::options;
use super::value::Setting;
use crate::finding::Finding;

/// How the emulator speaks to browsers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsSetting {
    /// Plain HTTP.
    Off,
    /// HTTPS with a certificate that is made here.
    SelfMade,
    /// HTTPS with these PEM files, absolute; whether they can be used is seen when they are read.
    Files {
        /// The certificate and its chain.
        cert: PathBuf,
        /// The private key.
        key: PathBuf,
    },
}

/// Chooses. As with the official CLI the two files only count together with `ssl`.
///
/// # Errors
/// Values that mean nothing, and one file without the other.
pub fn choose(
    layers: &Layers<'_>,
    notices: &mut Vec<Finding>,
) -> Result<Setting<TlsSetting>, SettingsError> {
    let ssl = layers.get(&options::SSL)?;
    let cert = layers.words(&options::SSL_CERT)?;
    let key = layers.words(&options::SSL_KEY)?;
    if !ssl.value {
        if let Some(given) = cert.as_ref().or(key.as_ref()) {
            notices.push(Finding::remark(
                format!(
                    "The certificate `{}` ({}) is not used: HTTPS is off.",
                    given.value, given.source
                ),
                "add `--ssl`, or remove the certificate and its key",
            ));
        }
        return Ok(ssl.map(|_| TlsSetting::Off));
    }
    match (cert, key) {
        (Some(cert), Some(key)) => {
            let cert = layers.absolute(&cert);
            let key = layers.absolute(&key);
            Ok(ssl.map(|_| TlsSetting::Files { cert, key }))
        }
        (None, None) => Ok(ssl.map(|_| TlsSetting::SelfMade)),
        (Some(cert), None) => Err(SettingsError::TlsHalf {
            given: Named::new(&options::SSL_CERT, &cert.source),
            missing: &options::SSL_KEY,
        }),
        (None, Some(key)) => Err(SettingsError::TlsHalf {
            given: Named::new(&options::SSL_KEY, &key.source),
            missing: &options::SSL_CERT,
        }),
    }
}
