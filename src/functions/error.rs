//! Why the host cannot run.

use std::path::PathBuf;

/// What failed and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Trouble {
    /// What failed, with which value.
    pub message: String,
    /// The next step.
    pub hint: String,
    /// Where it happened, as the app's own runtime tells it: a stack, if there is one.
    pub stack: Option<String>,
    /// Where it is in a file that the host itself reads.
    pub place: Option<Place>,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: PathBuf,
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
}

impl Trouble {
    pub(crate) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: hint.into(),
            stack: None,
            place: None,
        }
    }

    /// Adds where it is in a file.
    #[must_use]
    pub(crate) fn at(self, place: Place) -> Self {
        let place = Some(place);
        Self { place, ..self }
    }

    /// Adds where it happened.
    #[must_use]
    pub(crate) fn with_stack(mut self, stack: impl Into<String>) -> Self {
        self.stack = Some(stack.into());
        self
    }
}
