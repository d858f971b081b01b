//! `staticwebapp.config.json` (CF): text → spanned model → findings. Pure: no I/O, no HTTP types.
//!
//! 1. [`crate::finding::source`]: the text with its lines, so that every value has a line and a column
//! 2. [`reader`]: strict JSON (CF-10) into an AST, and typed access that reports what does not fit
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
pub mod validate;

pub use model::Config;

use crate::finding::{Finding, Severity, Source};

/// The name of the configuration file, which is never served (CF-9).
pub const FILE_NAME: &str = "staticwebapp.config.json";

/// What reading a configuration gives: the model, if it can be used at all, and all findings.
#[derive(Debug, Clone)]
pub struct ParsedConfig {
    /// `None` when at least one finding is an error: such a file must never be served as "no rules".
    pub config: Option<Config>,
    /// Findings in the order of their place in the file.
    pub findings: Vec<Finding>,
}

/// Reads a configuration. Never panics, whatever the text.
pub fn read(source: &Source) -> ParsedConfig {
    let mut findings = Vec::new();
    let config = parse::parse(source, &mut findings);
    if let Some(config) = &config {
        validate::validate(config, source, &mut findings);
    }
    findings.sort_by_key(|found| found.place.span().start);
    let usable = findings
        .iter()
        .all(|found| found.severity != Severity::Error);
    ParsedConfig {
        config: config.filter(|_| usable),
        findings,
    }
}
