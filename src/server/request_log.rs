//! One line a request on standard output: method, path, status, milliseconds, and what decided.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::rc::Rc;
use std::time::Duration;

use anstyle::{AnsiColor, Style};

use crate::pipeline::record::AccessRecord;
use crate::terminal::{Printer, Stream};

/// The log; cheap to clone. Each worker makes its own [`Lines`] from it.
#[derive(Debug, Clone, Copy)]
pub struct RequestLog(Printer);

impl RequestLog {
    /// A quiet printer logs nothing.
    pub fn start(printer: Printer) -> Self {
        Self(printer)
    }

    /// The log of one worker.
    pub fn lines(self) -> Lines {
        Lines {
            printer: self.0,
            text: Rc::default(),
        }
    }
}

/// One worker's lines.
#[derive(Clone)]
pub struct Lines {
    printer: Printer,
    /// Where a line is written together; its memory is used again.
    text: Rc<RefCell<String>>,
}

impl Lines {
    /// Adds a request, with its host where one emulator has several.
    pub fn add(
        &self,
        method: &str,
        (host, path): (&str, &str),
        status: u16,
        took: Duration,
        record: &AccessRecord,
    ) {
        if self.printer.is_quiet() {
            return;
        }
        let mut text = self.text.borrow_mut();
        text.clear();
        let style = style(status);
        let micros = took.as_micros();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{method} {host}{path} {style}{status}{style:#} {}.{} ms  {record}",
            micros / 1000,
            micros % 1000 / 100
        );
        self.printer.write(Stream::Stdout, &text);
    }
}

fn style(status: u16) -> Style {
    let color = match status {
        200..300 => AnsiColor::Green,
        300..400 => AnsiColor::Cyan,
        400..500 => AnsiColor::Yellow,
        _ => AnsiColor::Red,
    };
    color.on_default()
}
