//! The functions of an app as a worker knows them.
//!
//! They come from the worker (`FunctionMetadataResponse`), from `functions.metadata` of a build output, or from the files
//! `function.json`; only those with an HTTP trigger are loaded (AP-61).

use std::collections::HashMap;
use std::path::Path;

use serde_json::Value;

use super::proto::binding_info::Direction;
use super::proto::{BindingInfo, FunctionLoadRequest, RpcFunctionMetadata};
use crate::functions::app::function::{Function, binding};
use crate::functions::app::jsonc::read_json;
use crate::functions::error::HostError;

/// The list that the build of .NET leaves beside the app.
const METADATA_FILE: &str = "functions.metadata";

/// A function that was found.
#[derive(Debug, Clone)]
pub(crate) struct DescribedFunction {
    pub(crate) id: String,
    pub(crate) function: Function,
    /// What the worker wants back when the function is loaded.
    pub(crate) properties: HashMap<String, String>,
}

/// What a call needs to know of its function.
#[derive(Debug, Clone)]
pub(crate) struct LoadedFunction {
    pub(crate) id: String,
    /// The name of the trigger's binding.
    pub(crate) trigger: String,
    /// The name of the binding that takes the response, if there is one.
    pub(crate) output: Option<String>,
    /// Why it could not be loaded: every call fails with that.
    pub(crate) failure: Option<String>,
}

/// A function as the worker describes it.
///
/// # Errors
/// The worker could not read it, in a sentence.
pub(crate) fn from_worker(
    metadata: RpcFunctionMetadata,
    root: &Path,
) -> Result<DescribedFunction, String> {
    let name = metadata.name;
    if let Some(why) = metadata.status.and_then(|status| status.failure()) {
        return Err(format!("the function '{name}' is not loaded: {why}"));
    }
    let mut bindings = Vec::new();
    for raw in &metadata.raw_bindings {
        let value: Value = serde_json::from_str(raw).map_err(|error| {
            format!("the function '{name}' is not loaded: a binding is not valid JSON: {error}")
        })?;
        bindings.push(binding(&value));
    }
    let directory = match metadata.directory.as_str() {
        "" => root.to_owned(),
        given => given.into(),
    };
    Ok(DescribedFunction {
        id: or_new(metadata.function_id),
        function: Function {
            line: None,
            directory,
            script_file: metadata.script_file.into(),
            entry_point: Some(metadata.entry_point).filter(|text| !text.is_empty()),
            bindings,
            name,
        },
        properties: metadata.properties,
    })
}

/// The functions that files describe: `functions.metadata` if it is there, else what `legacy` found.
pub(crate) fn from_files(
    root: &Path,
    legacy: &[Function],
) -> Result<Vec<DescribedFunction>, HostError> {
    let path = root.join(METADATA_FILE);
    let Some(value) = read_json(&path)? else {
        let known = |function: &Function| DescribedFunction {
            id: or_new(String::new()),
            function: function.clone(),
            properties: HashMap::new(),
        };
        return Ok(legacy.iter().map(known).collect());
    };
    let Value::Array(list) = value else {
        return Err(HostError::new(
            format!("`{}` is not a list", path.display()),
            "build the app again",
        ));
    };
    Ok(list.iter().map(|value| described(value, root)).collect())
}

fn described(value: &Value, root: &Path) -> DescribedFunction {
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let bindings = value["bindings"].as_array().into_iter().flatten();
    let properties = value["properties"].as_object().into_iter().flatten();
    DescribedFunction {
        id: or_new(String::new()),
        function: Function {
            line: None,
            name: text("name"),
            directory: root.to_owned(),
            script_file: text("scriptFile").into(),
            entry_point: Some(text("entryPoint")).filter(|text| !text.is_empty()),
            bindings: bindings.map(binding).collect(),
        },
        properties: properties
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect(),
    }
}

fn or_new(id: String) -> String {
    if id.is_empty() {
        uuid::Uuid::new_v4().to_string()
    } else {
        id
    }
}

impl DescribedFunction {
    /// The message that loads it.
    pub(crate) fn load_request(&self) -> FunctionLoadRequest {
        let function = &self.function;
        let bindings = function.bindings.iter().map(|binding| {
            let direction = match binding.direction.to_ascii_lowercase().as_str() {
                "out" => Direction::Out,
                "inout" => Direction::Inout,
                _ => Direction::In,
            };
            let info = BindingInfo {
                r#type: binding.kind.clone(),
                direction: direction.into(),
            };
            (binding.name.clone(), info)
        });
        FunctionLoadRequest {
            function_id: self.id.clone(),
            metadata: Some(RpcFunctionMetadata {
                name: function.name.clone(),
                directory: function.directory.display().to_string(),
                script_file: function.script_file.display().to_string(),
                entry_point: function.entry_point.clone().unwrap_or_default(),
                bindings: bindings.collect(),
                properties: self.properties.clone(),
                ..RpcFunctionMetadata::default()
            }),
        }
    }

    /// What calls need, if it has an HTTP trigger.
    pub(crate) fn callable(&self, failure: Option<String>) -> Option<LoadedFunction> {
        let trigger = self.function.http_trigger().ok()?.name.clone();
        let mut outputs = self.function.bindings.iter().filter(|binding| {
            binding.kind.eq_ignore_ascii_case("http")
                && !binding.direction.eq_ignore_ascii_case("in")
        });
        Some(LoadedFunction {
            id: self.id.clone(),
            trigger,
            output: outputs.next().map(|binding| binding.name.clone()),
            failure,
        })
    }
}
