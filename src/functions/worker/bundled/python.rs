//! Python: the interpreter and its packages, and the worker program. Models v2 and v1.
//!
//! 1. [`Interpreter`]: named by the environment, the app's virtual environment, the active one, the project's, else that of the PATH
//! 2. [`super::python_packages`]: `.venv` is made when there is none, `requirements.txt` is installed when something of it
//!    is missing or it changed; not with `--no-install`
//! 3. the worker program: standard library only

use std::path::Path;

use serde_json::json;
use tokio::process::Command;

use super::bundled_worker::{self, WorkerSpec};
use super::embedded_files::EmbeddedFiles;
use super::python_packages::{OLDEST, check, packages};
use crate::functions::app::python_interpreter::Interpreter;
use crate::functions::error::HostError;
use crate::functions::worker::launch::LaunchContext;
use crate::functions::worker::{Launching, StartedWorker, WorkerLauncher};

const FILES: EmbeddedFiles = &[
    ("main.py", include_str!("../../../workers/python/main.py")),
    (
        "cygnet_worker/__init__.py",
        include_str!("../../../workers/python/cygnet_worker/__init__.py"),
    ),
    (
        "cygnet_worker/events.py",
        include_str!("../../../workers/python/cygnet_worker/events.py"),
    ),
    (
        "cygnet_worker/index.py",
        include_str!("../../../workers/python/cygnet_worker/index.py"),
    ),
    (
        "cygnet_worker/invoke.py",
        include_str!("../../../workers/python/cygnet_worker/invoke.py"),
    ),
    (
        "cygnet_worker/stream.py",
        include_str!("../../../workers/python/cygnet_worker/stream.py"),
    ),
    (
        "cygnet_worker/server.py",
        include_str!("../../../workers/python/cygnet_worker/server.py"),
    ),
    (
        "cygnet_worker/signature.py",
        include_str!("../../../workers/python/cygnet_worker/signature.py"),
    ),
];

/// Apps of the models v2 and v1.
#[derive(Debug)]
pub(crate) struct PythonLauncher;

impl WorkerLauncher for PythonLauncher {
    fn start<'a>(&'a self, context: LaunchContext<'a>) -> Launching<'a> {
        Box::pin(async move {
            let found = Interpreter::of(&context.app.dir);
            let found = packages(found, context).await?;
            let started = match run(&found, context).await {
                Ok(started) => started,
                // Asked only now: a good one would be asked in vain at each start.
                Err(error) => {
                    return Err(check(found.program(), &context.config.guard)
                        .await
                        .err()
                        .unwrap_or(error));
                }
            };
            if started.functions.is_empty() {
                context.config.output.advise("no HTTP functions were found", "does function_app.py define them on its FunctionApp, and register its blueprints?");
            }
            Ok(started)
        })
    }
}

async fn run(found: &Interpreter, context: LaunchContext<'_>) -> Result<StartedWorker, HostError> {
    let arguments = match context.config.run.debug {
        Some(port) => debugger(found.program(), port).await?,
        None => Vec::new(),
    };
    let spec = WorkerSpec {
        executable: found.program().to_owned(),
        arguments,
        files: FILES,
        main: "main.py",
        // What is printed shall be seen when it is printed.
        environment: vec![("PYTHONUNBUFFERED", "1".to_owned())],
        config: json!({
            "appDir": context.app.dir,
            "functions": context.app.legacy,
            "oldest": OLDEST,
        }),
        hint: format!(
            "run `{} --version` to see whether Python works",
            found.program().display()
        ),
    };
    bundled_worker::start(spec, context).await
}

/// The arguments that put the worker under debugpy.
async fn debugger(program: &Path, port: u16) -> Result<Vec<String>, HostError> {
    let asked = Command::new(program)
        .args(["-c", "import debugpy"])
        .stdin(std::process::Stdio::null())
        .kill_on_drop(true)
        .output()
        .await;
    if asked.is_ok_and(|output| output.status.success()) {
        let listen = format!("127.0.0.1:{port}");
        let words = ["-m", "debugpy", "--listen", &listen];
        return Ok(words.map(str::to_owned).to_vec());
    }
    Err(HostError::new(
        format!(
            "`{}` has no package debugpy, which --api-debug needs",
            program.display()
        ),
        format!("{} -m pip install debugpy", program.display()),
    ))
}
