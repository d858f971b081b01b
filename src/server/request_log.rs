//! One line a request on standard output: method, path, status, milliseconds, and what decided; or the same as JSON.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::rc::Rc;
use std::time::Duration;

use anstyle::Style;
use serde_json::json;

use crate::pipeline::record::AccessRecord;
use crate::terminal::{Printer, Stream, layout, style};

const DIM: Style = Style::new().dimmed();
/// Ends a colour.
const RESET: &str = "\u{1b}[0m";
/// Columns of a path; longer ones move what follows.
const PATH: usize = 30;

/// The log; cheap to clone. Each worker makes its own [`Lines`] from it.
#[derive(Debug, Clone, Copy)]
pub struct RequestLog {
    printer: Printer,
    form: Form,
    /// Whether anybody sees colours: taking them out of each line costs more than the line.
    has_colors: bool,
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
        Self {
            printer,
            form,
            has_colors: style::are_shown(),
        }
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
        let (color, reset) = match self.log.has_colors {
            true => (color(status), RESET),
            false => ("", ""),
        };
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let (ms, tenth) = (micros / 1000, micros % 1000 / 100);
        // Writing to a string cannot fail.
        let _ = match self.log.form {
            Form::Text => {
                // Every request has this line: pieces are put together in a fifth of the time that a format takes.
                for piece in [method, " ", host, path, " ", color] {
                    text.push_str(piece);
                }
                let _ = write!(text, "{status}");
                text.push_str(reset);
                let _ = write!(text, " {ms}.{tenth} ms  {record}");
                text.push('\n');
                Ok(())
            }
            Form::Columns => writeln!(
                text,
                "{method:<6} {color}{status}{reset} {ms:>6}.{tenth} ms  {:<PATH$}  {DIM}{record}{DIM:#}",
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

fn color(status: u16) -> &'static str {
    match status {
        200..300 => "\u{1b}[32m",
        300..400 => "\u{1b}[36m",
        400..500 => "\u{1b}[33m",
        _ => "\u{1b}[31m",
    }
}
