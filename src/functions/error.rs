//! Why the host cannot run.

use std::borrow::Cow;

use crate::finding::{Advice, Place};

/// What failed and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct HostError {
    /// What failed, with which value.
    pub message: String,
    /// The next step.
    pub hint: String,
    /// Where it happened, as the app's own runtime tells it: a stack, if there is one.
    pub stack: Option<String>,
    /// The rule by which Azure refuses to deploy the app, such as `CF-98`, if that is why.
    pub rule: Option<&'static str>,
    /// Where it is in a file that the host itself reads.
    pub place: Option<Box<Place>>,
    /// Whether it was said before and nothing has changed since.
    pub repeated: bool,
}

impl HostError {
    pub(crate) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: hint.into(),
            stack: None,
            rule: None,
            place: None,
            repeated: false,
        }
    }

    /// Adds the rule by which Azure refuses the app.
    #[must_use]
    pub(crate) fn by_rule(mut self, rule: &'static str) -> Self {
        self.rule = Some(rule);
        self
    }

    /// Adds where it is in a file.
    #[must_use]
    pub(crate) fn at(mut self, place: Place) -> Self {
        self.place = Some(Box::new(place));
        self
    }

    /// Adds where it happened.
    #[must_use]
    pub(crate) fn with_stack(mut self, stack: impl Into<String>) -> Self {
        self.stack = Some(stack.into());
        self
    }
}

impl Advice for HostError {
    fn hint(&self) -> Option<Cow<'_, str>> {
        Some(Cow::from(&self.hint))
    }
}

/// Marks a response that says what keeps an app from running, which names files of this machine.
#[derive(Debug, Clone, Copy)]
pub struct ShowsFiles;
