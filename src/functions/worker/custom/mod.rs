//! Custom handlers: a program of the app's own, in any language, that takes calls over HTTP (`customHandler` of host.json).
//!
//! 1. [`CustomHandler`] — host.json → the command line
//! 2. here — a free port, the process, waiting until the port answers
//! 3. a call: [`Forward`], the request as it came; or [`payload`], as JSON to `/<name>` and back

mod payload;

use std::collections::HashMap;
use std::path::Path;

use tokio::process::Command;

use crate::functions::app::custom_handler::CustomHandler;
use crate::functions::app::function::Binding;
use crate::functions::app::inactive::is_http;
use crate::functions::error::HostError;
use crate::functions::output::Output;
use crate::functions::worker::forward::Forward;
use crate::functions::worker::invocation::Invocation;
use crate::functions::worker::launch::{self, LaunchContext};
use crate::functions::worker::readiness::{free_port, until_ready};
use crate::functions::worker::{Invoking, Launching, StartedWorker, WorkerClient, WorkerLauncher};
use crate::http::Origin;
use crate::http::body::Body;

/// Apps with a custom handler.
#[derive(Debug)]
pub(crate) struct CustomLauncher;

impl WorkerLauncher for CustomLauncher {
    fn start<'a>(&'a self, context: LaunchContext<'a>) -> Launching<'a> {
        Box::pin(async move {
            let Some(handler) = &context.app.host.custom_handler else {
                return Err(HostError::new(
                    "the app has no custom handler",
                    "describe it in host.json: customHandler.description.defaultExecutablePath",
                ));
            };
            start(handler, context).await
        })
    }
}

async fn start(
    handler: &CustomHandler,
    context: LaunchContext<'_>,
) -> Result<StartedWorker, HostError> {
    context.config.output.warn(
        "the app has a custom handler, which managed functions of Azure do not run (AP-62); a linked Functions app does",
    );
    if context.config.run.debug.is_some() {
        context.config.output.advise(
            "--api-debug does nothing for a custom handler",
            "put its debugger into customHandler.description.arguments of host.json",
        );
    }
    let port = free_port()?;
    let mut command = command(handler, port, context);
    let program = command.as_std().get_program().to_os_string();
    let mut service = launch::spawn(&mut command, context).map_err(|error| {
        HostError::new(
            format!(
                "the custom handler `{}` cannot be started: {error}",
                Path::new(&program).display()
            ),
            "build it, and correct customHandler.description.defaultExecutablePath in host.json",
        )
    })?;
    until_ready(&mut service, port, handler.patience).await?;
    let functions = context.app.legacy.clone();
    let bindings = functions.iter();
    let bindings = bindings.map(|function| (function.name.clone(), function.bindings.clone()));
    let calls = CustomHandlerClient {
        forward: Forward::to(Origin::local(port)),
        forwards: handler.forwards,
        bindings: bindings.collect(),
        output: context.config.output.clone(),
    };
    Ok(StartedWorker {
        client: Box::new(calls),
        functions,
        service,
    })
}

fn command(handler: &CustomHandler, port: u16, context: LaunchContext<'_>) -> Command {
    let root = &context.app.dir;
    let mut command = Command::new(&handler.executable);
    command.args(&handler.arguments);
    launch::surround(&mut command, context);
    let (port, id) = (port.to_string(), uuid::Uuid::new_v4().to_string());
    command
        .current_dir(&handler.directory)
        .env("FUNCTIONS_CUSTOMHANDLER_PORT", &port)
        .env("FUNCTIONS_CUSTOMHANDLER_WORKER_ID", &id)
        .env("FUNCTIONS_HTTPWORKER_PORT", &port)
        .env("FUNCTIONS_HTTPWORKER_ID", &id)
        .env("FUNCTIONS_APP_ROOT_PATH", root);
    command
}

/// A running custom handler.
#[derive(Debug)]
struct CustomHandlerClient {
    forward: Forward,
    forwards: bool,
    /// Those of each function, by its name.
    bindings: HashMap<String, Vec<Binding>>,
    output: Output,
}

impl WorkerClient for CustomHandlerClient {
    fn invoke<'a>(&'a self, call: &'a Invocation<'a>, body: Body) -> Invoking<'a> {
        Box::pin(async move {
            let bindings = self.bindings.get(call.name);
            let bindings = bindings.map_or(&[][..], Vec::as_slice);
            // As in Azure, only functions with nothing but HTTP are forwarded to.
            if self.forwards && bindings.iter().all(is_http) {
                return self.forward.call(call, body).await;
            }
            payload::call(&self.forward, call, bindings, body, &self.output).await
        })
    }
}
