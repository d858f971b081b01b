//! AST → typed model. Each section has one function; what does not fit is reported and left out.

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged;

use super::diagnostics::Diagnostic;
use super::model::{
    Auth, Config, Header, IpRange, NavigationFallback, ResponseOverride, RouteRule, TrailingSlash,
};
use super::pattern::Pattern;
use super::reader::{Reader, get, kind, nearest, parse_json, span};
use super::source::{Source, Span, Spanned};

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
    ("rolesSource", "`rolesSource` stands inside `auth`"),
];
const RULE: &[&str] = &[
    "route",
    "methods",
    "allowedRoles",
    "rewrite",
    "redirect",
    "statusCode",
    "headers",
];
const RULE_LEGACY: &[(&str, &str)] = &[
    (
        "serve",
        "this key belongs to the ended `routes.json`; use `rewrite`",
    ),
    ("file", "use `rewrite` with the path of the file"),
    ("path", "use `route`"),
];
/// The methods of RT-2.
pub(super) const METHODS: &[&str] = &[
    "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "CONNECT", "OPTIONS", "TRACE",
];

/// Reads a model. `None` when the text is no JSON object.
pub(super) fn parse(source: &Source, out: &mut Vec<Diagnostic>) -> Option<Config> {
    let value = parse_json(source, out)?;
    let Value::Object(top) = &value else {
        let message = format!(
            "a configuration is an object, but this file holds {}",
            kind(&value)
        );
        out.push(Diagnostic::error("CF-8", span(&value), message));
        return None;
    };
    let mut read = Reader { out };
    read.known_keys("the configuration", top, TOP, TOP_LEGACY);
    let mut config = Config::default();
    if let Some(value) = get(top, "routes") {
        for (index, rule) in read
            .array("routes", value)
            .unwrap_or_default()
            .iter()
            .enumerate()
        {
            config.routes.extend(route_rule(&mut read, index, rule));
        }
    }
    config.navigation_fallback =
        get(top, "navigationFallback").and_then(|value| navigation_fallback(&mut read, value));
    if let Some(value) = get(top, "responseOverrides") {
        config.response_overrides = response_overrides(&mut read, value);
    }
    if let Some(value) = get(top, "globalHeaders") {
        config.global_headers = headers(&mut read, "globalHeaders", value);
    }
    if let Some(value) = get(top, "mimeTypes") {
        config.mime_types = read.string_map("mimeTypes", value);
    }
    if let Some(value) = get(top, "trailingSlash") {
        config.trailing_slash = trailing_slash(&mut read, value);
    }
    if let Some(value) = get(top, "networking") {
        config.allowed_ip_ranges = networking(&mut read, value);
    }
    if let Some(object) =
        get(top, "forwardingGateway").and_then(|value| read.object("forwardingGateway", value))
    {
        read.known_keys(
            "`forwardingGateway`",
            object,
            &["allowedForwardedHosts", "requiredHeaders"],
            &[],
        );
        if let Some(value) = get(object, "allowedForwardedHosts") {
            config.allowed_forwarded_hosts =
                read.strings("forwardingGateway.allowedForwardedHosts", value);
        }
        if let Some(value) = get(object, "requiredHeaders") {
            config.required_headers =
                headers(&mut read, "forwardingGateway.requiredHeaders", value);
        }
    }
    config.auth = get(top, "auth").and_then(|value| auth(&mut read, value));
    if let Some(object) = get(top, "platform").and_then(|value| read.object("platform", value)) {
        read.known_keys("`platform`", object, &["apiRuntime"], &[]);
        config.api_runtime =
            get(object, "apiRuntime").and_then(|value| read.string("platform.apiRuntime", value));
    }
    Some(config)
}

fn route_rule(read: &mut Reader<'_>, index: usize, value: &Value<'_>) -> Option<RouteRule> {
    let place = format!("routes[{index}]");
    let object = read.object(&place, value)?;
    read.known_keys(&format!("`{place}`"), object, RULE, RULE_LEGACY);
    let name = |key: &str| format!("{place}.{key}");
    let route = match get(object, "route") {
        Some(value) => read.string(&name("route"), value)?,
        None => {
            read.out.push(missing_route(&place, object, span(value)));
            return None;
        }
    };
    let methods = get(object, "methods").map(|value| methods(read, &name("methods"), value));
    let allowed_roles =
        get(object, "allowedRoles").map(|value| read.strings(&name("allowedRoles"), value));
    let rewrite = get(object, "rewrite").and_then(|value| read.string(&name("rewrite"), value));
    let redirect = get(object, "redirect").and_then(|value| read.string(&name("redirect"), value));
    let status_code =
        get(object, "statusCode").and_then(|value| read.status(&name("statusCode"), value));
    let headers = get(object, "headers").map(|value| headers(read, &name("headers"), value));
    if let (Some(rewrite), Some(_)) = (&rewrite, &redirect) {
        let message =
            format!("`{place}` has both `rewrite` and `redirect`; a rule may have one of them");
        read.out
            .push(Diagnostic::error("RT-25", rewrite.span, message).hint("remove one of the two"));
    }
    Some(RouteRule {
        span: span(value),
        pattern: Pattern::parse(&route.value),
        route,
        methods,
        allowed_roles: allowed_roles.unwrap_or_default(),
        rewrite: rewrite.map(with_slash),
        redirect,
        status_code,
        headers: headers.unwrap_or_default(),
    })
}

fn missing_route(place: &str, object: &Object<'_>, at: Span) -> Diagnostic {
    let message = format!("Found a route with no 'route' property: `{place}`");
    let found = Diagnostic::error("RT-33", at, message);
    let near = object.properties.iter().find_map(|property| {
        let name = property.name.as_str();
        (!RULE.contains(&name) && nearest(name, &["route", "path"]).is_some()).then_some(name)
    });
    match near {
        Some(name) => found.hint(format!("rename `{name}` to `route`")),
        None => found.hint("add `\"route\": \"/path\"`"),
    }
}

fn methods(read: &mut Reader<'_>, what: &str, value: &Value<'_>) -> Vec<Spanned<String>> {
    let mut methods = read.strings(what, value);
    for method in &mut methods {
        let upper = method.value.to_ascii_uppercase();
        if !METHODS.contains(&upper.as_str()) {
            let message = format!("`{}` is no HTTP method that a route can name", method.value);
            let found = Diagnostic::error("RT-2", method.span, message);
            read.out.push(match nearest(&upper, METHODS) {
                Some(near) => found.hint(format!("did you mean `{near}`?")),
                None => found.hint(format!("use some of {}", METHODS.join(", "))),
            });
        } else if upper != method.value {
            let message = format!(
                "`{}` is written in capitals in Azure's documents: `{upper}`",
                method.value
            );
            read.out
                .push(Diagnostic::warning("RT-2", method.span, message));
            method.value = upper;
        }
    }
    methods
}

/// Rewrites work with and without a leading slash (NF-4); the model always has one. Absolute URLs stay as written,
/// so that the finding about them shows the user's text.
fn with_slash(mut target: Spanned<String>) -> Spanned<String> {
    if !target.value.starts_with('/') && !target.value.contains("://") {
        target.value.insert(0, '/');
    }
    target
}

fn navigation_fallback(read: &mut Reader<'_>, value: &Value<'_>) -> Option<NavigationFallback> {
    let object = read.object("navigationFallback", value)?;
    read.known_keys("`navigationFallback`", object, &["rewrite", "exclude"], &[]);
    let exclude =
        get(object, "exclude").map(|value| read.strings("navigationFallback.exclude", value));
    let Some(rewrite) = get(object, "rewrite") else {
        let found = Diagnostic::error(
            "CF-21",
            span(value),
            "`navigationFallback` has no `rewrite`",
        );
        read.out
            .push(found.hint("add `\"rewrite\": \"/index.html\"`"));
        return None;
    };
    Some(NavigationFallback {
        rewrite: with_slash(read.string("navigationFallback.rewrite", rewrite)?),
        exclude: exclude
            .unwrap_or_default()
            .into_iter()
            .map(|text| {
                let pattern = Pattern::parse(&text.value);
                (text, pattern)
            })
            .collect(),
    })
}

fn response_overrides(read: &mut Reader<'_>, value: &Value<'_>) -> Vec<ResponseOverride> {
    let Some(object) = read.object("responseOverrides", value) else {
        return Vec::new();
    };
    let mut overrides: Vec<ResponseOverride> = Vec::new();
    for property in &object.properties {
        let name = property.name.as_str();
        let place = format!("responseOverrides.{name}");
        let range = property.name.range();
        let at = Span {
            start: range.start,
            end: range.end,
        };
        let Some(fields) = read.object(&place, &property.value) else {
            continue;
        };
        read.known_keys(
            &format!("`{place}`"),
            fields,
            &["rewrite", "redirect", "statusCode"],
            &[],
        );
        let rewrite = get(fields, "rewrite")
            .and_then(|value| read.string(&format!("{place}.rewrite"), value));
        let redirect = get(fields, "redirect")
            .and_then(|value| read.string(&format!("{place}.redirect"), value));
        let status_code = get(fields, "statusCode")
            .and_then(|value| read.status(&format!("{place}.statusCode"), value));
        let status = match name.parse::<u16>() {
            Ok(status @ (400 | 401 | 403 | 404)) => status,
            _ => {
                let message = format!(
                    "`responseOverrides.{name}` does nothing: only 400, 401, 403 and 404 can be overridden"
                );
                read.out.push(Diagnostic::warning("RO-1", at, message));
                continue;
            }
        };
        overrides.retain(|known| known.status.value != status);
        overrides.push(ResponseOverride {
            status: Spanned::new(status, at),
            rewrite: rewrite.map(with_slash),
            redirect,
            status_code,
        });
    }
    overrides
}

fn headers(read: &mut Reader<'_>, what: &str, value: &Value<'_>) -> Vec<Header> {
    let mut headers = Vec::new();
    for (name, text) in read.string_map(what, value) {
        if http::HeaderName::from_bytes(name.value.as_bytes()).is_err() {
            let message = format!("`{}` is no valid header name", name.value);
            read.out.push(Diagnostic::error("HD-1", name.span, message));
        } else if http::HeaderValue::from_str(&text.value).is_err() {
            let message = format!(
                "the value of header `{}` holds characters that HTTP does not allow",
                name.value
            );
            read.out.push(Diagnostic::error("HD-1", text.span, message));
        } else {
            headers.push(Header { name, value: text });
        }
    }
    headers
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
                read.out
                    .push(Diagnostic::error("CF-25", mode.span, message));
                TrailingSlash::Omitted
            }
        },
        None => TrailingSlash::Omitted,
    }
}

fn networking(read: &mut Reader<'_>, value: &Value<'_>) -> Vec<Spanned<IpRange>> {
    let Some(object) = read.object("networking", value) else {
        return Vec::new();
    };
    read.known_keys("`networking`", object, &["allowedIpRanges"], &[]);
    let Some(value) = get(object, "allowedIpRanges") else {
        return Vec::new();
    };
    let texts = read.strings("networking.allowedIpRanges", value);
    texts
        .into_iter()
        .filter_map(|text| ip_range(read, text))
        .collect()
}

/// A block (`10.0.0.0/8`), a single address, or a service tag (letters, digits and dots, beginning with a letter).
fn ip_range(read: &mut Reader<'_>, text: Spanned<String>) -> Option<Spanned<IpRange>> {
    let trimmed = text.value.trim();
    if let Ok(net) = trimmed.parse::<ipnet::IpNet>() {
        if net.addr() != net.network() {
            let message = format!(
                "`{trimmed}` has bits set behind its prefix; it is read as `{}`",
                net.trunc()
            );
            read.out
                .push(Diagnostic::warning("NW-1", text.span, message));
        }
        return Some(Spanned::new(IpRange::Block(net.trunc()), text.span));
    }
    if let Ok(address) = trimmed.parse::<std::net::IpAddr>() {
        return Some(Spanned::new(IpRange::Block(address.into()), text.span));
    }
    let tag = trimmed.starts_with(|first: char| first.is_ascii_alphabetic())
        && trimmed
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '.');
    if tag {
        return Some(Spanned::new(
            IpRange::ServiceTag(trimmed.to_string()),
            text.span,
        ));
    }
    let message = format!("`{trimmed}` is neither an address block nor a service tag");
    let found = Diagnostic::error("NW-1", text.span, message);
    read.out.push(
        found.hint(
            "write a block such as `203.0.113.0/24` or a tag such as `AzureFrontDoor.Backend`",
        ),
    );
    None
}

fn auth(read: &mut Reader<'_>, value: &Value<'_>) -> Option<Auth> {
    let object = read.object("auth", value)?;
    read.known_keys("`auth`", object, &["rolesSource", "identityProviders"], &[]);
    let roles_source =
        get(object, "rolesSource").and_then(|value| read.string("auth.rolesSource", value));
    let mut auth = Auth {
        span: span(value),
        roles_source,
        providers: Vec::new(),
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
    }
    Some(auth)
}
