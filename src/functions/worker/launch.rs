//! What the start of every worker has in common: what it works with, the process environment, its process, commands that prepare the app.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::rc::Rc;

use tokio::process::Command;

use super::install_cache::InstallCache;
use super::stage::Stage;
use crate::functions::app::discovery::DiscoveredApp;
use crate::functions::app::runtime::SETTING;
use crate::functions::config::HostConfig;
use crate::functions::error::HostError;
use crate::process::{Service, describe};

/// What a start works with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LaunchContext<'a> {
    pub(crate) config: &'a HostConfig,
    /// What was found in the folder of the configuration.
    pub(crate) app: &'a DiscoveredApp,
    pub(crate) cache: &'a InstallCache,
    pub(crate) stage: &'a Stage,
}

/// Whose words a command's are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Voice {
    /// Builds: what they say is about the app.
    Heard,
    /// Installers: what they say matters when they fail.
    Quiet,
}

/// Lines of a quiet command that are kept for its failure.
const LAST_LINES: usize = 400;

/// What every worker finds around it: the app's folder, its settings, pipes.
pub(crate) fn surround(command: &mut Command, context: LaunchContext<'_>) {
    let app = context.app;
    let hostname = context
        .config
        .own_port
        .map(|port| format!("localhost:{port}"));
    // The environment of the emulator wins over the file, as with the Core Tools.
    let own = |name: &str| std::env::var_os(name).is_none();
    let settings = app.settings.values.iter().filter(|(name, _)| own(name));
    command
        .current_dir(&app.dir)
        .envs(settings.map(|(name, value)| (name, value)))
        .envs(hostname.map(|name| ("WEBSITE_HOSTNAME", name)))
        .env("AZURE_FUNCTIONS_ENVIRONMENT", "Development")
        .env("AzureWebJobsScriptRoot", &app.dir)
        .env(SETTING, app.choice.runtime.setting())
        .stdin(Stdio::null());
}

/// Starts a program of the app; what it prints goes to the sink.
pub(crate) fn spawn(command: &mut Command, context: LaunchContext<'_>) -> io::Result<Service> {
    let config = context.config;
    Service::start(command, &config.guard, config.output.printed())
}

fn folder_name(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or(folder.as_os_str());
    name.to_string_lossy().into_owned()
}

/// Runs a command that prepares the app; what it says goes to the sink, that of a quiet one only when it fails.
///
/// # Errors
/// It cannot be started (`missing` then says what to do) or it failed.
pub(crate) async fn run(
    mut command: Command,
    shown: &str,
    (missing, voice): (&str, Voice),
    context: LaunchContext<'_>,
) -> Result<(), HostError> {
    let LaunchContext { app, config, .. } = context;
    let output = &config.output;
    context.stage.begin(format!("`{shown}`"));
    output.info(format!("running `{shown}` in {}", app.dir.display()));
    command.stdin(Stdio::null());
    let hint = format!(
        "run `{shown}` in `{}` by hand to see why, then save a file of the app or start again",
        app.dir.display()
    );
    let failed = |why: String| HostError::new(format!("`{shown}` failed: {why}"), hint.clone());
    let kept = Rc::new(RefCell::new(VecDeque::new()));
    let (print, keep) = (output.printed(), Rc::clone(&kept));
    let sink = move |stream, line| match voice {
        Voice::Heard => print(stream, line),
        Voice::Quiet => {
            let mut kept = keep.borrow_mut();
            kept.truncate(LAST_LINES - 1);
            kept.push_front((stream, line));
        }
    };
    let _progress = output.progress(format!("{shown} in {}", folder_name(&app.dir)));
    let service = Service::start(&mut command, &config.guard, sink).map_err(|error| {
        HostError::new(format!("`{shown}` cannot be started: {error}"), missing)
    })?;
    let why = match service.finish().await {
        Ok(status) if status.success() => return Ok(()),
        Ok(status) => describe(status),
        Err(error) => error.to_string(),
    };
    let print = output.printed();
    for (stream, line) in kept.take().into_iter().rev() {
        print(stream, line);
    }
    Err(failed(why))
}
