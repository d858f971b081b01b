//! Language workers of Azure Functions, and .NET isolated apps: programs that speak
//! `AzureFunctionsRpcMessages.FunctionRpc`, the host's side of it.
//!
//! A start, in its order:
//!
//! 1. [`crate::functions::app::language_worker`] — whether such a worker runs the app, which one, why
//! 2. [`dotnet_build`] — a project becomes its build output; [`WorkerConfig`] — how the worker is started
//! 3. [`service`] — a server for this one worker; [`launch`] — its process, which connects back
//! 4. [`handshake`] ([`capabilities`], [`function_metadata`]) — what it can do, its functions, loaded one by one
//!
//! A call: [`invoke`] → [`convert`] → the stream ([`channel`], [`framing`]) → [`outcome`]; or, for workers that serve HTTP themselves,
//! [`http_uri`]. The messages are in [`proto`].

mod capabilities;
mod channel;
mod convert;
pub(crate) mod dotnet_build;
mod framing;
mod function_metadata;
mod handshake;
mod http_uri;
mod invoke;
mod json_text;
mod launch;
mod outcome;
pub(crate) mod proto;
mod service;

use std::path::PathBuf;

use self::handshake::HandshakeError;
use self::http_uri::HttpUri;
use self::invoke::GrpcClient;
use self::launch::Callback;
use self::service::Server;
use crate::functions::app::python_interpreter::Interpreter;
use crate::functions::app::runtime::{GrpcWorker, WorkerLocation};
use crate::functions::app::worker_config::WorkerConfig;
use crate::functions::app::worker_settings::WorkerSettings;
use crate::functions::error::HostError;
use crate::functions::worker::launch::LaunchContext;
use crate::functions::worker::{Launching, StartedWorker, WorkerLauncher};
use crate::process::Service;

/// Apps that are run by such a worker.
#[derive(Debug)]
pub(crate) struct GrpcLauncher {
    /// Which one.
    pub(crate) worker: GrpcWorker,
}

impl WorkerLauncher for GrpcLauncher {
    fn start<'a>(&'a self, context: LaunchContext<'a>) -> Launching<'a> {
        Box::pin(self.run(context))
    }
}

impl GrpcLauncher {
    async fn run(&self, context: LaunchContext<'_>) -> Result<StartedWorker, HostError> {
        let (dir, root) = self.places(context).await?;
        let config = config(&dir, context)?;
        let worker_id = uuid::Uuid::new_v4().to_string();
        let (server, stream) = Server::start(&worker_id).map_err(|error| {
            HostError::new(
                format!("cannot listen for the worker: {error}"),
                "close programs that hold ports",
            )
        })?;
        let callback = Callback {
            port: server.port,
            worker_id: &worker_id,
        };
        context
            .stage
            .begin(format!("the {} worker", config.language));
        let mut command = launch::command(&config, &root, callback, context);
        let output = &context.config.output;
        let mut service = Service::start(
            &mut command,
            &context.config.guard,
            launch::printed(output),
        )
        .map_err(|error| {
            HostError::new(
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
        let ready = service.until(handshake::run(stream, &config, &root, context));
        let ready = match ready.await {
            Ok(Ok(ready)) => ready,
            Ok(Err(HandshakeError::Host(error))) => return Err(error),
            Ok(Err(HandshakeError::Closed)) => return Err(ended(service.ended().await)),
            Err(how) => return Err(ended(Some(how))),
        };
        let http = ready.can.http_uri.as_deref().map(HttpUri::parse);
        let http = http.transpose().map_err(|why| {
            HostError::new(
                format!("the worker announces an `HttpUri`, but {why}"),
                "update the worker, or the package that it streams with",
            )
        })?;
        if ready.functions.is_empty() {
            output.advise("no functions were found", "check that this is the worker for the language of the app, and that the app is built");
        }
        Ok(StartedWorker {
            client: Box::new(GrpcClient {
                channel: ready.channel,
                can: ready.can,
                functions: ready.loaded,
                http,
                _server: server,
            }),
            functions: ready.functions,
            service,
        })
    }

    /// The folder of the worker, and that of the app as the worker sees it.
    async fn places(&self, context: LaunchContext<'_>) -> Result<(PathBuf, PathBuf), HostError> {
        let app_dir = context.app.dir.clone();
        Ok(match &self.worker.place {
            WorkerLocation::Folder(dir) => (dir.clone(), app_dir),
            WorkerLocation::App => (app_dir.clone(), app_dir),
            WorkerLocation::Project(project) => {
                let output = dotnet_build::build(project, context).await?;
                (output.clone(), output)
            }
        })
    }
}

fn config(dir: &std::path::Path, context: LaunchContext<'_>) -> Result<WorkerConfig, HostError> {
    let app = context.app;
    let settings = app.settings.with_environment().collect();
    let lookup = WorkerSettings::new(settings, app.host.language_workers.clone());
    let mut config = WorkerConfig::load(dir, &lookup)?;
    let named = lookup
        .of(&config.language, "defaultExecutablePath")
        .is_some();
    // As `func` does it: the app's packages are in its own environment.
    if config.executable == std::path::Path::new("python") && !named {
        config.executable = Interpreter::of(&app.dir).program().to_owned();
    }
    if let Some(port) = context.config.run.debug {
        let debugger = match config.language.as_str() {
            "node" => vec![format!("--inspect=127.0.0.1:{port}")],
            "python" => {
                let listen = format!("127.0.0.1:{port}");
                let words = ["-m", "debugpy", "--listen", &listen];
                words.map(str::to_owned).to_vec()
            }
            language => {
                context.config.output.advise(
                    format!("--api-debug does nothing for a worker of {language}"),
                    format!(
                        "give it its debugger's arguments: languageWorkers__{language}__arguments"
                    ),
                );
                Vec::new()
            }
        };
        config.arguments.extend(debugger);
    }
    Ok(config)
}

/// A worker that ended, or only closed its stream, before it was ready.
fn ended(how: Option<String>) -> HostError {
    let how = how.map_or("closed its stream".to_owned(), |how| {
        format!("ended with {how}")
    });
    HostError::new(
        format!("the worker {how} while the app was loading"),
        "what it said is above; correct it and save, the app then starts again",
    )
}
