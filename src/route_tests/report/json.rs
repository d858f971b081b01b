//! The outcome for programs. Its shape is a promise (`docs/route-tests.md`): members are added, never changed.

use serde_json::{Value, json};

use crate::finding::Source;

use super::{Counts, TestedFile, trace};
use crate::route_tests::judge::Difference;
use crate::route_tests::model::RouteTest;
use crate::route_tests::run::Outcome;

/// The whole report.
pub fn json(files: &[TestedFile], counts: Counts) -> Value {
    let shown = |file: &TestedFile| {
        let tests = file.tests.iter();
        let tests: Value = tests
            .map(|(test, outcome)| shown(file, test, outcome))
            .collect();
        json!({ "file": file.name(), "tests": tests })
    };
    json!({
        "passed": counts.passed,
        "failed": counts.failed,
        "leftOut": counts.left_out,
        "files": files.iter().map(shown).collect::<Value>(),
    })
}

fn shown(file: &TestedFile, test: &RouteTest, outcome: &Outcome) -> Value {
    let at = file.position(test);
    let differences = outcome.differences.iter();
    json!({
        "name": test.title(),
        "line": at.line,
        "column": at.column,
        "request": { "method": test.request.method, "path": test.request.target },
        "as": test.caller.to_string(),
        "passed": outcome.is_passed(),
        "differences": differences.map(|it| difference(&file.source, it)).collect::<Value>(),
        "rule": outcome.told.result.rule,
        "reason": outcome.told.result.reason,
        "trace": trace(test, outcome),
    })
}

fn difference(source: &Source, difference: &Difference) -> Value {
    let at = source.position(difference.span.start);
    json!({
        "what": difference.what,
        "expected": difference.expected,
        "actual": difference.actual,
        "line": at.line,
        "column": at.column,
    })
}
