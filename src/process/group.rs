//! A child in its own process group, stopped as a whole and never left behind.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

use super::Guard;

/// Between TERM and KILL.
const GRACE: Duration = Duration::from_secs(2);
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

    /// Whether any process of the group still runs.
    pub(crate) fn is_alive(&self) -> bool {
        self.group
            .is_some_and(|group| test_kill_process_group(group).is_ok() && has_running(group))
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

/// Whether a process of the group is more than a zombie. The dead answer to signals until their parent has waited for
/// them, and in a container there may be nobody who does so for orphans. `true` where the system does not say (`/proc`).
fn has_running(group: Pid) -> bool {
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return true;
    };
    processes
        .flatten()
        // One that ends meanwhile has no file any more.
        .filter_map(|process| std::fs::read_to_string(process.path().join("stat")).ok())
        .any(|stat| runs_in(&stat, group) == Some(true))
}

/// `PID (NAME) STATE PARENT GROUP …`, where the name may hold anything.
fn runs_in(stat: &str, group: Pid) -> Option<bool> {
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ');
    let (state, of_group) = (fields.next()?, fields.nth(1)?);
    let is_member = of_group.parse() == Ok(group.as_raw_pid());
    Some(is_member && !matches!(state, "Z" | "X"))
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

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::os::unix::process::CommandExt as _;
    use std::time::Instant;

    use super::*;

    #[test]
    fn the_state_is_found_behind_any_name() {
        let group = Pid::from_raw(7).unwrap();
        for (stat, expected) in [
            ("9 (a) Z 1 8 7) S 1 7 7 0", Some(true)),
            ("9 (sh) Z 1 7 7 0", Some(false)),
            ("9 (sh) S 7 8 7 0", Some(false)),
            ("9 (sh", None),
        ] {
            assert_eq!(runs_in(stat, group), expected, "{stat}");
        }
    }

    #[tokio::test]
    async fn a_descendant_that_nobody_waits_for_holds_nothing_up() {
        // Not this test program, which is no guard: `true` reads nothing and ends.
        let guard = Guard::new(Some("/bin/true".into()));
        let child = GroupChild::spawn(Command::new("sleep").arg("1000"), &guard).unwrap();
        let group = child.group.unwrap();
        let mut of_group = std::process::Command::new("true");
        of_group.process_group(group.as_raw_pid());
        // Dead at once, and a zombie of the group for as long as this test does not wait for it.
        let mut dead = of_group.spawn().unwrap();
        assert!(child.is_alive());
        let asked = Instant::now();
        child.stop().await;
        assert!(asked.elapsed() < GRACE / 2, "{:?}", asked.elapsed());
        assert!(test_kill_process_group(group).is_ok(), "no zombie is left");
        dead.wait().unwrap();
    }
}
