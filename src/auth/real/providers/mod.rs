//! The kinds of identity provider, each in a file of its own.
//!
//! [`open_id`] is the flow of OpenID Connect; [`custom`], [`entra`], [`google`] and [`apple`] say what is particular to each.
//! [`github`] and [`facebook`] share [`oauth2`] and have no ID tokens; [`twitter`] is older still and signs its calls by [`oauth1`].

pub mod apple;
pub mod custom;
pub mod entra;
pub mod facebook;
pub mod github;
pub mod google;
pub mod oauth1;
pub mod oauth2;
pub mod open_id;
pub mod twitter;

use std::sync::Arc;

use self::facebook::Facebook;
use self::github::GitHub;
use self::open_id::OpenId;
use self::twitter::Twitter;
use super::app_settings::AppSettings;
use super::documents::Documents;
use super::provider::{Client, Provider};
use crate::config::model::{ProviderKind, Registration};

/// The provider of a registration, with the values of its settings.
///
/// # Errors
/// Why it cannot sign in for real, as a sentence with its hint: the mock stands in for it.
pub fn of(
    registration: &Registration,
    settings: &AppSettings,
    documents: &Arc<Documents>,
) -> Result<Arc<dyn Provider>, String> {
    let client = client(registration, settings)?;
    let documents = Arc::clone(documents);
    let scopes = &registration.scopes;
    Ok(match registration.kind {
        ProviderKind::Entra => Arc::new(entra::provider(registration, client, documents)?),
        ProviderKind::OpenIdConnect => Arc::new(custom::provider(registration, client, documents)?),
        ProviderKind::Google => Arc::new(OpenId::new(
            client,
            google::profile(registration)?,
            documents,
        )),
        ProviderKind::Apple => Arc::new(OpenId::new(
            client,
            apple::profile(registration)?,
            documents,
        )),
        ProviderKind::GitHub => Arc::new(GitHub::new(client, scopes, github::endpoints()?)),
        ProviderKind::Facebook => Arc::new(Facebook::new(client, scopes, facebook::endpoints()?)),
        ProviderKind::Twitter => Arc::new(Twitter::new(client, twitter::endpoints()?)),
    })
}

/// CF-46: the settings that the registration names.
fn client(registration: &Registration, settings: &AppSettings) -> Result<Client, String> {
    let value = |name: &str| match settings.get(name) {
        // CF-48
        Some(value) if value.starts_with("@Microsoft.KeyVault(") => Err(format!(
            "the setting `{name}` refers to a Key Vault, which only Azure can read (hint: set another value for local use)"
        )),
        Some(value) => Ok(value),
        None => Err(format!(
            "the setting `{name}` is missing (hint: add it to `.env`, to the environment of the process, or with `cygnet appsettings set` to the deployed environment)"
        )),
    };
    let id = registration.client_id_setting.as_deref();
    let id = id.ok_or("`registration` names no setting with the client id")?;
    if registration.client_secret_setting.is_none() && registration.has_certificate {
        return Err(
            "its certificate is in a Key Vault, which only Azure can read (hint: name a `clientSecretSettingName` for local use)"
                .to_owned(),
        );
    }
    Ok(Client {
        id: value(id)?,
        secret: registration
            .client_secret_setting
            .as_deref()
            .map(value)
            .transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cf_40_cf_46_cf_48_what_keeps_a_provider_with_the_mock_is_said() {
        let registration = Registration {
            name: "idp".to_owned(),
            kind: ProviderKind::OpenIdConnect,
            client_id_setting: Some("TEST_IDP_ID".to_owned()),
            client_secret_setting: Some("TEST_IDP_SECRET".to_owned()),
            has_certificate: false,
            well_known: Some("https://login.example/.well-known/openid-configuration".to_owned()),
            authorization_endpoint: None,
            token_endpoint: None,
            issuer: None,
            certification_uri: None,
            name_claim: None,
            scopes: Vec::new(),
            login_parameters: Vec::new(),
            login_parameter_names: Vec::new(),
        };
        let made = |registration: &Registration, secret: &str| {
            let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
            let values = vec![pair("TEST_IDP_ID", "app"), pair("TEST_IDP_SECRET", secret)];
            let settings = AppSettings::new(Vec::new(), values);
            assert!(!format!("{settings:?}").contains("app"));
            let provider = of(registration, &settings, &Arc::default());
            let shown = provider.map(|provider| format!("{provider:?}"));
            assert!(!format!("{shown:?}").contains("hidden"), "{shown:?}");
            shown.err().unwrap_or_default()
        };
        assert_eq!(made(&registration, "hidden"), "");
        let missing = made(&registration, " ");
        assert!(missing.contains("`TEST_IDP_SECRET` is missing"));
        let vault = made(&registration, "@Microsoft.KeyVault(SecretUri=x)");
        assert!(vault.contains("Key Vault"), "{vault}");
        let changed = |change: fn(&mut Registration)| {
            let mut changed = registration.clone();
            change(&mut changed);
            made(&changed, "hidden")
        };
        for (why, word) in [
            (changed(|it| it.client_id_setting = None), "client id"),
            (changed(|it| it.well_known = None), "neither"),
            (
                changed(|it| it.well_known = Some("http://login.example/x".to_owned())),
                "https",
            ),
            (
                changed(|it| {
                    it.client_secret_setting = None;
                    it.has_certificate = true;
                }),
                "Key Vault",
            ),
        ] {
            assert!(why.contains(word), "{word}: {why}");
        }
    }
}
