//! The Azure Functions Core Tools, where they are installed: `func start` runs the app, we pass its calls on.

use std::time::Duration;

use futures_util::future::{BoxFuture, LocalBoxFuture};
use serde_json::Value;
use tokio::process::Command;

use super::forward::Forward;
use super::readiness::{free_port, until_ready};
use crate::functions::app::function::{Function, binding};
use crate::functions::error::HostError;
use crate::functions::worker::invocation::{Invocation, InvocationResult};
use crate::functions::worker::launch::{self, LaunchContext};
use crate::functions::worker::{StartedWorker, WorkerClient, WorkerLauncher};
use crate::http::body::{Body, BoxError};
use crate::process::GroupChild;

/// The Core Tools build an app first, and download what its extensions need.
const PATIENCE: Duration = Duration::from_secs(300);
/// The largest list of functions, in bytes.
const LIST_LIMIT: usize = 16 * 1024 * 1024;

/// Apps that `func` runs.
#[derive(Debug)]
pub(crate) struct CoreToolsLauncher;

impl WorkerLauncher for CoreToolsLauncher {
    fn start<'a>(
        &'a self,
        context: LaunchContext<'a>,
    ) -> LocalBoxFuture<'a, Result<StartedWorker, HostError>> {
        Box::pin(async move {
            let port = free_port()?;
            let mut command = Command::new("func");
            command
                .args(["start", "--port", &port.to_string()])
                .args(&context.config.run.func_args);
            launch::surround(&mut command, context);
            // What runs the app is for `func` to find out.
            command.env_remove(crate::functions::app::runtime::SETTING);
            let child = GroupChild::spawn(&mut command, &context.config.guard).map_err(|error| {
                HostError::new(
                    format!("`func` (Azure Functions Core Tools) cannot be started: {error}"),
                    "install it (npm install -g azure-functions-core-tools@4), or leave out `--api-host func`: the functions run without it",
                )
            })?;
            let child = until_ready(child, port, PATIENCE, &context.config.output).await?;
            let functions = list(port).await.map_err(|why| {
                HostError::new(
                    format!("`func` did not list its functions: {why}"),
                    "update the Core Tools",
                )
            })?;
            Ok(StartedWorker {
                client: Box::new(CoreToolsClient(Forward::to(port))),
                functions,
                child,
            })
        })
    }
}

/// `GET /admin/functions`: an array of `{name, config: {bindings}}`.
async fn list(port: u16) -> Result<Vec<Function>, String> {
    let client = awc::Client::builder().timeout(PATIENCE).finish();
    let request = client.get(format!("http://127.0.0.1:{port}/admin/functions"));
    let mut response = request.send().await.map_err(|error| error.to_string())?;
    let body = response.body().limit(LIST_LIMIT).await;
    let body = body.map_err(|error| error.to_string())?;
    let list: Value = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
    let function = |value: &Value| {
        let bindings = value["config"]["bindings"].as_array().into_iter().flatten();
        Function {
            name: value["name"].as_str().unwrap_or_default().to_owned(),
            bindings: bindings.map(binding).collect(),
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
    fn invoke<'a>(
        &'a self,
        call: &'a Invocation<'a>,
        body: Body,
    ) -> BoxFuture<'a, Result<(InvocationResult, Body), BoxError>> {
        Box::pin(self.0.call(call, body))
    }
}
