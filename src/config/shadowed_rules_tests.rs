//! The reasoning about hidden rules against trying every path of a small world.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::config::read;
use crate::finding::{Severity, Source};

const TRIED: [&str; 3] = ["GET", "POST", "PUT"];

fn rules(routes: &[(String, Vec<&str>)]) -> Config {
    let rules: Vec<_> = routes
        .iter()
        .map(|(route, methods)| match methods.is_empty() {
            true => serde_json::json!({"route": route}),
            false => serde_json::json!({"route": route, "methods": methods}),
        })
        .collect();
    let text = serde_json::json!({"routes": rules}).to_string();
    read(&Source::new("x", text)).config.unwrap()
}

/// Every path over these letters up to the length, which holds the shortest witness of each difference: a path that
/// one pattern of at most five such letters matches and another does not.
static WORLD: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let mut world = BTreeSet::new();
    let mut level = vec!["/".to_string()];
    for _ in 0..7 {
        let longer = level
            .iter()
            .flat_map(|path| ["a", "b", ".", "/"].map(|letter| format!("{path}{letter}")));
        let next: Vec<String> = longer.collect();
        world.append(&mut level.into_iter().collect());
        level = next;
    }
    // The paths of `index.html` rules are longer than the world.
    for folder in ["", "/a", "/b", "/a/b"] {
        world.insert(format!("{folder}/index.html"));
        world.insert(format!("{folder}/"));
    }
    world
});

fn pattern() -> impl Strategy<Value = String> {
    prop_oneof![
        "/[ab]{0,2}/?",
        "/[ab]{0,2}/?\\*",
        "/[ab]{0,1}/?\\*\\.[ab]{1,2}",
        "/[ab]{0,1}\\*\\.\\{a,b\\}",
        "/([ab]/)?index\\.html",
    ]
}

fn methods() -> impl Strategy<Value = Vec<&'static str>> {
    prop_oneof![
        3 => Just(Vec::new()),
        4 => proptest::sample::subsequence(TRIED.to_vec(), 1..=3),
        // The rest, so that unions can be complete.
        2 => Just(METHODS.iter().copied().filter(|method| *method != "GET").collect()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
    #[test]
    fn rt_32_is_exact(routes in proptest::collection::vec((pattern(), methods()), 2..5)) {
        let config = rules(&routes);
        let last = config.routes.len() - 1;
        let (earlier, rule) = (&config.routes[..last], &config.routes[last]);
        let reached = WORLD.iter().find(|path| {
            rule.pattern.matches(path)
                && METHODS.iter().any(|method| {
                    takes(rule, method)
                        && !earlier.iter().any(|other| takes(other, method) && other.pattern.matches(path))
                })
        });
        let hiding = hiding(&config.routes, last);
        prop_assert_eq!(hiding.is_empty(), reached.is_some(), "{:?}: hidden by {:?}, reached by {:?}", routes, hiding, reached);
    }

    #[test]
    fn meeting_means_a_common_path(a in pattern(), b in pattern()) {
        let (first, second) = (Pattern::parse(&a), Pattern::parse(&b));
        let common = WORLD.iter().find(|path| first.matches(path) && second.matches(path));
        prop_assert_eq!(first.meets(&second), common.is_some(), "{} and {}: {:?}", a, b, common);
        prop_assert_eq!(first.meets(&second), second.meets(&first));
    }
}

fn found(text: &str) -> Vec<(Severity, &'static str)> {
    let outcome = read(&Source::new("x", text));
    let findings = outcome.findings.iter();
    findings.map(|found| (found.severity, found.code)).collect()
}

#[test]
fn rt_32_one_rule_that_covers_is_refused_several_are_a_warning() {
    assert_eq!(
        found(r#"{"routes": [{"route": "/a/*"}, {"route": "/a/b"}]}"#),
        [(Severity::Refused, "RT-32")]
    );
    assert_eq!(
        found(
            r#"{"routes": [{"route": "/a/*", "methods": ["GET"]}, {"route": "/*", "methods": ["POST"]}, {"route": "/a/b", "methods": ["GET", "POST"]}]}"#
        ),
        [(Severity::Warning, "RT-32")]
    );
    assert_eq!(
        found(
            r#"{"routes": [{"route": "/*.js"}, {"route": "*.css"}, {"route": "/a/*.{js,css}"}]}"#
        ),
        [(Severity::Warning, "RT-32")]
    );
    assert_eq!(
        found(r#"{"routes": [{"route": "/a/*", "methods": ["GET"]}, {"route": "/a/b"}]}"#),
        []
    );
}

#[test]
fn rt_32_what_only_an_extension_filter_covers_is_a_warning() {
    let after = |first: &str, second: &str| {
        found(&format!(
            r#"{{"routes": [{{"route": "{first}"}}, {{"route": "{second}"}}]}}"#
        ))
    };
    for (first, second) in [
        ("/*.js", "/sw.js"),
        ("/*.html", "/blog-details/*.html"),
        ("/x/index.html", "/x"),
    ] {
        assert_eq!(
            after(first, second),
            [(Severity::Warning, "RT-32")],
            "{second}"
        );
    }
    for second in [
        "/.auth/login/github",
        "/.auth/login/*",
        "/.auth/*",
        "/sw.js",
    ] {
        assert_eq!(
            after("/*", second),
            [(Severity::Refused, "RT-32")],
            "{second}"
        );
    }
    assert_eq!(after("/.auth/login/github", "/*"), []);
}

#[test]
fn rt_31_slashes_do_not_tell_routes_apart_but_methods_do() {
    assert_eq!(
        found(r#"{"routes": [{"route": "/a"}, {"route": "/a/"}]}"#),
        [(Severity::Refused, "RT-31")]
    );
    assert_eq!(
        found(
            r#"{"routes": [{"route": "/a", "methods": ["GET"]}, {"route": "/a", "methods": ["POST"]}]}"#
        ),
        []
    );
}
