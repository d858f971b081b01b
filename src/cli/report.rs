//! Why a verb ends early, and what verbs print whose output is data.

use crate::server::StartError;
use crate::settings::{Notice, SettingsError};
use crate::terminal::{Printer, Quiet};

use super::exit::ExitCode;

/// Why a verb ends early: the message, the next step, and the exit code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What failed, with which value.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
    /// How the program ends.
    pub code: ExitCode,
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Self {
            message: error.to_string(),
            hint: Some(error.hint()),
            code: match error.is_usage() {
                true => ExitCode::Usage,
                false => ExitCode::CannotStart,
            },
        }
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self {
            message: error.to_string(),
            hint: error.hint(),
            code: ExitCode::CannotStart,
        }
    }
}

/// For verbs whose output must be complete.
pub(super) const PRINTER: Printer = Printer::direct(Quiet::No);

/// Prints a failure.
pub(super) fn failure(printer: Printer, failure: &Failure) {
    printer.error(&failure.message, failure.hint.as_deref());
}

/// Prints a remark that the user should see.
pub(super) fn warning(notice: &Notice) {
    PRINTER.warning(&notice.message, notice.hint.as_deref());
}

/// Prints data to standard output.
pub(super) fn data(text: &str) {
    PRINTER.data(text);
}
