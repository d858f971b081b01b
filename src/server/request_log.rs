//! One line a request on standard output: method, path, status, milliseconds, and what decided; or the same as JSON.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::rc::Rc;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use serde_json::json;

use crate::pipeline::record::AccessRecord;
use crate::terminal::{Printer, Stream, layout};

const DIM: Style = Style::new().dimmed();
/// Columns of a path; longer ones move what follows.
const PATH: usize = 30;

/// The log; cheap to clone. Each worker makes its own [`Lines`] from it.
#[derive(Debug, Clone, Copy)]
pub struct RequestLog {
    printer: Printer,
    form: Form,
}

/// How a request looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// For people.
    Text,
    /// For people at a terminal: columns below each other.
    Columns,
    /// One object: `method`, `host`, `target`, `status`, `ms`, `why`.
    Json,
}

impl RequestLog {
    /// A quiet printer logs nothing.
    pub fn start(printer: Printer) -> Self {
        let form = match (printer.is_for_programs(), layout::width()) {
            (true, _) => Form::Json,
            (false, Some(_)) => Form::Columns,
            (false, None) => Form::Text,
        };
        Self { printer, form }
    }

    /// The log of one worker.
    pub fn lines(self) -> Lines {
        Lines {
            log: self,
            text: Rc::default(),
        }
    }
}

/// One worker's lines.
#[derive(Clone)]
pub struct Lines {
    log: RequestLog,
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
        let printer = self.log.printer;
        if printer.is_quiet() {
            return;
        }
        let mut text = self.text.borrow_mut();
        text.clear();
        let style = style(status);
        let micros = took.as_micros();
        let (ms, tenth) = (micros / 1000, micros % 1000 / 100);
        // Writing to a string cannot fail.
        let _ = match self.log.form {
            Form::Text => writeln!(
                text,
                "{method} {host}{path} {style}{status}{style:#} {ms}.{tenth} ms  {record}"
            ),
            Form::Columns => writeln!(
                text,
                "{method:<6} {style}{status}{style:#} {ms:>6}.{tenth} ms  {:<PATH$}  {DIM}{record}{DIM:#}",
                format!("{host}{path}")
            ),
            Form::Json => {
                let ms = took.as_secs_f64() * 1000.0;
                let why = record.to_string();
                return printer.object(json!({ "method": method, "host": host, "target": path, "status": status, "ms": ms, "why": why }));
            }
        };
        printer.write(Stream::Stdout, &text);
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
