//! Invitations (AU-8, AU-61) and the users that accepted one (AU-60, AU-62).
//!
//! An invitation is a signed link; nothing of it is kept until it is accepted.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::borrow::Cow;

use super::model::{DeploymentState, User};
use super::password::{same, sign};
use crate::finding::Advice;

/// Most hours that an invitation is valid (AU-61).
pub const MOST_HOURS: u64 = 168;
/// Most users with invited roles (AU-62, EN-37).
pub const MOST_USERS: usize = 25;
/// Where invitations are accepted (AU-8).
pub const PATH: &str = "/.auth/invitations/accept";

/// Why an invitation or a change of roles is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UserError {
    /// AU-61.
    #[error("an invitation is valid for 1 to {MOST_HOURS} hours, not {0} (AU-61)")]
    Hours(u64),
    /// AU-60.
    #[error("`{0}` cannot be invited: it is built in (AU-60)")]
    BuiltIn(String),
    /// Not a role.
    #[error("`{0}` is not a role: letters, digits, `-` and `_`, 25 at most")]
    Role(String),
    /// No role at all.
    #[error("an invitation needs a role")]
    NoRole,
    /// AU-62.
    #[error("{MOST_USERS} users have invited roles already, and no more can (AU-62)")]
    TooMany,
    /// AU-61.
    #[error("`{0}` is not a host of the app")]
    Domain(String),
    /// Nobody by that name.
    #[error("no user `{user_details}` of `{provider}` has accepted an invitation")]
    Unknown {
        /// The identity provider.
        provider: String,
        /// Name or address.
        user_details: String,
    },
}

impl Advice for UserError {
    fn hint(&self) -> Option<Cow<'_, str>> {
        Some(Cow::from(match self {
            Self::Hours(_) => "--invitation-expiration-in-hours 24",
            Self::TooMany => {
                "cygnet users update --roles '' takes roles away; or name a `rolesSource`"
            }
            Self::Unknown { .. } => "cygnet users list",
            _ => "--roles admin,editor",
        }))
    }
}

/// What an invitation says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The identity provider that the user must sign in with.
    pub provider: String,
    /// Name or address there.
    pub user_details: String,
    /// The roles.
    pub roles: Vec<String>,
    /// The host that it is for, such as `shop.localhost` (AU-63).
    pub domain: String,
    /// Seconds since 1970.
    pub expires_at: u64,
}

/// Reads `admin, editor`.
///
/// # Errors
/// No role, one that is built in, or none that could be one.
pub fn roles(text: &str) -> Result<Vec<String>, UserError> {
    let mut roles: Vec<String> = Vec::new();
    for role in text
        .split([',', ' '])
        .map(str::trim)
        .filter(|role| !role.is_empty())
    {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if ["anonymous", "authenticated"]
            .iter()
            .any(|known| role.eq_ignore_ascii_case(known))
        {
            return Err(UserError::BuiltIn(role.to_owned()));
        }
        if role.len() > 25 || !role.chars().all(allowed) {
            return Err(UserError::Role(role.to_owned()));
        }
        if !roles.iter().any(|known| known == role) {
            roles.push(role.to_owned());
        }
    }
    match roles.is_empty() {
        true => Err(UserError::NoRole),
        false => Ok(roles),
    }
}

impl Invitation {
    /// The link, below the environment's `origin`. Its shape is observed, its signature our own (AU-8).
    pub fn link(&self, state: &DeploymentState, origin: &str) -> String {
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        format!(
            "{origin}{PATH}?provider={}&userDetails={}&roles={}&se={}&sig={}",
            encode(&self.provider),
            encode(&self.user_details),
            encode(&self.roles.join(",")),
            self.expires_at,
            self.signature(state)
        )
    }

    /// Reads the query of a link that was opened at `domain`.
    ///
    /// # Errors
    /// Why it is not accepted, for its reader: bad or expired (AU-8).
    pub fn read(
        state: &DeploymentState,
        query: &str,
        domain: &str,
        now: u64,
    ) -> Result<Self, &'static str> {
        let value = |name: &str| {
            form_urlencoded::parse(query.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
                .ok_or("This invitation link is incomplete.")
        };
        let invitation = Self {
            provider: value("provider")?,
            user_details: value("userDetails")?,
            roles: value("roles")?.split(',').map(str::to_owned).collect(),
            domain: domain.to_owned(),
            expires_at: value("se")?
                .parse()
                .map_err(|_| "This invitation link is incomplete.")?,
        };
        if !same(&invitation.signature(state), &value("sig")?) {
            return Err("This invitation was changed, or is for another address of the app.");
        }
        match now < invitation.expires_at {
            true => Ok(invitation),
            false => Err("This invitation has expired."),
        }
    }

    fn signature(&self, state: &DeploymentState) -> String {
        let what = [
            "invitation",
            &self.provider,
            &self.user_details,
            &self.roles.join(","),
            &self.domain,
            &self.expires_at.to_string(),
        ];
        sign(&state.app.secret, &what.join("\n"))
    }

    /// Whether whoever signed in is the one who was invited (AU-61).
    pub fn is_for(&self, provider: &str, user_details: &str) -> bool {
        self.provider.eq_ignore_ascii_case(provider)
            && self.user_details.eq_ignore_ascii_case(user_details)
    }
}

/// The roles that a user was invited to on a host. Whether they hold on the app's other hosts is undocumented (AU-63): here
/// they do not.
pub fn roles_of<'a>(
    users: &'a [User],
    provider: &str,
    user_details: &str,
    domain: &str,
) -> &'a [String] {
    let mut users = users.iter();
    let found = users.find(|user| {
        user.provider.eq_ignore_ascii_case(provider)
            && user.user_details.eq_ignore_ascii_case(user_details)
            && user.domain.eq_ignore_ascii_case(domain)
    });
    found.map_or(&[], |user| &user.roles)
}

/// Takes an accepted invitation into the state; a user who was there gets its roles.
///
/// # Errors
/// AU-62.
pub fn accept(
    state: &mut DeploymentState,
    invitation: &Invitation,
    now: u64,
) -> Result<(), UserError> {
    let known = state.users.iter_mut().find(|user| {
        invitation.is_for(&user.provider, &user.user_details) && user.domain == invitation.domain
    });
    if let Some(user) = known {
        user.roles.clone_from(&invitation.roles);
        return Ok(());
    }
    if state.users.len() >= MOST_USERS {
        return Err(UserError::TooMany);
    }
    state.users.push(User {
        provider: invitation.provider.clone(),
        user_details: invitation.user_details.clone(),
        roles: invitation.roles.clone(),
        domain: invitation.domain.clone(),
        since: now,
    });
    Ok(())
}

/// Changes the roles of a user, on every host; without any, the user is forgotten. It shows at the next sign-in (AU-57).
pub fn update(
    state: &mut DeploymentState,
    provider: &str,
    user_details: &str,
    roles: &[String],
) -> Result<(), UserError> {
    let is_meant = |user: &User| {
        user.provider.eq_ignore_ascii_case(provider)
            && user.user_details.eq_ignore_ascii_case(user_details)
    };
    if !state.users.iter().any(is_meant) {
        return Err(UserError::Unknown {
            provider: provider.to_owned(),
            user_details: user_details.to_owned(),
        });
    }
    if roles.is_empty() {
        state.users.retain(|user| !is_meant(user));
    }
    for user in state.users.iter_mut().filter(|user| is_meant(user)) {
        user.roles = roles.to_vec();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::model::Plan;

    fn invitation(name: &str) -> Invitation {
        Invitation {
            provider: "github".to_owned(),
            user_details: name.to_owned(),
            roles: vec!["admin".to_owned(), "editor".to_owned()],
            domain: "app.localhost".to_owned(),
            expires_at: 1000,
        }
    }

    #[test]
    fn au_8_a_link_is_good_until_it_expires_or_is_changed() {
        let state = DeploymentState::new("app", Plan::Standard);
        let link = invitation("a b+c@x.org").link(&state, "http://app.localhost:4280");
        let (path, query) = link.split_once('?').unwrap();
        assert!(path.ends_with("/.auth/invitations/accept"));
        let read = |query: &str, domain, now| Invitation::read(&state, query, domain, now);
        assert_eq!(
            read(query, "app.localhost", 999),
            Ok(invitation("a b+c@x.org"))
        );
        assert!(
            read(query, "app.localhost", 1000)
                .unwrap_err()
                .contains("expired")
        );
        assert!(read(query, "app-1.localhost", 999).is_err());
        let more = query.replace("editor", "owner");
        assert!(
            read(&more, "app.localhost", 999)
                .unwrap_err()
                .contains("changed")
        );
        assert!(read("provider=github", "app.localhost", 999).is_err());
        let other = DeploymentState::new("app", Plan::Standard);
        assert!(Invitation::read(&other, query, "app.localhost", 999).is_err());
    }

    #[test]
    fn au_60_62_roles_and_their_limit() {
        assert_eq!(
            roles("admin, editor,admin"),
            Ok(vec!["admin".into(), "editor".into()])
        );
        assert!(matches!(roles("Anonymous"), Err(UserError::BuiltIn(_))));
        assert!(matches!(roles("a/b"), Err(UserError::Role(_))));
        assert_eq!(roles(" , "), Err(UserError::NoRole));
        let mut state = DeploymentState::new("app", Plan::Standard);
        for number in 0..MOST_USERS {
            assert_eq!(
                accept(&mut state, &invitation(&number.to_string()), 1),
                Ok(())
            );
        }
        assert_eq!(
            accept(&mut state, &invitation("26"), 1),
            Err(UserError::TooMany)
        );
        assert_eq!(accept(&mut state, &invitation("3"), 1), Ok(()));
        let roles = |user, domain| roles_of(&state.users, "GitHub", user, domain).len();
        assert_eq!(
            (roles("3", "app.localhost"), roles("3", "app-1.localhost")),
            (2, 0)
        );
        assert_eq!(update(&mut state, "github", "3", &[]), Ok(()));
        assert_eq!(state.users.len(), MOST_USERS - 1);
        assert!(update(&mut state, "github", "3", &[]).is_err());
    }
}
