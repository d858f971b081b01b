//! Which identity providers an app has (AU-30…AU-33, CF-40…CF-47). The mock signs in for all of them.

/// Providers that an app without an `auth` section has (AU-30).
pub const PRECONFIGURED: [&str; 2] = ["github", "aad"];

/// Names that Azure knows but offers only when `auth.identityProviders` registers them (AU-1, AU-30).
const ONLY_CUSTOM: [&str; 4] = ["apple", "facebook", "google", "twitter"];

/// The `auth` section of a configuration, as far as signing in depends on it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfiguredAuth {
    /// Those of `auth.identityProviders` and of its `customOpenIdConnectProviders` by the names they have in URLs (AU-33);
    /// without those that have `"enabled": false`.
    pub identity_providers: Vec<String>,
    /// `auth.rolesSource`.
    pub roles_source: Option<String>,
}

/// The providers of one environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Providers {
    names: Vec<String>,
    custom: bool,
    roles_source: Option<String>,
}

/// What `/.auth/login/<name>` means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup<'a> {
    /// The provider exists; carries its URL name as configured.
    Known(&'a str),
    /// No such provider here.
    Unknown {
        /// A sentence for the person who typed the name.
        reason: String,
    },
}

impl Providers {
    /// The providers of a configuration. The first registered one switches off all preconfigured ones (CF-47).
    pub fn from_config(auth: Option<&ConfiguredAuth>) -> Self {
        let mut names: Vec<String> = Vec::new();
        for key in auth.map_or(&[][..], |auth| &auth.identity_providers) {
            let name = key.as_str();
            if is_provider_name(name) && !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        let custom = !names.is_empty();
        if !custom {
            names = PRECONFIGURED.map(String::from).to_vec();
        }
        Self {
            names,
            custom,
            roles_source: auth.and_then(|auth| auth.roles_source.clone()),
        }
    }

    /// URL names of all providers, in the order of the configuration.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether the app registers its own providers; then `/.auth/me` shows claims (AU-45).
    pub fn is_custom(&self) -> bool {
        self.custom
    }

    /// The API path that gives roles after a sign-in (AU-71).
    pub fn roles_source(&self) -> Option<&str> {
        self.roles_source.as_deref()
    }

    /// Looks a provider up by its URL name. Case does not count, as with the incumbent.
    pub fn lookup(&self, name: &str) -> Lookup<'_> {
        match self
            .names
            .iter()
            .find(|known| known.eq_ignore_ascii_case(name))
        {
            Some(known) => Lookup::Known(known),
            None => Lookup::Unknown {
                reason: self.why_unknown(name),
            },
        }
    }

    fn why_unknown(&self, name: &str) -> String {
        let lower = name.to_ascii_lowercase();
        let here = listed(&self.names);
        if lower == "azureactivedirectory" {
            return format!(
                "`{name}` is the name in the configuration; its address is `/.auth/login/aad`."
            );
        }
        if self.custom && PRECONFIGURED.contains(&lower.as_str()) {
            return format!(
                "`{lower}` is switched off, because `auth.identityProviders` registers the app's own providers; this app has {here}."
            );
        }
        if ONLY_CUSTOM.contains(&lower.as_str()) {
            let state = if lower == "apple" {
                "is not pre-configured"
            } else {
                "is no longer pre-configured"
            };
            return format!(
                "`{lower}` {state}; it needs an entry in `auth.identityProviders`. This app has {here}."
            );
        }
        format!("This app has no identity provider of that name; it has {here}.")
    }
}

fn is_provider_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn listed(names: &[String]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configured(names: &[&str]) -> Providers {
        Providers::from_config(Some(&ConfiguredAuth {
            identity_providers: names.iter().map(|name| (*name).to_owned()).collect(),
            roles_source: Some("/api/roles".into()),
        }))
    }

    fn reason(providers: &Providers, name: &str) -> String {
        match providers.lookup(name) {
            Lookup::Unknown { reason } => reason,
            Lookup::Known(known) => panic!("{known} is known"),
        }
    }

    #[test]
    fn au_30_github_and_aad_without_configuration() {
        let providers = Providers::from_config(None);
        assert!(!providers.is_custom());
        assert_eq!(providers.lookup("github"), Lookup::Known("github"));
        assert_eq!(providers.lookup("AAD"), Lookup::Known("aad"));
        assert_eq!(
            reason(&providers, "twitter"),
            "`twitter` is no longer pre-configured; it needs an entry in `auth.identityProviders`. This app has `github`, `aad`."
        );
        assert!(reason(&providers, "apple").contains("is not pre-configured"));
        assert!(reason(&providers, "dummy").contains("it has `github`, `aad`"));
    }

    #[test]
    fn cf_47_one_registration_switches_off_the_preconfigured() {
        let providers = configured(&["google", "my-oidc_2"]);
        assert!(providers.is_custom());
        assert_eq!(providers.roles_source(), Some("/api/roles"));
        assert_eq!(providers.lookup("google"), Lookup::Known("google"));
        assert_eq!(providers.lookup("my-oidc_2"), Lookup::Known("my-oidc_2"));
        assert_eq!(
            reason(&providers, "github"),
            "`github` is switched off, because `auth.identityProviders` registers the app's own providers; this app has `google`, `my-oidc_2`."
        );
    }

    #[test]
    fn au_33_entra_is_aad_in_the_url() {
        let providers = configured(&["aad"]);
        assert_eq!(providers.lookup("aad"), Lookup::Known("aad"));
        assert!(reason(&providers, "azureActiveDirectory").contains("/.auth/login/aad"));
    }

    #[test]
    fn an_auth_section_without_providers_keeps_the_preconfigured() {
        let providers = configured(&[]);
        assert!(!providers.is_custom());
        assert_eq!(providers.names(), ["github", "aad"]);
        // A name that no URL segment can carry is no provider.
        assert_eq!(configured(&["a b", ""]).names(), ["github", "aad"]);
    }
}
