//! One entry of `routes` (RT-1…RT-7).

use jsonc_parser::ast::{Object, Value};

use super::headers::headers;
use super::leading_slash::with_slash;
use crate::config::model::RouteRule;
use crate::config::pattern::Pattern;
use crate::config::reader::{Reader, get, span};
use crate::config::shadowed_rules::METHODS;
use crate::finding::{Finding, Span, Spanned, nearest};

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
pub(super) fn route_rule(
    read: &mut Reader<'_>,
    index: usize,
    value: &Value<'_>,
) -> Option<RouteRule> {
    let place = format!("routes[{index}]");
    let object = read.object(&place, value)?;
    read.known_keys("a rule of `routes`", object, RULE, RULE_LEGACY);
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
            .push(Finding::error("RT-25", rewrite.span, message).hint("remove one of the two"));
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

fn missing_route(place: &str, object: &Object<'_>, at: Span) -> Finding {
    let message = format!("Found a route with no 'route' property: `{place}`");
    let found = Finding::error("RT-33", at, message);
    let near = object.properties.iter().find_map(|property| {
        let name = property.name.as_str();
        (!RULE.contains(&name) && nearest(name, ["route", "path"]).is_some()).then_some(name)
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
            let message = format!("`{}` is not a valid HTTP method", method.value);
            let found = Finding::error("RT-2", method.span, message);
            read.out
                .push(match nearest(&upper, METHODS.iter().copied()) {
                    Some(near) => found.hint(format!("did you mean `{near}`?")),
                    None => found.hint(format!("use some of {}", METHODS.join(", "))),
                });
        } else if upper != method.value {
            let found = Finding::warning("RT-2", method.span, "methods are written in capitals");
            read.out
                .push(found.hint("write `GET`, as Azure's documents do; lower case works here"));
            method.value = upper;
        }
    }
    methods
}
