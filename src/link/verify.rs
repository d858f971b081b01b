//! Tokens, judged: by the keys of all apps of this machine, as Azure's own services judge by those of all its apps.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use jsonwebtoken::{Algorithm, DecodingKey, Validation};

use super::issuer::Claims;
use super::key::{Jwk, PUBLIC_FILE};

/// What is wrong with a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It is no JWT.
    Malformed,
    /// No app of this machine signed it.
    Signature,
    /// Another app did: its issuer.
    Issuer(String),
    /// It is for another backend.
    Audience,
    /// It is too old, or not valid yet.
    Lifetime,
}

/// The public keys of all apps.
#[derive(Debug)]
pub struct KeyRing {
    folder: PathBuf,
    known: Mutex<HashMap<String, DecodingKey>>,
}

impl KeyRing {
    /// The keys in the subfolders of this folder, each read when a token first names it.
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            known: Mutex::default(),
        }
    }

    /// Judges a token without its `Bearer `: signature, issuer, audience, lifetime, in this order. `now` is in seconds
    /// since 1970.
    pub fn verify(
        &self,
        token: &str,
        issuers: &[String],
        audience: &str,
        now: u64,
    ) -> Result<Claims, Fault> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| Fault::Malformed)?;
        let key = header.kid.as_deref().and_then(|kid| self.key(kid));
        let mut validation = Validation::new(Algorithm::RS256);
        // Judged below, in Azure's order and with its words.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let claims =
            jsonwebtoken::decode::<Claims>(token, &key.ok_or(Fault::Signature)?, &validation)
                .map_err(|_| Fault::Signature)?
                .claims;
        if !issuers.contains(&claims.iss) {
            return Err(Fault::Issuer(claims.iss));
        }
        if claims.aud != audience {
            return Err(Fault::Audience);
        }
        match (claims.nbf..claims.exp).contains(&now) {
            true => Ok(claims),
            false => Err(Fault::Lifetime),
        }
    }

    fn key(&self, kid: &str) -> Option<DecodingKey> {
        let lock = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = lock().get(kid) {
            return Some(key.clone());
        }
        let jwk = fs::read_dir(&self.folder)
            .ok()?
            .flatten()
            .find_map(|entry| {
                let text = fs::read(entry.path().join(PUBLIC_FILE)).ok()?;
                let jwk: Jwk = serde_json::from_slice(&text).ok()?;
                (jwk.kid == kid).then_some(jwk)
            })?;
        let key = DecodingKey::from_rsa_components(&jwk.n, &jwk.e).ok()?;
        lock().insert(kid.to_owned(), key.clone());
        Some(key)
    }
}
