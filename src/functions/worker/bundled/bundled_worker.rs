//! A worker program of our own making, from its command line to "ready"; the same for every language.
//!
//! 1. [`command`]: the program in the app's folder; the app's settings in its environment, what is for the program alone in a file
//! 2. its first line names the port; every other line of its output is the app's
//! 3. [`super::events`] listens to its log, before the app is loaded
//! 4. `GET /functions` answers when the app is loaded

use std::cell::Cell;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use tokio::process::Command;
use tokio::sync::oneshot;

use super::embedded_files::{EmbeddedFiles, EmbeddedProgram};
use super::events;
use super::protocol::{FunctionList, ProgrammingModel};
use super::worker_http::{BundledClient, TOKEN_HEADER};
use crate::functions::error::HostError;
use crate::functions::output::{Output, Stream};
use crate::functions::worker::StartedWorker;
use crate::functions::worker::launch::{self, LaunchContext};
use crate::http::{Origin, OwnCall};
use crate::process::Service;

/// From start to the port line: only the language itself runs until then.
const PORT_TIMEOUT: Duration = Duration::from_secs(60);
/// From the port line to the loaded app; Azure's worker gets two minutes to initialise.
const LOAD_TIMEOUT: Duration = Duration::from_secs(120);
/// The largest list of functions, in bytes.
const INDEX_LIMIT: usize = 16 * 1024 * 1024;

const HINT: &str = "correct the error and save: the app then starts again";

/// What is special about the program of a language.
#[derive(Debug)]
pub(crate) struct WorkerSpec {
    /// What runs it.
    pub(crate) executable: PathBuf,
    /// Arguments before the main file.
    pub(crate) arguments: Vec<String>,
    pub(crate) files: EmbeddedFiles,
    /// The path of the main file.
    pub(crate) main: &'static str,
    /// Variables that only this language needs.
    pub(crate) environment: Vec<(&'static str, String)>,
    /// What the program is told, an object; the token and the ready word are added.
    pub(crate) config: Value,
    /// What to do when it does not even start.
    pub(crate) hint: String,
}

/// Starts the program and waits until it is ready.
///
/// # Errors
/// It ended, took too long, or could not load the app.
pub(crate) async fn start(
    mut spec: WorkerSpec,
    context: LaunchContext<'_>,
) -> Result<StartedWorker, HostError> {
    let LaunchContext {
        app, config, stage, ..
    } = context;
    let output = &config.output;
    let cannot = |error: std::io::Error| {
        HostError::new(
            format!("cannot start the worker: {error}"),
            "free some disk space and memory",
        )
    };
    let token = uuid::Uuid::new_v4().simple().to_string();
    let ready = format!("cygnet-worker-{}", uuid::Uuid::new_v4().simple());
    spec.config["token"] = Value::from(token.as_str());
    spec.config["ready"] = Value::from(ready.as_str());
    let program = EmbeddedProgram::write(spec.files, &spec.config.to_string()).map_err(cannot)?;
    let (sink, port) = port_line(ready, output);
    stage.begin("the app to load (does something at its top level wait?)");
    let mut command = command(&spec, &program, context);
    let mut service = Service::start(&mut command, &config.guard, sink).map_err(cannot)?;
    let late = || HostError::new("the worker did not start within a minute", spec.hint);
    let port = match service
        .until(tokio::time::timeout(PORT_TIMEOUT, port))
        .await
    {
        Ok(Ok(Ok(port))) => port,
        Ok(_) => return Err(service.ended().await.map_or_else(late, ended)),
        Err(how) => return Err(ended(how)),
    };
    let origin = Origin::local(port);
    let client =
        BundledClient::new(origin, token).map_err(|error| cannot(std::io::Error::other(error)))?;
    let loaded = async {
        events::listen(&client, &app.host, output).await?;
        index(&client).await
    };
    let functions = match loaded.await {
        Err(why) => {
            // A worker that ends closes its connections first.
            let silent = || HostError::new(format!("the worker does not answer: {why}"), HINT);
            return Err(service.ended().await.map_or_else(silent, ended));
        }
        Ok(FunctionList::Failed { error }) => {
            return Err(HostError::new(error.message, HINT).with_stack(error.stack));
        }
        Ok(FunctionList::Loaded {
            model: ProgrammingModel::Files,
            ..
        }) => app.legacy.clone(),
        Ok(FunctionList::Loaded { functions, .. }) => {
            if !app.legacy.is_empty() {
                output.warn("the app registers functions and has function.json files too; as in Azure the files are ignored");
            }
            functions
        }
    };
    Ok(StartedWorker {
        client: Box::new(client),
        functions,
        service,
    })
}

fn command(spec: &WorkerSpec, program: &EmbeddedProgram, context: LaunchContext<'_>) -> Command {
    let mut command = Command::new(&spec.executable);
    command.args(&spec.arguments).arg(program.path(spec.main));
    launch::surround(&mut command, context);
    command.envs(spec.environment.iter().map(|(name, value)| (name, value)));
    command
}

/// A sink that passes the app's output on; the line with the port goes to the receiver instead.
fn port_line(
    ready: String,
    output: &Output,
) -> (impl Fn(Stream, String) + 'static, oneshot::Receiver<u16>) {
    let (sender, port) = oneshot::channel();
    let sender = Cell::new(Some(sender));
    let print = output.printed();
    let sink = move |stream, line: String| {
        // What the app wrote before without a line break stands in front of it.
        let announced = line.split_once(&ready);
        match (announced, sender.take()) {
            (Some((before, port)), Some(sender)) if stream == Stream::Stdout => {
                if !before.is_empty() {
                    print(stream, before.to_owned());
                }
                if let Ok(port) = port.trim().parse() {
                    // Nobody waits any more when the start was given up.
                    let _ = sender.send(port);
                }
            }
            (_, waiting) => {
                sender.set(waiting);
                print(stream, line);
            }
        }
    };
    (sink, port)
}

/// A worker that ended before it was ready.
fn ended(how: String) -> HostError {
    let message = format!("the worker ended with {how} while the app was loading");
    HostError::new(message, HINT)
}

async fn index(client: &BundledClient) -> Result<FunctionList, String> {
    OwnCall {
        headers: vec![(TOKEN_HEADER, &client.token)],
        limit: INDEX_LIMIT,
        ..OwnCall::get(&client.origin, "/functions", LOAD_TIMEOUT)
    }
    .json()
    .await
}
