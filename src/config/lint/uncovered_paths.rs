//! Guarded pages that another path, another method or the fallback shows.

use super::super::model::{RouteRule, TrailingSlash};
use super::super::pattern::Pattern;
use super::super::shadowed_rules::takes;
use super::context::{Lint, demands, path_of};

/// A path that no rule is written for, to see what strangers meet.
const UNKNOWN: &str = "/no-such-page-of-this-app";

pub(super) fn check(lint: &mut Lint<'_>) {
    for rule in lint.config.routes.iter().filter(|rule| demands(rule)) {
        folder_without_itself(lint, rule);
        other_spellings(lint, rule);
        other_methods(lint, rule);
    }
    fallback(lint);
}

/// RT-19: `/admin/*` without `/admin`.
fn folder_without_itself(lint: &mut Lint<'_>, rule: &RouteRule) {
    let Pattern::Prefix(prefix) = &rule.pattern else {
        return;
    };
    let Some(folder) = prefix
        .strip_suffix('/')
        .filter(|folder| !folder.is_empty() && *folder != "/.auth")
    else {
        return;
    };
    let answers = match lint.known.content {
        _ if lint.is_api(folder) => folder.len() > "/api".len(),
        Some(content) => content.page(folder).is_some(),
        None => true,
    };
    if answers && takes(rule, "GET") && lint.is_open("GET", folder) {
        let message = format!(
            "`{}` does not cover `{folder}`, which asks for no role",
            rule.route.value
        );
        let hint = format!("add a rule on `{folder}`, or write `{folder}*`");
        lint.warn("RT-19", rule.route.span, message, hint);
    }
}

/// RT-16, RS-30: the same file by another path.
fn other_spellings(lint: &mut Lint<'_>, rule: &RouteRule) {
    let Pattern::Exact(path) = &rule.pattern else {
        return;
    };
    if lint.is_api(path) || super::context::is_under(path, "/.auth") {
        return;
    }
    let stem = path
        .strip_suffix("/index.html")
        .or_else(|| path.strip_suffix(".html"))
        .or_else(|| path.strip_suffix('/'))
        .unwrap_or(path);
    let spellings = [
        stem.to_string(),
        format!("{stem}/"),
        format!("{stem}.html"),
        format!("{stem}/index.html"),
    ];
    let same = |spelling: &String| match lint.known.content {
        Some(content) => {
            let file = content
                .page(path)
                .or_else(|| content.has_file(path).then(|| path.clone()));
            file.is_some() && content.page(spelling) == file
        }
        // Without the content: what the name says for sure.
        None if path == "/" => {
            spelling == "/index.html" && lint.config.trailing_slash == TrailingSlash::Omitted
        }
        None => path.ends_with(".html") && !path.ends_with("/index.html") && spelling == stem,
    };
    let open = spellings
        .iter()
        .filter(|spelling| spelling.as_str() != path && !spelling.is_empty());
    let open = open
        .filter(|spelling| !rule.pattern.matches(spelling))
        .find(|spelling| same(spelling) && lint.is_open("GET", spelling));
    if let Some(open) = open.cloned() {
        let message = format!("`{open}` shows the same page as `{path}`, and asks for no role");
        let hint = if path.ends_with(".html") {
            format!("add a rule on `{open}`, or cover both with `{stem}*`")
        } else {
            format!(
                "write the rule on `{open}`: it covers `{path}` too, if it ends in `index.html`; else add it"
            )
        };
        lint.warn("RT-16", rule.route.span, message, hint);
    }
}

/// RT-12: methods that the guard does not list.
fn other_methods(lint: &mut Lint<'_>, rule: &RouteRule) {
    let Some(methods) = &rule.methods else {
        return;
    };
    let path = match &rule.pattern {
        Pattern::Exact(path) => path.clone(),
        Pattern::Prefix(prefix) => format!("{prefix}x"),
        Pattern::Extension { prefix, extensions } => {
            let extension = extensions.first().map_or("x", String::as_str);
            format!("{prefix}x.{extension}")
        }
        Pattern::Never(_) => return,
    };
    let Some(first) = methods.first() else {
        return;
    };
    if !lint.is_api(&path) {
        let is_static = |method: &str| matches!(method, "GET" | "HEAD" | "OPTIONS");
        if !methods.iter().any(|method| is_static(&method.value)) && rule.rewrite.is_none() {
            let message = format!(
                "the roles of `{}` are never asked for: content answers GET, HEAD and OPTIONS only",
                rule.route.value
            );
            lint.warn("RS-20", first.span, message, "remove `methods`");
        }
        return;
    }
    let open: Vec<&str> = ["POST", "PUT", "PATCH", "DELETE"]
        .into_iter()
        .filter(|method| !methods.iter().any(|listed| listed.value == *method))
        .filter(|method| lint.is_open(method, &path))
        .collect();
    if !open.is_empty() {
        let message = format!(
            "`{}` asks for a role with the listed methods only; {} get through without",
            rule.route.value,
            open.join(", ")
        );
        let hint = "a further rule on the same route, without `methods`, takes the rest";
        lint.warn("RT-12", first.span, message, hint);
    }
}

/// NF-8: the fallback's file is shown under the rules of the requested path, never under its own.
fn fallback(lint: &mut Lint<'_>) {
    let Some(fallback) = &lint.config.navigation_fallback else {
        return;
    };
    let target = path_of(&fallback.rewrite.value);
    let paths: &[&str] = match target {
        "/index.html" => &["/index.html", "/"],
        other => &[other],
    };
    let guard = paths
        .iter()
        .filter_map(|path| lint.first("GET", path))
        .find(|(_, rule)| demands(rule));
    let excluded = fallback
        .exclude
        .iter()
        .any(|(_, pattern)| pattern.matches(UNKNOWN));
    if let Some((index, _)) = guard
        && !excluded
        && lint.is_open("GET", UNKNOWN)
    {
        let message = format!(
            "`{target}` is guarded by {}, but the fallback shows it for every unknown path without a role",
            lint.name(index)
        );
        let hint = "guard `/*` too, or fall back to a page that everybody may see";
        lint.warn("NF-8", fallback.rewrite.span, message, hint);
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_support::{found, routes};

    #[test]
    fn rt_19_the_folder_itself() {
        let guard = r#"{"route": "/admin/*", "allowedRoles": ["admin"]}"#;
        assert_eq!(routes(guard), ["RT-19 /admin/*"]);
        for fine in [
            format!(r#"{guard}, {{"route": "/admin", "allowedRoles": ["admin"]}}"#),
            format!(r#"{guard}, {{"route": "/admin", "redirect": "/admin/index.html"}}"#),
            format!(r#"{guard}, {{"route": "/*", "allowedRoles": ["authenticated"]}}"#),
        ] {
            assert_eq!(routes(&fine), [""; 0], "{fine}");
        }
    }

    #[test]
    fn rt_16_the_same_page_by_another_path() {
        let html = r#"{"route": "/x.html", "allowedRoles": ["a"]}"#;
        assert_eq!(routes(html), ["RT-16 /x.html"]);
        let both = format!(r#"{html}, {{"route": "/x", "allowedRoles": ["a"]}}"#);
        assert_eq!(routes(&both), [""; 0]);
        let root = r#"{"route": "/", "allowedRoles": ["a"]}"#;
        assert_eq!(routes(root), ["RT-16 /"]);
        assert_eq!(
            found(&format!(
                r#"{{"trailingSlash": "never", "routes": [{root}]}}"#
            )),
            [""; 0]
        );
        assert_eq!(
            routes(r#"{"route": "/index.html", "allowedRoles": ["a"]}"#),
            [""; 0]
        );
        let plain = r#"{"routes": [{"route": "/x", "allowedRoles": ["a"]}]}"#;
        assert_eq!(found(plain), [""; 0]);
    }

    #[test]
    fn rt_12_methods_that_are_not_listed() {
        let post =
            r#"{"route": "/api/items", "methods": ["POST"], "allowedRoles": ["authenticated"]}"#;
        assert_eq!(routes(post), ["RT-12 POST"]);
        let rest = format!(r#"{post}, {{"route": "/api/*", "allowedRoles": ["admin"]}}"#);
        assert_eq!(routes(&rest), [""; 0]);
        let writes = r#"{"route": "/api/*", "methods": ["POST", "PUT", "PATCH", "DELETE"], "allowedRoles": ["admin"]}"#;
        assert_eq!(routes(writes), [""; 0]);
        assert_eq!(
            routes(r#"{"route": "/form", "methods": ["POST"], "allowedRoles": ["admin"]}"#),
            ["RS-20 POST"]
        );
    }

    #[test]
    fn nf_8_the_fallback_shows_a_guarded_page() {
        let text = |routes: &str, exclude: &str| {
            format!(
                r#"{{"routes": [{routes}], "navigationFallback": {{"rewrite": "/index.html", "exclude": ["*.js"{exclude}]}}}}"#
            )
        };
        let guard = r#"{"route": "/index.html", "allowedRoles": ["authenticated"]}"#;
        assert_eq!(found(&text(guard, "")), ["NF-8 /index.html"]);
        assert_eq!(found(&text(guard, r#", "/*""#)), [""; 0]);
        let all = r#"{"route": "/*", "allowedRoles": ["authenticated"]}"#;
        assert_eq!(found(&text(all, "")), [""; 0]);
    }
}
