//! What the start of every worker has in common: what it works with, the process environment, its process, commands that prepare the app.

use std::io;
use std::process::Stdio;

use tokio::process::Command;

use super::install_cache::InstallCache;
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
}

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

/// Runs a command that prepares the app; all that it says goes to the sink.
///
/// # Errors
/// It cannot be started (`missing` then says what to do) or it failed.
pub(crate) async fn run_visibly(
    mut command: Command,
    shown: &str,
    missing: &str,
    context: LaunchContext<'_>,
) -> Result<(), HostError> {
    let LaunchContext { app, config, .. } = context;
    let output = &config.output;
    output.info(format!("running `{shown}` in {}", app.dir.display()));
    command.stdin(Stdio::null());
    let hint = format!(
        "run `{shown}` in `{}` by hand to see why, then save a file of the app or start again",
        app.dir.display()
    );
    let failed = |why: String| HostError::new(format!("`{shown}` failed: {why}"), hint.clone());
    let service = spawn(&mut command, context).map_err(|error| {
        HostError::new(format!("`{shown}` cannot be started: {error}"), missing)
    })?;
    match service.finish().await {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(failed(describe(status))),
        Err(error) => Err(failed(error.to_string())),
    }
}
