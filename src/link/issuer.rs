//! `x-ms-auth-token` (AP-23, AP-31…AP-37): what an environment says to its backend, signed.

use std::path::PathBuf;

use base64::{Engine, prelude::BASE64_STANDARD};
use http::HeaderValue;
use jsonwebtoken::{Algorithm, Header};
use serde::{Deserialize, Serialize};
use tokio::sync::OnceCell;
use xxhash_rust::xxh3::Xxh3;

use super::key::{Jwk, Key};
use super::token_cache::{LIFETIME, TokenCache, bearer};
use crate::auth::ClientPrincipal;
use crate::store::now;

/// The claims of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// `https://<default host>/.auth` (AP-32)
    pub iss: String,
    /// The backend's address (AP-33).
    pub aud: String,
    /// The caller's id (AP-34); absent for an anonymous one (AP-37).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// Base64 of the client principal (AP-35); of one with the role `anonymous` alone for an anonymous caller (AP-37).
    #[serde(default)]
    pub prn: String,
    /// Not valid before.
    pub nbf: u64,
    /// When it was made.
    pub iat: u64,
    /// `nbf` + 300 s (AP-36).
    pub exp: u64,
}

/// Signs for one environment and one backend.
#[derive(Debug)]
pub struct Issuer {
    issuer: String,
    audience: String,
    folder: Option<PathBuf>,
    key: OnceCell<Option<Key>>,
    tokens: TokenCache,
}

impl Issuer {
    /// An issuer without its key, which [`Issuer::ready`] brings. `folder` is the app's in the state folder; without one
    /// the key is this process's.
    pub fn new(issuer: String, audience: String, folder: Option<PathBuf>) -> Self {
        Self {
            issuer,
            audience,
            folder,
            key: OnceCell::new(),
            tokens: TokenCache::default(),
        }
    }

    /// What its tokens say under `iss`.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Whether tokens can be had without waiting.
    pub fn is_ready(&self) -> bool {
        self.key.initialized()
    }

    /// Waits for the key: read, or made on another thread the first time. Without a key (said in the log) no token is sent.
    pub async fn ready(&self) {
        self.key
            .get_or_init(|| async {
                let folder = self.folder.clone();
                let made = tokio::task::spawn_blocking(move || find_key(folder.as_deref()));
                made.await.unwrap_or_default()
            })
            .await;
    }

    /// The public half of the key.
    pub fn jwk(&self) -> Option<&Jwk> {
        self.key.get()?.as_ref().map(|key| &key.jwk)
    }

    /// `Bearer <token>` for a caller: signed once, then used until it nears its end. `None` without a key.
    pub fn token(&self, principal: Option<&ClientPrincipal>) -> Option<HeaderValue> {
        self.token_at(principal, now())
    }

    /// The claims of the token that was sent last.
    pub fn last_claims(&self) -> Option<serde_json::Value> {
        self.tokens.last_claims()
    }

    fn token_at(&self, principal: Option<&ClientPrincipal>, now: u64) -> Option<HeaderValue> {
        let caller = principal.map_or(0, fingerprint);
        self.tokens
            .get_or_sign(caller, now, || self.sign(principal, now))
    }

    fn sign(&self, principal: Option<&ClientPrincipal>, now: u64) -> Option<HeaderValue> {
        let key = self.key.get()?.as_ref()?;
        let anonymous = ClientPrincipal {
            identity_provider: String::new(),
            user_id: String::new(),
            user_details: String::new(),
            user_roles: vec!["anonymous".to_owned()],
            claims: Vec::new(),
        };
        let json = serde_json::to_vec(principal.unwrap_or(&anonymous)).ok()?;
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: principal.map(|principal| principal.user_id.clone()),
            prn: BASE64_STANDARD.encode(json),
            nbf: now,
            iat: now,
            exp: now + LIFETIME,
        };
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(key.jwk.kid.clone());
        bearer(&header, &claims, &key.encoding)
    }
}

/// The key of the folder, else one that lasts as long as this process.
fn find_key(folder: Option<&std::path::Path>) -> Option<Key> {
    let kept = folder.map(|folder| {
        Key::load_or_create(folder).inspect_err(|error| {
            log::warn!(hint = "make the folder readable and writable, or remove it"; "the key of this app in {} cannot be used: {error}; a new one serves until the emulator ends",
                folder.display()
            );
        })
    });
    match kept {
        Some(Ok(key)) => Some(key),
        _ => Key::in_memory()
            .inspect_err(|error| log::error!("no key could be made for `x-ms-auth-token`: {error}"))
            .ok(),
    }
}

/// Everything that a token says of a caller, never zero.
fn fingerprint(principal: &ClientPrincipal) -> u128 {
    let mut hash = Xxh3::new();
    let roles = principal.user_roles.iter().map(String::as_str);
    let fields = [
        principal.identity_provider.as_str(),
        &principal.user_id,
        &principal.user_details,
    ];
    for text in fields.into_iter().chain(roles) {
        hash.update(&text.len().to_le_bytes());
        hash.update(text.as_bytes());
    }
    hash.digest128() | 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::verify::{Fault, KeyRing};

    fn principal(name: &str) -> ClientPrincipal {
        let text = |text: &str| text.to_owned();
        ClientPrincipal::new(text("github"), Some(text("u1")), text(name), vec![], vec![])
    }

    #[tokio::test]
    async fn ap_31_to_37_the_token_is_as_observed_cached_and_refused_for_each_fault() {
        // AP-31, AP-32, AP-33, AP-34, AP-35, AP-36, AP-37, B2-6.
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("apps/one");
        let (issuer_url, audience) = (
            "https://h.azurestaticapps.net/.auth",
            "https://b.azurewebsites.net",
        );
        let issuer = Issuer::new(issuer_url.to_owned(), audience.to_owned(), Some(at));
        assert!(issuer.token(None).is_none());
        issuer.ready().await;
        let now = now();
        let signed = issuer.token_at(Some(&principal("ines")), now).unwrap();
        let bearer = |token: &HeaderValue| token.to_str().unwrap()["Bearer ".len()..].to_owned();
        let token = bearer(&signed);
        let header = jsonwebtoken::decode_header(&token).unwrap();
        assert_eq!(header.alg, Algorithm::RS256);
        assert_eq!(header.typ.as_deref(), Some("JWT"));
        assert_eq!(header.kid.as_ref(), Some(&issuer.jwk().unwrap().kid));
        let ring = KeyRing::new(folder.path().join("apps"));
        let issuers = [issuer_url.to_owned()];
        let claims = ring.verify(&token, &issuers, audience, now).unwrap();
        assert_eq!(claims.sub.as_deref(), Some("u1"));
        assert_eq!((claims.iat, claims.exp), (now, now + 300));
        let prn = BASE64_STANDARD.decode(&claims.prn).unwrap();
        let prn: serde_json::Value = serde_json::from_slice(&prn).unwrap();
        assert_eq!(prn["userDetails"], "ines");
        assert_eq!(prn.as_object().unwrap().len(), 4);

        let anonymous = bearer(&issuer.token_at(None, now).unwrap());
        let claims = ring.verify(&anonymous, &issuers, audience, now).unwrap();
        assert_eq!(claims.sub, None);

        // Cached until it nears its end, for this caller alone.
        assert_eq!(
            issuer
                .token_at(Some(&principal("ines")), now + 239)
                .unwrap(),
            signed
        );
        assert_ne!(
            issuer.token_at(Some(&principal("otto")), now).unwrap(),
            signed
        );
        assert_ne!(
            issuer
                .token_at(Some(&principal("ines")), now + 240)
                .unwrap(),
            signed
        );

        let verify = |token: &str, issuer: &str, audience: &str, now| {
            ring.verify(token, &[issuer.to_owned()], audience, now)
                .unwrap_err()
        };
        assert_eq!(
            verify(&token, issuer_url, audience, now + 300),
            Fault::Lifetime
        );
        assert_eq!(
            verify(&token, issuer_url, "https://x", now),
            Fault::Audience
        );
        let other = verify(&token, "https://other/.auth", audience, now);
        assert_eq!(other, Fault::Issuer(issuer_url.to_owned()));
        assert_eq!(verify("a.b", issuer_url, audience, now), Fault::Malformed);
        let altered = format!("{}{}", &token[..token.len() - 8], "AAAAAAAA");
        assert_eq!(
            verify(&altered, issuer_url, audience, now),
            Fault::Signature
        );
        let none = format!("eyJhbGciOiJub25lIn0.{}.", token.split('.').nth(1).unwrap());
        assert_ne!(verify(&none, issuer_url, audience, now), Fault::Lifetime);
    }
}
