//! Whether the emulator speaks HTTPS, and with which certificate.

use std::path::{Path, PathBuf};

use clap::Args;

use super::SettingsError;
use super::error::Named;
use super::folders::absolute;
use super::layers::Layers;
use super::notice::Notice;
use super::options;
use super::parse;
use super::value::Setting;

const HEADING: &str = "HTTPS";

/// The flags of HTTPS, exactly as typed.
#[derive(Debug, Clone, Default, Args)]
pub struct TlsArgs {
    /// Serve by https, with a certificate made here or that of --ssl-cert
    #[arg(help_heading = HEADING, short, long, value_name = "BOOL", value_parser = parse::boolean, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub ssl: Option<bool>,

    /// Certificate in PEM form, with the chain after it
    #[arg(help_heading = HEADING, short = 'e', long, value_name = "FILE")]
    pub ssl_cert: Option<String>,

    /// Its private key in PEM form
    #[arg(help_heading = HEADING, short = 'k', long, value_name = "FILE")]
    pub ssl_key: Option<String>,
}

impl TlsArgs {
    /// These arguments, and those of `earlier` where these have none.
    #[must_use]
    pub fn or(self, earlier: Self) -> Self {
        Self {
            ssl: self.ssl.or(earlier.ssl),
            ssl_cert: self.ssl_cert.or(earlier.ssl_cert),
            ssl_key: self.ssl_key.or(earlier.ssl_key),
        }
    }
}

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
    base: &Path,
    args: &TlsArgs,
    notices: &mut Vec<Notice>,
) -> Result<Setting<TlsSetting>, SettingsError> {
    let ssl = layers.get_or(&options::SSL, args.ssl, parse::boolean, false)?;
    let file = |option, typed: &Option<String>| -> Result<_, SettingsError> {
        Ok(layers
            .get(option, typed.clone(), parse::text)?
            .filter(|path| !path.trim().is_empty()))
    };
    let cert = file(&options::SSL_CERT, &args.ssl_cert)?;
    let key = file(&options::SSL_KEY, &args.ssl_key)?;
    if !ssl.value {
        if let Some(given) = cert.as_ref().or(key.as_ref()) {
            notices.push(Notice::warn(
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
            let cert = absolute(base, &cert);
            let key = absolute(base, &key);
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
