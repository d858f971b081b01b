//! The exit codes, all of them.

use std::process;

/// How the program ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ExitCode {
    /// It did what was asked, or was asked to stop.
    Stopped,
    /// It cannot start: a folder is missing, the port is taken, a file is wrong. Also: `check` found errors.
    #[default]
    CannotStart,
    /// The command line is wrong.
    Usage,
    /// `status`, `wait`, `stop`: no emulator runs.
    NotRunning,
    /// `status`, `wait`: one runs, but not all that its app needs answers.
    NotReady,
    /// That of a command that was run.
    Of(u8),
}

impl ExitCode {
    /// The code under the name of the official CLI, whose scripts know 0 and 1 only.
    #[must_use]
    pub(super) fn of_incumbent(self) -> Self {
        match self {
            Self::Usage | Self::NotRunning | Self::NotReady => Self::CannotStart,
            other => other,
        }
    }
}

impl From<ExitCode> for process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(match code {
            ExitCode::Stopped => 0,
            ExitCode::CannotStart => 1,
            ExitCode::Usage => 2,
            ExitCode::NotRunning => 3,
            ExitCode::NotReady => 4,
            ExitCode::Of(code) => code,
        })
    }
}
