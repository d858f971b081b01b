//! A child in a job object of its own, stopped as a whole and never left behind: what a process group and the guard are
//! elsewhere. The system ends all of a job when its last handle is closed, and closes ours when we end, however we end.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use process_wrap::tokio::{ChildWrapper, CommandWrap, CommandWrapper, JobObject, KillOnDrop};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout, Command};
use windows::Win32::System::Threading::{
    CREATE_NEW_PROCESS_GROUP, CREATE_SUSPENDED, PROCESS_CREATION_FLAGS,
};

/// Nothing: the jobs need none.
#[derive(Debug, Clone)]
pub struct Guard;

impl Guard {
    /// The same, whatever the program.
    pub fn new(_: Option<PathBuf>) -> Self {
        Self
    }
}

/// A running child and its descendants. Dropping it kills them all, as [`GroupChild::stop`] does.
#[derive(Debug)]
pub(crate) struct GroupChild(Box<dyn ChildWrapper>);

impl GroupChild {
    /// Starts `command`, which is taken, in a new job. It is suspended until it is there, so that nothing it starts is missed.
    pub(crate) fn spawn(command: &mut Command, _: &Guard) -> io::Result<Self> {
        // Ctrl-C is for us; what we started is stopped by us.
        Self::in_job(command, CREATE_NEW_PROCESS_GROUP)
    }

    /// The same for a command that has the console as we have it: Ctrl-C reaches it too.
    pub(crate) fn spawn_at_console(command: &mut Command) -> io::Result<Self> {
        Self::in_job(command, PROCESS_CREATION_FLAGS::default())
    }

    fn in_job(command: &mut Command, flags: PROCESS_CREATION_FLAGS) -> io::Result<Self> {
        let mut command = std::mem::replace(command, Command::new(""));
        command.kill_on_drop(true);
        let mut command = CommandWrap::from(command);
        Ok(Self(command.wrap(OwnJob(flags)).spawn()?))
    }

    /// The output pipes, once.
    pub(crate) fn pipes(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        (self.0.stdout().take(), self.0.stderr().take())
    }

    /// The input pipe, once. Whoever holds it keeps the child's input open, also while [`GroupChild::wait`] waits.
    pub(crate) fn input(&mut self) -> Option<ChildStdin> {
        self.0.stdin().take()
    }

    /// Whether any process of the job may still run; that of a job that was not ended is not asked.
    pub(crate) fn is_alive(&self) -> bool {
        true
    }

    /// Waits for the first process to end, not for those that it started. Cancel safe.
    pub(crate) async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.0.inner_mut().wait().await
    }

    /// Ends the job. There is no kind way that a program without a window would hear of.
    pub(crate) async fn stop(mut self) {
        self.kill();
        let _ = self.wait().await;
    }

    /// The same without waiting.
    pub(crate) fn kill(&mut self) {
        // One that has ended is what we want.
        let _ = self.0.start_kill();
    }
}

/// A job that ends with us, and a process started with these flags. [`JobObject`] by itself asks its command for both, and
/// process-wrap 9.1.1 has taken them out of it by then.
#[derive(Debug)]
struct OwnJob(PROCESS_CREATION_FLAGS);

impl CommandWrapper for OwnJob {
    fn pre_spawn(&mut self, command: &mut Command, _: &CommandWrap) -> io::Result<()> {
        command.creation_flags((CREATE_SUSPENDED | self.0).0);
        Ok(())
    }

    fn wrap_child(
        &mut self,
        child: Box<dyn ChildWrapper>,
        _: &CommandWrap,
    ) -> io::Result<Box<dyn ChildWrapper>> {
        let mut asked = CommandWrap::from(Command::new(""));
        asked.wrap(KillOnDrop);
        JobObject.wrap_child(child, &asked)
    }
}

/// How a process ended, for a sentence: `exit code 1`.
pub(crate) fn describe(status: ExitStatus) -> String {
    match status.code() {
        // What the system gives as a status of its own is known by its hexadecimal form.
        Some(code) if code < 0 => format!("exit code {code:#x}"),
        Some(code) => format!("exit code {code}"),
        None => "an unknown state".to_owned(),
    }
}
