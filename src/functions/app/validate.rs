//! What keeps the folder of an API from being deployed, without starting anything (AP-61, AP-66).

use std::path::{Path, PathBuf};

use super::discovery::{self, Scripts, Wishes};
use super::host_json::HostJson;
use super::local_settings::LocalSettings;
use super::runtime::Choice;
use crate::functions::error::Trouble;

/// Something wrong with the folder of an API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The rule: `CF-97` and `CF-98` are refused at deployment, `B1-2` covers the rest.
    pub rule: &'static str,
    /// What is wrong; Azure's own words where known.
    pub message: String,
    /// The next step.
    pub hint: String,
    /// The file or folder.
    pub file: PathBuf,
}

/// Looks at `host.json` and at each `function.json`. Functions of the v4 model are known only once they run.
pub fn inspect(dir: &Path) -> Vec<Problem> {
    let mut problems = Vec::new();
    let host = HostJson::load(dir, []);
    let scripts = host.as_ref().map_or(Scripts::Needed, Scripts::of);
    if let Err(trouble) = host {
        let is_prefix = trouble.message.contains("http.routePrefix");
        problems.push(Problem {
            rule: if is_prefix { "CF-98" } else { "B1-2" },
            message: trouble.message,
            hint: trouble.hint,
            file: dir.join("host.json"),
        });
    }
    let mut warnings = Vec::new();
    if let Err(trouble) = discovery::legacy_functions(dir, scripts, &mut warnings) {
        problems.push(Problem {
            rule: "B1-2",
            message: trouble.message,
            hint: trouble.hint,
            file: dir.to_owned(),
        });
    }
    problems.extend(warnings.into_iter().map(|message| {
        let is_trigger = message.starts_with("Error in processing api build artifacts");
        let (rule, hint) = match is_trigger {
            true => (
                "CF-97",
                "remove the function, or move it to a linked Functions app",
            ),
            false => ("B1-2", "correct its function.json"),
        };
        Problem {
            rule,
            message,
            hint: hint.to_owned(),
            file: dir.to_owned(),
        }
    }));
    problems
}

/// What restarts an app besides its code, by `watchFiles` and `watchDirectories` of its `host.json`: names of files, and
/// folders relative to the app.
pub fn watched(dir: &Path) -> (Vec<String>, Vec<PathBuf>) {
    let settings = LocalSettings::load(dir).unwrap_or_default();
    let host = HostJson::load(dir, settings.with_environment()).unwrap_or_default();
    let folders = host.watch_directories.iter().map(PathBuf::from).collect();
    (host.watch_files, folders)
}

/// The runtime of an app, and what speaks for it.
///
/// # Errors
/// The folder cannot be run.
pub fn runtime(dir: &Path, wishes: &Wishes<'_>) -> Result<Choice, Trouble> {
    discovery::discover(dir, wishes).map(|app| app.choice)
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
        let rules = || -> Vec<_> { inspect(dir).into_iter().map(|found| found.rule).collect() };
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
    }
}
