//! What is in the folder of a Functions app: one look at all its files.
//!
//! 1. `local.settings.json` ([`super::local_settings`]) and `host.json` ([`super::host_json`])
//! 2. one `function.json` a folder: the models v3 of Node.js and v1 of Python
//! 3. the language ([`super::runtime`]); what only one language has, its own file looks at

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::host_json::HostJson;
use super::jsonc::read_json;
use super::language_worker::{self, Lookup};
use super::local_settings::LocalSettings;
use super::run_options::ApiHost;
use super::runtime::{self, Choice, Hints, SETTING};
use crate::functions::error::Trouble;

/// A Functions app as found on disk.
#[derive(Debug, Clone)]
pub(crate) struct App {
    pub(crate) dir: PathBuf,
    pub(crate) choice: Choice,
    pub(crate) host: HostJson,
    pub(crate) settings: LocalSettings,
    /// HTTP functions that have a `function.json`.
    pub(crate) legacy: Vec<Function>,
    /// What the user should know, a sentence each.
    pub(crate) warnings: Vec<String>,
}

/// A function with its bindings, as the worker and `function.json` describe it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) directory: PathBuf,
    pub(crate) script_file: PathBuf,
    pub(crate) entry_point: Option<String>,
    /// The line of its code in the script file, from 1, where a worker says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<u32>,
    pub(crate) bindings: Vec<Binding>,
}

/// One binding; what only a trigger has is empty elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Binding {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) direction: String,
    pub(crate) route: Option<String>,
    pub(crate) methods: Option<Vec<String>>,
    pub(crate) auth_level: Option<String>,
}

impl Function {
    /// The file of its code and its line, as far as they are known.
    pub(crate) fn source(&self) -> Option<String> {
        // From the current folder, so that a terminal can open it.
        let here = std::env::current_dir().unwrap_or_default();
        let file = self
            .script_file
            .strip_prefix(here)
            .unwrap_or(&self.script_file);
        let file = Some(file.display().to_string()).filter(|file| !file.is_empty())?;
        Some(match self.line {
            Some(line) => format!("{file}:{line}"),
            None => file,
        })
    }

    /// The HTTP trigger, or in Azure's words why the function cannot be deployed (AP-61, CF-97).
    pub(crate) fn http_trigger(&self) -> Result<&Binding, String> {
        let is_trigger =
            |binding: &&Binding| binding.kind.to_ascii_lowercase().ends_with("trigger");
        match self.bindings.iter().find(is_trigger) {
            Some(binding) if binding.kind.eq_ignore_ascii_case("httpTrigger") => Ok(binding),
            Some(binding) => Err(format!(
                "Error in processing api build artifacts: the file '{}/function.json' has specified an invalid trigger \
                 of type '{}' and direction 'In'. Currently, only httpTriggers are supported.",
                self.name, binding.kind
            )),
            None => Err(format!("the function '{}' has no trigger", self.name)),
        }
    }
}

/// The folder of a language worker, and who asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerFolder {
    /// The folder with `worker.config.json`, absolute.
    pub folder: PathBuf,
    /// The flag, the variable, or the place in a file that names it.
    pub named_by: String,
}

/// What is asked for besides the folder.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wishes<'a> {
    /// `platform.apiRuntime` (CF-68).
    pub api_runtime: Option<&'a str>,
    /// The language worker to run the app with (`--functions-worker`).
    pub functions_worker: Option<&'a WorkerFolder>,
    /// What runs the app, when that is not left to its files (`--api-host`).
    pub host: ApiHost,
    /// Variables of `.env`; they win over `local.settings.json`, as the environment does.
    pub environment: &'a [(String, String)],
}

/// Looks at the app.
///
/// # Errors
/// The folder or one of its files makes a start impossible.
pub(crate) fn discover(dir: &Path, wishes: &Wishes<'_>) -> Result<App, Trouble> {
    let environment = wishes.environment;
    if !dir.is_dir() {
        let message = format!("the API folder `{}` does not exist", dir.display());
        return Err(Trouble::new(message, "correct `--api-location`"));
    }
    let mut settings = LocalSettings::load(dir)?;
    settings.overlay(environment);
    let given = environment.iter().find(|(name, _)| name == SETTING);
    let host = HostJson::load(dir, settings.with_environment())?;
    let mut warnings = settings.warnings.clone();
    warnings.extend(host.warnings.iter().cloned());
    // A custom handler and the Core Tools bring their own code.
    let scripts = match wishes.host {
        ApiHost::Auto => Scripts::of(&host),
        ApiHost::Custom | ApiHost::Func => Scripts::None,
        ApiHost::Node | ApiHost::Python => Scripts::Needed,
    };
    let legacy = legacy_functions(dir, scripts, &mut warnings)?;
    let own = std::env::var(SETTING).ok();
    let hints = Hints {
        dir,
        environment: own.as_deref().or(given.map(|(_, value)| value.as_str())),
        settings: &settings,
        api_runtime: wishes.api_runtime,
        host: &host,
        legacy: &legacy,
    };
    let lookup = Lookup::new(
        settings.with_environment().collect(),
        host.language_workers.clone(),
    );
    let choice = match runtime::forced(wishes.host, &hints)? {
        Some(choice) => choice,
        None => language_worker::choose(&hints, wishes.functions_worker, &lookup)?,
    };
    Ok(App {
        dir: dir.to_owned(),
        choice,
        host,
        settings,
        legacy,
        warnings,
    })
}

/// Whether a function needs a file of code beside its `function.json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scripts {
    Needed,
    None,
}

impl Scripts {
    pub(crate) fn of(host: &HostJson) -> Self {
        match host.custom_handler {
            Some(_) => Self::None,
            None => Self::Needed,
        }
    }
}

pub(crate) fn legacy_functions(
    dir: &Path,
    scripts: Scripts,
    warnings: &mut Vec<String>,
) -> Result<Vec<Function>, Trouble> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(dir)
        .map_err(|error| {
            Trouble::new(
                format!("cannot list `{}`: {error}", dir.display()),
                "make the folder readable",
            )
        })?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.join("function.json").is_file())
        .collect();
    folders.sort();
    let mut functions = Vec::new();
    for folder in folders {
        match legacy_function(&folder, scripts) {
            Ok(function) => match function.http_trigger() {
                Ok(_) => functions.push(function),
                Err(why) => warnings.push(why),
            },
            Err(why) => warnings.push(why),
        }
    }
    Ok(functions)
}

fn legacy_function(folder: &Path, scripts: Scripts) -> Result<Function, String> {
    let path = folder.join("function.json");
    let name = folder
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let value = read_json(&path)
        .map_err(|trouble| trouble.message)?
        .unwrap_or_default();
    let bindings: Vec<Binding> = value["bindings"]
        .as_array()
        .into_iter()
        .flatten()
        .map(binding)
        .collect();
    if bindings.is_empty() {
        return Err(format!(
            "the function '{name}' has no bindings in function.json and is not loaded"
        ));
    }
    let function = Function {
        script_file: PathBuf::new(),
        directory: folder.to_owned(),
        entry_point: value["entryPoint"]
            .as_str()
            .filter(|text| !text.is_empty())
            .map(str::to_owned),
        bindings,
        name,
        line: None,
    };
    // A trigger that is never run needs no script.
    if scripts == Scripts::None || function.http_trigger().is_err() {
        return Ok(function);
    }
    let script_file = script_file(folder, value["scriptFile"].as_str())
        .map_err(|why| format!("the function '{}' is not loaded: {why}", function.name))?;
    Ok(Function {
        script_file,
        ..function
    })
}

/// Written by hand: `direction` is `in` when missing, and names of any case are accepted.
pub(crate) fn binding(value: &Value) -> Binding {
    let text = |name: &str| value[name].as_str().map(str::to_owned);
    Binding {
        name: text("name").unwrap_or_default(),
        kind: text("type").unwrap_or_default(),
        direction: text("direction")
            .map_or_else(|| "in".to_owned(), |each| each.to_ascii_lowercase()),
        route: text("route"),
        methods: value["methods"].as_array().map(|list| {
            list.iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect()
        }),
        auth_level: text("authLevel"),
    }
}

/// `scriptFile`, else the only other file, else `run.*`, `index.*` or `__init__.py`.
fn script_file(folder: &Path, given: Option<&str>) -> Result<PathBuf, String> {
    if let Some(given) = given.filter(|text| !text.is_empty()) {
        let path = folder.join(given);
        // Resolved, because the same module loaded by two spellings would be two modules.
        return path
            .canonicalize()
            .map_err(|_| format!("its scriptFile `{given}` does not exist"));
    }
    let files: Vec<PathBuf> = std::fs::read_dir(folder)
        .map_err(|error| error.to_string())?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.is_file() && path.file_name().is_some_and(|name| name != "function.json")
        })
        .collect();
    if let [only] = files.as_slice() {
        return Ok(only.clone());
    }
    let by_stem = files
        .iter()
        .find(|path| path.file_stem().is_some_and(|stem| stem == "run"));
    let index = || {
        ["index.js", "index.mjs", "index.cjs", "__init__.py"]
            .iter()
            .map(|name| folder.join(name))
            .find(|path| path.is_file())
    };
    by_stem.cloned().or_else(index).ok_or_else(|| {
        "it has no `scriptFile`, no `run`, no `index` and no `__init__.py` file".to_owned()
    })
}

#[cfg(test)]
#[path = "discovery_tests.rs"]
mod tests;
