//! `/.cygnet/api/routes`: the configuration, its findings and how often each rule matched.

use std::sync::Arc;

use actix_web::HttpResponse;
use serde_json::{Value, json};

use crate::config::{self, lint};
use crate::environment::{Environment, State};
use crate::finding::{Finding, Severity, Source, Spanned, arranged};

use super::call::{self, Call};
use super::refusal::Refusal;

/// Answers.
pub fn answer(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    let state = call.environment()?.app.current.load_full();
    Ok(call::json(&match &*state {
        State::Serving(environment) => serving(environment),
        State::Broken(broken) => {
            let findings = views(&broken.source, &broken.findings);
            json!({
                "state": "broken",
                "path": broken.source.path(),
                "text": broken.source.text(),
                "findings": findings,
                "rules": [],
                "fallbackMatches": 0,
                "sinceMs": null,
                "pending": null,
            })
        }
    }))
}

fn serving(environment: &Environment) -> Value {
    let source = environment.source.as_deref();
    let counts = &environment.matches;
    json!({
        "state": if source.is_some() { "serving" } else { "none" },
        "path": source.map(Source::path),
        "text": source.map(Source::text),
        "findings": source.map_or(Vec::new(), |source| views(source, &findings(environment, source))),
        "rules": rules(environment),
        "fallbackMatches": counts.of_fallback(),
        "sinceMs": counts.age().as_secs_f64() * 1000.0,
        "pending": environment.source.as_ref().and_then(pending),
    })
}

fn rules(environment: &Environment) -> Vec<Value> {
    let source = environment.source.as_deref();
    let line = |at: usize| source.map(|source| source.position(at).line);
    let values = |list: &[Spanned<String>]| -> Vec<String> {
        list.iter().map(|text| text.value.clone()).collect()
    };
    let routes = environment.rules.config().routes.iter().enumerate();
    let rules = routes.map(|(index, rule)| {
        json!({
            "index": index,
            "route": rule.route.value,
            "methods": rule.methods.as_deref().map(values),
            "allowedRoles": values(&rule.allowed_roles),
            "line": line(rule.span.start),
            "endLine": line(rule.span.end),
            "matches": environment.matches.of_rule(index),
        })
    });
    rules.collect()
}

/// What `cygnet check` says of the text, as far as that does not depend on the content.
fn findings(environment: &Environment, source: &Source) -> Vec<Finding> {
    let known = lint::Known {
        has_api: Some(environment.has_api()),
        ..lint::Known::default()
    };
    let mut findings = config::read(source).findings;
    findings.extend(lint::lint(environment.rules.config(), source, known));
    arranged(findings)
}

/// The file as it lies on the disk, where it cannot take the place of what serves.
fn pending(served: &Arc<Source>) -> Option<Value> {
    let text = std::fs::read_to_string(served.path()).ok()?;
    let source = Source::new(served.path(), text);
    if source.text() == served.text() {
        return None;
    }
    let read = config::read(&source);
    read.config
        .is_none()
        .then(|| json!({ "text": source.text(), "findings": views(&source, &read.findings) }))
}

fn views(source: &Source, findings: &[Finding]) -> Vec<Value> {
    let views = findings.iter().map(|found| {
        let span = found.place.span();
        let (start, end) = (source.position(span.start), source.position(span.end));
        json!({
            "code": found.code,
            "severity": match found.severity {
                Severity::Error => "error",
                Severity::Refused => "refused",
                Severity::Warning => "warning",
                Severity::Note => "note",
            },
            "message": found.message,
            "hint": found.hint,
            "line": start.line,
            "column": start.column,
            "endLine": end.line,
            "endColumn": end.column,
        })
    });
    views.collect()
}
