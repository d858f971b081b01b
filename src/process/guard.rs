//! The guard: a tiny process that outlives us and kills the process groups that we left behind.
//!
//! `SIGKILL` of the emulator runs none of its code, and a child in its own group survives its parent. So the first
//! child brings a second process, this program again with [`GUARD_ARGUMENT`], which reads on its standard input
//! which groups live (`+<pgid>`, `-<pgid>`). The kernel closes that pipe when we end, however we end; the guard then
//! kills what is still listed and ends too. It sits in a group of its own, so Ctrl-C in the terminal spares it.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::PathBuf;
use std::process::{Child, ExitCode, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::process::{Pid, Signal, kill_process_group};

/// The hidden first argument that turns the program into a guard.
pub const GUARD_ARGUMENT: &str = "__guard";

/// A handle on the guard process, which starts with the first group; cheap to clone.
#[derive(Debug, Clone)]
pub struct Guard(Arc<Mutex<GuardState>>);

#[derive(Debug)]
struct GuardState {
    program: Option<PathBuf>,
    child: Option<Child>,
    groups: BTreeSet<i32>,
}

impl Guard {
    /// A guard that runs `program` (`None`: this executable) when it is first needed.
    pub fn new(program: Option<PathBuf>) -> Self {
        Self(Arc::new(Mutex::new(GuardState {
            program,
            child: None,
            groups: BTreeSet::new(),
        })))
    }

    /// Lists a process group. A guard that cannot start is only logged: it is a second line of defence.
    pub fn add(&self, group: i32) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.groups.insert(group);
        let told = match state.child {
            Some(_) => state.tell(&format!("+{group}\n")),
            None => state.start(),
        };
        if let Err(error) = told {
            state.child = None;
            log::warn!("the process guard does not run: {error}");
        }
    }

    /// Takes a process group off the list, because it is gone.
    pub fn remove(&self, group: i32) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.groups.remove(&group)
            && state.child.is_some()
            && let Err(error) = state.tell(&format!("-{group}\n"))
        {
            state.child = None;
            log::warn!("the process guard has ended: {error}");
        }
    }
}

impl GuardState {
    fn start(&mut self) -> std::io::Result<()> {
        let program = match &self.program {
            Some(program) => program.clone(),
            None => std::env::current_exe()?,
        };
        let mut command = std::process::Command::new(program);
        command
            .arg(GUARD_ARGUMENT)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .current_dir("/");
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        self.child = Some(command.spawn()?);
        let all: String = self
            .groups
            .iter()
            .map(|group| format!("+{group}\n"))
            .collect();
        self.tell(&all)
    }

    fn tell(&mut self, text: &str) -> std::io::Result<()> {
        match self.child.as_mut().and_then(|child| child.stdin.as_mut()) {
            Some(pipe) => pipe.write_all(text.as_bytes()),
            None => Ok(()),
        }
    }
}

impl Drop for GuardState {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.stdin.take());
            // It ends at once at the end of its input; unreaped it would stay as a zombie.
            let _ = child.wait();
        }
    }
}

/// The guard's own life: reads `+<pgid>` and `-<pgid>` on standard input until it ends, then kills what is listed.
pub fn guard_main() -> ExitCode {
    for group in listed(std::io::stdin()) {
        if let Some(pid) = Pid::from_raw(group) {
            // Gone already is as good as killed.
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
    ExitCode::SUCCESS
}

/// The groups that are listed when the input ends. Group 1 and below are no group of ours.
fn listed(input: impl Read) -> BTreeSet<i32> {
    let mut groups = BTreeSet::new();
    for line in BufReader::new(input).lines() {
        let Ok(line) = line else { break };
        let Some((sign, number)) = line.split_at_checked(1) else {
            continue;
        };
        match (sign, number.parse::<i32>()) {
            ("+", Ok(group)) if group > 1 => {
                groups.insert(group);
            }
            ("-", Ok(group)) => {
                groups.remove(&group);
            }
            _ => {}
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_was_added_and_not_removed() {
        let text = "+10\n+20\nnoise\n-10\n+1\n+0\n+-5\n\n+30\n";
        assert_eq!(listed(text.as_bytes()), BTreeSet::from([20, 30]));
    }
}
