//! Personas: users that a project names, to sign in as one by a click or by name.

use serde::Serialize;

use super::principal::{BUILT_IN_ROLES, Claim, ClientPrincipal};
use super::providers::{Lookup, Providers};

/// A user that a project names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Persona {
    /// What it is called, also in addresses; each has another one.
    pub name: String,
    /// The identity provider, by its name in the address; `None`: any.
    pub provider: Option<String>,
    /// User name or e-mail address.
    pub user_details: String,
    /// `None`: derived from provider and details (AU-42).
    pub user_id: Option<String>,
    /// Roles besides the built-in ones.
    pub roles: Vec<String>,
    /// Claims of the identity provider.
    pub claims: Vec<Claim>,
    /// Who made it.
    pub from: DeclaredIn,
}

/// Where a persona comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum DeclaredIn {
    /// `.cygnet/personas.json`
    #[serde(rename = "personas.json")]
    PersonasFile,
    /// `swa-cli.config.json`
    #[serde(rename = "swa-cli.config.json")]
    SettingsFile,
    /// Nobody declared any: one is made for each role of the configuration.
    #[serde(rename = "role")]
    Role,
}

/// What a sign-in page offers besides its form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picker {
    /// Each with a name of its own.
    pub personas: Vec<Persona>,
    /// The roles that the configuration names, without the built-in ones.
    pub roles: Vec<String>,
    /// What is wrong with the files of the personas, each a sentence with its place.
    pub problems: Vec<String>,
    /// The invitation that the visitor came with.
    pub invited: Option<Invited>,
}

/// Whom an invitation is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// User name or e-mail address.
    pub user_details: String,
    /// The roles that accepting it gives.
    pub roles: Vec<String>,
}

impl Persona {
    /// The persona that is made for a role when a project declares none.
    pub fn of_role(role: &str) -> Self {
        let is_built_in = BUILT_IN_ROLES.contains(&role);
        Self {
            name: role.to_owned(),
            provider: None,
            user_details: role.to_owned(),
            user_id: None,
            roles: (!is_built_in)
                .then(|| role.to_owned())
                .into_iter()
                .collect(),
            claims: Vec::new(),
            from: DeclaredIn::Role,
        }
    }

    /// The provider that it signs in with, as the app names it.
    ///
    /// # Errors
    /// A sentence: the app does not have it.
    pub fn provider_in<'a>(&self, providers: &'a Providers) -> Result<&'a str, String> {
        let Some(name) = &self.provider else {
            // An app always has one (CF-47).
            return Ok(providers.names().first().map_or("github", String::as_str));
        };
        match providers.lookup(name) {
            Lookup::Known(known) => Ok(known),
            Lookup::Unknown { reason } => Err(format!(
                "persona `{}` signs in with `{name}`. {reason}",
                self.name
            )),
        }
    }

    /// The user that it is, at one of the app's providers.
    pub fn principal(&self, provider: &str) -> ClientPrincipal {
        ClientPrincipal::new(
            provider.to_owned(),
            self.user_id.clone(),
            self.user_details.clone(),
            self.roles.clone(),
            self.claims.clone(),
        )
    }

    /// Whether it has a role, built-in ones included.
    pub fn has_role(&self, role: &str) -> bool {
        BUILT_IN_ROLES.contains(&role) || self.roles.iter().any(|own| own == role)
    }
}

impl Picker {
    /// The declared personas; where there are none, one for a user without roles and one for each role of the configuration.
    pub fn new(declared: Vec<Persona>, roles: Vec<String>) -> Self {
        let personas = match declared.is_empty() {
            true => [BUILT_IN_ROLES[1]]
                .into_iter()
                .chain(roles.iter().map(String::as_str))
                .map(Persona::of_role)
                .collect(),
            false => declared,
        };
        Self {
            personas,
            roles,
            ..Self::default()
        }
    }

    /// The persona of that name.
    ///
    /// # Errors
    /// A sentence with the names that exist.
    pub fn find(&self, name: &str) -> Result<&Persona, String> {
        let found = self.personas.iter().find(|persona| persona.name == name);
        found.ok_or_else(|| {
            let names = self.personas.iter().map(|it| format!("`{}`", it.name));
            format!(
                "there is no persona `{}`; there is {}",
                name.escape_debug(),
                names.collect::<Vec<_>>().join(", ")
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_declared_ones_each_role_gets_one() {
        let picker = Picker::new(Vec::new(), vec!["admin".to_owned(), "reader".to_owned()]);
        let made = picker.personas.iter();
        let made: Vec<_> = made.map(|it| (&*it.name, it.roles.join(","))).collect();
        assert_eq!(
            made,
            [
                ("authenticated", String::new()),
                ("admin", "admin".to_owned()),
                ("reader", "reader".to_owned())
            ]
        );
        assert_eq!(
            picker.find("boss").unwrap_err(),
            "there is no persona `boss`; there is `authenticated`, `admin`, `reader`"
        );
        let ada = Persona {
            name: "ada".to_owned(),
            provider: Some("google".to_owned()),
            ..Persona::of_role("admin")
        };
        let picker = Picker::new(vec![ada], vec!["admin".to_owned()]);
        let ada = picker.find("ada").unwrap();
        assert!(ada.has_role("admin") && ada.has_role("authenticated") && !ada.has_role("x"));
        let providers = Providers::from_config(None);
        let refused = ada.provider_in(&providers).unwrap_err();
        assert!(refused.starts_with("persona `ada` signs in with `google`. `google` is"));
    }
}
