//! `staticwebapp.config.json` (CF): text → spanned model → findings. Pure: no I/O, no HTTP types.
//!
//! 1. [`crate::finding::source`]: the text with its lines, so that every value has a line and a column
//! 2. [`syntax`]: strict JSON (CF-10) into an AST; [`reader`]: typed access that reports what does not fit
//! 3. [`parse`]: AST → [`model`]; unknown keys are found with the nearest known one (CF-8)
//! 4. [`pattern`]: the language of `route` and `exclude` (RT-16…RT-21); [`letter_case`]: where case does not count
//! 5. [`validate`]: what production refuses at deployment (CF-80…CF-94), marked where the meaning is clear
//!    ([`shadowed_rules`] for the order of rules)
//! 6. [`lint`]: what production ignores or surprises with; for `check`, not at start

pub mod letter_case;
pub mod lint;
pub mod model;
pub mod parse;
pub mod pattern;
pub mod reader;
pub mod shadowed_rules;
pub mod syntax;
pub mod validate;

pub use model::Config;

use crate::finding::{Finding, Severity, Source, arranged};

/// The name of the configuration file, which is never served (CF-9).
pub const FILE_NAME: &str = "staticwebapp.config.json";

/// What reading a configuration gives: the model, if it can be used at all, and all findings.
#[derive(Debug, Clone)]
pub struct ParsedConfig {
    /// `None` when at least one finding is an error: such a file must never be served as "no rules".
    pub config: Option<Config>,
    /// What a file says that would be served but for liberties with the syntax of JSON (CF-10): for further findings
    /// about it, and for nothing else.
    pub rejected: Option<Config>,
    /// Findings in the order of their place in the file.
    pub findings: Vec<Finding>,
}

/// Reads a configuration. Never panics, whatever the text.
pub fn read(source: &Source) -> ParsedConfig {
    let mut findings = Vec::new();
    let config = syntax::read(source, &mut findings, parse::parse);
    if let Some(config) = &config {
        validate::validate(config, source, &mut findings);
    }
    let errors = || found_errors(&findings);
    let (config, rejected) = match config {
        Some(config) if errors().next().is_none() => (Some(config), None),
        rejected => (
            None,
            rejected.filter(|_| errors().all(|it| it.code == "CF-10")),
        ),
    };
    ParsedConfig {
        config,
        rejected,
        findings: arranged(findings),
    }
}

fn found_errors(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    let errors = findings.iter();
    errors.filter(|found| found.severity == Severity::Error)
}
