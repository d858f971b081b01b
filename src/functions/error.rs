//! Why the host cannot run.

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
}

impl Trouble {
    pub(crate) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: hint.into(),
            stack: None,
        }
    }

    /// Adds where it happened.
    #[must_use]
    pub(crate) fn with_stack(mut self, stack: impl Into<String>) -> Self {
        self.stack = Some(stack.into());
        self
    }
}
