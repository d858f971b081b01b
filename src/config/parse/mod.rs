//! AST → typed model. Each section has a file; what does not fit is reported and left out.
//!
//! | section | file |
//! |---|---|
//! | `routes` | [`rule`] |
//! | `navigationFallback` | [`fallback`] |
//! | `responseOverrides` | [`overrides`] |
//! | `globalHeaders`, and every other map of headers | [`headers`] |
//! | `networking`, `forwardingGateway` | [`network`] |
//! | `auth` | [`auth`], [`provider_keys`] |

mod auth;
mod fallback;
mod headers;
mod leading_slash;
mod network;
mod overrides;
mod provider_keys;
mod registration;
mod rule;

use jsonc_parser::ast::Value;

use super::model::{Config, TrailingSlash};
use super::reader::{Reader, get, kind, span};
use crate::finding::Finding;

const TOP: &[&str] = &[
    "$schema",
    "routes",
    "navigationFallback",
    "responseOverrides",
    "globalHeaders",
    "mimeTypes",
    "trailingSlash",
    "networking",
    "forwardingGateway",
    "auth",
    "platform",
];
const ONE_RULE: &str = "this looks like one rule: write `\"routes\": [ { … } ]`, or `\"navigationFallback\": { \"rewrite\": … }` for what every unknown page shows";
const TOP_LEGACY: &[(&str, &str)] = &[
    (
        "platformErrorOverrides",
        "this key belongs to the ended `routes.json`; use `responseOverrides`, keyed by status",
    ),
    (
        "defaultHeaders",
        "this key belongs to the ended `routes.json`; use `globalHeaders`",
    ),
    (
        "trailingSlashBehavior",
        "use `trailingSlash` with `always`, `never` or `auto`",
    ),
    ("rolesSource", "`rolesSource` belongs inside `auth`"),
    ("route", ONE_RULE),
    ("rewrite", ONE_RULE),
    ("redirect", ONE_RULE),
    ("allowedRoles", ONE_RULE),
    (
        "env",
        "settings belong to the environment in Azure, not to this file",
    ),
    (
        "build",
        "how the app is built belongs in the workflow that deploys it",
    ),
    (
        "nodeVersion",
        "use `\"platform\": { \"apiRuntime\": \"node:22\" }`",
    ),
];

/// Reads a model. `None` when the value is not an object.
pub(super) fn parse(value: &Value<'_>, out: &mut Vec<Finding>) -> Option<Config> {
    let Value::Object(top) = value else {
        let message = format!(
            "a configuration is an object, but this file holds {}",
            kind(value)
        );
        out.push(Finding::error("CF-8", span(value), message));
        return None;
    };
    let mut read = Reader {
        out,
        code: "CF-8",
        reader: "Azure",
    };
    read.known_keys("the configuration", top, TOP, TOP_LEGACY);
    let mut config = Config::default();
    if let Some(value) = get(top, "routes") {
        for (index, rule) in read
            .array("routes", value)
            .unwrap_or_default()
            .iter()
            .enumerate()
        {
            config
                .routes
                .extend(rule::route_rule(&mut read, index, rule));
        }
    }
    config.navigation_fallback = get(top, "navigationFallback")
        .and_then(|value| fallback::navigation_fallback(&mut read, value));
    if let Some(value) = get(top, "responseOverrides") {
        config.response_overrides = overrides::response_overrides(&mut read, value);
    }
    if let Some(value) = get(top, "globalHeaders") {
        config.global_headers = headers::headers(&mut read, "globalHeaders", value);
    }
    if let Some(value) = get(top, "mimeTypes") {
        config.mime_types = read.string_map("mimeTypes", value);
    }
    if let Some(value) = get(top, "trailingSlash") {
        config.trailing_slash = trailing_slash(&mut read, value);
    }
    if let Some(value) = get(top, "networking") {
        config.allowed_ip_ranges = network::networking(&mut read, value);
    }
    if let Some(value) = get(top, "forwardingGateway") {
        network::gateway(&mut read, value, &mut config);
    }
    config.auth = get(top, "auth").and_then(|value| auth::auth(&mut read, value));
    if let Some(object) = get(top, "platform").and_then(|value| read.object("platform", value)) {
        read.known_keys("`platform`", object, &["apiRuntime"], &[]);
        config.api_runtime =
            get(object, "apiRuntime").and_then(|value| read.string("platform.apiRuntime", value));
    }
    Some(config)
}

fn trailing_slash(read: &mut Reader<'_>, value: &Value<'_>) -> TrailingSlash {
    match read.string("trailingSlash", value) {
        Some(mode) => match mode.value.as_str() {
            "always" => TrailingSlash::Always,
            "never" => TrailingSlash::Never,
            "auto" => TrailingSlash::Auto,
            other => {
                let message =
                    format!("`trailingSlash` is `always`, `never` or `auto`, but is `{other}`");
                read.out.push(Finding::error("CF-25", mode.span, message));
                TrailingSlash::Omitted
            }
        },
        None => TrailingSlash::Omitted,
    }
}
