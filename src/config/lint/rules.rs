//! Rules without effect, and routes in the notation of other servers.

use super::super::model::RouteRule;
use super::super::pattern::Pattern;
use super::super::shadowed_rules::hiding;
use super::context::{Lint, demands, is_under};

pub(super) fn check(lint: &mut Lint<'_>) {
    for (index, rule) in lint.config.routes.iter().enumerate() {
        without_effect(lint, index, rule);
        swallows(lint, rule);
        notation(lint, &rule.route.value.clone(), rule.route.span);
        extensions(lint, &rule.pattern, rule.route.span);
        if let (Some(status @ 300..=399), None) = (
            rule.status_code.as_ref().map(|code| code.value),
            &rule.redirect,
        ) && !has_former_target(lint, rule)
        {
            let message = format!("status {status} without `redirect` leads nowhere");
            lint.warn(
                "RT-29",
                rule.span,
                message,
                "add `redirect` with the target",
            );
        }
    }
    if let Some(fallback) = &lint.config.navigation_fallback {
        for (text, pattern) in &fallback.exclude {
            notation(lint, &text.value, text.span);
            extensions(lint, pattern, text.span);
        }
    }
}

/// A rule of the ended `routes.json`, whose `serve` is reported already.
fn has_former_target(lint: &Lint<'_>, rule: &RouteRule) -> bool {
    let text = lint.source.text().get(rule.span.start..rule.span.end);
    text.is_some_and(|text| text.contains("\"serve\""))
}

/// RT-13: a rule that only names a path shields it from later rules; without such a rule it does nothing. What its roles
/// have no effect by is said of them (RT-47).
fn without_effect(lint: &mut Lint<'_>, index: usize, rule: &RouteRule) {
    let acts = demands(rule)
        || rule.rewrite.is_some()
        || rule.redirect.is_some()
        || rule
            .status_code
            .as_ref()
            .is_some_and(|code| code.value != 200)
        || !rule.headers.is_empty();
    let shields = lint.config.routes[index + 1..]
        .iter()
        .any(|later| later.pattern.meets(&rule.pattern));
    let reported = matches!(rule.pattern, Pattern::Never(_))
        || rule.allowed_roles.len() > 1
        || !hiding(&lint.config.routes, index).is_empty();
    if !acts && !shields && !reported && !is_under(&rule.route.value, "/.auth") {
        let message = "this rule does nothing: it sets nothing, and no later rule meets its paths"
            .to_string();
        let hint = "remove it; a rule whose `methods` do not fit is skipped, it refuses nothing";
        lint.warn("RT-13", rule.route.span, message, hint);
    }
}

/// A rewrite of whole folders to one page, where a fallback was meant: rules come before files (NF-1).
fn swallows(lint: &mut Lint<'_>, rule: &RouteRule) {
    let (Pattern::Prefix(prefix), Some(rewrite)) = (&rule.pattern, &rule.rewrite) else {
        return;
    };
    // `/calendar/*` to `/calendar.html` is an example of Azure's documentation; a start page has files of its own.
    let page = rewrite.value.ends_with("/index.html") || rewrite.value.ends_with('/');
    if page && prefix.ends_with('/') && !lint.is_api(prefix) {
        let message = format!(
            "`{}` answers every path below `{prefix}` with `{}`, scripts, styles and images too",
            rule.route.value, rewrite.value
        );
        let hint = "use `navigationFallback`: files that exist win over it";
        lint.warn("NF-1", rewrite.span, message, hint);
    }
}

/// RT-18: what other servers read as a parameter is compared letter by letter here.
fn notation(lint: &mut Lint<'_>, text: &str, at: crate::finding::Span) {
    if text.contains("://") || text.contains('*') {
        return; // Reported for its star or its host.
    }
    let parameter = text.split('/').find(|segment| {
        (segment.len() > 1 && segment.starts_with(':'))
            || (segment.starts_with('{') && segment.ends_with('}'))
            || (segment.starts_with('[') && segment.ends_with(']'))
    });
    if let Some(parameter) = parameter {
        let message =
            format!("`{parameter}` is not a parameter: Azure compares the route literally");
        lint.warn("RT-18", at, message, "end the route with `*` before it");
    }
}

/// RT-20: extensions with blanks, dots or stars match no file.
fn extensions(lint: &mut Lint<'_>, pattern: &Pattern, at: crate::finding::Span) {
    let Pattern::Extension { extensions, .. } = pattern else {
        return;
    };
    let odd = |text: &&String| text.trim() != text.as_str() || text.starts_with('.');
    if let Some(odd) = extensions.iter().find(odd) {
        let message = format!("the extension filter `{odd}` matches no file");
        let hint = "write extensions without blanks and dots: `*.{png,jpg}`";
        lint.warn("RT-20", at, message, hint);
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::{found, routes};

    #[test]
    fn rt_13_rules_that_do_nothing() {
        for idle in [
            r#"{"route": "/*", "allowedRoles": ["anonymous"]}"#,
            r#"{"route": "/*", "methods": ["GET"]}"#,
            r#"{"route": "/*", "statusCode": 200}"#,
        ] {
            assert_eq!(routes(idle), ["RT-13 /*"], "{idle}");
        }
        let both = r#"{"route": "/*", "allowedRoles": ["anonymous", "admin"]}"#;
        assert_eq!(routes(both), ["RT-47 anonymous"], "said once");
        let shield = r#"{"route": "/login"}, {"route": "/*", "allowedRoles": ["authenticated"]}"#;
        assert_eq!(routes(shield), [""; 0]);
    }

    #[test]
    fn nf_1_a_rewrite_of_everything() {
        assert_eq!(
            routes(r#"{"route": "/*", "rewrite": "/index.html"}"#),
            ["NF-1 /index.html"]
        );
        assert_eq!(
            routes(r#"{"route": "/en/*", "rewrite": "/en/index.html"}"#),
            ["NF-1 /en/index.html"]
        );
        assert_eq!(
            routes(r#"{"route": "/calendar/*", "rewrite": "/calendar.html"}"#),
            [""; 0]
        );
        assert_eq!(
            routes(r#"{"route": "/*", "rewrite": "/api/render"}"#),
            [""; 0]
        );
    }

    #[test]
    fn rt_18_parameters() {
        for route in ["/users/:id", "/docs/:splat", "/users/{id}", "/users/[id]"] {
            let text = format!(r#"{{"route": "{route}", "rewrite": "/u.html"}}"#);
            assert_eq!(routes(&text), [format!("RT-18 {route}")]);
        }
        // Brackets inside a name are letters.
        assert_eq!(
            routes(r#"{"route": "/post/(a),b", "redirect": "/p"}"#),
            [""; 0]
        );
    }

    #[test]
    fn rt_20_extensions() {
        assert_eq!(
            routes(r#"{"route": "/*.{png, jpg}", "headers": {"a": "b"}}"#),
            ["RT-20 /*.{png, jpg}"]
        );
        assert_eq!(
            found(
                r#"{"navigationFallback": {"rewrite": "/index.html", "exclude": ["*.{.js,css}"]}}"#
            ),
            ["RT-20 *.{.js,css}"]
        );
    }

    #[test]
    fn rt_29_a_redirect_without_target() {
        let text = r#"{"route": "/old", "statusCode": 301}"#;
        assert_eq!(routes(text), [format!("RT-29 {text}")]);
        let former = r#"{"route": "/old", "serve": "/new", "statusCode": 301}"#;
        assert_eq!(routes(former), [""; 0]);
    }
}
