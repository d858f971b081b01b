//! Puts the terminal back when we were killed: while the emulator has the keyboard, keys come unseen and without a line
//! break, and `SIGKILL` runs none of our code.
//!
//! This is the program once more, with [`TERMINAL_GUARD_ARGUMENT`] and how the terminal was. The kernel closes the pipe
//! that it reads when we end, however we end. It has a session of its own: of the processes of the terminal's session only
//! the foreground may set it.

use std::io::Read as _;
use std::os::fd::AsFd as _;
use std::process::{Child, Command, ExitCode, Stdio};

use crate::terminal::keyboard;

/// The hidden first argument that turns the program into one; the second is what [`keyboard::before`] says.
pub const TERMINAL_GUARD_ARGUMENT: &str = "__terminal";

/// A guard of the terminal. It ends when this is dropped.
#[derive(Debug)]
pub struct TerminalGuard(Child);

impl TerminalGuard {
    /// Starts one, if the terminal is otherwise than it was. One that cannot start is only logged.
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
        // It ends at once at the end of its input.
        let _ = self.0.wait();
    }
}

/// The guard's own life: waits until its standard input ends, then puts its standard output back.
pub fn terminal_guard_main(before: &str) -> ExitCode {
    // An error means that it has one already.
    let _ = rustix::process::setsid();
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    keyboard::put_back(std::io::stdout(), before);
    ExitCode::SUCCESS
}
