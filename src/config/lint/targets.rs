//! Targets of rewrites and redirects: missing, copied literally, or leading in a circle.

use super::super::model::RouteRule;
use super::super::pattern::{Pattern, without_slash};
use super::context::{Lint, is_under, path_of};
use crate::finding::Spanned;

pub(super) fn check(lint: &mut Lint<'_>) {
    let config = lint.config;
    for (index, rule) in config.routes.iter().enumerate() {
        for target in rule.redirect.iter().chain(&rule.rewrite) {
            literal(lint, target);
        }
        match to_itself(rule) {
            Some(redirect) => onto_itself(lint, rule, redirect),
            None => circle(lint, index, rule),
        }
        if let Some(rewrite) = &rule.rewrite {
            missing(lint, "RT-4", rewrite);
        }
    }
    for entry in &config.response_overrides {
        if let (Some(rewrite), None) = (&entry.rewrite, &entry.redirect) {
            missing(lint, "RO-3", rewrite);
        }
    }
    if let Some(fallback) = &config.navigation_fallback {
        missing(lint, "NF-11", &fallback.rewrite);
    }
}

/// RT-24: nothing of the requested path can be used in a target.
fn literal(lint: &mut Lint<'_>, target: &Spanned<String>) {
    let path = path_of(&target.value);
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    let parameter = |segment: &&str| {
        (segment.len() > 1 && segment.starts_with(':'))
            || segment.contains('*')
            || (segment.starts_with('$')
                && segment[1..].bytes().all(|byte| byte.is_ascii_digit())
                && segment.len() > 1)
    };
    if let Some(part) = path.split('/').find(parameter) {
        let message = format!(
            "`{part}` is copied literally into the target: what a `*` matched cannot be used"
        );
        let hint = "write one rule for each target, or redirect to a page that sorts it out";
        lint.warn("RT-24", target.span, message, hint);
    }
}

/// The redirect of a rule to the one path that it is on, whatever the slash at the end (RT-17).
fn to_itself(rule: &RouteRule) -> Option<&Spanned<String>> {
    let (Pattern::Exact(path), Some(redirect)) = (&rule.pattern, &rule.redirect) else {
        return None;
    };
    (without_slash(path) == without_slash(&redirect.value)).then_some(redirect)
}

/// RT-41.
fn onto_itself(lint: &mut Lint<'_>, rule: &RouteRule, redirect: &Spanned<String>) {
    let (from, to) = (&rule.route.value, &redirect.value);
    let message = match from == to {
        true => format!("`{from}` redirects to itself, so a request for it skips the rule"),
        false => format!(
            "`{from}` and `{to}` are one route to Azure, so the redirect leads to its own rule"
        ),
    };
    let hint = "remove the rule; `trailingSlash` says which of the two spellings counts";
    lint.warn("RT-41", redirect.span, message, hint);
}

/// RT-40: each redirect is a new request; one that comes back never ends.
fn circle(lint: &mut Lint<'_>, index: usize, rule: &RouteRule) {
    let Some(first) = &rule.redirect else {
        return;
    };
    let mut visited = vec![index];
    let mut target = &first.value;
    loop {
        let path = path_of(target);
        if !path.starts_with('/') || is_under(path, "/.auth") {
            return;
        }
        // A redirect to the very path is skipped and the search goes on (RT-41).
        let mut rules = lint.config.routes.iter().enumerate();
        let next = rules.find(|(_, rule)| {
            crate::config::shadowed_rules::takes(rule, "GET")
                && rule.pattern.matches(path)
                && rule.redirect.as_ref().is_none_or(|to| to.value != path)
        });
        let Some((at, next)) = next else {
            return;
        };
        let Some(to) = &next.redirect else {
            return;
        };
        if at == index {
            let message = format!(
                "redirects go round in circles: `{}` leads back to {}",
                first.value,
                lint.name(index)
            );
            let hint = "let one of the targets be a page";
            lint.warn("RT-40", first.span, message, hint);
            return;
        }
        if visited.contains(&at) {
            return; // A circle of others, reported there.
        }
        visited.push(at);
        target = &to.value;
    }
}

/// The file of a rewrite.
fn missing(lint: &mut Lint<'_>, rule: &'static str, target: &Spanned<String>) {
    let Some(content) = lint.known.content else {
        return;
    };
    let path = path_of(&target.value);
    let elsewhere = target.value.contains("://") || is_under(path, "/.auth") || lint.is_api(path);
    let exists = |path: &str| content.has_file(path) || content.page(path).is_some();
    let other_form = format!("{}/", path.trim_end_matches('/'));
    if elsewhere || exists(path) || exists(&other_form) || exists(path.trim_end_matches('/')) {
        return;
    }
    let message = format!("the target `{path}` does not exist in the content; it answers with 404");
    let hint = "name a file of the deployed folder, with its case; the path starts at that folder";
    lint.warn(rule, target.span, message, hint);
}

#[cfg(test)]
mod tests {
    use super::super::test_support::routes;

    #[test]
    fn rt_24_stars_in_targets() {
        for to in ["/new/*", "/new/:splat", "https://x.example/$1"] {
            let text = format!(r#"{{"route": "/old/*", "redirect": "{to}"}}"#);
            assert_eq!(routes(&text), [format!("RT-24 {to}")]);
        }
        let plain = r#"{"route": "/old/*", "redirect": "https://x.example:8080/a"}"#;
        assert_eq!(routes(plain), [""; 0]);
    }

    #[test]
    fn rt_40_circles() {
        let two = r#"{"route": "/a", "redirect": "/b"}, {"route": "/b", "redirect": "/a"}"#;
        assert_eq!(routes(two), ["RT-40 /b", "RT-40 /a"]);
        assert_eq!(
            routes(r#"{"route": "/a/*", "redirect": "/a/b"}"#),
            [""; 0],
            "RT-41"
        );
        assert_eq!(
            routes(r#"{"route": "/a/*", "redirect": "/a/b?x=1"}"#),
            ["RT-40 /a/b?x=1"]
        );
    }

    #[test]
    fn rt_41_a_redirect_to_its_own_path() {
        for (from, to) in [("/self", "/self"), ("/docs", "/docs/"), ("/docs/", "/docs")] {
            let text = format!(r#"{{"route": "{from}", "redirect": "{to}"}}"#);
            assert_eq!(routes(&text), [format!("RT-41 {to}")]);
        }
        assert_eq!(routes(r#"{"route": "/a", "redirect": "/"}"#), [""; 0]);
    }
}
