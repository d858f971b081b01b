//! The values that are one of a few words.

use std::fmt;

use clap::ValueEnum;

use crate::terminal::Quiet;

/// How much is said; the words of the official CLI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Verbosity {
    /// Everything, including what helps only whoever works on Cygnet.
    Silly,
    /// Why things were decided.
    Info,
    /// The summary, one line a request, warnings and errors.
    #[default]
    Log,
    /// Errors only.
    Silent,
}

impl From<Verbosity> for Quiet {
    fn from(verbosity: Verbosity) -> Self {
        match verbosity {
            Verbosity::Silent => Self::Yes,
            Verbosity::Silly | Verbosity::Info | Verbosity::Log => Self::No,
        }
    }
}

/// How changes on the disk are noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchMode {
    /// By the notifications of the operating system.
    Native,
    /// By looking again and again; for network drives and some containers.
    Poll,
    /// Not at all.
    Off,
}

impl fmt::Display for Verbosity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Silly => "silly",
            Self::Info => "info",
            Self::Log => "log",
            Self::Silent => "silent",
        })
    }
}

impl fmt::Display for WatchMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Native => "native",
            Self::Poll => "poll",
            Self::Off => "off",
        })
    }
}
