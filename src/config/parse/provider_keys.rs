//! The keys of an identity provider (CF-40…CF-45): a misspelt one is not read, and sign-in fails without a word.

use jsonc_parser::ast::Value;

use crate::config::reader::{Reader, get};

/// Keys of a provider.
const PROVIDER: &[&str] = &["enabled", "registration", "login"];
const ENTRA: &[&str] = &["enabled", "registration", "login", "userDetailsClaim"];

/// Keys of `registration` and of `login`.
fn keys_of(provider: &str) -> Option<[&'static [&'static str]; 2]> {
    const CLIENT: &[&str] = &["clientIdSettingName", "clientSecretSettingName"];
    const SCOPES: &[&str] = &["scopes"];
    Some(match provider {
        "azureActiveDirectory" => [
            &[
                "openIdIssuer",
                "clientIdSettingName",
                "clientSecretSettingName",
                "clientSecretCertificateKeyVaultReference",
                "clientSecretCertificateThumbprint",
            ],
            &["loginParameters"],
        ],
        "apple" | "github" | "google" => [CLIENT, SCOPES],
        "facebook" => [&["appIdSettingName", "appSecretSettingName"], SCOPES],
        "twitter" => [
            &["consumerKeySettingName", "consumerSecretSettingName"],
            &[],
        ],
        "customOpenIdConnectProviders" => [
            &[
                "clientIdSettingName",
                "clientCredential",
                "openIdConnectConfiguration",
            ],
            &["nameClaimType", "scopes", "loginParameterNames"],
        ],
        _ => return None,
    })
}

const CREDENTIAL: &[&str] = &["clientSecretSettingName"];
const OPEN_ID: &[&str] = &[
    "wellKnownOpenIdConfiguration",
    "authorizationEndpoint",
    "tokenEndpoint",
    "issuer",
    "certificationUri",
];

/// Reports the keys of a provider that Azure does not read (CF-8).
pub(super) fn known(read: &mut Reader<'_>, provider: &str, value: &Value<'_>) {
    let Some([registration, login]) = keys_of(provider) else {
        return; // An unknown provider is reported by its name.
    };
    let own = match provider {
        "azureActiveDirectory" => ENTRA,
        _ => PROVIDER,
    };
    check(read, &format!("`{provider}`"), Some(value), own);
    let object = value.as_object();
    let registered = object.and_then(|object| get(object, "registration"));
    check(read, "`registration`", registered, registration);
    let login_value = object.and_then(|object| get(object, "login"));
    check(read, "`login`", login_value, login);
    if let Some(object) = registered.and_then(Value::as_object) {
        let credential = get(object, "clientCredential");
        check(read, "`clientCredential`", credential, CREDENTIAL);
        let document = get(object, "openIdConnectConfiguration");
        check(read, "`openIdConnectConfiguration`", document, OPEN_ID);
    }
}

fn check(read: &mut Reader<'_>, place: &str, value: Option<&Value<'_>>, known: &[&str]) {
    if let Some(object) = value.and_then(Value::as_object) {
        read.known_keys(place, object, known, &[]);
    }
}

#[cfg(test)]
mod tests {
    use crate::config::read;
    use crate::finding::Source;

    /// The unknown keys that are found in the section of a provider.
    fn unknown(provider: &str, section: &str) -> Vec<String> {
        let text = format!(r#"{{"auth": {{"identityProviders": {{"{provider}": {section}}}}}}}"#);
        let source = Source::new("x", text);
        let found = read(&source).findings;
        let keys = found.iter().map(|found| {
            let span = found.place.span();
            assert_eq!(found.code, "CF-8", "{}", found.message);
            source.text()[span.start..span.end]
                .trim_matches('"')
                .to_owned()
        });
        keys.collect()
    }

    #[test]
    fn cf_40_to_45_keys_inside_a_provider() {
        let entra = r#"{"enabled": true, "userDetailsClaim": "name", "registration": {"openIdIssuer": "https://x.example",
            "clientIdSettingName": "A", "clientSecretCertificateKeyVaultReference": "B", "clientSecretCertificateThumbprint": "*"},
            "login": {"loginParameters": ["a=b"]}}"#;
        assert_eq!(unknown("azureActiveDirectory", entra), [""; 0]);
        let misspelt = entra.replace("clientIdSettingName", "clientIdSettingsName");
        assert_eq!(
            unknown("azureActiveDirectory", &misspelt),
            ["clientIdSettingsName"]
        );
        let github = r#"{"registration": {"clientIdSettingName": "A", "clientSecretSettingName": "B"}, "userDetailsClaim": "x"}"#;
        assert_eq!(unknown("github", github), ["userDetailsClaim"]);
        let custom = r#"{"okta": {"registration": {"clientIdSettingName": "A", "clientCredential": {"clientSecretSettingName": "B"},
            "openIdConnectConfiguration": {"wellKnownOpenIdConfiguration": "https://x.example/.well-known/openid-configuration"}},
            "login": {"nameClaimType": "name", "scopes": [], "loginParameterNames": []}}}"#;
        assert_eq!(unknown("customOpenIdConnectProviders", custom), [""; 0]);
        let flat = r#"{"okta": {"registration": {"clientSecretSettingName": "B"}}}"#;
        assert_eq!(
            unknown("customOpenIdConnectProviders", flat),
            ["clientSecretSettingName"]
        );
    }
}
