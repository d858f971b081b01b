//! An identity provider that the owner of a backend adds beside that of the link, so that others may call it as well.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::{Deserialize, Serialize};

/// Seconds that two clocks may differ by.
const LEEWAY: u64 = 60;

/// Its tokens pass as `Authorization: Bearer`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OtherProvider {
    /// What its owner calls it.
    pub name: String,
    /// `iss` of its tokens.
    pub issuer: String,
    /// `aud` of its tokens.
    pub audience: String,
    /// Its public keys (RFC 7517, 5).
    pub keys: JwkSet,
}

#[derive(Deserialize)]
struct Nothing {}

impl OtherProvider {
    /// Whether a token without its `Bearer ` is signed by the provider (RS256), for this audience, and valid now.
    pub fn accepts(&self, token: &str) -> bool {
        let key = decode_header(token).ok().and_then(|header| {
            let jwk = self.keys.find(header.kid.as_deref()?)?;
            DecodingKey::from_jwk(jwk).ok()
        });
        let mut validation = Validation::new(Algorithm::RS256);
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        key.is_some_and(|key| decode::<Nothing>(token, &key, &validation).is_ok())
    }
}

/// The keys of a JSON Web Key Set.
///
/// # Errors
/// In words, when it is not one or holds no key for RS256 with an id.
pub fn keys(text: &[u8]) -> Result<JwkSet, String> {
    let mut keys: JwkSet = serde_json::from_slice(text).map_err(|error| error.to_string())?;
    let is_usable = |jwk: &jsonwebtoken::jwk::Jwk| {
        use jsonwebtoken::jwk::AlgorithmParameters::RSA;
        jwk.common.key_id.is_some() && matches!(jwk.algorithm, RSA(_))
    };
    keys.keys.retain(is_usable);
    match keys.keys.is_empty() {
        true => Err("it holds no RSA key with a `kid`".to_owned()),
        false => Ok(keys),
    }
}
