//! A child in its own process group, stopped as a whole and never left behind.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

use super::Guard;

/// Between TERM and KILL. Less than the two seconds in which the emulator itself ends: where init is slow to reap, a
/// dead descendant counts as alive for all of it, and what nobody reads is waited for too.
const GRACE: Duration = Duration::from_secs(1);
/// There is no event for "the last process of a group is gone".
const POLL: Duration = Duration::from_millis(20);

/// A running child and its descendants. Dropping it kills the group at once; [`GroupChild::stop`] is the kind way.
#[derive(Debug)]
pub(crate) struct GroupChild {
    child: Child,
    group: Option<Pid>,
    guard: Guard,
}

impl GroupChild {
    /// Starts `command` in a new process group and lists it with the guard.
    pub(crate) fn spawn(command: &mut Command, guard: &Guard) -> io::Result<Self> {
        let child = command.process_group(0).kill_on_drop(true).spawn()?;
        let group = child
            .id()
            .and_then(|id| i32::try_from(id).ok())
            .and_then(Pid::from_raw);
        if let Some(pid) = group {
            guard.add(pid.as_raw_pid());
        }
        Ok(Self {
            child,
            group,
            guard: guard.clone(),
        })
    }

    /// The output pipes, once.
    pub(crate) fn pipes(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        (self.child.stdout.take(), self.child.stderr.take())
    }

    /// The input pipe, once. Whoever holds it keeps the child's input open, also while [`GroupChild::wait`] waits.
    pub(crate) fn input(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// Whether any process of the group is left.
    pub(crate) fn is_alive(&self) -> bool {
        self.group
            .is_some_and(|pid| test_kill_process_group(pid).is_ok())
    }

    /// Waits for the leader to end. Cancel safe.
    pub(crate) async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// TERM to the group, a moment of grace, KILL to what is left.
    pub(crate) async fn stop(mut self) {
        self.signal(Signal::TERM);
        let gone = async {
            let _ = self.child.wait().await;
            while self.is_alive() {
                tokio::time::sleep(POLL).await;
            }
        };
        let _ = tokio::time::timeout(GRACE, gone).await;
        self.signal(Signal::KILL);
        let _ = self.child.wait().await;
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = self.group {
            // An empty group is what we want.
            let _ = kill_process_group(pid, signal);
        }
    }
}

impl Drop for GroupChild {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        if let Some(pid) = self.group {
            self.guard.remove(pid.as_raw_pid());
        }
    }
}

/// How a process ended, for a sentence: `exit code 1`, `signal 9`.
pub(crate) fn describe(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "an unknown state".to_owned(),
    }
}
