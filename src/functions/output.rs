//! The one sink for everything that a Functions app says: its console, its logs, its exceptions, `npm`.

use std::fmt;
use std::fmt::Write as _;
use std::sync::Arc;

use anstyle::{AnsiColor, Style};

pub use crate::terminal::Stream;
use crate::terminal::{Printer, Progress};

const ERROR: Style = AnsiColor::Red.on_default();
const WARNING: Style = AnsiColor::Yellow.on_default();
const HINT: Style = AnsiColor::Cyan.on_default().bold();
const DIM: Style = Style::new().dimmed();

/// Parts of the paths of code that is not the app's.
const FRAMEWORKS: [&str; 8] = [
    "node_modules/",
    "node:",
    "site-packages/",
    "<frozen ",
    "/lib/python3",
    "azure_functions_worker",
    "azure-functions-nodejs-worker",
    "cygnet-worker",
];

/// The name of the only API.
const API: &str = "api";

/// How grave a line is; the levels of Azure Functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// `context.trace`.
    Trace,
    /// `context.debug`.
    Debug,
    /// `context.log`, and everything printed.
    Information,
    /// `context.warn`.
    Warning,
    /// `context.error`, and exceptions.
    Error,
    /// Named by the model, written by no Node.js API.
    Critical,
}

impl Level {
    /// Reads a level's name in any case; `None` (of `logLevel`) and unknown names answer `None`.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "trace" => Self::Trace,
            "debug" => Self::Debug,
            "information" => Self::Information,
            "warning" => Self::Warning,
            "error" => Self::Error,
            "critical" => Self::Critical,
            _ => return None,
        })
    }
}

/// One line (exceptions: several, with `\n` between) of the app or of the host about the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where it goes.
    pub stream: Stream,
    /// How grave it is.
    pub level: Level,
    /// The function that spoke, when it is known.
    pub function: Option<String>,
    /// The invocation it belongs to, when it is known.
    pub invocation: Option<String>,
    /// The text, without prefix and without a final line break.
    pub text: String,
    /// The next step, if it is known.
    pub hint: Option<String>,
}

impl Line {
    /// A line that the app or a tool printed.
    pub(crate) fn printed(stream: Stream, text: impl Into<String>) -> Self {
        Self {
            stream,
            level: Level::Information,
            function: None,
            invocation: None,
            text: text.into(),
            hint: None,
        }
    }

    /// A line with a level; warnings and worse go to standard error.
    pub(crate) fn logged(level: Level, text: impl Into<String>) -> Self {
        let stream = if level >= Level::Warning {
            Stream::Stderr
        } else {
            Stream::Stdout
        };
        Self {
            level,
            ..Self::printed(stream, text)
        }
    }

    /// Adds the next step.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Says which function and invocation spoke.
    pub(crate) fn of(mut self, function: Option<&str>, invocation: Option<&str>) -> Self {
        self.function = function.map(str::to_owned);
        self.invocation = invocation.map(str::to_owned);
        self
    }

    /// The text as it is shown: `[api] ` before each line, then the function, then the level if grave.
    pub fn render(&self) -> String {
        anstream::adapter::strip_str(&self.render_as(API)).to_string()
    }

    /// The same with the name of the API, of several, and with colours; frames of a stack that are not the app's own are dim.
    fn render_as(&self, api: &str) -> String {
        let style = match self.level {
            Level::Error | Level::Critical => ERROR,
            Level::Warning => WARNING,
            Level::Debug | Level::Trace => DIM,
            Level::Information => Style::new(),
        };
        let level = match self.level {
            Level::Warning => "warning: ",
            Level::Error | Level::Critical => "error: ",
            Level::Debug => "debug: ",
            Level::Trace => "trace: ",
            Level::Information => "",
        };
        let function = self.function.as_ref();
        let function = function.map_or(String::new(), |name| format!("{name}: "));
        let prefix = format!("{DIM}[{api}]{DIM:#} ");
        let mut shown = String::with_capacity(self.text.len() + 64);
        let mut frames = Frames::default();
        // Writing to a string cannot fail.
        for (index, line) in self.text.split('\n').enumerate() {
            let _ = match index {
                0 => write!(shown, "{prefix}{function}{style}{level}{line}{style:#}"),
                _ if frames.is_framework(line) => write!(shown, "\n{prefix}{DIM}{line}{DIM:#}"),
                _ => write!(shown, "\n{prefix}{line}"),
            };
        }
        if let Some(hint) = &self.hint {
            let _ = write!(shown, "\n{prefix}{HINT}hint{HINT:#}: {hint}");
        }
        shown
    }
}

/// Which lines of a stack are about code that is not the app's: packages, the language's own, the worker.
#[derive(Debug, Default)]
struct Frames {
    /// Python prints the line of the code below that of the file.
    is_below: bool,
}

impl Frames {
    fn is_framework(&mut self, line: &str) -> bool {
        let frame = line.trim_start();
        let is_frame = frame.starts_with("at ") || frame.starts_with("File \"");
        if !is_frame {
            return self.is_below && line.starts_with("    ");
        }
        let is_others = FRAMEWORKS.iter().any(|part| frame.contains(part));
        self.is_below = is_others && frame.starts_with("File");
        is_others
    }
}

/// Takes every [`Line`]; cheap to clone, callable from every thread.
#[derive(Clone)]
pub struct Output {
    sink: Arc<dyn Fn(Line) + Send + Sync>,
    /// Where it is shown that something goes on.
    printer: Option<Printer>,
}

impl Output {
    /// A sink of one's own; `sink` must not block for long.
    pub fn new(sink: impl Fn(Line) + Send + Sync + 'static) -> Self {
        Self {
            sink: Arc::new(sink),
            printer: None,
        }
    }

    /// Prints each line to its stream.
    pub fn terminal(printer: Printer) -> Self {
        Self::terminal_of(printer, API)
    }

    /// The same for one of several APIs, by its name.
    pub fn terminal_of(printer: Printer, api: impl Into<String>) -> Self {
        let api = api.into();
        let sink = move |line: Line| printer.write(line.stream, &(line.render_as(&api) + "\n"));
        Self {
            printer: Some(printer),
            ..Self::new(sink)
        }
    }

    /// Prints all of it to standard error, where standard output is for the answer of a command.
    pub fn to_stderr(printer: Printer) -> Self {
        let sink = move |line: Line| printer.write(Stream::Stderr, &(line.render_as(API) + "\n"));
        Self {
            printer: Some(printer),
            ..Self::new(sink)
        }
    }

    /// The same, where `hears` gets each line first.
    #[must_use]
    pub fn heard_by(self, hears: impl Fn(&Line) + Send + Sync + 'static) -> Self {
        let Self { sink, printer } = self;
        let sink = move |line: Line| {
            hears(&line);
            sink(line);
        };
        Self {
            printer,
            ..Self::new(sink)
        }
    }

    pub(crate) fn say(&self, line: Line) {
        (self.sink)(line);
    }

    /// Shows that something goes on, until the answer is dropped.
    pub(crate) fn progress(&self, name: String) -> Option<Progress> {
        self.printer.map(|printer| printer.progress(name))
    }

    /// Takes what a program prints.
    pub(crate) fn printed(&self) -> impl Fn(Stream, String) + 'static {
        let output = self.clone();
        move |stream, line| output.say(Line::printed(stream, line))
    }

    pub(crate) fn info(&self, text: impl Into<String>) {
        self.say(Line::logged(Level::Information, text));
    }

    pub(crate) fn warn(&self, text: impl Into<String>) {
        self.say(Line::logged(Level::Warning, text));
    }

    /// A warning with the next step.
    pub(crate) fn advise(&self, text: impl Into<String>, hint: impl Into<String>) {
        self.say(Line::logged(Level::Warning, text).hint(hint));
    }

    pub(crate) fn error(&self, text: impl Into<String>) {
        self.say(Line::logged(Level::Error, text));
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Output")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_a_stack_has_the_prefix_and_the_first_says_who() {
        let line = Line::logged(Level::Error, "Error: no\n    at f").of(Some("hello"), Some("1"));
        assert_eq!(
            line.render(),
            "[api] hello: error: Error: no\n[api]     at f"
        );
        assert_eq!(line.stream, Stream::Stderr);
    }

    #[test]
    fn printed_text_is_only_prefixed() {
        let line = Line::printed(Stream::Stderr, "warning: mine");
        assert_eq!(line.render(), "[api] warning: mine");
    }

    #[test]
    fn an_error_is_red_and_frames_of_others_are_dim() {
        let stack = "Error: no\n    at f (/app/src/hello.js:3:5)\n    at g (/app/node_modules/x/i.js:1:1)\n    at node:internal/x:1:1";
        let shown = Line::logged(Level::Error, stack).render_as(API);
        let lines: Vec<&str> = shown.lines().collect();
        let dim = |line: &str| line.matches("\u{1b}[2m").count() == 2;
        assert!(lines[0].contains("\u{1b}[31m"), "{shown:?}");
        assert_eq!(
            lines[1..].iter().map(|line| dim(line)).collect::<Vec<_>>(),
            [false, true, true]
        );
        let python = "Exception: no\n  File \"/v/lib/python3.12/site-packages/a.py\", line 1, in f\n    code()\n  File \"/app/function_app.py\", line 3, in g\n    own()";
        let shown = Line::logged(Level::Error, python).render_as(API);
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(
            lines[1..].iter().map(|line| dim(line)).collect::<Vec<_>>(),
            [true, true, false, false]
        );
    }
}
