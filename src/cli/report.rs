//! Why a verb ends early, and what verbs print whose output is data.

use std::borrow::Cow;

use crate::deployment::environments::ActError;
use crate::finding::{Advice, Finding};
use crate::http::error::error_chain;
use crate::link::refusal::Refusal;
use crate::server::StartError;
use crate::settings::SettingsError;
use crate::store::StoreError;
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

impl Failure {
    /// An error keeps the verb from doing what it was asked for.
    pub fn of(error: &(dyn Advice + 'static), code: ExitCode) -> Self {
        Self {
            message: error_chain(error),
            hint: error.hint().map(Cow::into_owned),
            code,
        }
    }
}

/// The command line itself is wrong, or what it points at.
fn code(is_usage: bool) -> ExitCode {
    match is_usage {
        true => ExitCode::Usage,
        false => ExitCode::CannotStart,
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Self::of(&error, code(error.is_usage()))
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::of(&refusal, code(refusal.is_usage))
    }
}

/// Errors that are never the command line's.
macro_rules! cannot_start {
    ($($error:ty),*) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::of(&error, ExitCode::CannotStart)
            }
        }
    )*};
}
cannot_start!(StartError, StoreError, ActError);

/// For verbs whose output must be complete.
pub(super) const PRINTER: Printer = Printer::direct(Quiet::No);

/// Prints a failure.
pub(super) fn failure(printer: Printer, failure: &Failure) {
    printer.error(&failure.message, failure.hint.as_deref());
}

/// Prints a remark that the user should see.
pub(super) fn warning(notice: &Finding) {
    PRINTER.warning(&notice.message, notice.hint.as_deref());
}

/// Prints data to standard output.
pub(super) fn data(text: &str) {
    PRINTER.data(text);
}
