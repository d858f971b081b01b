//! Node.js: finding it, what its apps need before they start, its worker program.

use std::path::Path;

use serde_json::json;
use tokio::process::Command;

use super::bundled_worker::{self, WorkerSpec};
use super::embedded_files::EmbeddedFiles;
use super::install;
use crate::functions::app::function_json::{self, Scripts};
use crate::functions::app::package::NodeCode;
use crate::functions::app::worker_settings::WorkerSettings;
use crate::functions::error::HostError;
use crate::functions::worker::launch::LaunchContext;
use crate::functions::worker::{HOST_VERSION, Launching, StartedWorker, WorkerLauncher};
use crate::process::program::PATIENCE;
use crate::process::{Guard, ask};

const FILES: EmbeddedFiles = &[
    ("main.cjs", include_str!("../../../workers/node/main.cjs")),
    (
        "events.cjs",
        include_str!("../../../workers/node/events.cjs"),
    ),
    (
        "convert.cjs",
        include_str!("../../../workers/node/convert.cjs"),
    ),
    ("core.cjs", include_str!("../../../workers/node/core.cjs")),
    (
        "absent.cjs",
        include_str!("../../../workers/node/absent.cjs"),
    ),
    ("v3.cjs", include_str!("../../../workers/node/v3.cjs")),
    (
        "v3-form.cjs",
        include_str!("../../../workers/node/v3-form.cjs"),
    ),
    (
        "v3-http.cjs",
        include_str!("../../../workers/node/v3-http.cjs"),
    ),
    (
        "v3-output.cjs",
        include_str!("../../../workers/node/v3-output.cjs"),
    ),
    (
        "server.cjs",
        include_str!("../../../workers/node/server.cjs"),
    ),
    (
        "stream.cjs",
        include_str!("../../../workers/node/stream.cjs"),
    ),
];

/// The oldest version that the worker program and `@azure/functions` v4 run on.
const OLDEST: u32 = 18;
/// From here on Azure's worker does not start an app whose entry point fails.
const STRICT_ENTRY: u32 = 20;

/// Asks a program, usually the `node` of the PATH, for its version, such as `v22.11.0`. At a start only when something has failed: a good one would be
/// asked in vain at each start.
///
/// # Errors
/// There is none, or it is too old.
pub(crate) async fn version(program: &Path, guard: &Guard) -> Result<String, HostError> {
    let hint = "install Node.js 20 or newer from https://nodejs.org and start again; \
                static files and sign-in work without it";
    let mut command = Command::new(program);
    let asked = ask(command.arg("--version"), guard, PATIENCE).await;
    let output = asked.map_err(|error| {
        HostError::new(
            format!(
                "Node.js is needed for the Functions app, but `{}` cannot be started: {error}",
                program.display()
            ),
            hint,
        )
    })?;
    let text = String::from_utf8_lossy(&output.stdout);
    match major(text.trim()) {
        Some(major) if major >= OLDEST => Ok(text.trim().to_owned()),
        Some(_) => Err(HostError::new(
            format!("Node.js {} is too old for the Functions app", text.trim()),
            hint,
        )),
        None => Err(HostError::new(
            format!(
                "`node --version` printed {:?}, which is not a version",
                text.trim()
            ),
            hint,
        )),
    }
}

fn worker_spec(code: &NodeCode, context: LaunchContext<'_>) -> WorkerSpec {
    let debug = context.config.run.debug;
    let debug = debug.map(|port| format!("--inspect=127.0.0.1:{port}"));
    let app = context.app;
    let settings = app.settings.with_environment().collect();
    let settings = WorkerSettings::new(settings, app.host.language_workers.clone());
    let given = settings.of("node", "arguments").unwrap_or_default();
    let given = given.split_whitespace().map(str::to_owned);
    // Stacks and places then name the sources.
    let maps = app.dir.join("tsconfig.json").is_file();
    let maps = maps.then(|| "--enable-source-maps".to_owned());
    WorkerSpec {
        executable: context.config.node_program.clone(),
        arguments: maps.into_iter().chain(given).chain(debug).collect(),
        files: FILES,
        main: "main.cjs",
        environment: Vec::new(),
        config: json!({
            "appDir": context.app.dir,
            "hostVersion": HOST_VERSION,
            "moduleType": code.package.module_type,
            "files": code.entry.as_deref().unwrap_or_default(),
            "functions": context.app.legacy,
            "oldest": OLDEST,
        }),
        hint: "run `node --version` to see whether Node.js works".to_owned(),
    }
}

/// Looks at the folder on a thread that may block.
async fn look(dir: &Path) -> Result<NodeCode, HostError> {
    let dir = dir.to_owned();
    let looked = tokio::task::spawn_blocking(move || NodeCode::look(&dir)).await;
    looked.map_err(|error| {
        HostError::new(
            format!("cannot look at the app: {error}"),
            "report this as a bug",
        )
    })
}

/// Apps of the models v4 and v3.
#[derive(Debug)]
pub(crate) struct NodeLauncher;

impl WorkerLauncher for NodeLauncher {
    fn start<'a>(&'a self, context: LaunchContext<'a>) -> Launching<'a> {
        Box::pin(async move {
            let program = &context.config.node_program;
            match run(context).await {
                Ok(started) => Ok(started),
                Err(error) => Err(version(program, &context.config.guard)
                    .await
                    .err()
                    .unwrap_or(error)),
            }
        })
    }
}

async fn run(context: LaunchContext<'_>) -> Result<StartedWorker, HostError> {
    let mut code = look(&context.app.dir).await?;
    let mut app = context.app.clone();
    if install::prepare(&code, context).await? {
        code = look(&app.dir).await?;
        let (legacy, left_out) = function_json::load(&app.dir, Scripts::Needed)?;
        app.legacy = legacy;
        app.unbuilt = function_json::split(left_out).0;
    }
    let context = LaunchContext {
        app: &app,
        ..context
    };
    for unbuilt in &app.unbuilt {
        context.config.output.warn(unbuilt);
    }
    if let Some(warning) = &code.package.warning {
        context.config.output.warn(warning);
    }
    if let Err(message) = &code.entry {
        let hint = "correct `main` in package.json (a file or a glob), or build the app";
        let config = context.config;
        let version = version(&config.node_program, &config.guard).await?;
        if major(&version) >= Some(STRICT_ENTRY) {
            return Err(HostError::new(message, hint));
        }
        context.config.output.advise(message, hint);
    }
    let started = bundled_worker::start(worker_spec(&code, context), context).await?;
    if started.functions.is_empty() {
        let hint = if app.dir.join("package.json").is_file() {
            "does `main` in package.json name the files that call `app.http`?"
        } else {
            "there is no package.json, whose `main` names the files that call `app.http`: write { \"main\": \"src/**/*.js\", \"dependencies\": { \"@azure/functions\": \"^4.0.0\" } }; or is this another folder than that of the API?"
        };
        let output = &context.config.output;
        output.advise("no HTTP functions were found", hint);
    }
    Ok(started)
}

fn major(version: &str) -> Option<u32> {
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn reads_versions() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major("v24.0.0-nightly"), Some(24));
        assert_eq!(major("20"), None);
        assert_eq!(major(""), None);
    }
}
