//! The kinds of identity provider, each in a file of its own.
//!
//! [`open_id`] is the flow of OpenID Connect; [`entra`] says how Microsoft's differs.

pub mod entra;
pub mod open_id;

use std::sync::Arc;

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
    Ok(match registration.kind {
        ProviderKind::Entra => Arc::new(entra::provider(registration, client, documents)?),
        ProviderKind::OpenIdConnect => Arc::new(open_id::custom(registration, client, documents)?),
        ProviderKind::Apple
        | ProviderKind::Facebook
        | ProviderKind::GitHub
        | ProviderKind::Google
        | ProviderKind::Twitter => {
            return Err("the real sign-in of this provider is not built yet".to_owned());
        }
    })
}

/// CF-46: the settings that the registration names.
fn client(registration: &Registration, settings: &AppSettings) -> Result<Client, String> {
    let value = |name: &str| {
        settings.get(name).ok_or_else(|| {
            format!(
                "the setting `{name}` is missing (hint: add it to `.env`, to the environment of the process, or with `cygnet appsettings set` to the deployed environment)"
            )
        })
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
