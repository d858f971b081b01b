//! `error:`, `warning:` and `hint:` on standard error, in colour only on a terminal and without `NO_COLOR`.

use std::io::Write;

use anstyle::{AnsiColor, Style};

use crate::server::StartError;
use crate::settings::{Notice, SettingsError};

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

/// Prints a failure.
pub fn failure(failure: &Failure) {
    let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    lines("error", red, &failure.message, failure.hint.as_deref());
}

/// Prints a remark that the user should see.
pub fn warning(notice: &Notice) {
    let yellow = Style::new().bold().fg_color(Some(AnsiColor::Yellow.into()));
    lines("warning", yellow, &notice.message, notice.hint.as_deref());
}

/// Prints data to standard output.
pub fn data(text: &str) {
    // A reader that went away (`cygnet -g | head -1`) is no reason to fail.
    let _ = anstream::stdout().lock().write_all(text.as_bytes());
}

fn lines(word: &str, style: Style, message: &str, hint: Option<&str>) {
    let mut out = anstream::stderr().lock();
    let _ = writeln!(out, "{style}{word}{style:#}: {message}");
    if let Some(hint) = hint {
        let cyan = Style::new().bold().fg_color(Some(AnsiColor::Cyan.into()));
        let _ = writeln!(out, "{cyan}hint{cyan:#}: {hint}");
    }
}
