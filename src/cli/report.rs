//! Why a verb ends early, and what verbs print whose output is data.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::deployment::environments::ActError;
use crate::finding::{Advice, Finding};
use crate::http::error::error_chain;
use crate::link::refusal::Refusal;
use crate::server::StartError;
use crate::settings::SettingsError;
use crate::store::StoreError;
use crate::terminal::{Printer, Quiet, json};

use super::exit::ExitCode;

/// Why a verb ends early: the message, the next step, and the exit code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failure {
    /// What failed, with which value.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
    /// How the program ends.
    pub code: ExitCode,
    /// What `--json` tells besides: members of the object, and of its `error`.
    pub json: Map<String, Value>,
}

impl Failure {
    /// With another member of the object that `--json` prints.
    #[must_use]
    pub fn with_json(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.json.insert(key.to_owned(), value.into());
        self
    }

    /// What `--json` prints: `error` with `message` and `hint`, and what the verb adds.
    fn object(&self) -> Value {
        let mut object = self.json.clone();
        let mut error = match object.remove("error") {
            Some(Value::Object(error)) => error,
            _ => Map::new(),
        };
        // A refusal has its own, without its rule.
        error
            .entry("message")
            .or_insert_with(|| json!(self.message));
        error.entry("hint").or_insert_with(|| json!(self.hint));
        object.insert("error".to_owned(), Value::Object(error));
        Value::Object(object)
    }

    /// An error keeps the verb from doing what it was asked for.
    pub fn of(error: &(dyn Advice + 'static), code: ExitCode) -> Self {
        Self {
            message: error_chain(error),
            hint: error.hint().map(Cow::into_owned),
            code,
            json: Map::new(),
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
        let members = serde_json::to_value(&refusal).unwrap_or_default();
        Self::of(&refusal, code(refusal.is_usage)).with_json("error", members)
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

/// Prints a failure: for people on standard error, and for programs that asked for JSON on standard output.
pub(super) fn failure(printer: Printer, failure: &Failure, as_json: bool) {
    match (as_json, printer.is_for_programs()) {
        (false, _) => {}
        (true, false) => printer.data(&json::pretty(failure.object())),
        // A line, as all that the verb prints.
        (true, true) => printer.object(failure.object()),
    }
    printer.error(&failure.message, failure.hint.as_deref());
}

/// Prints a failure that people were told of for programs.
pub(super) fn object(failure: &Failure) {
    json(failure.object());
}

/// Prints what came of a verb for programs: an object, which gets its version here.
pub(super) fn json(members: impl Serialize) {
    PRINTER.data(&json::pretty(members));
}

/// Prints a remark that the user should see.
pub(super) fn warning(notice: &Finding) {
    PRINTER.warning(&notice.message, notice.hint.as_deref());
}

/// Prints data to standard output.
pub(super) fn data(text: &str) {
    PRINTER.data(text);
}
