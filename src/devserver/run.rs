//! `--run`: a command beside the emulator. It ends with us; that it ends by itself ends nothing else.

use std::path::Path;
use std::process::Stdio;

use tokio::sync::{mpsc, oneshot, watch};

use super::command::command;
use crate::process::{GroupChild, Guard, describe, each_line};
use crate::terminal::{Printer, Stream};

/// A handle on the command; cheap to clone.
#[derive(Debug, Clone)]
pub struct Run {
    text: String,
    stops: mpsc::UnboundedSender<oneshot::Sender<()>>,
    state: watch::Receiver<RunState>,
}

/// What has become of the command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunState {
    /// It runs.
    Running,
    /// It has ended, as told here: `exit code 1`. Processes that it left behind may still run.
    Ended(String),
    /// It could not be started, and why.
    NotStarted(String),
}

impl Run {
    /// Starts the command `text`, in one of the forms of [`super::command`], in the folder `app` or, without one, in
    /// `base`, with `environment` on top of ours. Its standard output is passed on unless `printer` is quiet. Must be called on a runtime with a `LocalSet` (actix's).
    pub fn start(
        text: &str,
        app: &Path,
        base: &Path,
        environment: &[(String, String)],
        printer: Printer,
    ) -> Self {
        let mut command = command(text, app, base);
        command
            .envs(environment.iter().map(|(name, value)| (name, value)))
            // Open and silent: several watchers end with their input, and the terminal is not theirs to read.
            .stdin(Stdio::piped())
            .stdout(match printer.is_quiet() {
                true => Stdio::null(),
                false => Stdio::piped(),
            })
            .stderr(Stdio::piped());
        let (stops, inbox) = mpsc::unbounded_channel();
        let (state, states) = watch::channel(RunState::Running);
        match GroupChild::spawn(&mut command, &Guard::new(None)) {
            Ok(child) => {
                tokio::task::spawn_local(supervise(child, state, inbox, printer));
            }
            Err(error) => {
                state.send_replace(RunState::NotStarted(error.to_string()));
            }
        }
        Self {
            text: text.trim().to_owned(),
            stops,
            state: states,
        }
    }

    /// The command as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What has become of it; `changed` of the receiver wakes on the change.
    pub fn state(&self) -> watch::Receiver<RunState> {
        self.state.clone()
    }

    /// Ends it and all its descendants: TERM to the group, two seconds, KILL.
    pub async fn stop(&self) {
        let (done, stopped) = oneshot::channel();
        if self.stops.send(done).is_ok() {
            let _ = stopped.await;
        }
    }
}

async fn supervise(
    mut child: GroupChild,
    state: watch::Sender<RunState>,
    mut stops: mpsc::UnboundedReceiver<oneshot::Sender<()>>,
    printer: Printer,
) {
    let _input = child.input();
    let (stdout, stderr) = child.pipes();
    if let Some(pipe) = stdout {
        tokio::task::spawn_local(each_line(pipe, move |line| {
            printer.write(Stream::Stdout, &format!("[run] {line}\n"));
        }));
    }
    if let Some(pipe) = stderr {
        tokio::task::spawn_local(each_line(pipe, move |line| {
            printer.write(Stream::Stderr, &format!("[run] {line}\n"));
        }));
    }
    let mut stop = tokio::select! {
        stop = stops.recv() => stop,
        ended = child.wait() => {
            let how = ended.map_or_else(|error| error.to_string(), describe);
            state.send_replace(RunState::Ended(how));
            if child.is_alive() {
                // What it left in the background goes on until we end.
                stops.recv().await
            } else {
                drop(child);
                return;
            }
        }
    };
    child.stop().await;
    if let Some(done) = stop.take() {
        let _ = done.send(());
    }
}
