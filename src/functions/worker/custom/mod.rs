//! Custom handlers: a program of the app's own, in any language, that takes calls over HTTP (`customHandler` of host.json),
//! and the Core Tools as such a program ([`func`]).
//!
//! 1. [`CustomHandler`] — host.json → the command line
//! 2. here — a free port, the process, waiting until the port answers
//! 3. a call: [`Forward`], the request as it came; or [`payload`], as JSON to `/<name>` and back

mod payload;

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::time::Duration;

use futures_util::future::{BoxFuture, LocalBoxFuture};
use tokio::process::Command;
use tokio::task::JoinHandle;

use crate::functions::app::custom_handler::CustomHandler;
use crate::functions::app::discovery::{Binding, Function};
use crate::functions::error::Trouble;
use crate::functions::output::{Line, Output, Stream};
use crate::functions::worker::bundled::bundled_worker;
use crate::functions::worker::bundled::protocol::{CallMeta, ResultMeta};
use crate::functions::worker::forward::Forward;
use crate::functions::worker::{Calls, Ground, Language, Started};
use crate::http::body::{Body, BoxError};
use crate::process::{GroupChild, describe, each_line};

/// Between two looks at a port that does not answer yet.
const LOOK: Duration = Duration::from_millis(25);
/// Output that is still in the pipe when a program has ended.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// Apps with a custom handler.
#[derive(Debug)]
pub(crate) struct CustomApps;

impl Language for CustomApps {
    fn start<'a>(&'a self, ground: Ground<'a>) -> LocalBoxFuture<'a, Result<Started, Trouble>> {
        Box::pin(async move {
            let Some(handler) = &ground.app.host.custom_handler else {
                return Err(Trouble::new(
                    "the app has no custom handler",
                    "describe it in host.json: customHandler.description.defaultExecutablePath",
                ));
            };
            start(handler, ground).await
        })
    }
}

async fn start(handler: &CustomHandler, ground: Ground<'_>) -> Result<Started, Trouble> {
    ground.output.warn(
        "the app has a custom handler, which managed functions of Azure do not run (AP-62); a linked Functions app does",
    );
    let port = free_port()?;
    let mut command = command(handler, port, ground);
    let program = command.as_std().get_program().to_os_string();
    let child = GroupChild::spawn(&mut command, ground.guard).map_err(|error| {
        Trouble::new(
            format!(
                "the custom handler `{}` cannot be started: {error}",
                Path::new(&program).display()
            ),
            "build it, and correct customHandler.description.defaultExecutablePath in host.json",
        )
    })?;
    let child = until_ready(child, port, handler.patience, ground.output).await?;
    let functions = ground.app.legacy.clone();
    let calls = Handler {
        forward: Forward::to(port),
        forwards: handler.forwards,
        functions: functions.clone(),
        output: ground.output.clone(),
    };
    Ok(Started {
        calls: Box::new(calls),
        functions,
        child,
    })
}

fn command(handler: &CustomHandler, port: u16, ground: Ground<'_>) -> Command {
    let root = &ground.app.dir;
    let mut command = Command::new(&handler.executable);
    command.args(&handler.arguments);
    bundled_worker::surround(&mut command, ground);
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

/// A port that is free now. The program binds it itself, so another one may take it in between; then it says so and ends.
pub(crate) fn free_port() -> Result<u16, Trouble> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|socket| socket.local_addr());
    bound.map(|address| address.port()).map_err(|error| {
        Trouble::new(
            format!("no port is free for the app: {error}"),
            "end programs that hold ports",
        )
    })
}

/// Waits until something answers over HTTP at the port.
pub(crate) async fn until_ready(
    mut child: GroupChild,
    port: u16,
    patience: Duration,
    output: &Output,
) -> Result<GroupChild, Trouble> {
    let printed = relay(&mut child, output);
    let answers = async {
        let client = awc::Client::builder().timeout(patience).finish();
        while client
            .get(format!("http://127.0.0.1:{port}/"))
            .send()
            .await
            .is_err()
        {
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::select! {
        biased;
        () = answers => return Ok(child),
        _ = child.wait() => {}
        () = tokio::time::sleep(patience) => {
            return Err(Trouble::new(
                format!("the app did not answer at port {port} within {} s", patience.as_secs_f64()),
                "it must listen at the port of FUNCTIONS_CUSTOMHANDLER_PORT; customHandler.initializationTimeout in host.json gives it more time",
            ));
        }
    }
    let status = child.wait().await;
    let _ = tokio::time::timeout(LAST_WORDS, printed).await;
    let how = status.map_or_else(|error| error.to_string(), describe);
    Err(Trouble::new(
        format!("the app ended with {how} before it answered"),
        "what it said is above; correct it and save, the app then starts again",
    ))
}

fn relay(child: &mut GroupChild, output: &Output) -> JoinHandle<()> {
    let (stdout, stderr) = child.pipes();
    let output = output.clone();
    tokio::task::spawn_local(async move {
        let first = async {
            if let Some(pipe) = stdout {
                each_line(pipe, |line| output.say(Line::printed(Stream::Stdout, line))).await;
            }
        };
        let second = async {
            if let Some(pipe) = stderr {
                each_line(pipe, |line| output.say(Line::printed(Stream::Stderr, line))).await;
            }
        };
        tokio::join!(first, second);
    })
}

/// A running custom handler.
#[derive(Debug)]
struct Handler {
    forward: Forward,
    forwards: bool,
    functions: Vec<Function>,
    output: Output,
}

impl Calls for Handler {
    fn invoke<'a>(
        &'a self,
        call: &'a CallMeta<'a>,
        body: Body,
    ) -> BoxFuture<'a, Result<(ResultMeta, Body), BoxError>> {
        Box::pin(async move {
            let function = self.functions.iter().find(|each| each.name == call.name);
            let bindings = function.map_or(&[][..], |function| &function.bindings);
            // As in Azure, only functions with nothing but HTTP are forwarded to.
            if self.forwards && bindings.iter().all(is_http) {
                return self.forward.call(call, body).await;
            }
            payload::call(&self.forward, call, bindings, body, &self.output).await
        })
    }
}

fn is_http(binding: &Binding) -> bool {
    let is = |kind: &str| binding.kind.eq_ignore_ascii_case(kind);
    is("httpTrigger") || is("http")
}
