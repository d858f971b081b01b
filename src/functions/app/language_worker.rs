//! Whether an app is run by a worker that speaks gRPC, which one, and why.
//!
//! 1. `--functions-worker`
//! 2. the app's folder is a worker itself: the build output of .NET (isolated)
//! 3. `languageWorkers:<language>:workerDirectory`, in the environment, `local.settings.json` or `host.json`
//! 4. a .NET project, which is built first ([`super::dotnet`])

use std::path::Path;

use super::language::{self, RuntimeEvidence};
use super::runtime::{self, RuntimeChoice, WorkerLocation};
use super::worker_config::{self, FILE};
use super::worker_settings::WorkerSettings;
use crate::functions::config::WorkerFolder;
use crate::functions::error::HostError;

/// Chooses the runtime of an app: one of these workers, or what [`language::choose`] says.
///
/// # Errors
/// A named folder is no worker, or nothing here runs the app.
pub(crate) fn choose(
    evidence: &RuntimeEvidence<'_>,
    named: Option<&WorkerFolder>,
) -> Result<RuntimeChoice, HostError> {
    if let Some(WorkerFolder { folder, named_by }) = named {
        return in_folder(folder, format!("{named_by} names {}", folder.display()));
    }
    let dir = evidence.dir;
    if let Some(beside) = ["functions.metadata", "host.json"]
        .into_iter()
        .find(|name| dir.join(name).is_file())
        && dir.join(FILE).is_file()
    {
        let language = worker_config::language(dir)?;
        let why = format!("{FILE} and {beside} are there");
        return Ok(RuntimeChoice::grpc(language, WorkerLocation::App, why));
    }
    let settings = WorkerSettings::new(
        evidence.settings.with_environment().collect(),
        evidence.host.language_workers.clone(),
    );
    let chosen = language::choose(evidence);
    let language = match (&chosen, language::named(evidence)) {
        (_, Some((value, _))) => canonical(value),
        (Ok(choice), None) => choice.runtime.setting().to_owned(),
        (Err(_), None) => return chosen,
    };
    match settings.of(&language, "workerDirectory") {
        Some(folder) => {
            let folder = dir.join(folder);
            let why = format!(
                "languageWorkers:{language}:workerDirectory names {}",
                folder.display()
            );
            in_folder(&folder, why)
        }
        None => chosen,
    }
}

fn in_folder(folder: &Path, why: String) -> Result<RuntimeChoice, HostError> {
    let language = worker_config::language(folder)?;
    Ok(RuntimeChoice::grpc(
        language,
        WorkerLocation::Folder(folder.to_owned()),
        why,
    ))
}

/// The name that a worker has for a language: the Core Tools know more than one, `platform.apiRuntime` adds versions.
fn canonical(value: &str) -> String {
    match runtime::parse(value) {
        Some(runtime) => runtime.setting().to_owned(),
        None if runtime::is_dotnet(value) => "dotnet-isolated".to_owned(),
        None => value
            .split(':')
            .next()
            .unwrap_or(value)
            .to_ascii_lowercase(),
    }
}
