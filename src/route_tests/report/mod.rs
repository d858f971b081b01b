//! What became of tests, for people and for programs.
//!
//! [`text`] for a terminal, [`json`] for programs, [`junit`] for the servers that collect reports of tests.

pub mod json;
pub mod junit;
pub mod text;

use crate::finding::{Position, Source};

use super::judge::Difference;
use super::model::RouteTest;
use super::run::Outcome;

/// A file and what became of its tests.
#[derive(Debug)]
pub struct TestedFile {
    /// The file, as it is shown.
    pub source: Source,
    /// The tests that were run, in the order of the file.
    pub tests: Vec<(RouteTest, Outcome)>,
}

/// How many tests passed, failed, and were not asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Everything was as expected.
    pub passed: usize,
    /// Something was not.
    pub failed: usize,
    /// Left out by `--filter`.
    pub left_out: usize,
}

impl Counts {
    /// Counts the tests of all files.
    pub fn of(files: &[TestedFile], left_out: usize) -> Self {
        let outcomes = files.iter().flat_map(|file| &file.tests);
        let (passed, failed): (Vec<_>, Vec<_>) =
            outcomes.partition(|(_, outcome)| outcome.is_passed());
        Self {
            passed: passed.len(),
            failed: failed.len(),
            left_out,
        }
    }
}

impl TestedFile {
    fn name(&self) -> String {
        self.source.path().display().to_string()
    }

    fn position(&self, test: &RouteTest) -> Position {
        self.source.position(test.span.start)
    }
}

/// `expected 200, got 401`
fn sentence(difference: &Difference) -> String {
    format!(
        "expected {}, got {}",
        difference.expected, difference.actual
    )
}

/// Why it was answered as it was: what decided, then the rules that could have been meant, the decisive one marked.
fn trace(test: &RouteTest, outcome: &Outcome) -> Vec<String> {
    let told = &outcome.told;
    let mut lines = vec![told.result.reason.clone()];
    let mut others = 0;
    for rule in told.rules.iter().filter(|rule| rule.tried) {
        // The rule that was expected, and each that nearly matched.
        let is_told = rule.is_near
            // The reason names it already, unless another program answers.
            || (rule.matched && told.result.target.is_some())
            || (!rule.matched && is_expected(test, rule.index, &rule.route));
        if !is_told {
            others += usize::from(!rule.matched);
            continue;
        }
        let mark = if rule.matched { '>' } else { ' ' };
        let place = rule
            .place
            .as_deref()
            .map_or_else(String::new, |place| format!(" ({place})"));
        lines.push(format!(
            "{mark} routes[{}] {}{place}: {}",
            rule.index, rule.route, rule.why
        ));
    }
    lines.extend(match (others, lines.len()) {
        (0, _) => None,
        (1, 1) => Some("  1 rule was tried and is for another path".to_owned()),
        (_, 1) => Some(format!(
            "  {others} rules were tried and are for other paths"
        )),
        (1, _) => Some("  1 other is for another path".to_owned()),
        _ => Some(format!("  {others} others are for other paths")),
    });
    lines
}

fn is_expected(test: &RouteTest, index: usize, route: &str) -> bool {
    use super::model::{Expectation, RuleExpectation};
    test.expected.iter().any(|expected| match &expected.value {
        Expectation::Rule(Some(RuleExpectation::Index(at))) => *at == index,
        Expectation::Rule(Some(RuleExpectation::Route(text))) => text == route,
        _ => false,
    })
}
