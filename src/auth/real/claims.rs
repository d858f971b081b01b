//! The claims of an ID token → those of `/.auth/me` and `rolesSource`.
//!
//! Azure reads tokens with a library that renames well-known claims to long types, as the documented bodies show; what it has no
//! name for keeps its own. A list becomes one claim for each of its elements.

use serde_json::Value;

use super::id_token::IdClaims;
use crate::auth::Claim;

pub(super) const NAME_IDENTIFIER: &str =
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier";
pub(super) const EMAIL: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress";
pub(super) const FIRST_NAME: &str =
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname";
pub(super) const LAST_NAME: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname";
pub(super) const NAME: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name";
pub(super) const UPN: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn";

/// Short names and the types they become.
const LONG_TYPES: [(&str, &str); 17] = [
    ("sub", NAME_IDENTIFIER),
    ("email", EMAIL),
    ("given_name", FIRST_NAME),
    ("family_name", LAST_NAME),
    ("unique_name", NAME),
    ("upn", UPN),
    (
        "birthdate",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/dateofbirth",
    ),
    (
        "gender",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/gender",
    ),
    (
        "website",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/webpage",
    ),
    (
        "role",
        "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
    ),
    (
        "roles",
        "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
    ),
    (
        "oid",
        "http://schemas.microsoft.com/identity/claims/objectidentifier",
    ),
    (
        "tid",
        "http://schemas.microsoft.com/identity/claims/tenantid",
    ),
    ("scp", "http://schemas.microsoft.com/identity/claims/scope"),
    (
        "idp",
        "http://schemas.microsoft.com/identity/claims/identityprovider",
    ),
    (
        "acr",
        "http://schemas.microsoft.com/claims/authnclassreference",
    ),
    (
        "amr",
        "http://schemas.microsoft.com/claims/authnmethodsreferences",
    ),
];

/// What only holds the protocol together.
const LEFT_OUT: [&str; 4] = ["nonce", "at_hash", "c_hash", "s_hash"];

/// The claims as apps see them, in the order of the token.
pub fn claims_of(token: &IdClaims) -> Vec<Claim> {
    let shown = token
        .iter()
        .filter(|(name, _)| !LEFT_OUT.contains(&name.as_str()));
    shown
        .flat_map(|(name, value)| {
            let typ = long_type(name).unwrap_or(name);
            values(value).into_iter().map(move |val| Claim {
                typ: typ.to_owned(),
                val,
            })
        })
        .collect()
}

/// The value of a claim that is named as in the token or by its long type; an empty one is none.
pub fn find(token: &IdClaims, name: &str) -> Option<String> {
    let found = token.get(name).or_else(|| {
        let short = LONG_TYPES.iter().filter(|(_, long)| *long == name);
        short.into_iter().find_map(|(short, _)| token.get(*short))
    });
    let first = values(found?).into_iter().next();
    first.filter(|value| !value.trim().is_empty())
}

fn long_type(name: &str) -> Option<&'static str> {
    let found = LONG_TYPES.iter().find(|(short, _)| *short == name);
    found.map(|(_, long)| *long)
}

fn values(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::String(text) => vec![text.clone()],
        Value::Array(all) => all.iter().flat_map(values).collect(),
        other => vec![other.to_string()],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn au_45_well_known_claims_have_the_types_of_the_documented_body() {
        let Value::Object(token) = json!({
            "sub": "s", "email": "ellen@contoso.com", "name": "Ellen 名", "ver": 2.0, "nonce": "n", "at_hash": "h",
            "roles": ["a", "b"], "address": {"locality": "x"}, "email_verified": true, "nothing": null,
        }) else {
            unreachable!()
        };
        let claims = claims_of(&token);
        let mut shown: Vec<(&str, &str)> = claims
            .iter()
            .map(|claim| (claim.typ.rsplit('/').next().unwrap(), claim.val.as_str()))
            .collect();
        shown.sort_unstable();
        assert_eq!(
            shown,
            [
                ("address", r#"{"locality":"x"}"#),
                ("email_verified", "true"),
                ("emailaddress", "ellen@contoso.com"),
                ("name", "Ellen 名"),
                ("nameidentifier", "s"),
                ("role", "a"),
                ("role", "b"),
                ("ver", "2.0"),
            ]
        );
        let long = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress";
        assert_eq!(find(&token, long).as_deref(), Some("ellen@contoso.com"));
        assert_eq!(find(&token, "name").as_deref(), Some("Ellen 名"));
        assert_eq!(find(&token, "nothing"), None);
    }
}
