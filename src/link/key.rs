//! The RS256 key of an app, in its folder of the state folder, readable by its owner alone.

use std::fs;
use std::io;
use std::path::Path;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::EncodingKey;
use rsa::RsaPrivateKey;
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey, LineEnding};
use rsa::sha2::{Digest, Sha256};
use rsa::traits::PublicKeyParts;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::store::atomic_file::write_whole;
use crate::store::{FileLock, StoreError};

/// Bits of a key, as in Azure's tokens.
const BITS: usize = 2048;
const PRIVATE_FILE: &str = "key.pem";
/// The public half, for the gates of other emulators.
pub(super) const PUBLIC_FILE: &str = "public.json";
const LOCK_FILE: &str = "key.lock";

/// Why there is no key.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The disk.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Its folder.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file is no key, or none could be made.
    #[error("{0}")]
    Key(String),
}

/// The public half of a key as a JSON Web Key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// `RSA`
    pub kty: String,
    /// `sig`
    #[serde(rename = "use")]
    pub purpose: String,
    /// `RS256`
    pub alg: String,
    /// 40 hexadecimal digits, in the style of a certificate's thumbprint (AP-31).
    pub kid: String,
    /// Modulus, base64url.
    pub n: String,
    /// Exponent, base64url.
    pub e: String,
}

/// A key that signs.
pub struct Key {
    /// For signing.
    pub encoding: EncodingKey,
    /// For everyone.
    pub jwk: Jwk,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key")
            .field("kid", &self.jwk.kid)
            .finish_non_exhaustive()
    }
}

impl Key {
    /// The key in this folder, made if there is none; processes that come at once get the same. Takes its time.
    ///
    /// # Errors
    /// The folder cannot be written, or the file is no key.
    pub fn load_or_create(folder: &Path) -> Result<Self, KeyError> {
        let base = folder.parent().unwrap_or(folder);
        let _lock = FileLock::acquire(base, &folder.join(LOCK_FILE), || {})?;
        let path = folder.join(PRIVATE_FILE);
        let private = match fs::read_to_string(&path) {
            Ok(text) => RsaPrivateKey::from_pkcs8_pem(&text).map_err(failed)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let private = generate()?;
                let text = private.to_pkcs8_pem(LineEnding::LF).map_err(failed)?;
                write_whole(&path, text.as_bytes())?;
                private
            }
            Err(error) => return Err(error.into()),
        };
        let key = Self::of(&private)?;
        let public = folder.join(PUBLIC_FILE);
        let text = serde_json::to_vec(&key.jwk).map_err(failed)?;
        if fs::read(&public).ok().as_deref() != Some(&text) {
            write_whole(&public, &text)?;
        }
        Ok(key)
    }

    /// A key for this process, when there is no place to keep one.
    pub fn in_memory() -> Result<Self, KeyError> {
        Self::of(&generate()?)
    }

    fn of(private: &RsaPrivateKey) -> Result<Self, KeyError> {
        let der = private.to_pkcs1_der().map_err(failed)?;
        let public = private.to_public_key();
        let public_der = public.to_public_key_der().map_err(failed)?;
        let digest = Sha256::digest(public_der.as_bytes());
        let kid = digest
            .iter()
            .take(20)
            .map(|byte| format!("{byte:02X}"))
            .collect();
        Ok(Self {
            encoding: EncodingKey::from_rsa_der(der.as_bytes()),
            jwk: Jwk {
                kty: "RSA".to_owned(),
                purpose: "sig".to_owned(),
                alg: "RS256".to_owned(),
                kid,
                n: BASE64_URL_SAFE_NO_PAD.encode(public.n().to_bytes_be()),
                e: BASE64_URL_SAFE_NO_PAD.encode(public.e().to_bytes_be()),
            },
        })
    }
}

fn generate() -> Result<RsaPrivateKey, KeyError> {
    RsaPrivateKey::new(&mut rsa::rand_core::OsRng, BITS).map_err(failed)
}

fn failed(error: impl std::fmt::Display) -> KeyError {
    KeyError::Key(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ap_31_one_key_for_all_who_come_at_once_kept_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("apps/a");
        let keys: Vec<Jwk> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| Key::load_or_create(&at).unwrap().jwk))
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0]));
        assert_eq!(keys[0].kid.len(), 40);
        assert!(keys[0].kid.chars().all(|digit| digit.is_ascii_hexdigit()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = at
                .join(PRIVATE_FILE)
                .metadata()
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::write(at.join(PRIVATE_FILE), "no key").unwrap();
        assert!(Key::load_or_create(&at).is_err());
    }
}
