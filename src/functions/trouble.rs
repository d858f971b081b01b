//! Why the host cannot run.

/// What failed and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Trouble {
    /// What failed, with which value.
    pub(crate) message: String,
    /// The next step.
    pub(crate) hint: String,
}

impl Trouble {
    pub(crate) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: hint.into(),
        }
    }
}
