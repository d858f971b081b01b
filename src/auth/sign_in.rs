//! The body of `POST /.auth/login/<provider>`: a form (the page's own, or `curl -d`) or JSON
//! `{userId?, userDetails, userRoles?, claims?}` → a principal, or why not.

use super::exchange::AuthRequest;
use super::principal::{BUILT_IN_ROLES, Claim, ClientPrincipal, kind, strict_claims};
use serde_json::Value;
use std::collections::HashSet;

/// In what a caller sent the sign-in, and so in what it wants the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `application/x-www-form-urlencoded`: answered with a redirect or the page.
    Form,
    /// `application/json`: answered with JSON.
    Json,
}

impl Format {
    /// The format that a `Content-Type` names; a form when there is none. Nothing for other media types.
    pub fn of(content_type: Option<&str>) -> Option<Self> {
        let essence = content_type.map(|text| text.split(';').next().unwrap_or_default().trim());
        match essence {
            None | Some("") => Some(Self::Form),
            Some(text) if text.eq_ignore_ascii_case("application/x-www-form-urlencoded") => {
                Some(Self::Form)
            }
            Some(text) if text.eq_ignore_ascii_case("application/json") => Some(Self::Json),
            Some(_) => None,
        }
    }
}

/// The fields of the sign-in page as text, to show them again after a mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormFields {
    /// Chosen id, or empty to derive one.
    pub user_id: String,
    /// User name or e-mail address.
    pub user_details: String,
    /// One role per line.
    pub user_roles: String,
    /// JSON array of claims.
    pub claims: String,
    /// Hidden field `post_login_redirect_uri`.
    pub redirect: Option<String>,
    /// Whether somebody asked for these values, which what the browser remembers must not replace.
    pub is_chosen: bool,
}

impl Default for FormFields {
    /// What an untouched page shows.
    fn default() -> Self {
        Self {
            user_id: String::new(),
            user_details: String::new(),
            user_roles: BUILT_IN_ROLES.join("\n"),
            claims: "[]".to_owned(),
            redirect: None,
            is_chosen: false,
        }
    }
}

impl FormFields {
    /// What the page shows at first: what the query asks for by the names of the fields, or the invited user.
    pub(super) fn asked_for(request: &AuthRequest<'_>) -> Self {
        let mut fields = Self::parse(request.query.unwrap_or_default().as_bytes());
        if let Some(invited) = &request.picker.invited {
            fields.user_details.clone_from(&invited.user_details);
            fields.is_chosen = true;
        }
        let roles = BUILT_IN_ROLES
            .iter()
            .copied()
            .chain(fields.user_roles.lines());
        let mut known = HashSet::new();
        let roles: Vec<&str> = roles.filter(|role| known.insert(*role)).collect();
        fields.user_roles = roles.join("\n");
        fields
    }

    /// Reads a urlencoded body. Fields that are absent keep the page's defaults; `userRoles` may come several times.
    /// Broken escapes and unknown fields do no harm.
    pub fn parse(body: &[u8]) -> Self {
        let mut fields = Self::default();
        let mut roles: Vec<String> = Vec::new();
        for (name, value) in form_urlencoded::parse(body) {
            let value = value.into_owned();
            match &*name {
                "userId" => fields.user_id = value.trim().to_owned(),
                "userDetails" => fields.user_details = value.trim().to_owned(),
                "userRoles" => roles.push(value),
                "claims" => fields.claims = value,
                "post_login_redirect_uri" if !value.is_empty() => fields.redirect = Some(value),
                _ => {}
            }
        }
        fields.is_chosen = !fields.user_details.is_empty() || !roles.is_empty();
        if !roles.is_empty() {
            fields.user_roles = roles.join("\n");
        }
        fields
    }

    /// The principal that the fields describe.
    ///
    /// # Errors
    /// A sentence that names the field and says what is wrong with it.
    pub fn principal(&self, provider: &str) -> Result<ClientPrincipal, String> {
        let roles = self.user_roles.lines().map(str::to_owned).collect();
        let claims = match self.claims.trim() {
            "" => Vec::new(),
            text => {
                let value: Value = serde_json::from_str(text)
                    .map_err(|error| format!("`claims` is not JSON: {error}"))?;
                strict_claims(&value)?
            }
        };
        build(
            provider,
            self.user_id.clone(),
            &self.user_details,
            roles,
            claims,
        )
    }
}

/// The principal that a JSON body describes.
///
/// # Errors
/// A sentence that says what is wrong; unknown fields are an error, because a misspelt `userRoles` would otherwise sign
/// in without the roles that a test relies on.
pub fn principal_from_json(provider: &str, body: &[u8]) -> Result<ClientPrincipal, String> {
    let value: Value =
        serde_json::from_slice(body).map_err(|error| format!("the body is not JSON: {error}"))?;
    let Value::Object(fields) = value else {
        return Err(format!("the body is {}, not a JSON object", kind(&value)));
    };
    let (mut user_id, mut user_details, mut roles, mut claims) =
        (String::new(), String::new(), Vec::new(), Vec::new());
    for (name, value) in &fields {
        match (name.as_str(), value) {
            ("userId" | "claims" | "userRoles", Value::Null) => {}
            ("userId", _) => user_id = text(name, value)?,
            ("userDetails", _) => user_details = text(name, value)?,
            ("userRoles", Value::Array(items)) => {
                roles = items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| text(&format!("userRoles[{index}]"), item))
                    .collect::<Result<_, _>>()?;
            }
            ("userRoles", other) => {
                return Err(format!(
                    "`userRoles` is {}, not an array of strings",
                    kind(other)
                ));
            }
            ("claims", _) => claims = strict_claims(value)?,
            ("identityProvider", Value::String(named)) if named.eq_ignore_ascii_case(provider) => {}
            ("identityProvider", _) => {
                return Err(format!(
                    "`identityProvider` differs from `{provider}` in the address (hint: leave it out)"
                ));
            }
            _ => {
                return Err(format!(
                    "unknown field `{}` (hint: the fields are `userId`, `userDetails`, `userRoles`, `claims`)",
                    name.escape_debug()
                ));
            }
        }
    }
    build(provider, user_id, user_details.trim(), roles, claims)
}

fn text(name: &str, value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        other => Err(format!("`{name}` is {}, not a string", kind(other))),
    }
}

/// Whether a text names a single role.
///
/// RT-3: a role in `allowedRoles` is made of letters, digits and `_`. Others are let through, because nothing is known
/// about roles that a function returns (AU-78); lists in one string are what people get wrong.
pub(super) fn is_one_role(text: &str) -> bool {
    let separates = |c: char| c.is_whitespace() || c.is_control() || matches!(c, ',' | ';');
    !text.is_empty() && !text.contains(separates)
}

fn build(
    provider: &str,
    user_id: String,
    user_details: &str,
    roles: Vec<String>,
    claims: Vec<Claim>,
) -> Result<ClientPrincipal, String> {
    if user_details.is_empty() {
        return Err(
            "`userDetails` is missing (hint: the user name or e-mail address to sign in as)"
                .to_owned(),
        );
    }
    let mut wanted: Vec<String> = Vec::new();
    let mut known = HashSet::new();
    for role in &roles {
        let role = role.trim();
        if role.is_empty() || !known.insert(role) {
            continue;
        }
        if !is_one_role(role) {
            return Err(format!(
                "`{}` is not one role (hint: one role per line, in JSON one string each)",
                role.escape_debug()
            ));
        }
        wanted.push(role.to_owned());
    }
    Ok(ClientPrincipal::new(
        provider.to_owned(),
        Some(user_id),
        user_details.to_owned(),
        wanted,
        claims,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_own_form_is_read() {
        let fields = FormFields::parse(
            b"identityProvider=github&userId=&userDetails=+J%C3%A4ne+&userRoles=anonymous%0D%0Aadmin%0D%0A&claims=%5B%5D&post_login_redirect_uri=%2Fa",
        );
        assert_eq!(fields.redirect.as_deref(), Some("/a"));
        let principal = fields.principal("github").unwrap();
        assert_eq!(principal.user_details, "Jäne");
        assert_eq!(
            principal.user_roles,
            ["anonymous", "authenticated", "admin"]
        );
        assert_eq!(principal.user_id.len(), 32);
    }

    #[test]
    fn a_short_form_and_repeated_roles_suffice_for_scripts() {
        let principal = FormFields::parse(b"userDetails=joe&userRoles=a&userRoles=b&userRoles=a")
            .principal("aad")
            .unwrap();
        assert_eq!(
            principal.user_roles,
            ["anonymous", "authenticated", "a", "b"]
        );
        let plain = FormFields::parse(b"userDetails=joe").principal("aad");
        assert_eq!(plain.unwrap().user_roles, BUILT_IN_ROLES);
    }

    #[test]
    fn mistakes_in_a_form_are_named() {
        let error = |body: &[u8]| FormFields::parse(body).principal("aad").unwrap_err();
        assert!(error(b"").starts_with("`userDetails` is missing"));
        assert!(error(b"userDetails=%20").starts_with("`userDetails` is missing"));
        assert!(error(b"userDetails=x&userRoles=a,b").starts_with("`a,b` is not one role"));
        assert!(error(b"userDetails=x&claims=[").starts_with("`claims` is not JSON: "));
        assert!(error(b"userDetails=x&claims={}").starts_with("`claims` is an object"));
    }

    #[test]
    fn json_is_read_and_its_mistakes_are_named() {
        let read = |body: &str| principal_from_json("github", body.as_bytes());
        let principal = read(
            r#"{"identityProvider":"github","userId":"7","userDetails":"joe","userRoles":["admin"],"claims":[{"typ":"a","val":"b"}]}"#,
        )
        .unwrap();
        assert_eq!(principal.user_id, "7");
        assert_eq!(principal.claims.len(), 1);
        for (body, reason) in [
            ("{", "the body is not JSON"),
            ("[]", "the body is an array"),
            ("{}", "`userDetails` is missing"),
            (r#"{"userDetails":1}"#, "`userDetails` is a number"),
            (
                r#"{"userDetails":"j","userRoles":"a"}"#,
                "`userRoles` is a string",
            ),
            (
                r#"{"userDetails":"j","userRoles":[1]}"#,
                "`userRoles[0]` is a number",
            ),
            (
                r#"{"userDetails":"j","userRoles":["a b"]}"#,
                "`a b` is not one role",
            ),
            (r#"{"userDetails":"j","claims":7}"#, "`claims` is a number"),
            (r#"{"userDetails":"j","roles":[]}"#, "unknown field `roles`"),
            (
                r#"{"userDetails":"j","identityProvider":"aad"}"#,
                "`identityProvider` differs",
            ),
        ] {
            let error = read(body).unwrap_err();
            assert!(error.starts_with(reason), "{body}: {error}");
        }
    }

    #[test]
    fn formats() {
        assert_eq!(Format::of(None), Some(Format::Form));
        assert_eq!(
            Format::of(Some("Application/JSON; charset=utf-8")),
            Some(Format::Json)
        );
        assert_eq!(Format::of(Some("text/plain")), None);
        assert_eq!(Format::of(Some("multipart/form-data; boundary=x")), None);
    }
}
