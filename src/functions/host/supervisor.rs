//! The task that owns the workers and takes messages (production rules B1, notes on processes).
//!
//! * start: look at the app, install, start a worker, publish it
//! * restart: the same beside the present worker, which is swapped when the new one is ready and ends when its calls
//!   are over; if the new one does not get ready, the present one stays
//! * crash: calls in flight fail at once, a new worker starts, later and later if it goes on
//! * stop: everything ends

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::retire::{Worker, end, retire};
use super::{HostStatus, Phase};
use crate::functions::app::discovery;
use crate::functions::app::discovery::{Wishes, WorkerFolder};
use crate::functions::app::run_options::Manner;
use crate::functions::call::worker_handle::Link;
use crate::functions::error::Trouble;
use crate::functions::output::Output;
use crate::functions::routing::route_table::Table;
use crate::functions::worker::{self, Ground, Memory};
use crate::process::{Guard, describe};

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

/// What the task works with.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) app_dir: PathBuf,
    pub(crate) api_runtime: Option<String>,
    pub(crate) own_port: Option<u16>,
    pub(crate) install: bool,
    pub(crate) functions_worker: Option<WorkerFolder>,
    pub(crate) manner: Manner,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) node_program: PathBuf,
    pub(crate) guard: Guard,
    pub(crate) output: Output,
    pub(crate) memory: Memory,
    /// How long a worker may be without a call; `None`: for ever, and it starts at once.
    pub(crate) idle: Option<Duration>,
    pub(crate) phase: watch::Sender<Phase>,
    pub(crate) status: watch::Sender<HostStatus>,
    pub(crate) trouble: watch::Sender<Option<Trouble>>,
}

/// Why a worker is no longer wanted.
enum End {
    /// Its process ended.
    Gone(std::io::Result<ExitStatus>),
    /// A call took longer than `functionTimeout`, or it takes no more calls.
    Expired,
    /// Nobody has called for a while.
    Unused,
}

type Starting = Pin<Box<dyn Future<Output = Result<Worker, Trouble>>>>;

/// Lives until it is stopped or no handle is left.
pub(crate) async fn run(setup: Setup, mut messages: mpsc::UnboundedReceiver<Message>) {
    let mut supervisor = Supervisor {
        starting: setup.idle.is_none().then(|| begin(&setup)),
        setup,
        current: None,
        born: Instant::now(),
        due: None,
        failed: None,
        again: false,
        crashes: 0,
        told_of_debugging: false,
        retired: JoinSet::new(),
    };
    let acknowledge = loop {
        tokio::select! {
            message = messages.recv() => match message {
                Some(Message::Wake) => supervisor.wake(),
                Some(Message::Restart(why)) => supervisor.restart(&why),
                Some(Message::Stop(done)) => break Some(done),
                None => break None,
            },
            result = resolved(&mut supervisor.starting) => supervisor.started(result),
            end = ended(&mut supervisor.current, supervisor.setup.idle) => match end {
                End::Unused => supervisor.sleep(),
                End::Gone(status) => supervisor.crashed(status),
                End::Expired => supervisor.expired(),
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
    setup: Setup,
    current: Option<Worker>,
    born: Instant,
    starting: Option<Starting>,
    /// When to start after a crash.
    due: Option<Instant>,
    /// When a start failed, if nothing runs because of that.
    failed: Option<Instant>,
    /// The app changed while a worker was starting.
    again: bool,
    crashes: usize,
    told_of_debugging: bool,
    retired: JoinSet<()>,
}

impl Supervisor {
    fn begin(&mut self) {
        self.due = None;
        self.failed = None;
        self.starting = Some(begin(&self.setup));
    }

    fn wake(&mut self) {
        // What is not started by calls is not tried again by them either: a change of its files does that.
        let pauses = self
            .failed
            .is_some_and(|at| self.setup.idle.is_none() || at.elapsed() < PAUSE);
        if self.current.is_none() && self.starting.is_none() && self.due.is_none() && !pauses {
            self.publish(Phase::Starting, HostStatus::Starting);
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
        self.publish(Phase::Asleep, HostStatus::Asleep);
        if worker.link.load() > 0 {
            let infos = worker.link.table.infos();
            self.publish(Phase::Ready(worker.link.clone()), HostStatus::Ready(infos));
            self.current = Some(worker);
            return;
        }
        log::info!("the functions were not called for a while; the next call starts them again");
        self.retired.spawn_local(retire(worker));
    }

    fn restart(&mut self, why: &str) {
        log::info!("restarting the Functions app: {why}");
        if self.setup.manner.debug.is_some() && (self.current.is_some() || self.starting.is_some())
        {
            // A restart would take the worker away from under the debugger.
            if !std::mem::replace(&mut self.told_of_debugging, true) {
                self.setup
                    .output
                    .warn("the functions are not reloaded while they are debugged (--api-debug); start again to run what is on the disk");
            }
            return;
        }
        if self.current.is_none() && matches!(*self.setup.phase.borrow(), Phase::Asleep) {
            // What is on the disk counts when somebody calls.
            return;
        }
        if self.starting.is_some() {
            // Installing must not be cut off; what is on disk then counts.
            self.again = true;
            return;
        }
        if self.current.is_none() {
            self.publish(Phase::Starting, HostStatus::Starting);
        }
        self.begin();
    }

    fn started(&mut self, result: Result<Worker, Trouble>) {
        self.starting = None;
        let changed = std::mem::take(&mut self.again);
        match result {
            Ok(worker) => self.swap(worker),
            Err(trouble) => {
                self.setup
                    .output
                    .error(format!("{}\nhint: {}", trouble.message, trouble.hint));
                if !changed {
                    self.setup.trouble.send_replace(Some(trouble.clone()));
                }
                if self.current.is_some() {
                    self.setup
                        .output
                        .warn("the functions keep running as they were before the change");
                } else if !changed {
                    self.failed = Some(Instant::now());
                    let Trouble { message, hint, .. } = trouble.clone();
                    self.publish(Phase::Failed(trouble), HostStatus::Failed { message, hint });
                }
            }
        }
        if changed {
            self.begin();
        }
    }

    fn swap(&mut self, worker: Worker) {
        let infos = worker.link.table.infos();
        self.publish(Phase::Ready(worker.link.clone()), HostStatus::Ready(infos));
        self.setup.trouble.send_replace(None);
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
        self.setup.output.error(format!(
            "the worker ended with {how}; calls in flight fail, it starts again"
        ));
        let message = format!("the worker of the functions ended with {how}");
        let hint = "what it said before is in the terminal; it starts again by itself";
        self.setup
            .trouble
            .send_replace(Some(Trouble::new(message, hint)));
        self.publish(Phase::Starting, HostStatus::Starting);
        // Only now do the calls in flight fail: whoever hears of it and calls again finds no trace of the dead worker.
        if let Some(worker) = dead {
            worker.link.died();
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
        self.publish(Phase::Stopped, HostStatus::Stopped);
        // Dropping kills the groups at once; a start and a drain have nothing to finish.
        self.starting = None;
        self.setup.memory.watch(None);
        self.retired.shutdown().await;
        if let Some(worker) = self.current.take() {
            end(&worker.link, worker.child).await;
            worker.link.died();
        }
    }

    fn publish(&self, phase: Phase, status: HostStatus) {
        self.setup.phase.send_replace(phase);
        self.setup.status.send_replace(status);
    }
}

fn begin(setup: &Setup) -> Starting {
    let setup = setup.clone();
    Box::pin(async move {
        let app = look(&setup).await?;
        for warning in &app.warnings {
            setup.output.warn(warning);
        }
        let started = worker::of(&app.choice.runtime, &setup)
            .start(Ground {
                app: &app,
                guard: &setup.guard,
                output: &setup.output,
                memory: &setup.memory,
                own_port: setup.own_port,
            })
            .await?;
        let (table, notices) = Table::build(&started.functions, app.host.only.as_deref());
        for notice in notices {
            setup.output.warn(notice);
        }
        for function in &started.functions {
            if app.settings.disables(&function.name) {
                setup.output.warn(format!(
                    "the function '{}' is switched off by AzureWebJobs.{}.Disabled; Azure answers 404, here it is called as `func` calls it",
                    function.name, function.name
                ));
            }
        }
        Ok(Worker {
            link: Arc::new(Link::new(started.calls, table, app)),
            child: started.child,
        })
    })
}

async fn look(setup: &Setup) -> Result<discovery::App, Trouble> {
    let setup = setup.clone();
    let looked = tokio::task::spawn_blocking(move || {
        discovery::discover(
            &setup.app_dir,
            &Wishes {
                api_runtime: setup.api_runtime.as_deref(),
                functions_worker: setup.functions_worker.as_ref(),
                host: setup.manner.host,
                environment: &setup.environment,
            },
        )
    });
    looked.await.unwrap_or_else(|error| {
        Err(Trouble::new(
            format!("cannot look at the app: {error}"),
            "report this as a bug",
        ))
    })
}

async fn resolved(starting: &mut Option<Starting>) -> Result<Worker, Trouble> {
    match starting {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

async fn ended(current: &mut Option<Worker>, idle: Option<Duration>) -> End {
    let Some(Worker { link, child }) = current else {
        return std::future::pending().await;
    };
    let unused = async {
        match idle {
            Some(idle) => link.unused_for(idle).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        status = child.wait() => End::Gone(status),
        () = link.expiry() => End::Expired,
        () = link.calls.lost() => End::Expired,
        () = unused => End::Unused,
    }
}

async fn reached(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}
