//! The outcome for a terminal.

use std::fmt::Write as _;

use crate::terminal::style::{BAD, BOLD, DIM, GOOD, HINT};

use super::{Counts, TestedFile, sentence, trace};

/// Failures with what differs and why; with `verbose` what passed, too; then the counts.
pub fn text(files: &[TestedFile], counts: Counts, verbose: bool) -> String {
    let mut out = String::new();
    for file in files {
        push_file(&mut out, file, verbose);
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out + &summary(counts)
}

fn push_file(out: &mut String, file: &TestedFile, verbose: bool) {
    for (test, outcome) in &file.tests {
        if outcome.is_passed() {
            if verbose {
                // Writing to a string cannot fail.
                let _ = writeln!(out, "{GOOD}pass{GOOD:#} {}", test.title());
            }
            continue;
        }
        let at = file.position(test);
        let (name, line, column) = (file.name(), at.line, at.column);
        let _ = writeln!(out, "{BAD}FAIL{BAD:#} {BOLD}{}{BOLD:#}", test.title());
        let _ = writeln!(out, "  {HINT}-->{HINT:#} {name}:{line}:{column}");
        let width = outcome.differences.iter().map(|it| it.what.chars().count());
        let width = width.max().unwrap_or(0).max("why".len());
        for difference in &outcome.differences {
            let what = &difference.what;
            let _ = writeln!(out, "  {what:width$}  {}", sentence(difference));
        }
        for (index, line) in trace(test, outcome).iter().enumerate() {
            let what = if index == 0 { "why" } else { "" };
            let _ = writeln!(out, "  {what:width$}  {DIM}{line}{DIM:#}");
        }
    }
}

fn summary(counts: Counts) -> String {
    let Counts {
        passed,
        failed,
        left_out,
    } = counts;
    let total = passed + failed;
    let tests = if total == 1 { "test" } else { "tests" };
    let mut text = format!("{total} {tests}: {GOOD}{passed} passed{GOOD:#}");
    if failed > 0 {
        let _ = write!(text, ", {BAD}{failed} failed{BAD:#}");
    }
    if left_out > 0 {
        let _ = write!(text, ", {left_out} left out by --filter");
    }
    text + "\n"
}
