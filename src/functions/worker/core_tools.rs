//! The Azure Functions Core Tools, where they are installed: `func start` runs the app, we pass its calls on.

use std::time::Duration;

use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ORIGIN};
use serde_json::Value;

use super::forward::Forward;
use super::readiness::{free_port, until_ready};
use crate::functions::app::function::{Function, binding};
use crate::functions::app::inactive::is_http;
use crate::functions::error::HostError;
use crate::functions::worker::invocation::{Invocation, InvocationResult};
use crate::functions::worker::launch::{self, LaunchContext};
use crate::functions::worker::{Invoking, Launching, StartedWorker, WorkerClient, WorkerLauncher};
use crate::http::body::Body;
use crate::http::cross_site::is_of_this_machine;
use crate::http::{Origin, OwnCall};
use crate::process::program;

/// The program of the Core Tools.
pub(crate) const PROGRAM: &str = "func";
/// What to do without them.
pub(crate) const NO_CORE_TOOLS: &str = "install it (npm install -g azure-functions-core-tools@4), or leave out `--api-host func`: the functions run without it";
/// The Core Tools build an app first, and download what its extensions need.
const PATIENCE: Duration = Duration::from_secs(300);
/// The largest list of functions, in bytes.
const LIST_LIMIT: usize = 16 * 1024 * 1024;

/// Apps that `func` runs.
#[derive(Debug)]
pub(crate) struct CoreToolsLauncher;

impl WorkerLauncher for CoreToolsLauncher {
    fn start<'a>(&'a self, context: LaunchContext<'a>) -> Launching<'a> {
        Box::pin(async move {
            let port = free_port()?;
            let mut command = program::command(PROGRAM);
            let own = &context.config.run.func_args;
            command.args(["start", "--port", &port.to_string()]);
            // As the official CLI has it.
            if !own.iter().any(|arg| arg.starts_with("--cors")) {
                command.args(["--cors", "*"]);
            }
            command.args(own);
            launch::surround(&mut command, context);
            // What runs the app is for `func` to find out.
            command.env_remove(crate::functions::app::runtime::SETTING);
            let mut service = launch::spawn(&mut command, context).map_err(|error| {
                HostError::new(
                    format!("`func` (Azure Functions Core Tools) cannot be started: {error}"),
                    NO_CORE_TOOLS,
                )
            })?;
            until_ready(&mut service, port, PATIENCE).await?;
            let origin = Origin::local(port);
            let functions = list(&origin).await.map_err(|why| {
                HostError::new(
                    format!("`func` did not list its functions: {why}"),
                    "update the Core Tools",
                )
            })?;
            Ok(StartedWorker {
                client: Box::new(CoreToolsClient(Forward::to(origin))),
                functions,
                service,
            })
        })
    }
}

/// `GET /admin/functions`: an array of `{name, config: {bindings}}`.
async fn list(origin: &Origin) -> Result<Vec<Function>, String> {
    let list: Value = OwnCall {
        limit: LIST_LIMIT,
        ..OwnCall::get(origin, "/admin/functions", PATIENCE)
    }
    .json()
    .await?;
    let function = |value: &Value| {
        let bindings = value["config"]["bindings"].as_array().into_iter().flatten();
        Function {
            name: value["name"].as_str().unwrap_or_default().to_owned(),
            // The others run there.
            bindings: bindings.map(binding).filter(is_http).collect(),
            ..Function::default()
        }
    };
    let functions = list.as_array().into_iter().flatten().map(function);
    // Other triggers run there; here only HTTP is called.
    Ok(functions
        .filter(|function| function.http_trigger().is_ok())
        .collect())
}

/// A running `func`.
#[derive(Debug)]
struct CoreToolsClient(Forward);

impl WorkerClient for CoreToolsClient {
    fn invoke<'a>(&'a self, call: &'a Invocation<'a>, body: Body) -> Invoking<'a> {
        Box::pin(async move {
            let (mut result, body) = self.0.call(call, body).await?;
            // What `--cors "*"` allows is for pages of this machine; those of other sites may not read what functions answer here.
            let mut origins = call.headers.get_all(ORIGIN).iter();
            if let InvocationResult::Passed { headers, .. } = &mut result
                && origins.any(|origin| !is_of_this_machine(origin))
            {
                headers.remove(ACCESS_CONTROL_ALLOW_ORIGIN);
            }
            Ok((result, body))
        })
    }
}
