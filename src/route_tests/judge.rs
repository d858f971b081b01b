//! What was expected of one answer, against what is told of it.

use crate::explain::Explanation;
use crate::finding::{Span, Spanned};

use super::model::{BackendExpectation, Expectation, HeaderExpectation, RuleExpectation};

/// An expectation that is not met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What it is about, such as `status` or `header ETag`.
    pub what: String,
    /// What was expected.
    pub expected: String,
    /// What is so.
    pub actual: String,
    /// Where the expectation stands in the file.
    pub span: Span,
}

/// All that differs.
pub fn judge(expected: &[Spanned<Expectation>], told: &Explanation) -> Vec<Difference> {
    let differences = expected.iter().filter_map(|one| {
        let (what, expected, actual) = compared(&one.value, told)?;
        Some(Difference {
            what,
            expected,
            actual,
            span: one.span,
        })
    });
    differences.collect()
}

/// What it is about, what was expected, and what is so; `None` when it is met.
fn compared(expected: &Expectation, told: &Explanation) -> Option<(String, String, String)> {
    let result = &told.result;
    let differs = |what: &str, expected: String, actual: String, is_met: bool| {
        (!is_met).then(|| (what.to_owned(), expected, actual))
    };
    match expected {
        Expectation::Status(status) => differs(
            "status",
            status.to_string(),
            told.status_in_words(),
            result.status == Some(*status),
        ),
        Expectation::Kind(kind) => {
            let actual = result.kind.to_owned();
            differs("kind", kind.clone(), actual, *kind == result.kind)
        }
        Expectation::File(file) => text("file", Some(file), result.file.as_deref()),
        Expectation::Location(to) => text("location", Some(to), result.location.as_deref()),
        Expectation::Rewrite(to) => text("rewrite", to.as_deref(), result.rewrite.as_deref()),
        Expectation::Header(name, expected) => header(name, expected, told),
        Expectation::Backend(expected) => backend(expected.as_ref(), told),
        Expectation::Rule(expected) => rule(expected.as_ref(), told),
        Expectation::Reason(word) => differs(
            "reason",
            word.clone(),
            format!("{} ({})", result.reason_word, result.reason),
            *word == result.reason_word,
        ),
    }
}

fn text(
    what: &str,
    expected: Option<&str>,
    actual: Option<&str>,
) -> Option<(String, String, String)> {
    let shown = |text: Option<&str>| text.unwrap_or("none").to_owned();
    (expected != actual).then(|| (what.to_owned(), shown(expected), shown(actual)))
}

fn header(
    name: &str,
    expected: &HeaderExpectation,
    told: &Explanation,
) -> Option<(String, String, String)> {
    let found = told.headers.iter();
    let values: Vec<&str> = found
        .filter(|header| header.name.eq_ignore_ascii_case(name))
        .filter_map(|header| header.value.as_deref())
        .collect();
    let (is_met, shown) = match expected {
        HeaderExpectation::Is(value) => (values.contains(&value.as_str()), value.clone()),
        HeaderExpectation::Matches(pattern) => (
            values.iter().any(|value| pattern.is_match(value)),
            format!("something that matches {pattern}"),
        ),
        HeaderExpectation::Absent => (values.is_empty(), "absent".to_owned()),
    };
    let is_elsewhere = told.result.status.is_none();
    let actual = match values.as_slice() {
        [] if is_elsewhere => told.status_in_words(),
        [] => "absent".to_owned(),
        values => values.join(", "),
    };
    // Whoever answers elsewhere sets headers that nobody knows here.
    let is_met = is_met && !(is_elsewhere && values.is_empty());
    (!is_met).then(|| (format!("header {name}"), shown, actual))
}

fn backend(
    expected: Option<&BackendExpectation>,
    told: &Explanation,
) -> Option<(String, String, String)> {
    let result = &told.result;
    let shown = |kind: Option<&str>, target: Option<&str>| match (kind, target) {
        (None, None) => "none".to_owned(),
        (Some(kind), Some(target)) => format!("{kind}, asked for {target}"),
        (Some(kind), None) => kind.to_owned(),
        (None, Some(target)) => format!("asked for {target}"),
    };
    // Only who is asked has a target.
    let actual_kind = result.target.as_ref().map(|_| result.kind);
    let actual = shown(actual_kind, result.target.as_deref());
    let (expected, is_met) = match expected {
        None => ("none".to_owned(), actual_kind.is_none()),
        Some(BackendExpectation { kind, target }) => (
            shown(kind.as_deref(), target.as_deref()),
            actual_kind.is_some()
                && kind.as_deref().is_none_or(|kind| Some(kind) == actual_kind)
                && target.as_ref().is_none_or(|_| *target == result.target),
        ),
    };
    (!is_met).then(|| ("backend".to_owned(), expected, actual))
}

fn rule(
    expected: Option<&RuleExpectation>,
    told: &Explanation,
) -> Option<(String, String, String)> {
    let decided = told.result.rule.and_then(|at| told.rules.get(at));
    let is_met = match (expected, decided) {
        (None, None) => true,
        (Some(RuleExpectation::Index(index)), Some(rule)) => rule.index == *index,
        (Some(RuleExpectation::Route(route)), Some(rule)) => rule.route == *route,
        _ => false,
    };
    let named = |index: usize| match told.rules.get(index) {
        Some(rule) => format!("routes[{index}] {}", rule.route),
        None => format!("routes[{index}], which does not exist"),
    };
    let expected = match expected {
        None => "none".to_owned(),
        Some(RuleExpectation::Index(index)) => named(*index),
        Some(RuleExpectation::Route(route)) => {
            let known = told.rules.iter().position(|rule| rule.route == *route);
            known.map_or_else(|| format!("{route}, which no rule has"), named)
        }
    };
    let actual = decided.map_or_else(|| "none".to_owned(), |rule| named(rule.index));
    (!is_met).then(|| ("rule".to_owned(), expected, actual))
}
