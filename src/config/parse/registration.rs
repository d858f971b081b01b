//! What an identity provider registers (CF-40…CF-45). Values of another type than the schema's count as absent.

use jsonc_parser::ast::{Object, Value};

use crate::config::model::{ProviderKind, Registration};
use crate::config::reader::get;

/// The section of one provider; `None` for a kind that Azure does not know.
pub(super) fn registration(kind: &str, name: &str, section: &Object<'_>) -> Option<Registration> {
    let kind = match kind {
        "azureActiveDirectory" => ProviderKind::Entra,
        "apple" => ProviderKind::Apple,
        "facebook" => ProviderKind::Facebook,
        "github" => ProviderKind::GitHub,
        "google" => ProviderKind::Google,
        "twitter" => ProviderKind::Twitter,
        "customOpenIdConnectProviders" => ProviderKind::OpenIdConnect,
        _ => return None,
    };
    let registered = object(Some(section), "registration");
    let login = object(Some(section), "login");
    let credential = object(registered, "clientCredential");
    let addresses = object(registered, "openIdConnectConfiguration");
    let one_of = |keys: &[&str]| keys.iter().find_map(|key| text(registered, key));
    Some(Registration {
        name: name.to_owned(),
        kind,
        client_id_setting: one_of(&[
            "clientIdSettingName",
            "appIdSettingName",
            "consumerKeySettingName",
        ]),
        client_secret_setting: text(credential, "clientSecretSettingName").or_else(|| {
            one_of(&[
                "clientSecretSettingName",
                "appSecretSettingName",
                "consumerSecretSettingName",
            ])
        }),
        has_certificate: text(registered, "clientSecretCertificateKeyVaultReference").is_some(),
        well_known: text(addresses, "wellKnownOpenIdConfiguration"),
        authorization_endpoint: text(addresses, "authorizationEndpoint"),
        token_endpoint: text(addresses, "tokenEndpoint"),
        issuer: text(registered, "openIdIssuer").or_else(|| text(addresses, "issuer")),
        certification_uri: text(addresses, "certificationUri"),
        name_claim: text(login, "nameClaimType")
            .or_else(|| text(Some(section), "userDetailsClaim")),
        scopes: texts(login, "scopes"),
        login_parameters: texts(login, "loginParameters"),
        login_parameter_names: texts(login, "loginParameterNames"),
    })
}

fn object<'v, 'a>(parent: Option<&'v Object<'a>>, key: &str) -> Option<&'v Object<'a>> {
    get(parent?, key)?.as_object()
}

fn text(parent: Option<&Object<'_>>, key: &str) -> Option<String> {
    string(get(parent?, key)?)
}

fn texts(parent: Option<&Object<'_>>, key: &str) -> Vec<String> {
    let array = parent.and_then(|parent| get(parent, key)?.as_array());
    let elements = array.map_or(&[][..], |array| &array.elements);
    elements.iter().filter_map(string).collect()
}

/// A text that says something.
fn string(value: &Value<'_>) -> Option<String> {
    let text = value.as_string_lit()?.value.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
