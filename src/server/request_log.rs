//! One line a request on standard output: method, path, status, milliseconds, and what decided; or the same as JSON.

use std::cell::RefCell;
use std::fmt::{self, Write as _};
use std::rc::Rc;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use serde_json::json;

use crate::pipeline::record::AccessRecord;
use crate::terminal::{Printer, Stream, layout, style};

/// Columns of a path; longer ones move what follows.
const PATH: usize = 30;

/// The log; cheap to clone. Each worker makes its own [`Lines`] from it.
#[derive(Debug, Clone, Copy)]
pub struct RequestLog {
    printer: Printer,
    form: Form,
    /// Whether standard output shows colours: taking them out of each line costs more than the line.
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

    /// Writes a line for people.
    fn write(
        self,
        line: &mut String,
        method: &str,
        (host, path): (&str, &str),
        status: u16,
        took: Duration,
        record: &AccessRecord,
    ) -> fmt::Result {
        let color = self.seen(color(status));
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let (ms, tenth) = (micros / 1000, micros % 1000 / 100);
        if self.form == Form::Columns {
            let dim = self.seen(style::DIM);
            let gap = PATH.saturating_sub(host.chars().count() + path.chars().count());
            return writeln!(
                line,
                "{method:<6} {color}{status}{color:#} {ms:>6}.{tenth} ms  {host}{path}{:gap$}  {dim}{record}{dim:#}",
                ""
            );
        }
        // Pushing pieces takes a fifth of the time of a format, and every request writes a line.
        for piece in [method, " ", host, path, " "] {
            line.push_str(piece);
        }
        match self.has_colors {
            true => write!(line, "{color}{status}{color:#}")?,
            false => write!(line, "{status}")?,
        }
        writeln!(line, " {ms}.{tenth} ms  {record}")
    }

    /// `style`, or a plain one where nobody sees it.
    fn seen(self, style: Style) -> Style {
        match self.has_colors {
            true => style,
            false => Style::new(),
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
    /// The line that is being written; its memory is used again.
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
        if self.log.form == Form::Json {
            let ms = took.as_secs_f64() * 1000.0;
            let why = record.to_string();
            return printer.object(json!({ "method": method, "host": host, "target": path, "status": status, "ms": ms, "why": why }));
        }
        let mut text = self.text.borrow_mut();
        text.clear();
        // Writing to a string cannot fail.
        let _ = (self.log).write(&mut text, method, (host, path), status, took, record);
        printer.write(Stream::Stdout, &text);
    }
}

fn color(status: u16) -> Style {
    let color = match status {
        200..300 => AnsiColor::Green,
        300..400 => AnsiColor::Cyan,
        400..500 => AnsiColor::Yellow,
        _ => AnsiColor::Red,
    };
    color.on_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::reason::Reason;
    use crate::terminal::Quiet;

    fn line(form: Form, has_colors: bool, path: &str, status: u16) -> String {
        let log = RequestLog {
            printer: Printer::direct(Quiet::No),
            form,
            has_colors,
        };
        let (mut line, took) = (String::new(), Duration::from_micros(1_260));
        let record = AccessRecord::new(Reason::File);
        log.write(&mut line, "GET", ("a.test", path), status, took, &record)
            .unwrap();
        line
    }

    #[test]
    fn colors_are_only_written_for_those_who_see_them() {
        assert_eq!(
            line(Form::Text, false, "/x", 200),
            "GET a.test/x 200 1.2 ms  file\n"
        );
        assert_eq!(
            line(Form::Text, true, "/x", 404),
            "GET a.test/x \u{1b}[33m404\u{1b}[0m 1.2 ms  file\n"
        );
        assert_eq!(
            line(Form::Columns, true, "/x", 200),
            format!(
                "GET    \u{1b}[32m200\u{1b}[0m      1.2 ms  {:30}  \u{1b}[2mfile\u{1b}[0m\n",
                "a.test/x"
            )
        );
        let long = format!("/{}", "\u{e9}".repeat(PATH));
        assert_eq!(
            line(Form::Columns, false, &long, 500),
            format!("GET    500      1.2 ms  a.test{long}  file\n")
        );
    }
}
