//! The styles of what is printed. They are part of the text, and taken out where nobody sees them.

use std::io;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

/// What failed.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// What surprises.
pub const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// What is as it should be.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
/// The next step, and what leads elsewhere.
pub const HINT: Style = AnsiColor::Cyan.on_default().bold();
/// What matters most in a line.
pub const BOLD: Style = Style::new().bold();
/// What most readers pass over.
pub const DIM: Style = Style::new().dimmed();

/// Whether standard output shows styles.
pub fn are_shown() -> bool {
    AutoStream::choice(&io::stdout()) != ColorChoice::Never
}
