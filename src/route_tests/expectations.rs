//! `expect`: what a test expects.

use jsonc_parser::ast::{Object, Value};
use regex::Regex;

use crate::config::reader::{Reader, get, kind, span};
use crate::finding::{Finding, Span, Spanned, nearest};
use crate::pipeline::Handler;
use crate::pipeline::reason::Reason;

use super::model::{BackendExpectation, Expectation, HeaderExpectation, RuleExpectation};

pub(super) const EXPECT: &[&str] = &[
    "status", "kind", "file", "location", "rewrite", "headers", "backend", "rule", "reason",
];
pub(super) const BACKEND: &[&str] = &["kind", "target"];
/// Programs that are asked.
pub(super) const BACKENDS: &[&str] = &["api", "data-api", "dev-server"];

/// Everything that a test expects; a test that expects nothing is a mistake.
pub(super) fn expectations(
    read: &mut Reader<'_>,
    test: &str,
    object: &Object<'_>,
    at: Span,
) -> Option<Vec<Spanned<Expectation>>> {
    let what = format!("{test}.expect");
    let hint = r#"such as `"expect": { "status": 200, "file": "index.html" }`"#;
    let Some(value) = get(object, "expect") else {
        let found = Finding::error("", at, format!("`{what}` is missing"));
        read.out.push(found.hint(hint));
        return None;
    };
    let expect = read.object(&what, value)?;
    let before = read.out.len();
    let renamed = [
        ("statusCode", "use `status`"),
        ("redirect", "use `location`"),
    ];
    read.known_keys(&format!("`{what}`"), expect, EXPECT, &renamed);
    let mut all = Vec::new();
    for property in &expect.properties {
        let key = property.name.as_str();
        let (what, value) = (format!("{what}.{key}"), &property.value);
        if key == "headers" {
            all.extend(headers(read, &what, value));
            continue;
        }
        let expected = one(read, key, &what, value);
        all.extend(expected.map(|expected| Spanned::new(expected, span(value))));
    }
    if all.is_empty() && read.out.len() == before {
        let found = Finding::error("", span(value), format!("`{what}` expects nothing"));
        read.out.push(found.hint(hint));
    }
    Some(all)
}

fn one(read: &mut Reader<'_>, key: &str, what: &str, value: &Value<'_>) -> Option<Expectation> {
    let mut text = |value: &Value<'_>| Some(read.string(what, value)?.value);
    Some(match (key, value) {
        ("status", _) => Expectation::Status(status(read, what, value)?),
        ("kind", _) => Expectation::Kind(word(read, what, value, Handler::KINDS)?),
        ("reason", _) => Expectation::Reason(word(read, what, value, Reason::WORDS)?),
        ("file", _) => Expectation::File(text(value)?.trim_start_matches('/').to_owned()),
        ("location", _) => Expectation::Location(text(value)?),
        ("rewrite", Value::NullKeyword(_)) => Expectation::Rewrite(None),
        ("rewrite", _) => Expectation::Rewrite(Some(text(value)?)),
        ("rule", Value::NullKeyword(_)) => Expectation::Rule(None),
        ("rule", _) => Expectation::Rule(Some(rule(read, what, value)?)),
        ("backend", Value::NullKeyword(_)) => Expectation::Backend(None),
        ("backend", _) => Expectation::Backend(Some(backend(read, what, value)?)),
        // Reported as unknown.
        _ => return None,
    })
}

fn status(read: &mut Reader<'_>, what: &str, value: &Value<'_>) -> Option<u16> {
    let number = match value {
        Value::NumberLit(number) => number.value.parse().ok(),
        _ => None,
    };
    let number = number.filter(|status| (100..=599).contains(status));
    if number.is_none() {
        let message = match value {
            Value::NumberLit(number) => {
                format!(
                    "`{what}` must be a status code from 100 to 599, but is `{}`",
                    number.value
                )
            }
            other => format!("`{what}` must be a number, but is {}", kind(other)),
        };
        read.out.push(Finding::error("", span(value), message));
    }
    number
}

fn word(
    read: &mut Reader<'_>,
    what: &str,
    value: &Value<'_>,
    known: &[&'static str],
) -> Option<String> {
    let text = read.string(what, value)?;
    if known.contains(&text.value.as_str()) {
        return Some(text.value);
    }
    let message = format!("`{}` is not a value of `{what}`", text.value);
    let hint = match nearest(&text.value, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("one of: {}", known.join(", ")),
    };
    read.out
        .push(Finding::error("", text.span, message).hint(hint));
    None
}

fn rule(read: &mut Reader<'_>, what: &str, value: &Value<'_>) -> Option<RuleExpectation> {
    match value {
        Value::StringLit(route) => Some(RuleExpectation::Route(route.value.to_string())),
        Value::NumberLit(number) if number.value.parse::<usize>().is_ok() => {
            Some(RuleExpectation::Index(number.value.parse().ok()?))
        }
        other => {
            let wanted = "a route as written, the position of a rule, or null for none";
            read.wrong(what, wanted, other);
            None
        }
    }
}

fn backend(read: &mut Reader<'_>, what: &str, value: &Value<'_>) -> Option<BackendExpectation> {
    let Value::Object(object) = value else {
        let kind = Some(word(read, what, value, BACKENDS)?);
        return Some(BackendExpectation { kind, target: None });
    };
    read.known_keys(
        &format!("`{what}`"),
        object,
        BACKEND,
        &[("path", "use `target`")],
    );
    let kind = get(object, "kind").map(|it| word(read, &format!("{what}.kind"), it, BACKENDS));
    let target = get(object, "target").map(|it| read.string(&format!("{what}.target"), it));
    if kind.is_none() && target.is_none() {
        let message = format!("`{what}` expects nothing");
        let found = Finding::error("", span(value), message);
        read.out
            .push(found.hint("add `kind` or `target`, or write null for no backend"));
    }
    Some(BackendExpectation {
        kind: kind.flatten(),
        target: target.flatten().map(|it| it.value),
    })
}

fn headers(read: &mut Reader<'_>, what: &str, value: &Value<'_>) -> Vec<Spanned<Expectation>> {
    let Some(object) = read.object(what, value) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for property in &object.properties {
        let name = property.name.as_str();
        let what = format!("{what}.{name}");
        let expected = header(read, &what, &property.value);
        all.extend(expected.map(|expected| {
            let expected = Expectation::Header(name.to_owned(), expected);
            Spanned::new(expected, span(&property.value))
        }));
    }
    all
}

fn header(read: &mut Reader<'_>, what: &str, value: &Value<'_>) -> Option<HeaderExpectation> {
    let pattern = match value {
        Value::NullKeyword(_) => return Some(HeaderExpectation::Absent),
        Value::StringLit(text) => return Some(HeaderExpectation::Is(text.value.to_string())),
        Value::Object(object) => {
            read.known_keys(&format!("`{what}`"), object, &["matches"], &[]);
            get(object, "matches")
        }
        _ => None,
    };
    let Some(pattern) = pattern else {
        read.wrong(
            what,
            r#"a string, `{ "matches": "…" }`, or null for a header that is absent"#,
            value,
        );
        return None;
    };
    let text = read.string(&format!("{what}.matches"), pattern)?;
    match Regex::new(&text.value) {
        Ok(pattern) => Some(HeaderExpectation::Matches(pattern)),
        Err(error) => {
            // The last line says what is wrong; those before it draw a caret.
            let error = error.to_string();
            let why = error.lines().last().unwrap_or_default();
            let why = why.trim_start_matches("error: ");
            let message = format!("`{}` is not a regular expression: {why}", text.value);
            read.out.push(Finding::error("", text.span, message));
            None
        }
    }
}
