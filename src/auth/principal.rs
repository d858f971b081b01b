//! The client principal (AU-40…AU-47): who the caller is, as `/.auth/me` and the API see it.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::collections::HashSet;
use xxhash_rust::xxh3::xxh3_128;

/// Roles that every signed-in user has (AU-44), in the order in which Azure lists them, before all others (AU-79).
pub const BUILT_IN_ROLES: [&str; 2] = ["anonymous", "authenticated"];

/// A signed-in user.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientPrincipal {
    /// `github`, `aad`, …
    pub identity_provider: String,
    /// Stable id of the user in this app.
    pub user_id: String,
    /// User name or e-mail address.
    pub user_details: String,
    /// Always contains `anonymous` and `authenticated` (AU-44).
    pub user_roles: Vec<String>,
    /// Only shown by `/.auth/me` with custom authentication, never to an API (AU-45).
    #[serde(skip)]
    pub claims: Vec<Claim>,
}

/// One claim of the identity provider.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Claim {
    /// Claim type.
    pub typ: String,
    /// Claim value.
    pub val: String,
}

/// Why a JSON text is not a client principal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrincipalError {
    /// The text is not JSON.
    #[error("it is not JSON: {0}")]
    NotJson(String),
    /// The text is JSON, but no object.
    #[error("it is {0}, not a JSON object")]
    NotAnObject(&'static str),
    /// A field has a value of the wrong kind.
    #[error("`{field}` is {found}, not {wanted}")]
    Field {
        /// Name of the field.
        field: &'static str,
        /// What stands there.
        found: &'static str,
        /// What has to stand there.
        wanted: &'static str,
    },
}

impl ClientPrincipal {
    /// A principal whose missing parts are filled in: an absent or empty `user_id` is derived from provider and
    /// details (AU-42), and the built-in roles come first (AU-44, AU-79).
    pub fn new(
        identity_provider: String,
        user_id: Option<String>,
        user_details: String,
        user_roles: Vec<String>,
        claims: Vec<Claim>,
    ) -> Self {
        let user_id = user_id
            .filter(|id| !id.is_empty())
            .unwrap_or_else(|| derive_user_id(&identity_provider, &user_details));
        let own = user_roles.into_iter();
        let own = own.filter(|role| !BUILT_IN_ROLES.contains(&role.as_str()));
        Self {
            identity_provider,
            user_id,
            user_details,
            user_roles: BUILT_IN_ROLES
                .map(str::to_owned)
                .into_iter()
                .chain(own)
                .collect(),
            claims,
        }
    }

    /// Appends the roles that the user does not have yet, for example those that a `rolesSource` returned.
    pub fn add_roles<R: Into<String>>(&mut self, roles: impl IntoIterator<Item = R>) {
        let mut known: HashSet<String> = self.user_roles.iter().cloned().collect();
        let new = roles.into_iter().map(Into::into);
        self.user_roles
            .extend(new.filter(|role: &String| known.insert(role.clone())));
    }

    /// Reads the JSON that a sign-in cookie carries.
    ///
    /// Lenient where test suites that set the cookie themselves are sloppy: `identityProvider`, `userId`,
    /// `userDetails` and `claims` may be absent, odd claims are left out. Strict about `userRoles`, because
    /// access depends on it.
    ///
    /// # Errors
    /// The text is no JSON object, `userRoles` is no array of strings, or another field is no string.
    pub fn from_json(text: &str) -> Result<Self, PrincipalError> {
        let value: Value = serde_json::from_str(text)
            .map_err(|error| PrincipalError::NotJson(error.to_string()))?;
        let Value::Object(mut fields) = value else {
            return Err(PrincipalError::NotAnObject(kind(&value)));
        };
        let user_roles = match fields.remove("userRoles") {
            Some(Value::Array(roles)) => roles
                .into_iter()
                .map(|role| match role {
                    Value::String(role) => Ok(role),
                    other => Err(roles_error("an array with ", &other)),
                })
                .collect::<Result<Vec<_>, _>>()?,
            Some(other) => return Err(roles_error("", &other)),
            None => return Err(roles_error("", &Value::Null)),
        };
        let mut text = |field: &'static str| match fields.remove(field) {
            None | Some(Value::Null) => Ok(String::new()),
            Some(Value::String(text)) => Ok(text),
            Some(Value::Number(number)) => Ok(number.to_string()),
            Some(other) => Err(PrincipalError::Field {
                field,
                found: kind(&other),
                wanted: "a string",
            }),
        };
        let identity_provider = text("identityProvider")?;
        let user_id = text("userId")?;
        let user_details = text("userDetails")?;
        let claims = lenient_claims(fields.remove("claims"));
        let mut principal = Self::new(
            identity_provider,
            Some(user_id),
            user_details,
            Vec::new(),
            claims,
        );
        // Suites that write the cookie themselves find their roles as they wrote them, as with the incumbent.
        let built_in = std::mem::replace(&mut principal.user_roles, user_roles);
        for role in built_in {
            if !principal.user_roles.contains(&role) {
                principal.user_roles.push(role);
            }
        }
        Ok(principal)
    }

    /// The value of `x-ms-client-principal`: standard base64 of the JSON of the four fields, without claims
    /// (AU-45, AU-47).
    pub fn to_header_value(&self) -> String {
        STANDARD.encode(json_text(self))
    }

    /// The JSON that the sign-in cookie carries: the four fields and the claims.
    pub fn to_cookie_json(&self) -> String {
        json_text(&WithClaims {
            principal: self,
            claims: &self.claims,
        })
    }

    /// The body of `/.auth/me` for this user (AU-40); `claims` only with custom authentication (AU-45).
    pub fn to_me_json(&self, with_claims: bool) -> String {
        let inner = if with_claims {
            self.to_cookie_json()
        } else {
            json_text(self)
        };
        format!("{{\"clientPrincipal\":{inner}}}")
    }
}

/// The id of a user who did not choose one: 32 hexadecimal digits that stay the same for the same provider and
/// details (AU-42), so that data an app stored under the id is found again after the next sign-in.
pub fn derive_user_id(identity_provider: &str, user_details: &str) -> String {
    let key = format!("{identity_provider}\n{user_details}");
    format!("{:032x}", xxh3_128(key.as_bytes()))
}

/// Reads claims strictly: an array of `{"typ": string, "val": string}`.
///
/// # Errors
/// A sentence that says which claim is wrong and how.
pub fn strict_claims(value: &Value) -> Result<Vec<Claim>, String> {
    let Value::Array(items) = value else {
        return Err(format!(
            "`claims` is {}, not an array of {{\"typ\", \"val\"}} objects",
            kind(value)
        ));
    };
    let field = |index: usize, item: &Value, name: &str| match item.get(name) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(other) => Err(format!(
            "`claims[{index}].{name}` is {}, not a string",
            kind(other)
        )),
        None => Err(format!("`claims[{index}]` has no `{name}`")),
    };
    items
        .iter()
        .enumerate()
        .map(|(index, item)| {
            Ok(Claim {
                typ: field(index, item, "typ")?,
                val: field(index, item, "val")?,
            })
        })
        .collect()
}

/// What a JSON value is, with its article, for error messages.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Field order as Azure sends it, with the claims last.
#[derive(serde::Serialize)]
struct WithClaims<'a> {
    #[serde(flatten)]
    principal: &'a ClientPrincipal,
    claims: &'a [Claim],
}

fn json_text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| {
        // Strings and arrays of strings always serialize; if that ever changes, an unreadable principal grants nothing.
        log::error!("cannot write a client principal as JSON: {error}");
        json!(null).to_string()
    })
}

fn roles_error(prefix: &'static str, found: &Value) -> PrincipalError {
    PrincipalError::Field {
        field: "userRoles",
        found: match (prefix.is_empty(), found) {
            (true, Value::Null) => "missing",
            (true, other) => kind(other),
            (false, _) => "an array with other things than strings",
        },
        wanted: "an array of strings",
    }
}

/// The incumbent's form stored what was typed, so claims may be a JSON text, and values may be numbers.
fn lenient_claims(value: Option<Value>) -> Vec<Claim> {
    let items = match value {
        Some(Value::Array(items)) => items,
        Some(Value::String(text)) => serde_json::from_str(&text).unwrap_or_default(),
        _ => Vec::new(),
    };
    let scalar = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    };
    items
        .iter()
        .filter_map(|item| {
            Some(Claim {
                typ: scalar(item.get("typ")?)?,
                val: scalar(item.get("val")?)?,
            })
        })
        .collect()
}

#[cfg(test)]
#[path = "principal_tests.rs"]
mod tests;
