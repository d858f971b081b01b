//! `auth` (CF-28, CF-40…CF-47).

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged;

use super::provider_keys;
use super::registration::registration;
use crate::config::model::{Auth, AuthValue};
use crate::config::reader::{Reader, get, span};
use crate::finding::{Span, Spanned};

pub(super) fn auth(read: &mut Reader<'_>, value: &Value<'_>) -> Option<Auth> {
    let object = read.object("auth", value)?;
    read.known_keys("`auth`", object, &["rolesSource", "identityProviders"], &[]);
    let roles_source =
        get(object, "rolesSource").and_then(|value| read.string("auth.rolesSource", value));
    let mut auth = Auth {
        roles_source,
        providers: Vec::new(),
        registrations: Vec::new(),
        values: Vec::new(),
    };
    let Some(providers) = get(object, "identityProviders")
        .and_then(|value| read.object("auth.identityProviders", value))
    else {
        return Some(auth);
    };
    const KEYS: &[&str] = &[
        "azureActiveDirectory",
        "apple",
        "facebook",
        "github",
        "google",
        "twitter",
        "customOpenIdConnectProviders",
    ];
    read.known_keys("`auth.identityProviders`", providers, KEYS, &[]);
    for property in &providers.properties {
        let name = property.name.as_str();
        let place = format!("auth.identityProviders.{name}");
        let Some(fields) = read.object(&place, &property.value) else {
            continue;
        };
        let mut add = |name: &str, range: jsonc_parser::common::Range| {
            let at = Span {
                start: range.start,
                end: range.end,
            };
            auth.providers.push(Spanned::new(name.to_string(), at));
        };
        match name {
            "customOpenIdConnectProviders" => {
                for custom in &fields.properties {
                    add(custom.name.as_str(), custom.name.range());
                }
                for custom in &fields.properties {
                    let name = custom.name.as_str();
                    let section = custom.value.as_object();
                    let registered =
                        section.and_then(|it| registration(property.name.as_str(), name, it));
                    auth.registrations.extend(registered);
                    provider_keys::known(read, property.name.as_str(), &custom.value);
                    texts(name, name, &custom.value, &mut auth.values);
                }
                continue;
            }
            "azureActiveDirectory" => {
                let off = get(fields, "enabled")
                    .and_then(Value::as_boolean_lit)
                    .is_some_and(|enabled| !enabled.value);
                if !off {
                    add("aad", property.name.range());
                }
            }
            known if KEYS.contains(&known) => add(known, property.name.range()),
            _ => {}
        }
        let url_name = match name {
            "azureActiveDirectory" => "aad",
            other => other,
        };
        auth.registrations
            .extend(registration(name, url_name, fields));
        provider_keys::known(read, name, &property.value);
        texts(name, name, &property.value, &mut auth.values);
    }
    Some(auth)
}

fn texts(provider: &str, key: &str, value: &Value<'_>, out: &mut Vec<AuthValue>) {
    match value {
        Value::Object(object) => {
            for property in &object.properties {
                texts(provider, property.name.as_str(), &property.value, out);
            }
        }
        Value::Array(array) => {
            for element in &array.elements {
                texts(provider, key, element, out);
            }
        }
        Value::StringLit(text) => out.push(AuthValue {
            provider: provider.to_string(),
            key: key.to_string(),
            value: Spanned::new(text.value.to_string(), span(value)),
        }),
        _ => {}
    }
}
