//! One `function.json` a folder: the models v3 of Node.js and v1 of Python.

use std::path::{Path, PathBuf};

use super::function::{Binding, Function, FunctionError, binding};
use super::host_json::HostJson;
use super::jsonc::read_json;
use crate::functions::error::HostError;

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

/// The HTTP functions of an app that have a `function.json`, and why others are left out.
pub(crate) fn load(
    dir: &Path,
    scripts: Scripts,
) -> Result<(Vec<Function>, Vec<FunctionError>), HostError> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(dir)
        .map_err(|error| {
            HostError::new(
                format!("cannot list `{}`: {error}", dir.display()),
                "make the folder readable",
            )
        })?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.join("function.json").is_file())
        .collect();
    folders.sort();
    let (mut functions, mut left_out) = (Vec::new(), Vec::new());
    for folder in folders {
        match read(&folder, scripts) {
            Ok(function) => functions.push(function),
            Err(error) => left_out.push(error),
        }
    }
    Ok((functions, left_out))
}

/// What is said of functions without their code, and of all others that are left out.
pub(crate) fn split(left_out: Vec<FunctionError>) -> (Vec<String>, Vec<String>) {
    let is_script = |error: &FunctionError| matches!(error, FunctionError::Script { .. });
    let (unbuilt, others): (Vec<_>, Vec<_>) = left_out.into_iter().partition(is_script);
    let said = |all: Vec<FunctionError>| all.iter().map(ToString::to_string).collect();
    (said(unbuilt), said(others))
}

fn read(folder: &Path, scripts: Scripts) -> Result<Function, FunctionError> {
    let path = folder.join("function.json");
    let name = folder
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let value = read_json(&path)?.unwrap_or_default();
    let bindings: Vec<Binding> = value["bindings"]
        .as_array()
        .into_iter()
        .flatten()
        .map(binding)
        .collect();
    if bindings.is_empty() {
        return Err(FunctionError::NoBindings(name));
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
    function.http_trigger()?;
    if scripts == Scripts::None {
        return Ok(function);
    }
    let script_file =
        script_file(folder, value["scriptFile"].as_str()).map_err(|why| FunctionError::Script {
            function: function.name.clone(),
            why,
        })?;
    Ok(Function {
        script_file,
        ..function
    })
}

/// `scriptFile`, else the only other file, else `run.*`, `index.*` or `__init__.py`.
fn script_file(folder: &Path, given: Option<&str>) -> Result<PathBuf, String> {
    if let Some(given) = given.filter(|text| !text.is_empty()) {
        let path = folder.join(given);
        // Resolved, because the same module loaded by two spellings would be two modules.
        return dunce::canonicalize(path)
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
