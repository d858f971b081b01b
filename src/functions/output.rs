//! The one sink for everything that a Functions app says: its console, its logs, its exceptions, `npm`.

use std::fmt;
use std::fmt::Write as _;
use std::sync::Arc;

use crate::terminal::Printer;
pub use crate::terminal::Stream;

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

    /// The text as the terminal shows it: `[api] ` before each line, then the function, then the level if grave.
    pub fn render(&self) -> String {
        self.render_as(API)
    }

    /// The same with the name of the API, of several.
    fn render_as(&self, api: &str) -> String {
        let mut head = String::new();
        if let Some(function) = &self.function {
            head = format!("{function}: ");
        }
        match self.level {
            Level::Warning => head.push_str("warning: "),
            Level::Error | Level::Critical => head.push_str("error: "),
            Level::Debug => head.push_str("debug: "),
            Level::Trace => head.push_str("trace: "),
            Level::Information => {}
        }
        let mut shown = String::with_capacity(self.text.len() + 32);
        for (index, line) in self.text.split('\n').enumerate() {
            if index > 0 {
                shown.push('\n');
            }
            let _ = write!(shown, "[{api}] ");
            if index == 0 {
                shown.push_str(&head);
            }
            shown.push_str(line);
        }
        if let Some(hint) = &self.hint {
            let _ = write!(shown, "\n[{api}] hint: {hint}");
        }
        shown
    }
}

/// Takes every [`Line`]; cheap to clone, callable from every thread.
#[derive(Clone)]
pub struct Output(Arc<dyn Fn(Line) + Send + Sync>);

impl Output {
    /// A sink of one's own; `sink` must not block for long.
    pub fn new(sink: impl Fn(Line) + Send + Sync + 'static) -> Self {
        Self(Arc::new(sink))
    }

    /// Prints each line to its stream.
    pub fn terminal(printer: Printer) -> Self {
        Self::terminal_of(printer, API)
    }

    /// The same for one of several APIs, by its name.
    pub fn terminal_of(printer: Printer, api: impl Into<String>) -> Self {
        let api = api.into();
        Self::new(move |line| printer.write(line.stream, &(line.render_as(&api) + "\n")))
    }

    /// Prints all of it to standard error, where standard output is for the answer of a command.
    pub fn to_stderr(printer: Printer) -> Self {
        Self::new(move |line| printer.write(Stream::Stderr, &(line.render() + "\n")))
    }

    pub(crate) fn say(&self, line: Line) {
        (self.0)(line);
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
        assert_eq!(line.render_as("api qa"), "[api qa] warning: mine");
    }
}
