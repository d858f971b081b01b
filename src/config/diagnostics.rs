//! Findings about a configuration file.

use super::source::Span;

/// How grave a finding is, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file cannot be used: serving without it would fall open.
    Error,
    /// A deployment is refused (CF-80…CF-98), but the meaning is clear, so the emulator serves it.
    Refused,
    /// Production ignores it, or surprises with it.
    Warning,
}

impl Severity {
    /// The word in front of a message.
    pub fn label(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Refused => "refused at deployment",
            Self::Warning => "warning",
        }
    }
}

/// One finding: what, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How grave it is.
    pub severity: Severity,
    /// The rule of Azure's behaviour it rests on, such as `RT-32`.
    pub rule: &'static str,
    /// What is wrong, with the value.
    pub message: String,
    /// The place.
    pub span: Span,
    /// The next step, if one is known.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// A finding that makes the file unusable.
    pub fn error(rule: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            rule,
            message: message.into(),
            span,
            hint: None,
        }
    }

    /// A finding that keeps Azure, but not the emulator, from taking the file. The message is Azure's own where known.
    pub fn refused(rule: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Refused,
            ..Self::error(rule, span, message)
        }
    }

    /// A finding that the emulator can live with.
    pub fn warning(rule: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(rule, span, message)
        }
    }

    /// Adds the next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
