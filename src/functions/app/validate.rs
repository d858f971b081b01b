//! What keeps the folder of an API from being deployed, without starting anything (AP-61, AP-66).

use std::path::{Path, PathBuf};

use super::discovery::discover;
use super::function::{Function, FunctionError};
use super::function_json::{self, Scripts};
use super::host_json::HostJson;
use super::inactive;
use super::local_settings::LocalSettings;
use super::runtime::RuntimeChoice;
use crate::finding::Finding;
use crate::functions::config::HostConfig;
use crate::functions::error::HostError;

/// What a finding has no rule of its own for: the folder does not make a Functions app.
const APP: &str = "B1-2";

/// Looks at `host.json` and at each `function.json`. Functions of the v4 model are known only once they run.
pub fn validate(dir: &Path) -> Vec<Finding> {
    let host = HostJson::load(dir, []);
    let scripts = host.as_ref().map_or(Scripts::Needed, Scripts::of);
    let problem = |error: HostError, file: PathBuf| {
        let place = error.place.map_or_else(|| file.into(), |place| *place);
        let found = match error.rule {
            Some(rule) => Finding::refused(rule, place, error.message),
            None => Finding::warning(APP, place, error.message),
        };
        found.hint(error.hint)
    };
    let host = host
        .err()
        .map(|error| problem(error, dir.join("host.json")));
    match function_json::load(dir, scripts) {
        Err(error) => host
            .into_iter()
            .chain([problem(error, dir.to_owned())])
            .collect(),
        Ok((functions, left_out)) => host
            .into_iter()
            .chain(functions.iter().filter_map(with_inactive_bindings))
            .chain(
                left_out
                    .into_iter()
                    .map(|error| left_out_function(&error, dir)),
            )
            .collect(),
    }
}

fn with_inactive_bindings(function: &Function) -> Option<Finding> {
    let inactive = inactive::bindings(function);
    let file = function.directory.join("function.json");
    let said = inactive::sentence(&function.name, &inactive);
    (!inactive.is_empty()).then(|| Finding::warning("AP-86", file, said).hint(inactive::HINT))
}

fn left_out_function(error: &FunctionError, dir: &Path) -> Finding {
    let (file, message) = (dir.to_owned(), error.to_string());
    match error {
        FunctionError::Trigger { .. } => Finding::refused("CF-97", file, message)
            .hint("remove the function, or move it to a linked Functions app"),
        _ => Finding::warning(APP, file, message).hint("correct its function.json"),
    }
}

/// What restarts an app besides its code, by `watchFiles` and `watchDirectories` of its `host.json`: names of files, and
/// folders relative to the app.
pub fn watched(dir: &Path) -> (Vec<String>, Vec<PathBuf>) {
    let settings = LocalSettings::load(dir).unwrap_or_default();
    let host = HostJson::load(dir, settings.with_environment()).unwrap_or_default();
    let folders = host.watch_directories.iter().map(PathBuf::from).collect();
    (host.watch_files, folders)
}

/// The files whose change restarts a Functions host: code by its extension, and the settings that a host reads at start.
/// Data that a function writes beside its code must not restart it.
pub fn is_source(relative: &Path) -> bool {
    const CODE: &[&str] = &[
        "js", "mjs", "cjs", "ts", "mts", "cts", "tsx", "py", "dll", "cs", "fs", "csproj", "fsproj",
        "jar", "ps1", "psm1",
    ];
    const SETTINGS: &[&str] = &[
        "host.json",
        "function.json",
        "local.settings.json",
        "package.json",
        "package-lock.json",
        "npm-shrinkwrap.json",
        "yarn.lock",
        "pnpm-lock.yaml",
        "tsconfig.json",
        "requirements.txt",
        "functions.metadata",
        "worker.config.json",
    ];
    let extension = relative.extension().unwrap_or_default();
    let name = relative.file_name().unwrap_or_default();
    CODE.iter().any(|code| extension == *code) || SETTINGS.iter().any(|settings| name == *settings)
}

/// The runtime of an app, and what speaks for it.
pub fn runtime(config: &HostConfig) -> Result<RuntimeChoice, HostError> {
    discover(config).map(|app| app.choice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: PathBuf, text: &str) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    #[test]
    fn cf_97_98() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        let rules = || -> Vec<_> { validate(dir).into_iter().map(|found| found.code).collect() };
        assert_eq!(rules(), [""; 0]);
        write(
            dir.join("host.json"),
            r#"{"version": "2.0", "extensions": {"http": {"routePrefix": "v1"}}}"#,
        );
        write(
            dir.join("timer/function.json"),
            r#"{"bindings": [{"type": "timerTrigger", "name": "t", "direction": "in"}]}"#,
        );
        write(dir.join("broken/function.json"), "{");
        assert_eq!(rules(), ["CF-98", "B1-2", "CF-97"]);
        write(
            dir.join("queue/function.json"),
            r#"{"bindings": [{"type": "httpTrigger", "name": "req"}, {"type": "queue", "name": "q", "direction": "out"}]}"#,
        );
        write(dir.join("queue/index.js"), "");
        assert_eq!(rules(), ["CF-98", "AP-86", "B1-2", "CF-97"]);
    }
}
