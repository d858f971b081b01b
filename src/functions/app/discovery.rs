//! What is in the folder of a Functions app: one look at all its files.
//!
//! 1. `local.settings.json` ([`super::local_settings`]) and `host.json` ([`super::host_json`])
//! 2. [`super::function_json`]: the models v3 of Node.js and v1 of Python
//! 3. the runtime ([`super::language_worker`], [`super::language`]); what only one language has, its own file looks at

use std::path::PathBuf;

use super::function::Function;
use super::function_json::{self, Scripts};
use super::host_json::HostJson;
use super::language::{self, RuntimeEvidence};
use super::language_worker;
use super::local_settings::LocalSettings;
use super::runtime::{RuntimeChoice, SETTING};
use crate::functions::config::HostConfig;
use crate::functions::error::HostError;
use crate::functions::run_options::ApiHost;

/// A Functions app as found on disk.
#[derive(Debug, Clone)]
pub(crate) struct DiscoveredApp {
    pub(crate) dir: PathBuf,
    pub(crate) choice: RuntimeChoice,
    pub(crate) host: HostJson,
    pub(crate) settings: LocalSettings,
    /// HTTP functions that have a `function.json`.
    pub(crate) legacy: Vec<Function>,
    /// Why others that have one are left out: their code is not there, or not yet built. A sentence each.
    pub(crate) unbuilt: Vec<String>,
    /// What the user should know, a sentence each.
    pub(crate) warnings: Vec<String>,
}

/// Looks at the folder of a configuration.
pub(crate) fn discover(config: &HostConfig) -> Result<DiscoveredApp, HostError> {
    let dir = &config.app_dir;
    if !dir.is_dir() {
        let message = format!("the API folder `{}` does not exist", dir.display());
        return Err(HostError::new(message, "correct `--api-location`"));
    }
    let mut settings = LocalSettings::load(dir)?;
    settings.overlay(&config.environment);
    let host = HostJson::load(dir, settings.with_environment())?;
    let mut warnings = settings.warnings.clone();
    warnings.extend(host.warnings.iter().cloned());
    // A custom handler and the Core Tools bring their own code.
    let scripts = match config.run.host {
        ApiHost::Auto => Scripts::of(&host),
        ApiHost::Custom | ApiHost::Func => Scripts::None,
        ApiHost::Node | ApiHost::Python => Scripts::Needed,
    };
    let (legacy, left_out) = function_json::load(dir, scripts)?;
    let (unbuilt, left_out) = function_json::split(left_out);
    warnings.extend(left_out);
    let named = std::env::var(SETTING).ok().or_else(|| {
        let given = config.environment.iter().find(|(name, _)| name == SETTING);
        given.map(|(_, value)| value.clone())
    });
    let evidence = RuntimeEvidence {
        dir,
        environment: named.as_deref(),
        settings: &settings,
        api_runtime: config.api_runtime.as_deref(),
        host: &host,
        legacy: &legacy,
    };
    let choice = match language::forced(config.run.host, &evidence)? {
        Some(choice) => choice,
        None => language_worker::choose(&evidence, config.functions_worker.as_ref())?,
    };
    Ok(DiscoveredApp {
        dir: dir.clone(),
        choice,
        host,
        settings,
        legacy,
        unbuilt,
        warnings,
    })
}

#[cfg(test)]
#[path = "discovery_tests.rs"]
mod tests;
