//! `auth`: secrets where the name of a setting belongs, issuers that are none (CF-40…CF-49).

use super::super::model::AuthValue;
use super::context::Lint;

pub(super) fn check(lint: &mut Lint<'_>) {
    let Some(auth) = &lint.config.auth else {
        return;
    };
    for value in &auth.values {
        if value.key.ends_with("SettingName") {
            setting(lint, value);
        }
        address(lint, value);
    }
    if let Some(source) = &auth.roles_source {
        if !lint.is_api(&source.value) {
            let message = format!(
                "`rolesSource` is `{}`, which is not an API path",
                source.value
            );
            let hint = "name a function: `/api/GetRoles`";
            lint.warn("AU-71", source.span, message, hint);
        }
        if auth.providers.is_empty() {
            let message = "`rolesSource` works with a custom provider only, and none is configured"
                .to_string();
            lint.warn(
                "AU-70",
                source.span,
                message,
                "add one to `identityProviders`",
            );
        }
    }
}

/// CF-46: the value is a name; who writes the secret itself publishes it with the repository.
fn setting(lint: &mut Lint<'_>, value: &AuthValue) {
    let text = value.value.value.as_str();
    if super::placeholders::placeholder(text).is_some() {
        return;
    }
    let why = if text.is_empty() {
        "is empty"
    } else if is_guid(text) {
        "is an id"
    } else if is_secret(text) {
        "looks like the secret itself"
    } else if text.bytes().all(|byte| byte.is_ascii_lowercase()) {
        "looks like a value"
    } else {
        return;
    };
    let message = format!(
        "`{}` of `{}` {why}, where the name of an application setting belongs",
        value.key, value.provider
    );
    let hint = "store the value as an application setting in Azure and write that setting's name, such as `GITHUB_CLIENT_ID`; a secret that was committed has to be renewed";
    lint.warn("CF-46", value.value.span, message, hint);
}

fn is_guid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    lengths == [8, 4, 4, 4, 12]
        && parts
            .iter()
            .all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Characters that no setting has in its name, known beginnings, or a long mixture of letters and digits.
fn is_secret(text: &str) -> bool {
    let any = |wanted: fn(&u8) -> bool| text.bytes().any(|byte| wanted(&byte));
    let mixed =
        any(u8::is_ascii_lowercase) && any(u8::is_ascii_uppercase) && any(u8::is_ascii_digit);
    let hexadecimal = any(u8::is_ascii_digit) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.contains(['~', '/', '+', '=', ' '])
        || text.starts_with("GOCSPX-")
        || text.ends_with(".apps.googleusercontent.com")
        || (text.len() >= 16 && hexadecimal)
        || (text.len() >= 20 && mixed && !text.contains('_'))
}

/// Issuers and well-known documents (CF-40, CF-45).
fn address(lint: &mut Lint<'_>, value: &AuthValue) {
    const DOCUMENT: &str = "/.well-known/openid-configuration";
    let is_issuer = matches!(value.key.as_str(), "openIdIssuer" | "issuer");
    let is_document = value.key == "wellKnownOpenIdConfiguration";
    let is_address = is_issuer || is_document || value.key.ends_with("Endpoint");
    if !is_address {
        return;
    }
    let rule = if value.key == "openIdIssuer" {
        "CF-40"
    } else {
        "CF-45"
    };
    let (key, text, at) = (&value.key, &value.value.value, value.value.span);
    let mut warn = |message: String, hint: &str| lint.warn(rule, at, message, hint);
    if text.contains(char::is_whitespace) {
        let message = format!("`{key}` contains spaces: `{text}`");
        warn(
            message,
            "issuers are compared letter by letter; remove them",
        );
    } else if is_issuer && text.contains("/.well-known/") {
        let message = format!("`{key}` is the address of the document, not the issuer");
        warn(message, &format!("remove `{DOCUMENT}` from the end"));
    } else if is_document && !text.ends_with(DOCUMENT) {
        let message = format!("`{key}` does not end in `{DOCUMENT}`");
        warn(message, "write the whole address of the document");
    } else if text.starts_with("http://") && !text.contains("localhost") {
        let message = format!("`{key}` is not encrypted: `{text}`");
        warn(message, "use https");
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::found;

    fn github(value: &str) -> Vec<String> {
        found(&format!(
            r#"{{"auth": {{"identityProviders": {{"github": {{"registration": {{"clientIdSettingName": "{value}"}}}}}}}}}}"#
        ))
    }

    #[test]
    fn cf_46_values_in_place_of_names() {
        for value in [
            "0b7d4c2e-1111-2222-3333-444455556666",
            "GOCSPX-abc",
            "abc8Q~xyz.123",
            "0123456789abcdef0123",
            "Ab3Ab3Ab3Ab3Ab3Ab3Ab3",
            "secret",
            "",
        ] {
            assert_eq!(github(value), [format!("CF-46 {value}")]);
        }
        for name in [
            "GITHUB_CLIENT_ID",
            "githubClientId",
            "AzureAd__ClientId",
            "my-client-id",
        ] {
            assert_eq!(github(name), [""; 0]);
        }
    }

    fn issuer(key: &str, value: &str) -> Vec<String> {
        found(&format!(
            r#"{{"auth": {{"identityProviders": {{"azureActiveDirectory": {{"registration": {{"{key}": "{value}"}}}}}}}}}}"#
        ))
    }

    #[test]
    fn cf_40_45_issuers() {
        let good = "https://login.example/v2.0";
        assert_eq!(issuer("openIdIssuer", good), [""; 0]);
        for odd in [
            " https://login.example",
            "https://login.example/.well-known/openid-configuration",
            "http://login.example",
        ] {
            assert_eq!(issuer("openIdIssuer", odd), [format!("CF-40 {odd}")]);
        }
        assert_eq!(
            issuer("wellKnownOpenIdConfiguration", good),
            [format!("CF-45 {good}")]
        );
    }

    #[test]
    fn au_70_71_roles_source() {
        let auth = |source: &str, providers: &str| {
            found(&format!(
                r#"{{"auth": {{"rolesSource": "{source}", "identityProviders": {{{providers}}}}}}}"#
            ))
        };
        assert_eq!(auth("/api/roles", r#""github": {}"#), [""; 0]);
        assert_eq!(auth("/roles", r#""github": {}"#), ["AU-71 /roles"]);
        assert_eq!(auth("/api/roles", ""), ["AU-70 /api/roles"]);
    }
}
