//! What a Functions host is started with.

use std::path::PathBuf;
use std::time::Duration;

use super::output::Output;
use super::run_options::RunOptions;
use crate::process::Guard;
use crate::terminal::{Printer, Quiet};

/// A folder with a Functions app, and everything that decides how it is run.
#[derive(Debug, Clone)]
pub struct HostConfig {
    /// The folder of the Functions app (`--api-location`), absolute.
    pub app_dir: PathBuf,
    /// The runtime that is asked of Azure (`platform.apiRuntime`, CF-68), if any.
    pub api_runtime: Option<String>,
    /// The port of [`super::port::serve`], if there is one: the worker reads it as `WEBSITE_HOSTNAME`.
    pub own_port: Option<u16>,
    /// A language worker that speaks gRPC (`--functions-worker`): it runs the app, whatever its language.
    pub functions_worker: Option<WorkerFolder>,
    /// Whether missing dependencies may be installed (`--no-install` clears it).
    pub install: bool,
    /// Variables that the worker gets on top of the process environment (those of `.env`); they win over
    /// `local.settings.json`, as the process environment does.
    pub environment: Vec<(String, String)>,
    /// The Node.js to run, a path or a name to look up in `PATH`.
    pub node_program: PathBuf,
    /// Kills what is left behind when this process is killed.
    pub guard: Guard,
    /// Where everything that the app says goes.
    pub output: Output,
    /// What runs it, and how.
    pub run: RunOptions,
    /// When set, the worker starts at the first call, and stops after this long without one (EN-13); one that could not
    /// start is tried again at a later call, since nobody changes a deployment's files.
    pub idle: Option<Duration>,
}

/// The folder of a language worker, and who asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerFolder {
    /// The folder with `worker.config.json`, absolute.
    pub folder: PathBuf,
    /// The flag, the variable, or the place in a file that names it.
    pub named_by: String,
}

impl HostConfig {
    /// The app of a folder, with everything else as in the program: installing allowed, output to the terminal.
    pub fn new(app_dir: impl Into<PathBuf>) -> Self {
        Self {
            app_dir: app_dir.into(),
            api_runtime: None,
            own_port: None,
            functions_worker: None,
            install: true,
            environment: Vec::new(),
            node_program: PathBuf::from("node"),
            guard: Guard::new(None),
            output: Output::terminal(Printer::background(Quiet::No)),
            run: RunOptions::default(),
            idle: None,
        }
    }
}
