//! What the functions said last.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use crate::functions::{Level, Line};

/// Most lines that are kept.
const LINES: usize = 5000;
/// Most bytes of text that are kept.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// More of one line is cut.
const LONGEST: usize = 64 * 1024;

/// The last lines of all Functions hosts.
#[derive(Default)]
pub struct Logs(Mutex<Lines>);

#[derive(Default)]
struct Lines {
    lines: VecDeque<Arc<LogLine>>,
    bytes: usize,
}

/// One line.
#[derive(Debug, Clone)]
pub struct LogLine {
    /// When it came.
    pub time: SystemTime,
    /// How grave it is, in a word of Azure Functions.
    pub level: &'static str,
    /// What was said.
    pub text: String,
    /// The function that spoke, if it is known.
    pub function: Option<String>,
    /// The invocation that it belongs to, if it is known.
    pub invocation: Option<String>,
    /// The environment whose functions spoke.
    pub environment: Arc<str>,
}

impl Logs {
    /// The last lines of an environment, from old to new.
    pub fn of(&self, environment: &str) -> Vec<Arc<LogLine>> {
        let lines = self.lines();
        let own = lines.lines.iter();
        let own = own.filter(|line| *line.environment == *environment);
        own.cloned().collect()
    }

    /// Takes a line.
    pub fn add(&self, line: Arc<LogLine>) {
        let mut kept = self.lines();
        kept.bytes += line.text.len();
        kept.lines.push_back(line);
        while kept.lines.len() > LINES || kept.bytes > MAX_BYTES {
            let oldest = kept.lines.pop_front();
            kept.bytes -= oldest.map_or(kept.bytes, |oldest| oldest.text.len());
        }
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LogLine {
    /// A line of an environment's functions, now.
    pub fn new(line: &Line, environment: &Arc<str>) -> Self {
        let mut text = line.text.clone();
        if text.len() > LONGEST {
            let end = text.floor_char_boundary(LONGEST);
            text.truncate(end);
        }
        Self {
            time: SystemTime::now(),
            level: word(line.level),
            text,
            function: line.function.clone(),
            invocation: line.invocation.clone(),
            environment: Arc::clone(environment),
        }
    }
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Trace => "trace",
        Level::Debug => "debug",
        Level::Information => "information",
        Level::Warning => "warning",
        Level::Error => "error",
        Level::Critical => "critical",
    }
}
