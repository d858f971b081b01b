//! The host itself: [`FunctionsHost::handle`] waits until a worker is ready and gives it the request.
//!
//! Beside that, one task ([`supervisor`]) owns the worker processes: it starts a worker ([`launch`]), replaces it, and lets the old
//! one finish ([`retire`]); [`status`] says where that stands. [`port`] ([`guard`], [`admin`]) is the door of its own that a host of Azure's has.

mod admin;
mod guard;
mod launch;
pub mod port;
mod retire;
pub(crate) mod status;
mod supervisor;

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::StatusCode;
use tokio::sync::{mpsc, oneshot, watch};

use self::status::HostStatus;
use self::supervisor::Message;
use super::call::invoke::{self, Invoked};
use super::call::response;
use super::call::worker_handle::{InFlightGuard, WorkerHandle};
use super::config::HostConfig;
use super::error::{HostError, ShowsFiles};
use crate::functions::worker::stage::Stage;
use crate::http::body::Body;

/// How long those who ask about the app wait for a worker that is starting.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a call waits: it hears what the start waits for before the edge gives it up (AP-6).
const CALL_PATIENCE: Duration = Duration::from_secs(40);

/// A handle on the running Functions host; cheap to clone, usable from every worker thread. The worker ends when it
/// is stopped or the last handle is dropped.
#[derive(Debug, Clone)]
pub struct FunctionsHost {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    config: Arc<HostConfig>,
    messages: mpsc::UnboundedSender<Message>,
    status: watch::Receiver<HostStatus>,
    stage: Stage,
    born: Instant,
}

impl FunctionsHost {
    /// Starts the host in the background and returns at once. Must be called on a tokio runtime with a `LocalSet`
    /// (actix's).
    pub fn start(config: HostConfig) -> Self {
        let (messages, inbox) = mpsc::unbounded_channel();
        let first = match config.idle {
            Some(_) => HostStatus::Asleep,
            None => HostStatus::Starting { after: None },
        };
        let (sender, status) = watch::channel(first);
        let config = Arc::new(config);
        let stage = Stage::default();
        let supervised = supervisor::run(Arc::clone(&config), stage.clone(), sender, inbox);
        tokio::task::spawn_local(supervised);
        Self {
            shared: Arc::new(Shared {
                config,
                messages,
                status,
                stage,
                born: Instant::now(),
            }),
        }
    }

    /// What it was started with.
    pub fn config(&self) -> &HostConfig {
        &self.shared.config
    }

    /// Answers one request to `/api/...`. Waits while the worker starts; never panics, never fails: errors are
    /// responses (404 for no route, 500 with an empty body for a throw).
    pub async fn handle(&self, request: http::Request<Body>) -> http::Response<Body> {
        let asked = Instant::now();
        match self.in_flight().await {
            Ok(guard) => {
                let waited = asked.elapsed();
                let output = &self.shared.config.output;
                let mut response = invoke::call(guard, request, output).await;
                if let Some(invoked) = response.extensions_mut().get_mut::<Invoked>() {
                    invoked.waited = waited;
                }
                response
            }
            Err(response) => *response,
        }
    }

    /// The present status; `changed` of the receiver wakes on each change.
    pub fn status(&self) -> watch::Receiver<HostStatus> {
        self.shared.status.clone()
    }

    /// What a start is waiting for, in words.
    pub fn stage(&self) -> String {
        self.shared.stage.to_string()
    }

    /// Starts a new worker beside the present one and swaps when it is ready. `what` was edited, for the log.
    pub fn restart(&self, what: &str) {
        self.send(Message::Restart(what.to_owned()));
    }

    /// Ends the worker and all its descendants: TERM to the group, two seconds, KILL.
    pub async fn stop(&self) {
        let (done, stopped) = oneshot::channel();
        self.send(Message::Stop(done));
        // An error means that the task has ended already.
        let _ = stopped.await;
    }

    /// Waits until the host neither starts nor restarts after a crash; the present worker, if there is one.
    pub(crate) async fn settled(&self) -> Option<Arc<WorkerHandle>> {
        let mut status = self.status();
        let settled = status.wait_for(|status| !status.is_starting());
        match tokio::time::timeout(PATIENCE, settled).await {
            Ok(Ok(status)) => status.worker().cloned(),
            Ok(Err(_)) | Err(_) => None,
        }
    }

    /// Waits until no call is in flight on the present worker.
    pub async fn quiet(&self) {
        if let Some(worker) = self.worker() {
            worker.idle().await;
        }
    }

    /// The present worker, if it is ready.
    pub(crate) fn worker(&self) -> Option<Arc<WorkerHandle>> {
        self.shared.status.borrow().worker().cloned()
    }

    /// Waits until the host is stopped.
    pub(crate) async fn stopped(&self) {
        let mut status = self.status();
        // An error means that its task has ended.
        let _ = status
            .wait_for(|status| matches!(status, HostStatus::Stopped))
            .await;
    }

    /// Runs a function by its name and drops its answer; what it says goes to the sink.
    pub(crate) async fn run(&self, name: &str, request: http::Request<Body>) {
        if let Ok(guard) = self.in_flight().await {
            invoke::run(guard, name, Vec::new(), request, &self.shared.config.output).await;
        }
    }

    fn send(&self, message: Message) {
        if self.shared.messages.send(message).is_err() {
            log::debug!("the Functions host is stopped");
        }
    }

    /// A place in a ready worker, or the response that says why there is none.
    async fn in_flight(&self) -> Result<InFlightGuard, Box<http::Response<Body>>> {
        match tokio::time::timeout(CALL_PATIENCE, self.enter()).await {
            Ok(Ok(guard)) => Ok(guard),
            Ok(Err(Some(HostError { message, hint, .. }))) => {
                let text = format!("{message}\nhint: {hint}\n");
                let mut response = response::plain(StatusCode::INTERNAL_SERVER_ERROR, text);
                response.extensions_mut().insert(ShowsFiles);
                Err(Box::new(response))
            }
            Err(_) => Err(Box::new(response::plain(
                StatusCode::SERVICE_UNAVAILABLE,
                format!(
                    "The functions are still starting: {}.\nhint: call again when the terminal lists them\n",
                    self.shared.stage
                ),
            ))),
            Ok(Err(None)) => Err(Box::new(response::plain(
                StatusCode::SERVICE_UNAVAILABLE,
                "Function host is not running.".to_owned(),
            ))),
        }
    }

    /// Waits for a worker, waking one if none runs. Fails with what keeps the app from running, or with nothing when the
    /// host is stopped.
    async fn enter(&self) -> Result<InFlightGuard, Option<HostError>> {
        let mut statuses = self.status();
        loop {
            {
                let status = statuses
                    .wait_for(|status| !status.is_starting())
                    .await
                    .map_err(|_| None)?;
                match &*status {
                    // Counted in before the lock is released, so that a swap cannot overlook it.
                    HostStatus::Ready { worker, .. } => return Ok(worker.enter()),
                    HostStatus::Failed(error) => {
                        self.send(Message::Wake);
                        return Err(Some(error.clone()));
                    }
                    HostStatus::Stopped => return Err(None),
                    HostStatus::Asleep | HostStatus::Starting { .. } => {}
                }
            }
            self.send(Message::Wake);
            // Any change at all: a worker may have come and gone before we look again.
            statuses.changed().await.map_err(|_| None)?;
        }
    }
}
