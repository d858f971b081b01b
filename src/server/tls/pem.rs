//! Certificate and private key from PEM files.

use std::path::Path;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::authority::Pair;
use super::error::{CERTIFICATE, KEY, TlsError};

type Parts = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// Reads the certificate with its chain, and the key: PKCS#8, PKCS#1 or SEC1. Both may be the same file.
///
/// # Errors
/// Files that cannot be read, or that hold nothing of the kind.
pub fn read(cert: &Path, key: &Path) -> Result<Parts, TlsError> {
    parts((&bytes(CERTIFICATE, cert)?, cert), (&bytes(KEY, key)?, key))
}

/// The same of what was made here.
///
/// # Errors
/// It was damaged since.
pub fn parse(pair: &Pair) -> Result<Parts, TlsError> {
    let place = Path::new("what was made here");
    parts((pair.cert.as_bytes(), place), (pair.key.as_bytes(), place))
}

fn parts((text, cert): (&[u8], &Path), (secret, key): (&[u8], &Path)) -> Result<Parts, TlsError> {
    let not_pem = |what, path: &Path, why: String| TlsError::NotPem {
        what,
        path: path.to_path_buf(),
        why,
    };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(text)
        .collect::<Result<_, _>>()
        .map_err(|error| not_pem(CERTIFICATE, cert, error.to_string()))?;
    if chain.is_empty() {
        let why = "there is no `BEGIN CERTIFICATE` block".to_owned();
        return Err(not_pem(CERTIFICATE, cert, why));
    }
    let secret = PrivateKeyDer::from_pem_slice(secret)
        .map_err(|error| not_pem(KEY, key, error.to_string()))?;
    Ok((chain, secret))
}

fn bytes(what: &'static str, path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|why| TlsError::Unreadable {
        what,
        path: path.to_path_buf(),
        why,
    })
}
