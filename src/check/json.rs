//! The report for programs. Its shape is a promise (`docs/diagnostics.md`): members are added, never changed.

use serde::Serialize;

use crate::finding::{Finding, Place, Severity};

use super::Report;

#[derive(Serialize)]
struct ReportJson {
    /// The configuration file; null when the app has none.
    file: Option<String>,
    findings: Vec<FindingJson>,
    errors: usize,
    warnings: usize,
}

#[derive(Serialize)]
struct FindingJson {
    severity: &'static str,
    rule: &'static str,
    message: String,
    hint: Option<String>,
    /// The first place.
    #[serde(flatten)]
    first: PlaceJson,
    /// Every place, the first one first.
    places: Vec<PlaceJson>,
}

/// Lines and columns count from 1, columns in characters; the end is behind the last character. All four are null for
/// a finding that has no place in a file.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlaceJson {
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
    end_line: Option<usize>,
    end_column: Option<usize>,
}

/// The report as an object.
pub fn report(report: &Report) -> impl Serialize {
    shown(report)
}

/// The same as a value, as part of another answer.
pub fn value(report: &Report) -> serde_json::Value {
    // Plain strings and numbers always serialize.
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
    FindingJson {
        severity: match found.severity {
            Severity::Error => "error",
            Severity::Refused => "refused",
            Severity::Warning => "warning",
            Severity::Note => "note",
        },
        rule: found.code,
        message: found.message.clone(),
        hint: found.hint.clone(),
        first: place(report, &found.place),
        places: found.places().map(|it| place(report, it)).collect(),
    }
}

fn place(report: &Report, place: &Place) -> PlaceJson {
    let range = match (place, &report.source) {
        (Place::Span(span), Some(source)) => {
            Some((source.position(span.start), source.position(span.end)))
        }
        (Place::Path(_, Some(at)), _) => Some((*at, *at)),
        _ => None,
    };
    PlaceJson {
        file: match place.path() {
            Some(path) => Some(path.display().to_string()),
            None => file(report),
        },
        line: range.map(|(start, _)| start.line),
        column: range.map(|(start, _)| start.column),
        end_line: range.map(|(_, end)| end.line),
        end_column: range.map(|(_, end)| end.column),
    }
}
