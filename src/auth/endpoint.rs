//! Which endpoint a path under `/.auth` names (AU-1…AU-11), or why there is none.

use super::exchange::AUTH_PREFIX;

/// The parameter that says where to go after signing in (AU-20).
pub(super) const LOGIN_TARGET: &str = "post_login_redirect_uri";
/// The parameter that says where to go after signing out (AU-23).
pub(super) const LOGOUT_TARGET: &str = "post_logout_redirect_uri";
/// The parameter that names a persona to sign in as.
pub(super) const PERSONA: &str = "persona";

/// What lies under `/.auth`.
pub(super) enum Endpoint<'a> {
    Login(&'a str),
    Me,
    Logout,
    Purge(&'a str),
    /// Where an identity provider would come back to: the provider, and the parameter that says where to go on.
    Callback(&'a str, &'static str),
    /// Carries why there is nothing.
    Other(&'static str),
}

impl<'a> Endpoint<'a> {
    /// The endpoint of a path.
    pub(super) fn of(path: &'a str) -> Self {
        let rest = path
            .split_at_checked(AUTH_PREFIX.len())
            .filter(|(prefix, _)| prefix.eq_ignore_ascii_case(AUTH_PREFIX))
            .map_or("", |(_, rest)| rest);
        let segments: Vec<&str> = rest.split('/').collect();
        let first = segments[0].to_ascii_lowercase();
        match (first.as_str(), &segments[1..]) {
            ("me", []) => Self::Me,
            ("logout", []) => Self::Logout,
            ("login", [provider]) if !provider.is_empty() => Self::Login(provider),
            ("purge", [provider]) if !provider.is_empty() => Self::Purge(provider),
            ("login" | "purge", [] | [""]) => Self::Other(
                "The address of a provider's sign-in is `/.auth/login/<provider>`, for example `/.auth/login/github`.",
            ),
            ("login", [provider, last]) if is_callback(provider, last) => {
                Self::Callback(provider, LOGIN_TARGET)
            }
            ("logout", [provider, last]) if is_callback(provider, last) => {
                Self::Callback(provider, LOGOUT_TARGET)
            }
            ("complete", []) => Self::Other(
                "`/.auth/complete` is internal to Azure's own sign-in; the mock sign-in does not use it.",
            ),
            ("refresh", []) => Self::Other("Azure Static Web Apps has no `/.auth/refresh`."),
            ("invitations", _) => Self::Other(
                "Invitations are accepted at `/.auth/invitations/accept` of an environment that `cygnet serve` serves. With `cygnet start`, type the roles into the sign-in page, or name a `rolesSource`.",
            ),
            ("basicauth", _) => Self::Other(
                "No password protects this environment: `cygnet serve` applies password protection to deployed environments, `cygnet start` never does.",
            ),
            _ => Self::Other("There is no such endpoint under `/.auth`."),
        }
    }

    /// What it answers to.
    pub(super) fn allowed_methods(&self) -> &'static [&'static str] {
        match self {
            Self::Me | Self::Other(_) => &["GET", "HEAD"],
            Self::Login(_) | Self::Logout | Self::Purge(_) | Self::Callback(..) => {
                &["GET", "HEAD", "POST"]
            }
        }
    }
}

fn is_callback(provider: &str, last: &str) -> bool {
    !provider.is_empty() && last.eq_ignore_ascii_case("callback")
}
