//! The Azure Functions Core Tools, where they are installed: `func start` runs the app, we pass its calls on.

use std::time::Duration;

use futures_util::future::{BoxFuture, LocalBoxFuture};
use serde_json::Value;
use tokio::process::Command;

use super::custom::{free_port, until_ready};
use super::forward::Forward;
use crate::functions::app::discovery::{self, Function};
use crate::functions::error::Trouble;
use crate::functions::worker::bundled::bundled_worker;
use crate::functions::worker::bundled::protocol::{CallMeta, ResultMeta};
use crate::functions::worker::{Calls, Ground, Language, Started};
use crate::http::body::{Body, BoxError};
use crate::process::GroupChild;

/// The Core Tools build an app first, and download what its extensions need.
const PATIENCE: Duration = Duration::from_secs(300);
/// The largest list of functions, in bytes.
const LIST_LIMIT: usize = 16 * 1024 * 1024;

/// Apps that `func` runs.
#[derive(Debug)]
pub(crate) struct FuncApps {
    /// More arguments of `func start`.
    pub(crate) arguments: Vec<String>,
}

impl Language for FuncApps {
    fn start<'a>(&'a self, ground: Ground<'a>) -> LocalBoxFuture<'a, Result<Started, Trouble>> {
        Box::pin(async move {
            let port = free_port()?;
            let mut command = Command::new("func");
            command
                .args(["start", "--port", &port.to_string()])
                .args(&self.arguments);
            bundled_worker::surround(&mut command, ground);
            // What runs the app is for `func` to find out.
            command.env_remove(crate::functions::app::runtime::SETTING);
            let child = GroupChild::spawn(&mut command, ground.guard).map_err(|error| {
                Trouble::new(
                    format!("`func` (Azure Functions Core Tools) cannot be started: {error}"),
                    "install it (npm install -g azure-functions-core-tools@4), or leave out `--api-host func`: the functions run without it",
                )
            })?;
            let child = until_ready(child, port, PATIENCE, ground.output).await?;
            let functions = list(port).await.map_err(|why| {
                Trouble::new(
                    format!("`func` does not say which functions there are: {why}"),
                    "update the Core Tools",
                )
            })?;
            Ok(Started {
                calls: Box::new(Func(Forward::to(port))),
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
            bindings: bindings.map(discovery::binding).collect(),
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
struct Func(Forward);

impl Calls for Func {
    fn invoke<'a>(
        &'a self,
        call: &'a CallMeta<'a>,
        body: Body,
    ) -> BoxFuture<'a, Result<(ResultMeta, Body), BoxError>> {
        Box::pin(self.0.call(call, body))
    }
}
