//! The client principal (AU-40…AU-47): who the caller is, as `/.auth/me` and the API see it.

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
