//! An explanation for a terminal.

use std::fmt::Write as _;

use super::Explanation;
use super::answer::AfterView;

/// The whole explanation; lines of one section are aligned.
pub fn text(told: &Explanation, _verbose: bool) -> String {
    let mut out = String::new();
    let who = match told.request.roles.is_empty() {
        true => "anonymous".to_string(),
        false => told.request.roles.join(", "),
    };
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "{} {} ({who})",
        told.request.method, told.request.target
    );
    if told.request.path != told.request.target {
        let _ = writeln!(out, "compared as {}", told.request.path);
    }
    out.push_str("\nsteps\n");
    let width = told
        .steps
        .iter()
        .map(|step| step.name.len())
        .max()
        .unwrap_or(0);
    for step in &told.steps {
        let outcome = step.outcome.as_deref().unwrap_or("–");
        let _ = writeln!(out, "  {:>2}  {:width$}  {outcome}", step.step, step.name);
    }
    out.push_str("\nrules\n");
    if told.rules.is_empty() {
        out.push_str("  none\n");
    }
    let width = told
        .rules
        .iter()
        .map(|rule| rule.route.chars().count())
        .max()
        .unwrap_or(0);
    for rule in &told.rules {
        let mark = if rule.matched { '>' } else { ' ' };
        let place = rule.place.as_deref().unwrap_or("");
        let _ = writeln!(
            out,
            "{mark} {:10}  {:width$}  {place}  {}",
            format!("routes[{}]", rule.index),
            rule.route,
            rule.why
        );
    }
    let result = &told.result;
    out.push_str("\nresult\n");
    let status = told.status_in_words();
    let mut line = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            let _ = writeln!(out, "  {name:8}  {value}");
        }
    };
    line("status", Some(&status));
    line("kind", Some(result.kind));
    line("file", result.file.as_deref());
    line("location", result.location.as_deref());
    line("backend", result.backend.as_deref());
    line("reason", Some(&result.reason));
    push_after(&mut out, &result.after, 2);
    if !told.headers.is_empty() {
        out.push_str("\nheaders\n");
    }
    for header in &told.headers {
        let _ = match &header.value {
            Some(value) => writeln!(out, "  {}: {value}\n      {}", header.name, header.set_by),
            None => writeln!(out, "  {} removed\n      {}", header.name, header.set_by),
        };
    }
    out
}

fn push_after(out: &mut String, after: &[AfterView], indent: usize) {
    for view in after {
        let (answered, answer) = (view.answered, &view.answer);
        let _ = writeln!(out, "{:indent$}if it answers {answered}: {answer}", "");
        push_after(out, &view.after, indent + 2);
    }
}
