//! The host itself: [`FunctionsHost::handle`] waits until a worker is ready and gives it the request.
//!
//! Beside that, one task ([`supervisor`]) owns the worker processes: it looks at the app, starts its worker, replaces it, and lets the
//! old one finish ([`retire`]). [`port`] ([`admin`]) is the door of its own that a host of Azure's has.

pub(crate) mod admin;
pub mod port;
mod retire;
pub(crate) mod supervisor;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::StatusCode;
use tokio::sync::{mpsc, oneshot, watch};

use self::supervisor::{Message, Setup};
use super::app::discovery::WorkerFolder;
use super::app::run_options::Manner;
use super::call::worker_handle::{Link, Ticket};
use super::call::{invoke, response};
use super::error::Trouble;
use super::output::Output;
use super::routing::route_table::FunctionInfo;
use super::worker::Memory;
use crate::http::body::Body;
use crate::process::Guard;

/// How long a request waits for a worker that is starting.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the host needs to start.
#[derive(Debug, Clone)]
pub struct HostOptions {
    /// The folder of the Functions app (`--api-location`), absolute.
    pub app_dir: PathBuf,
    /// The runtime that is asked of Azure (`platform.apiRuntime`, CF-68), if any.
    pub api_runtime: Option<String>,
    /// The port of [`port::serve`], if there is one: the worker reads it as `WEBSITE_HOSTNAME`.
    pub own_port: Option<u16>,
    /// A language worker that speaks gRPC (`--functions-worker`): it runs the app, whatever its language.
    pub functions_worker: Option<WorkerFolder>,
    /// Whether missing dependencies may be installed (`--no-install` clears it).
    pub install: bool,
    /// Variables that the worker gets on top of the environment (those of `.env`); they win over `local.settings.json`, as
    /// the environment does.
    pub environment: Vec<(String, String)>,
    /// The Node.js to run, a path or a name to look up in `PATH`.
    pub node_program: PathBuf,
    /// The program that is started as the process guard (see [`crate::process::guard`]); `None` is this executable.
    pub guard_program: Option<PathBuf>,
    /// Where everything that the app says goes.
    pub output: Output,
    /// What runs it, and how.
    pub manner: Manner,
    /// When set, the worker starts at the first call, and stops after this long without one (EN-13); one that could not
    /// start is tried again at a later call, since nobody changes a deployment's files.
    pub idle: Option<Duration>,
}

impl HostOptions {
    /// The app of a folder, with everything else as in the program: installing allowed, output to the terminal.
    pub fn new(app_dir: impl Into<PathBuf>) -> Self {
        Self {
            app_dir: app_dir.into(),
            api_runtime: None,
            own_port: None,
            functions_worker: None,
            install: true,
            environment: Vec::new(),
            node_program: PathBuf::from("node"),
            guard_program: None,
            output: Output::terminal(),
            idle: None,
            manner: Manner::default(),
        }
    }
}

/// A handle on the running Functions host; cheap to clone, usable from every worker thread. The worker ends when it
/// is stopped or the last handle is dropped.
#[derive(Debug, Clone)]
pub struct FunctionsHost {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    messages: mpsc::UnboundedSender<Message>,
    phase: watch::Receiver<Phase>,
    status: watch::Receiver<HostStatus>,
    trouble: watch::Receiver<Option<Trouble>>,
    output: Output,
    born: Instant,
}

/// What the host is doing now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostStatus {
    /// Waiting for the first call, or for one after a long silence.
    Asleep,
    /// Installing dependencies or starting the worker.
    Starting,
    /// Ready to answer; the functions found, in the order in which routes are tried.
    Ready(Vec<FunctionInfo>),
    /// Stopped because it was asked to.
    Stopped,
    /// Cannot run: what failed and, as a hint, what to do.
    Failed {
        /// What failed.
        message: String,
        /// The next step for the user.
        hint: String,
    },
}

/// What a request meets.
#[derive(Debug, Clone)]
pub(crate) enum Phase {
    /// The next call starts a worker.
    Asleep,
    Starting,
    Ready(Arc<Link>),
    Failed(Trouble),
    Stopped,
}

impl Phase {
    fn link(&self) -> Option<Arc<Link>> {
        match self {
            Self::Ready(link) => Some(Arc::clone(link)),
            Self::Asleep | Self::Starting | Self::Failed(_) | Self::Stopped => None,
        }
    }
}

impl FunctionsHost {
    /// Starts the host in the background and returns at once. Must be called on a tokio runtime with a `LocalSet`
    /// (actix's).
    pub fn start(options: HostOptions) -> Self {
        let (messages, inbox) = mpsc::unbounded_channel();
        let (first, told) = match options.idle {
            Some(_) => (Phase::Asleep, HostStatus::Asleep),
            None => (Phase::Starting, HostStatus::Starting),
        };
        let (phase, phases) = watch::channel(first);
        let (status, statuses) = watch::channel(told);
        let (trouble, troubles) = watch::channel(None);
        let setup = Setup {
            app_dir: options.app_dir,
            api_runtime: options.api_runtime,
            own_port: options.own_port,
            install: options.install,
            functions_worker: options.functions_worker,
            environment: options.environment,
            node_program: options.node_program,
            guard: Guard::new(options.guard_program),
            output: options.output.clone(),
            memory: Memory::default(),
            idle: options.idle,
            manner: options.manner,
            phase,
            status,
            trouble,
        };
        tokio::task::spawn_local(supervisor::run(setup, inbox));
        Self {
            shared: Arc::new(Shared {
                messages,
                phase: phases,
                status: statuses,
                trouble: troubles,
                output: options.output,
                born: Instant::now(),
            }),
        }
    }

    /// Answers one request to `/api/...`. Waits while the worker starts; never panics, never fails: errors are
    /// responses (404 for no route, 500 with an empty body for a throw).
    pub async fn handle(&self, request: http::Request<Body>) -> http::Response<Body> {
        match self.ticket().await {
            Ok(ticket) => invoke::call(ticket, request, &self.shared.output).await,
            Err(response) => *response,
        }
    }

    /// The present status; `changed` of the receiver wakes on each change.
    pub fn status(&self) -> watch::Receiver<HostStatus> {
        self.shared.status.clone()
    }

    /// Why the app that is on the disk does not run: it does not start (an earlier version may answer meanwhile), or it
    /// crashed and is not up again. `None` while all is well; `changed` of the receiver wakes on each change.
    pub fn trouble(&self) -> watch::Receiver<Option<Trouble>> {
        self.shared.trouble.clone()
    }

    /// Starts a new worker beside the present one and swaps when it is ready. `why` goes to the log.
    pub fn restart(&self, why: &str) {
        self.send(Message::Restart(why.to_owned()));
    }

    /// Ends the worker and all its descendants: TERM to the group, two seconds, KILL.
    pub async fn stop(&self) {
        let (done, stopped) = oneshot::channel();
        self.send(Message::Stop(done));
        // An error means that the task has ended already.
        let _ = stopped.await;
    }

    /// Waits until the host neither starts nor restarts after a crash; the present worker, if there is one.
    pub(crate) async fn settled(&self) -> Option<Arc<Link>> {
        let mut phases = self.shared.phase.clone();
        let settled = phases.wait_for(|phase| !matches!(phase, Phase::Starting));
        match tokio::time::timeout(PATIENCE, settled).await {
            Ok(Ok(phase)) => phase.link(),
            Ok(Err(_)) | Err(_) => None,
        }
    }

    /// Waits until no call is in flight on the present worker.
    pub async fn quiet(&self) {
        if let Some(link) = self.present() {
            link.idle().await;
        }
    }

    /// The present worker, if it is ready.
    pub(crate) fn present(&self) -> Option<Arc<Link>> {
        self.shared.phase.borrow().link()
    }

    /// Waits until the host is stopped.
    pub(crate) async fn stopped(&self) {
        let mut phases = self.shared.phase.clone();
        // An error means that its task has ended.
        let _ = phases
            .wait_for(|phase| matches!(phase, Phase::Stopped))
            .await;
    }

    /// Runs a function by its name and drops its answer; what it says goes to the sink.
    pub(crate) async fn run(&self, name: &str, request: http::Request<Body>) {
        if let Ok(ticket) = self.ticket().await {
            invoke::run(ticket, name, Vec::new(), request, &self.shared.output).await;
        }
    }

    fn send(&self, message: Message) {
        if self.shared.messages.send(message).is_err() {
            log::debug!("the Functions host is stopped");
        }
    }

    /// A place in a ready worker, or the response that says why there is none.
    async fn ticket(&self) -> Result<Ticket, Box<http::Response<Body>>> {
        match tokio::time::timeout(PATIENCE, self.enter()).await {
            Ok(Ok(ticket)) => Ok(ticket),
            Ok(Err(Some(trouble))) => {
                let text = format!("{}\nhint: {}\n", trouble.message, trouble.hint);
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                Err(Box::new(response::plain(status, text)))
            }
            Ok(Err(None)) | Err(_) => Err(Box::new(response::plain(
                StatusCode::SERVICE_UNAVAILABLE,
                "Function host is not running.".to_owned(),
            ))),
        }
    }

    /// Waits for a worker, waking one if none runs. Fails with what keeps the app from running, or with nothing when the
    /// host is stopped.
    async fn enter(&self) -> Result<Ticket, Option<Trouble>> {
        let mut phases = self.shared.phase.clone();
        loop {
            {
                let phase = phases
                    .wait_for(|phase| !matches!(phase, Phase::Starting))
                    .await
                    .map_err(|_| None)?;
                match &*phase {
                    // Counted in before the lock is released, so that a swap cannot overlook it.
                    Phase::Ready(link) => return Ok(link.enter()),
                    Phase::Failed(trouble) => {
                        self.send(Message::Wake);
                        return Err(Some(trouble.clone()));
                    }
                    Phase::Stopped => return Err(None),
                    Phase::Asleep | Phase::Starting => {}
                }
            }
            self.send(Message::Wake);
            // Any change at all: a worker may have come and gone before we look again.
            phases.changed().await.map_err(|_| None)?;
        }
    }
}
