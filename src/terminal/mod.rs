//! The terminal: everything that the program writes to standard output and standard error goes through here.
//!
//! | file | what |
//! |---|---|
//! | [`Printer`] | what callers hold: data, notes, warnings, errors, lines of children |
//! | [`message`] | how `error:`, `warning:` and `hint:` look |
//! | [`style`] | its colours |
//! | [`queue`] | the bounded queue and the one thread that writes it out: [`batch`] by batch, to the [`output`] |
//! | [`keyboard`] | single keys, where somebody sits at it |
//! | [`json`] | the form of what is printed for programs |
//! | [`layout`] | lines broken for the width of the terminal |
//! | [`progress`] | what goes on, at the bottom of the terminal |
//! | [`kept`] | what is only shown if something fails |
//! | [`repeats`] | the same warning again and again is counted, not repeated |
//! | [`program_name`] | commands in messages, by the name that the program was called by |
//! | [`logger`] | the records of the `log` crate, as messages |
//!
//! A server prints in the background ([`Printer::background`]): it never waits for whoever reads its output, and a
//! reader that is too slow loses lines, which are counted. A command whose output is data prints directly
//! ([`Printer::direct`]): it waits, and loses nothing. Colours are always part of the text; they are taken out where
//! the stream is not a terminal, or where `NO_COLOR` and its relatives ask for it. Only the request log leaves them out itself
//! ([`style::are_shown`]): taking them out of each line costs more than the line.
//!
//! Where a program reads standard output ([`Printer::for_programs`]), only its objects are there ([`Printer::object`]).

mod batch;
pub mod json;
pub mod kept;
pub mod keyboard;
pub mod layout;
pub mod logger;
pub mod message;
mod output;
pub mod program_name;
pub mod progress;
mod queue;
mod repeats;
pub mod style;

use std::fmt::Display;
use std::io::Write as _;
use std::time::Duration;

use serde::Serialize;

pub use batch::Stream;
pub use progress::Progress;
use queue::Queue;

/// How long the end of the program may be held up by output that nobody reads.
const FLUSH: Duration = Duration::from_millis(500);

/// How much is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Quiet {
    /// Everything.
    #[default]
    No,
    /// Errors and data only.
    Yes,
}

/// A handle on the terminal. Copies write to the same place.
#[derive(Debug, Clone, Copy)]
pub struct Printer {
    sink: Sink,
    quiet: Quiet,
    is_for_programs: bool,
}

#[derive(Debug, Clone, Copy)]
enum Sink {
    Direct,
    Kept,
    Queued(&'static Queue),
}

impl Printer {
    /// Prints at once and waits for the reader: for commands whose output must be complete.
    pub const fn direct(quiet: Quiet) -> Self {
        Self {
            sink: Sink::Direct,
            quiet,
            is_for_programs: false,
        }
    }

    /// Prints from a thread of its own and never waits: for servers. All such printers of a process share one queue, so
    /// lines appear in the order in which they came.
    pub fn background(quiet: Quiet) -> Self {
        Self {
            // Without a thread there is nobody else to print.
            sink: Queue::of_process().map_or(Sink::Direct, Sink::Queued),
            quiet,
            is_for_programs: false,
        }
    }

    /// Prints nothing; [`kept::take`] gives it all, or the end of it.
    pub const fn kept() -> Self {
        Self {
            sink: Sink::Kept,
            quiet: Quiet::No,
            is_for_programs: false,
        }
    }

    /// The same printer; if `yes`, for a program that reads standard output: only objects go there, and all text goes to
    /// standard error.
    #[must_use]
    pub fn for_programs(self, yes: bool) -> Self {
        Self {
            is_for_programs: yes,
            ..self
        }
    }

    /// Whether a program reads standard output.
    pub fn is_for_programs(self) -> bool {
        self.is_for_programs
    }

    /// Whether people read what is printed, all of it: neither a program does, nor is the printer quiet.
    pub fn is_for_people(self) -> bool {
        !self.is_quiet() && !self.is_for_programs
    }

    /// Whether only errors and data are printed.
    pub fn is_quiet(self) -> bool {
        self.quiet == Quiet::Yes
    }

    /// Text for standard output, unchanged; for standard error if a program reads the other.
    pub fn data(self, text: &str) {
        self.write(Stream::Stdout, text);
    }

    /// `members` as one line of JSON on standard output, with the version of the shape.
    pub fn object(self, members: impl Serialize) {
        self.put(Stream::Stdout, &json::line(members));
    }

    /// Text for either stream, unchanged; for standard error alone if a program reads the other.
    pub fn write(self, stream: Stream, text: &str) {
        match self.is_for_programs {
            true => self.put(Stream::Stderr, text),
            false => self.put(stream, text),
        }
    }

    fn put(self, stream: Stream, text: &str) {
        match self.sink {
            Sink::Queued(queue) => queue.push(stream, text),
            Sink::Kept => kept::keep(text),
            // A reader that went away (`cygnet -g | head -1`) is no reason to fail.
            Sink::Direct => {
                if let Some(queue) = Queue::that_shows() {
                    // Its line at the bottom must not stand in the middle of the text.
                    queue.push(stream, text);
                    return queue.flush(FLUSH);
                }
                let _ = match stream {
                    Stream::Stdout => anstream::stdout().write_all(text.as_bytes()),
                    Stream::Stderr => anstream::stderr().write_all(text.as_bytes()),
                };
            }
        }
    }

    /// A remark without a severity, on standard error.
    pub fn note(self, message: impl Display) {
        self.advise(message, None);
    }

    /// A remark without a severity, and `hint:` if there is one.
    pub fn advise(self, message: impl Display, hint: Option<&str>) {
        if !self.is_quiet() {
            self.write(Stream::Stderr, &message::plain(&message, hint));
        }
    }

    /// `warning:`, and `hint:` if there is one.
    pub fn warning(self, message: impl Display, hint: Option<&str>) {
        if !self.is_quiet() {
            self.write(Stream::Stderr, &message::warning(&message, hint));
        }
    }

    /// `error:`, and `hint:` if there is one.
    pub fn error(self, message: impl Display, hint: Option<&str>) {
        self.write(Stream::Stderr, &message::error(&message, hint));
    }

    /// A message that a client can cause as often as it likes: said once in a while, with a count of the others.
    fn repeatable(self, text: String) {
        match self.sink {
            Sink::Queued(queue) => queue.push_repeatable(text),
            Sink::Direct | Sink::Kept => self.write(Stream::Stderr, &text),
        }
    }

    /// Shows at the bottom of the terminal that something goes on, until the answer is dropped.
    pub fn progress(self, name: impl Into<String>) -> Progress {
        match (self.sink, self.quiet) {
            (Sink::Direct | Sink::Queued(_), Quiet::No) => Progress::start(name.into()),
            _ => Progress::hidden(),
        }
    }

    /// Waits until everything is written, but not long: whoever does not read cannot keep the program from ending.
    pub fn flush(self) {
        if let Sink::Queued(queue) = self.sink {
            queue.flush(FLUSH);
        }
    }
}
