//! Whether everything that an app needs answers: what `cygnet exec` and `cygnet wait` wait for, and `cygnet status` shows.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use crate::backend::{Backend, Upstream};
use crate::data_api::DataApi;
use crate::devserver::{DevServer, Phase};
use crate::environment::State;
use crate::functions::{FunctionsHost, HostStatus};
use crate::pipeline::AppState;

/// How long a server that somebody else starts may take to listen.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks whether it does; nothing tells.
const INTERVAL: Duration = Duration::from_millis(50);

/// Of what.
#[derive(Debug, Clone)]
pub enum Readiness {
    /// The app of `cygnet start`.
    App {
        /// What its requests share.
        app: Arc<AppState>,
        /// How long the dev server may take; `None`: for ever.
        patience: Option<Duration>,
    },
    /// Deployed environments: their functions start at the first call, so nothing is waited for.
    Deployments,
}

/// One of the things that an app needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// `configuration`, `api`, `data-api` or `dev server`.
    pub name: &'static str,
    /// How it is.
    pub state: PartState,
}

/// How something is that an app needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartState {
    /// It answers.
    Ready,
    /// It does not yet.
    Starting(String),
    /// It does not, until somebody does something about it.
    Failed(String),
}

impl Readiness {
    /// Waits until all answer.
    ///
    /// # Errors
    /// Why one of them never will.
    pub async fn ready(&self) -> Result<(), String> {
        let Self::App { app, patience } = self else {
            return Ok(());
        };
        let state = app.current.load_full();
        let State::Serving(environment) = &*state else {
            return Err(INVALID.to_owned());
        };
        match &environment.backend {
            Backend::None => {}
            Backend::Managed(host) => {
                let mut status = host.status();
                // An error means that the host has ended, which its last status says.
                let _ = status.wait_for(|status| !status.is_starting()).await;
                if let PartState::Failed(why) = of_functions(host) {
                    return Err(why);
                }
            }
            Backend::BringYourOwn(upstream) => {
                let listens = listens(upstream).await;
                listens.map_err(|error| silent(upstream, &error))?;
            }
        }
        if let Some(api) = &environment.data_api {
            api.ready().await?;
        }
        if let Some(server) = &environment.dev_server {
            let mut phase = server.phase();
            let settled = phase.wait_for(|phase| match phase {
                Phase::Up => true,
                Phase::Down(down) => patience.is_some() && down.overdue,
            });
            if !matches!(settled.await.as_deref(), Ok(Phase::Up)) {
                let why = match &*phase.borrow() {
                    Phase::Down(down) => down.error.clone().unwrap_or_default(),
                    Phase::Up => String::new(),
                };
                return Err(format!("{} does not answer: {why}", server.name()));
            }
        }
        Ok(())
    }

    /// Waits until all answer, or one never will, or `wait` is over. An object: `ready`; `failed`, why it never will be, or
    /// `null`; `parts`, a list of `name`, `state` (`ready`, `starting`, `failed`) and `why`.
    pub async fn to_json(&self, wait: Duration) -> Value {
        let waited = timeout(wait, self.ready()).await;
        let failed = waited.ok().and_then(Result::err);
        let parts = self.parts().await;
        let is_ready = parts.iter().all(|part| part.state == PartState::Ready);
        let parts: Value = parts.iter().map(Part::to_json).collect();
        json!({ "ready": is_ready, "failed": failed, "parts": parts })
    }

    /// How each of them is now.
    pub async fn parts(&self) -> Vec<Part> {
        let Self::App { app, .. } = self else {
            return Vec::new();
        };
        let state = app.current.load_full();
        let State::Serving(environment) = &*state else {
            let state = PartState::Failed(INVALID.to_owned());
            return vec![Part::new("configuration", state)];
        };
        let mut parts = vec![Part::new("configuration", PartState::Ready)];
        let api = match &environment.backend {
            Backend::None => None,
            Backend::Managed(host) => Some(of_functions(host)),
            Backend::BringYourOwn(upstream) => Some(of_upstream(upstream).await),
        };
        parts.extend(api.map(|state| Part::new("api", state)));
        if let Some(api) = &environment.data_api {
            parts.push(Part::new("data-api", of_data_api(api).await));
        }
        if let Some(server) = &environment.dev_server {
            parts.push(Part::new("dev server", of_dev_server(server)));
        }
        parts
    }
}

const INVALID: &str = "the configuration is invalid";

impl Part {
    fn new(name: &'static str, state: PartState) -> Self {
        Self { name, state }
    }

    fn to_json(&self) -> Value {
        let (state, why) = match &self.state {
            PartState::Ready => ("ready", None),
            PartState::Starting(why) => ("starting", Some(why)),
            PartState::Failed(why) => ("failed", Some(why)),
        };
        json!({ "name": self.name, "state": state, "why": why })
    }
}

fn of_functions(host: &FunctionsHost) -> PartState {
    let status = host.status();
    let status = status.borrow();
    match &*status {
        HostStatus::Starting { .. } => PartState::Starting(host.stage()),
        HostStatus::Failed(error) => {
            PartState::Failed(format!("the functions do not run: {}", error.message))
        }
        HostStatus::Stopped => PartState::Failed("the functions were stopped".to_owned()),
        HostStatus::Ready { .. } | HostStatus::Asleep => PartState::Ready,
    }
}

async fn of_upstream(upstream: &Upstream) -> PartState {
    match upstream.reach().await {
        Ok(()) => PartState::Ready,
        Err(error) => PartState::Starting(silent(upstream, &error)),
    }
}

/// One that starts is not waited for.
async fn of_data_api(api: &DataApi) -> PartState {
    match timeout(Duration::ZERO, api.ready()).await {
        Ok(Ok(_)) => PartState::Ready,
        Ok(Err(why)) => PartState::Failed(why),
        Err(_) => PartState::Starting("Data API Builder is starting".to_owned()),
    }
}

fn of_dev_server(server: &DevServer) -> PartState {
    match &*server.phase().borrow() {
        Phase::Up => PartState::Ready,
        Phase::Down(down) => {
            let why = down.error.clone();
            let why = why.unwrap_or_else(|| format!("{} is not asked yet", server.name()));
            match down.overdue {
                true => PartState::Failed(why),
                false => PartState::Starting(why),
            }
        }
    }
}

fn silent(upstream: &Upstream, error: &io::Error) -> String {
    format!("the API at {} does not answer: {error}", upstream.url())
}

async fn listens(upstream: &Upstream) -> io::Result<()> {
    let end = Instant::now() + PATIENCE;
    loop {
        match upstream.reach().await {
            Ok(()) => return Ok(()),
            Err(error) if Instant::now() > end => return Err(error),
            Err(_) => tokio::time::sleep(INTERVAL).await,
        }
    }
}
