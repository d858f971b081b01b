//! How messages look: `error: …`, then after a blank line `hint: …`; other messages have the hint right below.

use std::fmt::Display;

use anstyle::Style;

use super::program_name::as_called;
use super::style::{BAD, DIM, HINT, WARNING};

/// `error: message`, and the next step.
pub fn error(message: &dyn Display, hint: Option<&str>) -> String {
    let gap = if hint.is_some() { "\n" } else { "" };
    with_hint(format!("{BAD}error{BAD:#}: {message}\n{gap}"), hint)
}

/// `warning: message`, and the next step.
pub fn warning(message: &dyn Display, hint: Option<&str>) -> String {
    labelled(WARNING, "warning", message, hint)
}

/// A message without a severity, and the next step.
pub(super) fn plain(message: &dyn Display, hint: Option<&str>) -> String {
    with_hint(format!("{message}\n"), hint)
}

/// A message of a low level, such as `debug: message`.
pub(super) fn dimmed(label: &str, message: &dyn Display, hint: Option<&str>) -> String {
    labelled(DIM, label, message, hint)
}

fn labelled(style: Style, label: &str, message: &dyn Display, hint: Option<&str>) -> String {
    with_hint(format!("{style}{label}{style:#}: {message}\n"), hint)
}

fn with_hint(mut text: String, hint: Option<&str>) -> String {
    if let Some(hint) = hint {
        text.push_str(&format!("{HINT}hint{HINT:#}: {hint}\n"));
    }
    as_called(text)
}
