//! The platform's own `authorization` for managed functions (AP-25), and the internal name of their host (AP-20).

use std::sync::LazyLock;

use http::HeaderValue;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use uuid::Uuid;

use crate::link::token_cache::{LIFETIME, TokenCache, bearer};
use crate::store::now;

/// The managed host of this process: a name, a key, and the token of the moment.
pub(super) static PLATFORM: LazyLock<Platform> = LazyLock::new(Platform::new);

/// What the platform around managed functions is called and signs with.
pub(super) struct Platform {
    host: HeaderValue,
    guid: Uuid,
    key: EncodingKey,
    token: TokenCache,
}

#[derive(Serialize)]
struct Claims {
    iss: String,
    aud: String,
    nbf: u64,
    iat: u64,
    exp: u64,
}

impl Platform {
    fn new() -> Self {
        let guid = Uuid::new_v4();
        let host = HeaderValue::from_str(&format!("{guid}.azurewebsites.net"));
        Self {
            // A GUID is always a header value; the fallback only spares a panic.
            host: host.unwrap_or(HeaderValue::from_static("managed.azurewebsites.net")),
            guid,
            key: EncodingKey::from_secret(
                &[Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat(),
            ),
            token: TokenCache::default(),
        }
    }

    /// `<guid>.azurewebsites.net`, the same for the life of the process (AP-20).
    pub(super) fn host(&self) -> &HeaderValue {
        &self.host
    }

    /// `Bearer <token>` (AP-25): signed once, then used until it nears its end.
    pub(super) fn authorization(&self) -> Option<HeaderValue> {
        self.authorization_at(now())
    }

    /// The claims of the token that was sent last (AP-25).
    pub(super) fn last_claims(&self) -> Option<serde_json::Value> {
        self.token.last_claims()
    }

    fn authorization_at(&self, now: u64) -> Option<HeaderValue> {
        self.token.get_or_sign(0, now, || self.sign(now))
    }

    fn sign(&self, now: u64) -> Option<HeaderValue> {
        let guid = self.guid;
        let claims = Claims {
            iss: format!("https://{guid}.scm.azurewebsites.net"),
            aud: format!("https://{guid}.azurewebsites.net/azurefunctions"),
            nbf: now,
            iat: now,
            exp: now + LIFETIME,
        };
        bearer(&Header::new(Algorithm::HS256), &claims, &self.key)
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    use serde_json::Value;

    use super::*;

    fn part(token: &HeaderValue, index: usize) -> Value {
        let token = token.to_str().unwrap().strip_prefix("Bearer ").unwrap();
        let bytes = BASE64_URL_SAFE_NO_PAD
            .decode(token.split('.').nth(index).unwrap())
            .unwrap();
        serde_json::from_slice(&bytes).unwrap()
    }

    #[test]
    fn ap_25_the_token_has_the_documented_form_and_lives_300_s() {
        let platform = Platform::new();
        let token = platform.authorization_at(1_000).unwrap();
        assert_eq!(part(&token, 0)["alg"], "HS256");
        let claims = part(&token, 1);
        let guid = platform.guid;
        assert_eq!(
            claims["iss"],
            format!("https://{guid}.scm.azurewebsites.net")
        );
        assert_eq!(
            claims["aud"],
            format!("https://{guid}.azurewebsites.net/azurefunctions")
        );
        assert_eq!(claims["nbf"], 1_000);
        assert_eq!(claims["iat"], 1_000);
        assert_eq!(claims["exp"], 1_300);
    }

    #[test]
    fn ap_25_the_token_is_reused_until_it_nears_its_end() {
        let platform = Platform::new();
        let first = platform.authorization_at(1_000).unwrap();
        assert_eq!(platform.authorization_at(1_239).unwrap(), first);
        assert_ne!(platform.authorization_at(1_240).unwrap(), first);
    }
}
