//! A command beside the emulator: it begins when everything is ready, and the emulator ends with it.

use std::ffi::OsString;
use std::process::ExitStatus;
use std::time::Duration;

#[cfg(unix)]
use tokio::process::Child;

use super::StartError;
use super::signals::{Shutdown, ShutdownSignals};
#[cfg(windows)]
use crate::process::GroupChild as Child;
use crate::process::program;
use crate::terminal::Stream;

/// What is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    /// The program, found as a shell finds it.
    pub program: OsString,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// Where its standard output goes: to standard error if a program reads ours.
    pub prints_to: Stream,
}

/// How a command, and the emulator with it, has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Where the emulator answered.
    pub url: String,
    /// The port of [`Self::url`].
    pub port: u16,
    /// The command's exit code, or 128 and the number of the signal that ended it, as shells do.
    pub exit_code: u8,
    /// `None` if it was interrupted before the command began.
    pub times: Option<Times>,
}

/// How long an emulator took to be ready, and then its command to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// From the start until everything was ready.
    pub ready: Duration,
    /// From then until the command had ended.
    pub command: Duration,
}

/// Runs the command to its end; returns its [`Ended::exit_code`].
///
/// # Errors
/// It cannot be started.
pub(super) async fn run(
    line: &CommandLine,
    (url, port): (&str, u16),
    signals: &mut ShutdownSignals,
) -> Result<u8, StartError> {
    let mut command = program::command(&line.program);
    command
        .args(&line.args)
        .env("CYGNET_URL", url)
        .env("SWA_URL", url)
        .env("PORT", port.to_string())
        .kill_on_drop(true);
    if line.prints_to == Stream::Stderr {
        command.stdout(std::io::stderr());
    }
    #[cfg(unix)]
    let child = command.spawn();
    // What the command starts ends with it, so that no `node` outlives its `npm.cmd`.
    #[cfg(windows)]
    let child = Child::spawn_at_console(&mut command);
    let mut child = child.map_err(|source| StartError::Command {
        program: line.program.to_string_lossy().into_owned(),
        source,
    })?;
    loop {
        tokio::select! {
            status = child.wait() => return status.map(code).map_err(StartError::Server),
            signal = signals.wait() => pass_on(&mut child, signal),
        }
    }
}

/// What the console sends reaches all of its programs; `cygnet stop` only us, and there is no signal to pass on.
#[cfg(windows)]
fn pass_on(child: &mut Child, signal: Shutdown) {
    if signal == Shutdown::Terminate {
        child.kill();
    }
}

/// A signal that the terminal sends has reached the command already.
#[cfg(unix)]
fn pass_on(child: &mut Child, signal: Shutdown) {
    if signal == Shutdown::Interrupt && std::io::IsTerminal::is_terminal(&std::io::stdin()) {
        return;
    }
    if let Some(pid) = child
        .id()
        .and_then(|id| rustix::process::Pid::from_raw(id.cast_signed()))
    {
        use rustix::process::Signal;
        let signal = match signal {
            Shutdown::Interrupt => Signal::INT,
            Shutdown::Terminate => Signal::TERM,
            Shutdown::HangUp => Signal::HUP,
        };
        // An error means that it has just ended.
        let _ = rustix::process::kill_process(pid, signal);
    }
}

fn code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return 128 + u8::try_from(signal).unwrap_or_default();
    }
    status
        .code()
        .and_then(|code| u8::try_from(code).ok())
        .unwrap_or(1)
}
