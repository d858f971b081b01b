//! Language workers of Azure Functions, and .NET isolated apps: programs that speak
//! `AzureFunctionsRpcMessages.FunctionRpc`, the host's side of it.
//!
//! A start, in its order:
//!
//! 1. [`choice`] — whether such a worker runs the app, which one, why
//! 2. [`dotnet`] — a project becomes its build output; [`worker_config`] — how the worker is started
//! 3. [`service`] — a server for this one worker; [`launch`] — its process, which connects back
//! 4. [`handshake`] ([`capabilities`], [`functions`]) — what it can do, its functions, loaded one by one
//!
//! A call: [`invoke`] → [`convert`] → the stream ([`channel`]) → [`outcome`]; or, for workers that serve HTTP themselves,
//! [`http_uri`]. The messages are in [`proto`].

mod capabilities;
mod channel;
mod convert;
mod functions;
mod handshake;
mod http_uri;
mod invoke;
mod launch;
mod outcome;
mod proto;
mod service;

use std::path::PathBuf;
use std::time::Duration;

use futures_util::future::LocalBoxFuture;
use tokio::task::JoinHandle;

use self::handshake::Failure;
use self::http_uri::HttpUri;
use self::invoke::Worker;
use self::launch::Callback;
use self::service::Server;
use crate::functions::app::dotnet;
use crate::functions::app::language_worker::{GrpcWorker, Lookup, Place};
use crate::functions::app::worker_config::WorkerConfig;
use crate::functions::error::Trouble;
use crate::functions::worker::bundled::python;
use crate::functions::worker::{Ground, Language, Started};
use crate::process::{GroupChild, describe};

/// Output that is still in the pipe when a worker has ended; a grandchild may hold the pipe open for longer.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// Apps that are run by such a worker.
#[derive(Debug)]
pub(crate) struct GrpcApps {
    /// Which one.
    pub(crate) worker: GrpcWorker,
    /// Whether a project may be built.
    pub(crate) install: bool,
}

impl Language for GrpcApps {
    fn start<'a>(&'a self, ground: Ground<'a>) -> LocalBoxFuture<'a, Result<Started, Trouble>> {
        Box::pin(self.run(ground))
    }
}

impl GrpcApps {
    async fn run(&self, ground: Ground<'_>) -> Result<Started, Trouble> {
        let (dir, root) = self.places(ground).await?;
        let config = config(&dir, ground)?;
        let worker_id = uuid::Uuid::new_v4().to_string();
        let (server, stream) = Server::start(&worker_id).map_err(|error| {
            Trouble::new(
                format!("cannot listen for the worker: {error}"),
                "free some ports of this machine",
            )
        })?;
        let callback = Callback {
            port: server.port,
            worker_id: &worker_id,
        };
        let mut command = launch::command(&config, &root, callback, ground);
        let mut child = GroupChild::spawn(&mut command, ground.guard).map_err(|error| {
            Trouble::new(
                format!(
                    "the {} worker needs `{}`, which cannot be started: {error}",
                    config.language,
                    config.executable.display()
                ),
                format!(
                    "install it, or set `languageWorkers__{}__defaultExecutablePath` to its path",
                    config.language
                ),
            )
        })?;
        let printed = launch::relay(&mut child, ground.output);
        let ready = tokio::select! {
            biased;
            ready = handshake::run(stream, &config, &root, ground) => ready,
            _ = child.wait() => Err(Failure::Closed),
        };
        let ready = match ready {
            Ok(ready) => ready,
            Err(Failure::Trouble(trouble)) => return Err(trouble),
            Err(Failure::Closed) => return Err(ended(&mut child, printed).await),
        };
        let http = ready.can.http_uri.as_deref().map(HttpUri::parse);
        let http = http.transpose().map_err(|why| {
            Trouble::new(
                format!("the worker says `HttpUri`, but {why}"),
                "update the worker, or the package that it streams with",
            )
        })?;
        if ready.functions.is_empty() {
            ground
                .output
                .warn("no functions were found; hint: is it the worker for the language of this app, and is the app built?");
        }
        Ok(Started {
            calls: Box::new(Worker {
                channel: ready.channel,
                can: ready.can,
                functions: ready.loaded,
                http,
                _server: server,
            }),
            functions: ready.functions,
            child,
        })
    }

    /// The folder of the worker, and that of the app as the worker sees it.
    async fn places(&self, ground: Ground<'_>) -> Result<(PathBuf, PathBuf), Trouble> {
        let app_dir = ground.app.dir.clone();
        Ok(match &self.worker.place {
            Place::Folder(dir) => (dir.clone(), app_dir),
            Place::App => (app_dir.clone(), app_dir),
            Place::Project(project) => {
                let output = dotnet::build(project, self.install, ground).await?;
                (output.clone(), output)
            }
        })
    }
}

fn config(dir: &std::path::Path, ground: Ground<'_>) -> Result<WorkerConfig, Trouble> {
    let app = ground.app;
    let settings = app.settings.with_environment().collect();
    let lookup = Lookup::new(settings, app.host.language_workers.clone());
    let mut config = WorkerConfig::load(dir, &lookup)?;
    let named = lookup
        .of(&config.language, "defaultExecutablePath")
        .is_some();
    // As `func` does it: the app's packages are in its own environment.
    if config.executable == std::path::Path::new("python") && !named {
        config.executable = python::program(&app.dir);
    }
    Ok(config)
}

/// The trouble of a worker that closed its stream before it was ready, after its last words are out.
async fn ended(child: &mut GroupChild, printed: JoinHandle<()>) -> Trouble {
    let status = tokio::time::timeout(LAST_WORDS, child.wait()).await;
    let _ = tokio::time::timeout(LAST_WORDS, printed).await;
    let how = match status {
        Ok(Ok(status)) => format!("ended with {}", describe(status)),
        Ok(Err(error)) => format!("ended: {error}"),
        Err(_) => "closed its stream".to_owned(),
    };
    Trouble::new(
        format!("the worker {how} while the app was loading"),
        "what it said is above; correct it and save, the app then starts again",
    )
}
