//! Whether an app is run by a worker that speaks gRPC, which one, and why.
//!
//! 1. `--functions-worker`
//! 2. the app's folder is a worker itself: the build output of .NET (isolated)
//! 3. `languageWorkers:<language>:workerDirectory`, in the environment, `local.settings.json` or `host.json`
//! 4. a .NET project, which is built first ([`super::dotnet`])

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::discovery::WorkerFolder;
use super::runtime::{self, Choice, Hints, Runtime};
use super::worker_config::{self, FILE};
use crate::functions::error::Trouble;

/// A worker that speaks gRPC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrpcWorker {
    /// Its language, such as `dotnet-isolated`.
    pub language: String,
    /// Where it is.
    pub place: Place,
}

/// Where a worker is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In this folder, which is not the app's.
    Folder(PathBuf),
    /// In the app's folder: the app is built into its worker.
    App,
    /// In what becomes of this project file when it is built.
    Project(PathBuf),
}

/// The settings of a worker, by their name or by `languageWorkers:<language>:<key>`.
#[derive(Debug, Clone)]
pub(crate) struct Lookup {
    /// The last of a name wins.
    settings: Vec<(String, String)>,
    /// `languageWorkers` of `host.json`.
    file: Value,
}

impl Lookup {
    pub(crate) fn new(settings: Vec<(String, String)>, file: Value) -> Self {
        Self { settings, file }
    }

    /// A setting by its name.
    pub(crate) fn setting(&self, name: &str) -> Option<String> {
        let found = self.settings.iter().rev().find(|(each, _)| each == name);
        found
            .map(|(_, value)| value.clone())
            .filter(|value| !value.is_empty())
    }

    /// `languageWorkers:<language>:<key>`, the levels separated as .NET's configuration does.
    pub(crate) fn of(&self, language: &str, key: &str) -> Option<String> {
        let name = format!("languageWorkers:{language}:{key}");
        let given = self.settings.iter().rev().find(|(each, value)| {
            !value.is_empty() && each.replace("__", ":").eq_ignore_ascii_case(&name)
        });
        let in_file = || self.file[language][key].as_str().map(str::to_owned);
        given.map(|(_, value)| value.clone()).or_else(in_file)
    }
}

/// Chooses the runtime of an app: one of these workers, or what [`runtime::choose`] says.
///
/// # Errors
/// A named folder is no worker, or nothing here runs the app.
pub(crate) fn choose(
    hints: &Hints<'_>,
    named: Option<&WorkerFolder>,
    lookup: &Lookup,
) -> Result<Choice, Trouble> {
    if let Some(WorkerFolder { folder, named_by }) = named {
        return in_folder(folder, format!("{named_by} names {}", folder.display()));
    }
    let dir = hints.dir;
    if let Some(beside) = ["functions.metadata", "host.json"]
        .into_iter()
        .find(|name| dir.join(name).is_file())
        && dir.join(FILE).is_file()
    {
        let language = worker_config::language(dir)?;
        let why = format!("{FILE} and {beside} are there");
        return Ok(worker(language, Place::App, why));
    }
    let chosen = runtime::choose(hints);
    let language = match (&chosen, runtime::named(hints)) {
        (_, Some((value, _))) => canonical(value),
        (Ok(choice), None) => choice.runtime.setting().to_owned(),
        (Err(_), None) => return chosen,
    };
    match lookup.of(&language, "workerDirectory") {
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

fn in_folder(folder: &Path, why: String) -> Result<Choice, Trouble> {
    let language = worker_config::language(folder)?;
    Ok(worker(language, Place::Folder(folder.to_owned()), why))
}

/// A choice for such a worker.
pub(crate) fn worker(language: String, place: Place, why: String) -> Choice {
    Choice {
        runtime: Runtime::Grpc(GrpcWorker { language, place }),
        why,
    }
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
