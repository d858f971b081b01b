//! An explanation for a terminal: the result first, then what led to it.

use std::fmt::Write as _;

use anstyle::Style;

use super::Explanation;
use super::answer::AfterView;
use super::rules::RuleView;
use crate::routing::path::without_query;
use crate::terminal::style::{BAD, BOLD, DIM, GOOD, HINT, WARNING};

/// Headers are aligned up to this width, in characters.
const HEADER_WIDTH: usize = 52;

/// The whole explanation. What has nothing to do with the answer is only shown with `verbose`.
pub fn text(told: &Explanation, verbose: bool) -> String {
    let mut out = String::new();
    push_result(&mut out, told);
    push_rules(&mut out, told, verbose);
    push_steps(&mut out, told, verbose);
    push_headers(&mut out, told);
    out
}

/// Green for what is served, red for what is not, cyan for what leads elsewhere.
fn style_of(status: Option<u16>) -> Style {
    match status {
        Some(200..=299) => GOOD,
        Some(300..=399) => HINT,
        Some(400..=499) => WARNING,
        Some(_) => BAD,
        None => BOLD,
    }
}

fn push_result(out: &mut String, told: &Explanation) {
    let who = match told.request.roles.is_empty() {
        true => "anonymous".to_string(),
        false => told.request.roles.join(", "),
    };
    let result = &told.result;
    let (method, target) = (&told.request.method, &told.request.target);
    let style = style_of(result.status);
    let status = told.status_in_words();
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "{BOLD}{method} {target}{BOLD:#} ({who}): {style}{status}{style:#}"
    );
    let compared = (told.request.path != without_query(target)).then_some(&*told.request.path);
    for (name, value) in [
        ("compared", compared),
        ("kind", Some(result.kind)),
        ("file", result.file.as_deref()),
        ("location", result.location.as_deref()),
        ("backend", result.backend.as_deref()),
        ("reason", Some(&*result.reason)),
    ] {
        if let Some(value) = value {
            let _ = writeln!(out, "  {name:8}  {value}");
        }
    }
    push_after(out, &result.after, 2);
}

fn push_after(out: &mut String, after: &[AfterView], indent: usize) {
    for view in after {
        let (answered, answer) = (view.answered, &view.answer);
        let _ = writeln!(out, "{:indent$}if it answers {answered}: {answer}", "");
        push_after(out, &view.after, indent + 2);
    }
}

/// The rule that decided and those that nearly did; the others are counted.
fn push_rules(out: &mut String, told: &Explanation, verbose: bool) {
    title(out, "rules");
    let is_told = |rule: &&RuleView| verbose || rule.matched || rule.is_near;
    let shown: Vec<&RuleView> = told.rules.iter().filter(is_told).collect();
    let width = shown.iter().map(|rule| rule.route.chars().count());
    let width = width.max().unwrap_or(0);
    for rule in &shown {
        let (mark, style) = match rule.matched {
            true => ('>', BOLD),
            false => (' ', Style::new()),
        };
        let name = format!("routes[{}]", rule.index);
        let (place, why) = (rule.place.as_deref().unwrap_or(""), &rule.why);
        let _ = writeln!(
            out,
            "{style}{mark} {name:10}  {:width$}{style:#}  {DIM}{place}{DIM:#}  {why}",
            rule.route
        );
    }
    let hidden = told.rules.iter().filter(|rule| !is_told(rule));
    let (tried, others): (Vec<_>, Vec<_>) = hidden.partition(|rule| rule.tried);
    let count = |number: usize| match number {
        1 => "1 rule is".to_owned(),
        number => format!("{number} rules are"),
    };
    for (rules, why) in [(tried, "for other paths"), (others, "not tried")] {
        if !rules.is_empty() {
            let count = count(rules.len());
            let _ = writeln!(out, "  {DIM}{count} {why}{DIM:#}");
        }
    }
    if told.rules.is_empty() {
        out.push_str("  none\n");
    }
}

fn push_steps(out: &mut String, told: &Explanation, verbose: bool) {
    title(out, "steps");
    let width = told.steps.iter().map(|step| step.name.len());
    let width = width.max().unwrap_or(0);
    let mut hidden = 0;
    for step in &told.steps {
        if !verbose && !step.acts {
            hidden += 1;
            continue;
        }
        let outcome = step.outcome.as_deref().unwrap_or("–");
        let _ = writeln!(out, "  {:>2}  {:width$}  {outcome}", step.step, step.name);
    }
    if hidden > 0 {
        let steps = if hidden == 1 {
            "step that does"
        } else {
            "steps that do"
        };
        let _ = writeln!(
            out,
            "      {DIM}{hidden} {steps} not apply: -v shows all{DIM:#}"
        );
    }
}

fn push_headers(out: &mut String, told: &Explanation) {
    if told.headers.is_empty() {
        return;
    }
    title(out, "headers");
    let lines = told.headers.iter().map(|header| {
        let line = match &header.value {
            Some(value) => format!("{}: {value}", header.name),
            None => format!("{} removed", header.name),
        };
        (line, &header.set_by)
    });
    let lines: Vec<_> = lines.collect();
    let widths = lines.iter().map(|(line, _)| line.chars().count());
    let width = widths.filter(|width| *width <= HEADER_WIDTH).max();
    let width = width.unwrap_or(0);
    for (line, set_by) in lines {
        let _ = writeln!(out, "  {line:width$}  {DIM}{set_by}{DIM:#}");
    }
}

fn title(out: &mut String, text: &str) {
    let _ = writeln!(out, "\n{BOLD}{text}{BOLD:#}");
}
