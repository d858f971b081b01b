//! Why a link is refused: the rule, Azure's own words and code where they are known, and the next step.

use serde::Serialize;
use std::borrow::Cow;

use crate::finding::Advice;

/// A refusal. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// The rule that refused, such as `BK-4`.
    pub rule: &'static str,
    /// Azure's code, such as `59363`.
    pub code: Option<&'static str>,
    /// What Azure says, word by word.
    pub azure: Option<&'static str>,
    /// What was refused, with which value.
    pub message: String,
    /// The next step.
    pub hint: String,
    /// Whether the command line is at fault rather than the state of things.
    #[serde(skip)]
    pub is_usage: bool,
}

impl Refusal {
    /// A refusal for which no text of Azure is known.
    pub fn new(rule: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            rule,
            code: None,
            azure: None,
            message: message.into(),
            hint: hint.into(),
            is_usage: false,
        }
    }

    /// With what Azure says.
    #[must_use]
    pub fn azure(self, code: Option<&'static str>, text: &'static str) -> Self {
        Self {
            code,
            azure: Some(text),
            ..self
        }
    }

    /// A command line that means nothing.
    #[must_use]
    pub fn usage(self) -> Self {
        Self {
            is_usage: true,
            ..self
        }
    }
}

/// One sentence: `MESSAGE (BK-4; Azure: "…", code 59363)`.
impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}", self.message, self.rule)?;
        if let Some(azure) = self.azure {
            write!(f, "; Azure: \"{azure}\"")?;
        }
        if let Some(code) = self.code {
            write!(f, ", code {code}")?;
        }
        f.write_str(")")
    }
}

impl std::error::Error for Refusal {}

impl Advice for Refusal {
    fn hint(&self) -> Option<Cow<'_, str>> {
        (!self.hint.is_empty()).then(|| Cow::from(&self.hint))
    }
}
