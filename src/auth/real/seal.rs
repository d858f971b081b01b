//! What a browser keeps for us and can neither read nor change: AES-256-GCM with the key of the user's state folder.

use std::fs;
use std::io;
use std::path::Path;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};

use crate::store::atomic_file::write_whole;
use crate::store::folder::refuse_links;
use crate::store::{FileLock, StoreError};

/// Bytes of the key.
const KEY_LEN: usize = 32;
const FOLDER: &str = "sign-in";
const KEY_FILE: &str = "seal.key";
const LOCK_FILE: &str = "seal.lock";

/// Why nothing can be sealed.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The disk.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file holds something else.
    #[error("{0} is not a key of {KEY_LEN} bytes")]
    NoKey(String),
    /// The system has no random numbers.
    #[error("the system gives no random numbers")]
    Random,
}

/// Seals and opens.
#[derive(Debug)]
pub struct Sealer(LessSafeKey);

impl Sealer {
    /// With the key in the user's state folder, made if there is none; processes that come at once get the same.
    ///
    /// # Errors
    /// The folder cannot be used, or the file is no key.
    pub fn load_or_create(state_dir: &Path) -> Result<Self, SealError> {
        let folder = state_dir.join(FOLDER);
        let _lock = FileLock::acquire(state_dir, &folder.join(LOCK_FILE), || {})?;
        let path = folder.join(KEY_FILE);
        refuse_links(state_dir, &path)?;
        match fs::read(&path) {
            Ok(key) => Self::of(&key).ok_or_else(|| SealError::NoKey(path.display().to_string())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = random::<KEY_LEN>()?;
                write_whole(&path, &key).map_err(StoreError::io("writing", &path))?;
                Self::of(&key).ok_or(SealError::Random)
            }
            Err(error) => Err(StoreError::io("reading", &path)(error).into()),
        }
    }

    /// With a key that lasts as long as this process.
    ///
    /// # Errors
    /// There are no random numbers.
    pub fn in_memory() -> Result<Self, SealError> {
        Self::of(&random::<KEY_LEN>()?).ok_or(SealError::Random)
    }

    fn of(key: &[u8]) -> Option<Self> {
        let key = UnboundKey::new(&AES_256_GCM, key).ok()?;
        Some(Self(LessSafeKey::new(key)))
    }

    /// Seals a content for one `purpose`: what is sealed for another one does not open. The text is base64url.
    ///
    /// # Errors
    /// There are no random numbers.
    pub fn seal(&self, purpose: &str, content: &[u8]) -> Result<String, SealError> {
        let nonce = random::<NONCE_LEN>()?;
        let mut sealed = content.to_vec();
        let key = Nonce::assume_unique_for_key(nonce);
        self.0
            .seal_in_place_append_tag(key, Aad::from(purpose.as_bytes()), &mut sealed)
            .map_err(|_| SealError::Random)?;
        Ok(BASE64_URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat()))
    }

    /// The content of a sealed text; `None` if we did not seal it for this purpose, or it was changed.
    pub fn open(&self, purpose: &str, text: &[u8]) -> Option<Vec<u8>> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut sealed = sealed.to_vec();
        let purpose = Aad::from(purpose.as_bytes());
        let content = self.0.open_in_place(nonce, purpose, &mut sealed).ok()?;
        Some(content.to_vec())
    }
}

/// Random bytes, fit for secrets.
///
/// # Errors
/// There are none.
pub(super) fn random<const N: usize>() -> Result<[u8; N], SealError> {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| SealError::Random)?;
    Ok(bytes)
}

/// A secret of 256 bits as base64url text.
///
/// # Errors
/// There are no random numbers.
pub(super) fn random_text() -> Result<String, SealError> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(random::<32>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_sealed_with_this_key_for_this_purpose_opens() {
        let folder = tempfile::tempdir().unwrap();
        let one = Sealer::load_or_create(folder.path()).unwrap();
        let same = Sealer::load_or_create(folder.path()).unwrap();
        let other = Sealer::in_memory().unwrap();
        let sealed = one.seal("a", b"content").unwrap();
        assert_ne!(sealed, one.seal("a", b"content").unwrap());
        assert_eq!(same.open("a", sealed.as_bytes()).unwrap(), b"content");
        assert_eq!(same.open("b", sealed.as_bytes()), None);
        assert_eq!(other.open("a", sealed.as_bytes()), None);
        let mut changed = sealed.into_bytes();
        changed[30] = if changed[30] == b'A' { b'B' } else { b'A' };
        assert_eq!(one.open("a", &changed), None);
        for garbage in ["", "x", "====", "AAAA"] {
            assert_eq!(one.open("a", garbage.as_bytes()), None, "{garbage}");
        }
        let key = folder.path().join("sign-in/seal.key");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(key.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::write(key, "short").unwrap();
        let damaged = Sealer::load_or_create(folder.path());
        assert!(matches!(damaged, Err(SealError::NoKey(_))));
    }
}
