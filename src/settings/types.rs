//! The values that are one of a few words.

use std::fmt;

use clap::ValueEnum;

use crate::terminal::Quiet;

/// What kind of backend answers `/api` at a URL; decides which headers it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ApiKind {
    /// Managed functions, run by someone else.
    Managed,
    /// A linked Azure Functions app.
    #[default]
    Functions,
    /// A linked App Service.
    AppService,
    /// A linked Container App.
    ContainerApps,
    /// A linked API Management instance.
    ApiManagement,
}

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

impl fmt::Display for ApiKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        word(*self, f)
    }
}

impl fmt::Display for Verbosity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        word(*self, f)
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

fn word(value: impl ValueEnum, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match value.to_possible_value() {
        Some(possible) => f.write_str(possible.get_name()),
        None => Ok(()),
    }
}
