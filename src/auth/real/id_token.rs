//! An ID token, judged as OpenID Connect Core 1.0, 3.1.3.7 says: algorithm, signature, issuer, audience, lifetime, nonce.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Map, Value};

/// What a token says.
pub type IdClaims = Map<String, Value>;

/// The algorithms that are taken, all of public keys: with `none` and the shared secrets of `HS…` anybody could sign.
const ALGORITHMS: [(&str, Algorithm); 9] = [
    ("RS256", Algorithm::RS256),
    ("RS384", Algorithm::RS384),
    ("RS512", Algorithm::RS512),
    ("PS256", Algorithm::PS256),
    ("PS384", Algorithm::PS384),
    ("PS512", Algorithm::PS512),
    ("ES256", Algorithm::ES256),
    ("ES384", Algorithm::ES384),
    ("EdDSA", Algorithm::EdDSA),
];

/// Seconds that the clocks of this machine and of the provider may differ.
const SKEW: f64 = 120.0;
/// Stands for a tenant of Entra ID in the issuer of its documents for many tenants.
const TENANT: &str = "{tenantid}";

/// What a token has to say.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The issuers of which it has to name one, of the same provider.
    pub issuers: &'a [String],
    /// Ours.
    pub client_id: &'a str,
    /// That of the sign-in.
    pub nonce: &'a str,
    /// Seconds since 1970.
    pub now: u64,
}

/// Why a token is not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It names a key that is not among these; the provider may have new ones.
    UnknownKey(String),
    /// It proves nothing, and why.
    Refused(String),
}

/// What the token says, if it is the provider's, for us, for this sign-in, and of now.
///
/// # Errors
/// [`Fault`]
pub fn verify(token: &str, keys: &[Jwk], expected: &Expected<'_>) -> Result<IdClaims, Fault> {
    let claims = signed_claims(token, keys)?;
    judge(&claims, expected).map_err(Fault::Refused)?;
    Ok(claims)
}

/// The keys of a JWKS document that can be used; others, such as those of algorithms to come, are left out.
pub fn keys_of(document: &Value) -> Vec<Jwk> {
    let keys = document.get("keys").and_then(Value::as_array);
    let keys = keys.into_iter().flatten();
    keys.filter_map(|key| serde_json::from_value(key.clone()).ok())
        .collect()
}

fn signed_claims(token: &str, keys: &[Jwk]) -> Result<IdClaims, Fault> {
    let refused = |why: &str| Fault::Refused(format!("the ID token {why}"));
    let header = header(token).ok_or_else(|| refused("is no JSON Web Token"))?;
    let text = |name: &str| header.get(name).and_then(Value::as_str);
    let name = text("alg").unwrap_or("none");
    let algorithm = ALGORITHMS.iter().find(|(known, _)| *known == name);
    let Some((_, algorithm)) = algorithm else {
        return Err(refused(&format!(
            "is signed by `{}`, which proves nothing: only algorithms of public keys are taken",
            name.escape_debug()
        )));
    };
    if header.contains_key("crit") {
        return Err(refused("has critical extensions that nobody here knows"));
    }
    let kid = text("kid");
    let named: Vec<&Jwk> = keys
        .iter()
        .filter(|key| kid.is_none() || key.common.key_id.as_deref() == kid)
        .collect();
    if let (Some(kid), true) = (kid, named.is_empty()) {
        return Err(Fault::UnknownKey(kid.chars().take(100).collect()));
    }
    let mut validation = Validation::new(*algorithm);
    // Judged by `judge`, in words that say what to do.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let usable = named.into_iter().filter(|key| {
        let purpose = key.common.public_key_use.as_ref();
        let of_key = key.common.key_algorithm.map(|it| it.to_string());
        purpose != Some(&PublicKeyUse::Encryption) && of_key.is_none_or(|it| it == name)
    });
    let mut usable = usable.filter_map(|key| DecodingKey::from_jwk(key).ok());
    usable
        .find_map(|key| jsonwebtoken::decode::<IdClaims>(token, &key, &validation).ok())
        .map(|token| token.claims)
        .ok_or_else(|| refused("is not signed by a key of the provider"))
}

fn header(token: &str) -> Option<Map<String, Value>> {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, _, _] = parts[..] else {
        return None;
    };
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(header).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn judge(claims: &IdClaims, expected: &Expected<'_>) -> Result<(), String> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let found = text("iss").unwrap_or_default();
    if !expected
        .issuers
        .iter()
        .any(|it| is_issuer(it, found, text("tid")))
    {
        return Err(format!(
            "the ID token is of the issuer `{}`, not of `{}`",
            found.escape_debug(),
            expected.issuers.join("` or `")
        ));
    }
    for_us(claims, expected.client_id)?;
    in_time(claims, expected.now)?;
    if text("nonce") != Some(expected.nonce) {
        return Err("the ID token is not of this sign-in: its `nonce` is another one".to_owned());
    }
    match text("sub") {
        Some(subject) if !subject.is_empty() => Ok(()),
        _ => Err("the ID token names no user: it has no `sub`".to_owned()),
    }
}

fn is_issuer(expected: &str, found: &str, tenant: Option<&str>) -> bool {
    if !expected.contains(TENANT) {
        return expected == found;
    }
    let is_tenant = |id: &&str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !id.is_empty() && id.bytes().all(fits)
    };
    let tenant = tenant.filter(is_tenant);
    tenant.is_some_and(|tenant| expected.replace(TENANT, tenant) == found)
}

fn for_us(claims: &IdClaims, client_id: &str) -> Result<(), String> {
    let (is_ours, is_others) = match claims.get("aud") {
        Some(Value::String(one)) => (one == client_id, false),
        Some(Value::Array(all)) => {
            let ours = all.iter().filter(|it| it.as_str() == Some(client_id));
            let ours = ours.count();
            (ours > 0, ours < all.len())
        }
        _ => (false, false),
    };
    let party = claims.get("azp");
    let is_party = party.and_then(Value::as_str) == Some(client_id);
    match is_ours {
        true if is_party || (party.is_none() && !is_others) => Ok(()),
        true => Err(format!(
            "the ID token was made for another app: its `azp` is not the client id `{client_id}`"
        )),
        false => Err(format!(
            "the ID token was made for another app: its `aud` is not the client id `{client_id}`"
        )),
    }
}

fn in_time(claims: &IdClaims, now: u64) -> Result<(), String> {
    let now = now as f64;
    let moment = |name: &str| claims.get(name).and_then(Value::as_f64);
    let clock = "is the clock of this machine right?";
    match moment("exp") {
        None => return Err("the ID token never ends: it has no `exp`".to_owned()),
        Some(end) if end + SKEW <= now => {
            let since = now - end;
            return Err(format!(
                "the ID token ended {since:.0} s ago by the clock of this machine (hint: {clock})"
            ));
        }
        Some(_) => {}
    }
    for name in ["nbf", "iat"] {
        if let Some(start) = moment(name)
            && start - SKEW > now
        {
            let until = start - now;
            return Err(format!(
                "the ID token begins in {until:.0} s by the clock of this machine, as its `{name}` says (hint: {clock})"
            ));
        }
    }
    match moment("iat") {
        Some(_) => Ok(()),
        None => Err("the ID token has no `iat`".to_owned()),
    }
}

#[cfg(test)]
#[path = "id_token_tests.rs"]
mod tests;
