//! How messages look: `error: …`, and on a line of its own `hint: …`.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();
const DIM: Style = Style::new().dimmed();

/// `error: message`, and the next step.
pub fn error(message: &dyn Display, hint: Option<&str>) -> String {
    labelled(ERROR, "error", message, hint)
}

/// `warning: message`, and the next step.
pub fn warning(message: &dyn Display, hint: Option<&str>) -> String {
    labelled(WARNING, "warning", message, hint)
}

/// A message of a low level, such as `debug: message`.
pub(super) fn dimmed(label: &str, message: &dyn Display, hint: Option<&str>) -> String {
    labelled(DIM, label, message, hint)
}

fn labelled(style: Style, label: &str, message: &dyn Display, hint: Option<&str>) -> String {
    let mut text = format!("{style}{label}{style:#}: {message}\n");
    if let Some(hint) = hint {
        text.push_str(&format!("{HINT}hint{HINT:#}: {hint}\n"));
    }
    text
}
