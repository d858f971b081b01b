//! The report for programs. Its shape is a promise (`docs/diagnostics.md`): members are added, never changed.

use serde::Serialize;

use crate::config::Severity;

use super::{Finding, Report};

#[derive(Serialize)]
struct ReportJson {
    /// The configuration file; null when the app has none.
    file: Option<String>,
    findings: Vec<FindingJson>,
    errors: usize,
    warnings: usize,
}

/// Lines and columns count from 1, columns in characters; the end is behind the last character. All four are null for
/// a finding that has no place in a file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FindingJson {
    severity: &'static str,
    rule: &'static str,
    message: String,
    hint: Option<String>,
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
    end_line: Option<usize>,
    end_column: Option<usize>,
}

/// The report as one JSON object, on several lines.
pub fn report(report: &Report) -> String {
    // Plain strings and numbers always serialize.
    serde_json::to_string_pretty(&shown(report)).unwrap_or_default()
}

/// The same as a value, as part of another answer.
pub fn value(report: &Report) -> serde_json::Value {
    serde_json::to_value(shown(report)).unwrap_or_default()
}

fn shown(report: &Report) -> ReportJson {
    ReportJson {
        file: file(report),
        findings: report
            .findings
            .iter()
            .map(|found| finding(report, found))
            .collect(),
        errors: report.errors(),
        warnings: report.warnings(),
    }
}

fn file(report: &Report) -> Option<String> {
    let source = report.source.as_ref()?;
    Some(source.path().display().to_string())
}

fn finding(report: &Report, found: &Finding) -> FindingJson {
    let place = match (&found.elsewhere, &report.source) {
        (None, Some(source)) => {
            let span = found.diagnostic.span;
            Some((source.position(span.start), source.position(span.end)))
        }
        _ => None,
    };
    let elsewhere = found.elsewhere.as_ref();
    FindingJson {
        severity: match found.diagnostic.severity {
            Severity::Error => "error",
            Severity::Refused => "refused",
            Severity::Warning => "warning",
        },
        rule: found.diagnostic.rule,
        message: found.diagnostic.message.clone(),
        hint: found.diagnostic.hint.clone(),
        file: elsewhere.map_or_else(|| file(report), |path| Some(path.display().to_string())),
        line: place.map(|(start, _)| start.line),
        column: place.map(|(start, _)| start.column),
        end_line: place.map(|(_, end)| end.line),
        end_column: place.map(|(_, end)| end.column),
    }
}
