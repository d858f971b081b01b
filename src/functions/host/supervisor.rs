//! The task that owns the workers and takes messages (B1).
//!
//! * start: look at the app, install, start a worker, publish it
//! * restart: the same beside the present worker, which is swapped when the new one is ready and ends when its calls
//!   are over; if the new one does not get ready, the present one stays
//! * crash: calls in flight fail at once, a new worker starts, later and later if it goes on
//! * stop: everything ends

use std::future::Future;
use std::pin::Pin;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::launch::start;
use super::retire::{RunningWorker, end, retire};
use super::status::HostStatus;
use crate::functions::config::HostConfig;
use crate::functions::error::HostError;
use crate::functions::output::{Level, Line};
use crate::functions::worker::install_cache::InstallCache;
use crate::functions::worker::stage::Stage;
use crate::process::describe;

/// A worker that lived this long did not crash because it was started.
const STABLE: Duration = Duration::from_secs(10);
/// How long a failed start is not tried again, however many calls come.
const PAUSE: Duration = Duration::from_secs(3);
/// Delays of the first, second, … crash in a row.
const BACKOFF: [Duration; 6] = [
    Duration::ZERO,
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
];

/// What a handle can ask for.
#[derive(Debug)]
pub(crate) enum Message {
    /// Somebody calls while nothing runs.
    Wake,
    /// Start a new worker and swap; why, for the log.
    Restart(String),
    /// End everything, then answer.
    Stop(oneshot::Sender<()>),
}

/// Why a worker is no longer wanted.
enum WorkerExit {
    /// Its process ended.
    Gone(std::io::Result<ExitStatus>),
    /// A call took longer than `functionTimeout`, or it takes no more calls.
    Expired,
    /// Nobody has called for a while.
    Unused,
}

type Starting = Pin<Box<dyn Future<Output = Result<RunningWorker, HostError>>>>;

/// Lives until it is stopped or no handle is left.
pub(crate) async fn run(
    config: Arc<HostConfig>,
    stage: Stage,
    status: watch::Sender<HostStatus>,
    mut messages: mpsc::UnboundedReceiver<Message>,
) {
    let mut supervisor = Supervisor {
        config,
        stage,
        status,
        cache: InstallCache::default(),
        current: None,
        born: Instant::now(),
        starting: None,
        due: None,
        failed: None,
        again: false,
        edited: None,
        is_told: false,
        crashes: 0,
        warned_of_debugger: false,
        retired: JoinSet::new(),
    };
    if supervisor.config.idle.is_none() {
        supervisor.begin();
    }
    let acknowledge = loop {
        tokio::select! {
            message = messages.recv() => match message {
                Some(Message::Wake) => supervisor.wake(),
                Some(Message::Restart(why)) => supervisor.restart(&why),
                Some(Message::Stop(done)) => break Some(done),
                None => break None,
            },
            result = resolved(&mut supervisor.starting) => supervisor.started(result),
            end = ended(&mut supervisor.current, supervisor.config.idle) => match end {
                WorkerExit::Unused => supervisor.sleep(),
                WorkerExit::Gone(status) => supervisor.crashed(status),
                WorkerExit::Expired => supervisor.expired(),
            },
            () = reached(supervisor.due) => supervisor.begin(),
            Some(_) = supervisor.retired.join_next(), if !supervisor.retired.is_empty() => {}
        }
    };
    supervisor.stop().await;
    if let Some(done) = acknowledge {
        // The one who asked may have gone away.
        let _ = done.send(());
    }
}

struct Supervisor {
    config: Arc<HostConfig>,
    stage: Stage,
    status: watch::Sender<HostStatus>,
    cache: InstallCache,
    current: Option<RunningWorker>,
    born: Instant,
    starting: Option<Starting>,
    /// When to start after a crash.
    due: Option<Instant>,
    /// When a start failed, if nothing runs because of that.
    failed: Option<Instant>,
    /// The app changed while a worker was starting.
    again: bool,
    /// A worker has been ready before.
    is_told: bool,
    /// What was edited, if that is why a worker starts, and when.
    edited: Option<(String, Instant)>,
    crashes: usize,
    warned_of_debugger: bool,
    retired: JoinSet<()>,
}

impl Supervisor {
    fn begin(&mut self) {
        self.due = None;
        self.failed = None;
        self.starting = Some(Box::pin(start(
            Arc::clone(&self.config),
            self.cache.clone(),
            self.stage.clone(),
        )));
    }

    fn wake(&mut self) {
        // What is not started by calls is not tried again by them either: a change of its files does that.
        let pauses = self
            .failed
            .is_some_and(|at| self.config.idle.is_none() || at.elapsed() < PAUSE);
        if self.current.is_none() && self.starting.is_none() && self.due.is_none() && !pauses {
            self.publish_starting();
            self.begin();
        }
    }

    /// Stops a worker that nobody has called for a while. A call that came at this very moment keeps it.
    fn sleep(&mut self) {
        if self.starting.is_some() {
            return;
        }
        let Some(worker) = self.current.take() else {
            return;
        };
        let ready = self.status.send_replace(HostStatus::Asleep);
        if worker.handle.load() > 0 {
            self.publish(ready);
            self.current = Some(worker);
            return;
        }
        log::info!("the functions were not called for a while; the next call starts them again");
        self.retired.spawn_local(retire(worker));
    }

    fn restart(&mut self, why: &str) {
        log::info!("restarting the Functions app: {why}");
        if self.config.run.debug.is_some() && (self.current.is_some() || self.starting.is_some()) {
            // A restart would take the worker away from under the debugger.
            if !std::mem::replace(&mut self.warned_of_debugger, true) {
                self.config
                    .output
                    .warn("the functions are not reloaded while a debugger may be attached (`--api-debug`); restart to run the edited code");
            }
            return;
        }
        if self.current.is_none() && matches!(*self.status.borrow(), HostStatus::Asleep) {
            // What is on the disk counts when somebody calls.
            return;
        }
        self.edited.get_or_insert((why.to_owned(), Instant::now()));
        if self.starting.is_some() {
            // Installing must not be cut off; what is on disk then counts.
            self.again = true;
            return;
        }
        if self.current.is_none() {
            self.publish_starting();
        }
        self.begin();
    }

    fn started(&mut self, result: Result<RunningWorker, HostError>) {
        self.starting = None;
        self.stage.end();
        let changed = std::mem::take(&mut self.again);
        match result {
            Ok(worker) => self.swap(worker),
            Err(error) => self.start_failed(error, changed),
        }
        if changed {
            self.begin();
        }
    }

    /// `changed`: the app was edited meanwhile, so that this failure says nothing about it.
    fn start_failed(&mut self, error: HostError, changed: bool) {
        let output = &self.config.output;
        if error.repeated {
            return self.remain(error, changed);
        }
        let mut line = Line::logged(Level::Error, &error.message);
        if let Some(stack) = error
            .stack
            .as_ref()
            .filter(|stack| **stack != error.message)
        {
            line.text.push_str(&format!("\n{stack}"));
        }
        output.say(line.hint(&error.hint));
        if self.current.is_some() {
            output.warn("the functions keep running as they were before the change");
        }
        self.remain(error, changed);
    }

    /// What ran before runs on, if anything did.
    fn remain(&mut self, error: HostError, changed: bool) {
        if let Some(current) = &self.current {
            if !changed {
                self.publish(HostStatus::Ready {
                    worker: Arc::clone(&current.handle),
                    outdated: Some(error),
                });
            }
        } else if !changed {
            self.failed = Some(Instant::now());
            self.publish(HostStatus::Failed(error));
        }
    }

    fn swap(&mut self, worker: RunningWorker) {
        // The first start says what it has itself.
        if let Some((what, since)) = self.edited.take().filter(|_| self.is_told) {
            let milliseconds = since.elapsed().as_millis();
            let reloaded = format!("reloaded {what} in {milliseconds} ms");
            self.config.output.info(reloaded);
        }
        self.is_told = true;
        self.publish(HostStatus::Ready {
            worker: Arc::clone(&worker.handle),
            outdated: None,
        });
        self.born = Instant::now();
        if let Some(old) = self.current.replace(worker) {
            // New calls go to the new worker from the line above on.
            self.retired.spawn_local(retire(old));
        }
    }

    /// The calls of others may end in the old worker; only then is it stopped, and what hangs in it with it.
    fn expired(&mut self) {
        if self.starting.is_none() {
            self.begin();
        }
    }

    fn crashed(&mut self, status: std::io::Result<ExitStatus>) {
        let dead = self.current.take();
        let how = status.map_or_else(|error| error.to_string(), describe);
        self.config.output.error(format!(
            "the worker ended with {how}; calls in flight fail, it starts again"
        ));
        let message = format!("the worker of the functions ended with {how}");
        let hint = "what it said before is in the terminal; it starts again by itself";
        self.publish(HostStatus::Starting {
            after: Some(HostError::new(message, hint)),
        });
        // Only now do the calls in flight fail: whoever hears of it and calls again finds no trace of the dead worker.
        if let Some(worker) = dead {
            worker.handle.mark_exited();
        }
        if self.born.elapsed() >= STABLE {
            self.crashes = 0;
        }
        let delay = BACKOFF[self.crashes.min(BACKOFF.len() - 1)];
        self.crashes += 1;
        if self.starting.is_none() {
            self.due = Some(Instant::now() + delay);
        }
    }

    async fn stop(mut self) {
        self.publish(HostStatus::Stopped);
        // Dropping kills the groups at once; a start and a drain have nothing to finish.
        self.starting = None;
        self.cache.watch(None);
        self.retired.shutdown().await;
        if let Some(worker) = self.current.take() {
            end(&worker.handle, worker.service).await;
            worker.handle.mark_exited();
        }
    }

    fn publish(&self, status: HostStatus) {
        self.status.send_replace(status);
    }

    /// What was wrong before stays known until a worker is ready.
    fn publish_starting(&self) {
        let after = self.status.borrow().problem().cloned();
        self.publish(HostStatus::Starting { after });
    }
}

async fn resolved(starting: &mut Option<Starting>) -> Result<RunningWorker, HostError> {
    match starting {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

async fn ended(current: &mut Option<RunningWorker>, idle: Option<Duration>) -> WorkerExit {
    let Some(RunningWorker { handle, service }) = current else {
        return std::future::pending().await;
    };
    let unused = async {
        match idle {
            Some(idle) => handle.unused_for(idle).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        status = service.wait() => WorkerExit::Gone(status),
        () = handle.expiry() => WorkerExit::Expired,
        () = handle.client.disconnected() => WorkerExit::Expired,
        () = unused => WorkerExit::Unused,
    }
}

async fn reached(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}
