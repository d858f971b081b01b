//! Restores the terminal when we were killed: while the emulator reads single keys, the terminal neither shows them nor
//! waits for a line break, and `SIGKILL` runs none of our code.
//!
//! The guard is this program again, with [`TERMINAL_GUARD_ARGUMENT`] and the settings to restore. The kernel closes the pipe
//! that it reads when we end, however we end. It has a session of its own, because in the terminal's session only processes
//! in the foreground may change the settings.

use std::io::Read as _;
use std::os::fd::AsFd as _;
use std::process::{Child, Command, ExitCode, Stdio};

use crate::terminal::keyboard;

/// The hidden first argument that turns the program into a guard; the second is what [`keyboard::before`] returns.
pub const TERMINAL_GUARD_ARGUMENT: &str = "__terminal";

/// A handle on the guard process, which ends when this is dropped.
#[derive(Debug)]
pub struct TerminalGuard(Child);

impl TerminalGuard {
    /// Starts one if the terminal is set for single keys. A failure is only logged.
    pub fn start() -> Option<Self> {
        let before = keyboard::before()?;
        let start = || {
            let terminal = std::io::stdin().as_fd().try_clone_to_owned()?;
            let mut command = Command::new(std::env::current_exe()?);
            command
                .args([TERMINAL_GUARD_ARGUMENT, &before])
                .stdin(Stdio::piped())
                .stdout(terminal)
                .stderr(Stdio::null())
                .current_dir("/");
            command.spawn()
        };
        start()
            .inspect_err(|error| log::warn!("the terminal has no guard: {error}"))
            .map(Self)
            .ok()
    }
}

impl Drop for TerminalGuard {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // The guard ends as soon as its input does.
        let _ = self.0.wait();
    }
}

/// The guard process: waits until its standard input ends, then restores the terminal on its standard output.
pub fn terminal_guard_main(before: &str) -> ExitCode {
    // An error means that it has a session of its own already.
    let _ = rustix::process::setsid();
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    keyboard::put_back(std::io::stdout(), before);
    ExitCode::SUCCESS
}
