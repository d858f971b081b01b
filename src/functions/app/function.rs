//! A function and its bindings, as `function.json` or a worker describes them.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::functions::error::HostError;

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

/// Why a function is left out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FunctionError {
    /// In Azure's words, which refuses to deploy it (AP-61, CF-97).
    #[error(
        "Error in processing api build artifacts: the file '{function}/function.json' has specified an invalid trigger \
         of type '{kind}' and direction 'In'. Currently, only httpTriggers are supported."
    )]
    Trigger { function: String, kind: String },
    #[error("the function '{0}' has no trigger")]
    NoTrigger(String),
    #[error("the function '{0}' has no bindings in function.json and is not loaded")]
    NoBindings(String),
    /// Its code is not where it should be.
    #[error("the function '{function}' is not loaded: {why}")]
    Script { function: String, why: String },
    /// `function.json` cannot be read.
    #[error(transparent)]
    Unreadable(#[from] HostError),
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

    /// The HTTP trigger.
    pub(crate) fn http_trigger(&self) -> Result<&Binding, FunctionError> {
        let is_trigger =
            |binding: &&Binding| binding.kind.to_ascii_lowercase().ends_with("trigger");
        match self.bindings.iter().find(is_trigger) {
            Some(binding) if binding.kind.eq_ignore_ascii_case("httpTrigger") => Ok(binding),
            Some(binding) => Err(FunctionError::Trigger {
                function: self.name.clone(),
                kind: binding.kind.clone(),
            }),
            None => Err(FunctionError::NoTrigger(self.name.clone())),
        }
    }
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
