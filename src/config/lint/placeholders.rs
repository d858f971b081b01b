//! What was meant to be replaced before the first deployment: localhost and placeholders.

use super::context::Lint;
use crate::finding::Spanned;

pub(super) fn check(lint: &mut Lint<'_>) {
    let config = lint.config;
    let mut texts: Vec<(&'static str, &Spanned<String>)> = Vec::new();
    for rule in &config.routes {
        texts.extend(rule.rewrite.iter().map(|text| ("RT-4", text)));
        texts.extend(rule.redirect.iter().map(|text| ("RT-5", text)));
        texts.extend(rule.headers.iter().map(|header| ("HD-1", &header.value)));
    }
    for entry in &config.response_overrides {
        texts.extend(entry.redirect.iter().map(|text| ("RO-4", text)));
    }
    texts.extend(
        config
            .global_headers
            .iter()
            .map(|header| ("HD-1", &header.value)),
    );
    texts.extend(
        config
            .allowed_forwarded_hosts
            .iter()
            .map(|host| ("NW-4", host)),
    );
    let auth = config.auth.iter().flat_map(|auth| &auth.values);
    for value in auth {
        texts.push(("CF-45", &value.value));
        let name = &value.value.value;
        if matches!(
            value.key.as_str(),
            "openIdIssuer" | "issuer" | "wellKnownOpenIdConfiguration"
        ) && placeholder(name).is_none()
            && is_shouting(name)
        {
            left(lint, "CF-45", &value.value);
        }
    }
    for (rule, text) in texts {
        if let Some(host) = local(&text.value) {
            let message = format!("`{host}` is the machine of whoever visits the app");
            let hint = "write the public address, or a path of the app";
            lint.warn(rule, text.span, message, hint);
        }
        if placeholder(&text.value).is_some() {
            left(lint, rule, text);
        }
    }
}

fn left(lint: &mut Lint<'_>, rule: &'static str, text: &Spanned<String>) {
    let message = "this looks like a placeholder that was never filled in".to_string();
    lint.warn(rule, text.span, message, "write the real value");
}

/// A loopback address as the host of a URL.
fn local(text: &str) -> Option<&'static str> {
    let hosts = ["localhost", "127.0.0.1", "[::1]", "0.0.0.0"];
    hosts.into_iter().find(|host| {
        text == *host
            || text.match_indices("://").any(|(at, _)| {
                text[at + 3..].strip_prefix(host).is_some_and(|rest| {
                    rest.is_empty() || rest.starts_with([':', '/', ' ', ';', ',', '?', '#'])
                })
            })
    })
}

/// `<TENANT_ID>`, `{tenant}`, `YOUR_DOMAIN`, `your-tenant`.
pub(super) fn placeholder(text: &str) -> Option<&str> {
    let wrapped = |open: char, close: char| {
        let start = text.find(open)?;
        let end = start + text[start..].find(close)?;
        let inner = &text[start + 1..end];
        let is_name = !inner.is_empty()
            && inner
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || "_- ".contains(letter));
        is_name.then(|| &text[start..=end])
    };
    let named = || {
        let mut words =
            text.split(|letter: char| !(letter.is_ascii_alphanumeric() || "_-".contains(letter)));
        words.find(|word| {
            let lower = word.to_ascii_lowercase();
            ["your_", "your-", "yourdomain", "yourtenant"]
                .iter()
                .any(|start| lower.starts_with(start))
        })
    };
    wrapped('<', '>')
        .or_else(|| wrapped('{', '}'))
        .or_else(named)
}

/// A host or segment in capitals with an underscore, which no address has: `https://AUTH0_DOMAIN/`.
fn is_shouting(text: &str) -> bool {
    text.split(['/', '.']).any(|part| {
        part.contains('_')
            && part
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::super::test_support::{found, routes};

    #[test]
    fn localhost_in_targets_and_headers() {
        let redirect = |to: &str| routes(&format!(r#"{{"route": "/a", "redirect": "{to}"}}"#));
        assert_eq!(
            redirect("http://localhost:3000/x"),
            ["RT-5 http://localhost:3000/x"]
        );
        assert_eq!(redirect("https://localhost.example/x"), [""; 0]);
        assert_eq!(
            found(r#"{"globalHeaders": {"access-control-allow-origin": "http://127.0.0.1:5500"}}"#),
            ["HD-1 http://127.0.0.1:5500"]
        );
    }

    #[test]
    fn placeholders() {
        let issuer = |text: &str| {
            found(&format!(
                r#"{{"auth": {{"identityProviders": {{"azureActiveDirectory": {{"registration": {{"openIdIssuer": "{text}"}}}}}}}}}}"#
            ))
        };
        for text in [
            "https://login.example/<TENANT_ID>",
            "https://login.example/YOUR_TENANT_ID/v2.0",
            "https://login.example/{tenant}",
            "https://AUTH0_DOMAIN",
            "OPEN_ID_ISSUER",
        ] {
            assert_eq!(issuer(text), [format!("CF-45 {text}")]);
        }
        assert_eq!(issuer("https://login.example/0b7d4c2e/v2.0"), [""; 0]);
    }
}
