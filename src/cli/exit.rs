//! The exit codes, all of them.

use std::process;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// It did what was asked, or was asked to stop.
    Stopped = 0,
    /// It cannot start: a folder is missing, the port is taken, a file is wrong. Also: `check` found errors.
    CannotStart = 1,
    /// The command line is wrong.
    Usage = 2,
}

impl ExitCode {
    /// The code under the name of the official CLI, whose scripts know 0 and 1 only.
    #[must_use]
    pub(super) fn of_incumbent(self) -> Self {
        match self {
            Self::Usage => Self::CannotStart,
            other => other,
        }
    }
}

impl From<ExitCode> for process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}
