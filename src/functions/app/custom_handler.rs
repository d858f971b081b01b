//! `customHandler` of `host.json`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::process::program;

/// How long a handler may take until its port answers, when host.json says nothing.
const PATIENCE: Duration = Duration::from_secs(30);

/// How an app's own program is started and called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CustomHandler {
    /// A path, or a name to look up in `PATH`.
    pub(crate) executable: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) directory: PathBuf,
    /// `enableForwardingHttpRequest`.
    pub(crate) forwards: bool,
    /// `initializationTimeout`.
    pub(crate) patience: Duration,
}

impl CustomHandler {
    /// Reads the section; `None` without a program. `%NAME%` is replaced by what `variable` says.
    pub(crate) fn read(
        section: &Value,
        app_dir: &Path,
        time: impl Fn(&str) -> Option<Duration>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Option<Self> {
        let description = &section["description"];
        let text = |name: &str| {
            let text = description[name].as_str().filter(|text| !text.is_empty())?;
            Some(expand(text, &variable))
        };
        let directory = match text("workingDirectory") {
            Some(folder) => app_dir.join(folder),
            None => app_dir.to_owned(),
        };
        let executable = PathBuf::from(text("defaultExecutablePath")?);
        let beside = directory.join(&executable);
        let list = |name: &str| {
            let items = description[name].as_array().into_iter().flatten();
            let texts = items.filter_map(Value::as_str);
            texts
                .map(|text| expand(text, &variable))
                .collect::<Vec<_>>()
        };
        let mut arguments = list("arguments");
        arguments.extend(text("defaultWorkerPath"));
        arguments.extend(list("workerArguments"));
        Some(Self {
            // A file of the app wins over a program of the same name.
            executable: program::file(&beside).unwrap_or(executable),
            arguments,
            directory,
            forwards: section["enableForwardingHttpRequest"].as_bool() == Some(true),
            patience: section["initializationTimeout"]
                .as_str()
                .and_then(time)
                .unwrap_or(PATIENCE),
        })
    }
}

/// Replaces each `%NAME%` that is known.
fn expand(text: &str, variable: impl Fn(&str) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        match after.split_once('%') {
            Some((name, behind)) if !name.is_empty() => {
                match variable(name) {
                    Some(value) => out.push_str(&value),
                    None => out.push_str(&format!("%{name}%")),
                }
                rest = behind;
            }
            _ => {
                out.push('%');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_command_line_of_a_handler() {
        let folder = tempfile::tempdir().unwrap();
        let file = format!("handler{}", std::env::consts::EXE_SUFFIX);
        std::fs::write(folder.path().join(&file), "").unwrap();
        let section = json!({
            "description": {
                "defaultExecutablePath": "handler", "workingDirectory": ".", "arguments": ["-a", "%X%/%Y%", "100%"],
                "defaultWorkerPath": "main.py", "workerArguments": ["-b"],
            },
            "enableForwardingHttpRequest": true, "initializationTimeout": "x",
        });
        let x = |name: &str| (name == "X").then(|| "1".to_owned());
        let second = |_: &str| Some(Duration::from_secs(1));
        let read = CustomHandler::read(&section, folder.path(), second, x).unwrap();
        assert_eq!(read.arguments, ["-a", "1/%Y%", "100%", "main.py", "-b"]);
        assert!(read.executable.ends_with(file) && read.executable.is_absolute());
        assert!(read.forwards && read.patience == Duration::from_secs(1));
        let none = |section| CustomHandler::read(&section, folder.path(), second, x);
        assert_eq!(none(json!({})), None);
        assert_eq!(
            none(json!({"description": {"defaultExecutablePath": ""}})),
            None
        );
        let plain = none(json!({"description": {"defaultExecutablePath": "python3"}})).unwrap();
        assert_eq!(plain.executable, Path::new("python3"));
        assert_eq!(plain.patience, PATIENCE);
    }
}
