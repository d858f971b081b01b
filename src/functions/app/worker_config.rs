//! `worker.config.json`: how a language worker is started (FR-11).

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::host_json::time_span;
use super::jsonc::read_json;
use super::worker_settings::WorkerSettings;
use crate::functions::error::HostError;

/// The file that makes a folder a worker.
pub(crate) const FILE: &str = "worker.config.json";
/// Chooses between the versions of a worker that one folder may hold.
pub(crate) const VERSION_SETTING: &str = "FUNCTIONS_WORKER_RUNTIME_VERSION";

/// A worker that can be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WorkerConfig {
    /// The folder of the file.
    pub(crate) dir: PathBuf,
    /// Such as `node` or `dotnet-isolated`.
    pub(crate) language: String,
    /// A path, or a name to look up in `PATH`.
    pub(crate) executable: PathBuf,
    /// Before the worker's own path.
    pub(crate) arguments: Vec<String>,
    /// The program that the executable runs, if it does not run by itself.
    pub(crate) worker_path: Option<PathBuf>,
    /// Whether the worker knows the functions of the app (`workerIndexing`).
    pub(crate) indexes: bool,
    pub(crate) runtime_version: Option<String>,
    /// From the start of the process to its first message (`processStartupTimeout`).
    pub(crate) connects_within: Duration,
    /// From then until it is initialised (`initializationTimeout`).
    pub(crate) initializes_within: Duration,
}

/// As in Azure, when the file says nothing.
const CONNECT: Duration = Duration::from_secs(60);
/// The host of Azure gives Node.js so long to load the app.
const INITIALIZE: Duration = Duration::from_secs(120);

/// The language of the worker in a folder.
///
/// # Errors
/// There is no readable `worker.config.json` that names one.
pub(crate) fn language(dir: &Path) -> Result<String, HostError> {
    let (path, value) = read(dir)?;
    let language = value["description"]["language"].as_str();
    language.map(str::to_owned).ok_or_else(|| {
        HostError::new(
            format!("`{}` has no `description.language`", path.display()),
            "point at the folder of a language worker of Azure Functions",
        )
    })
}

fn read(dir: &Path) -> Result<(PathBuf, Value), HostError> {
    let path = dir.join(FILE);
    match read_json(&path)? {
        Some(value) => Ok((path, value)),
        None => Err(HostError::new(
            format!("`{}` has no {FILE}", dir.display()),
            format!("point at the folder of a language worker, which holds {FILE}"),
        )),
    }
}

impl WorkerConfig {
    /// Reads the file of a folder, changed by the settings `languageWorkers:<language>:<key>`.
    ///
    /// # Errors
    /// It cannot be read, names no program, or one that does not exist.
    pub(crate) fn load(dir: &Path, lookup: &WorkerSettings) -> Result<Self, HostError> {
        let language = language(dir)?;
        let (path, value) = read(dir)?;
        let file = &value["description"];
        let text = |key: &str| {
            let given = lookup.of(&language, key);
            given.or_else(|| file[key].as_str().map(str::to_owned))
        };
        let patience = |name: &str| {
            let given = value["processOptions"][name].as_str()?;
            time_span(given).flatten()
        };
        let runtime_version = lookup
            .setting(VERSION_SETTING)
            .or_else(|| text("defaultRuntimeVersion"));
        let Some(executable) = text("defaultExecutablePath").filter(|text| !text.is_empty()) else {
            return Err(HostError::new(
                format!(
                    "`{}` has no `description.defaultExecutablePath`",
                    path.display()
                ),
                format!(
                    "set `languageWorkers__{language}__defaultExecutablePath` to the program that runs the worker"
                ),
            ));
        };
        let executable = executable_path(dir, &expanded(&executable, lookup));
        let worker_path = match text("defaultWorkerPath").filter(|text| !text.is_empty()) {
            None => None,
            Some(text) => {
                let version = runtime_version.as_deref().unwrap_or_default();
                Some(worker_path(dir, &text, version, &language)?)
            }
        };
        let listed = file["arguments"].as_array().into_iter().flatten();
        let listed = listed.filter_map(Value::as_str).map(str::to_owned);
        let added = lookup.of(&language, "arguments");
        // The host of Azure joins all of them to one line, which the system cuts at spaces.
        let arguments = listed
            .chain(added)
            .flat_map(|text| {
                let text = expanded(&text, lookup);
                let pieces = text.split_whitespace().map(str::to_owned);
                pieces.collect::<Vec<_>>()
            })
            .filter(|piece| !(piece.starts_with('%') && piece.ends_with('%')))
            .collect();
        Ok(Self {
            dir: dir.to_owned(),
            executable,
            arguments,
            worker_path,
            indexes: is_true(&file["workerIndexing"]),
            connects_within: patience("processStartupTimeout").unwrap_or(CONNECT),
            initializes_within: patience("initializationTimeout").unwrap_or(INITIALIZE),
            runtime_version,
            language,
        })
    }
}

fn is_true(value: &Value) -> bool {
    let text = value.as_str().map(str::to_ascii_lowercase);
    value.as_bool() == Some(true) || text.as_deref() == Some("true")
}

/// Replaces `%NAME%` by settings; what is not set stays.
fn expanded(text: &str, lookup: &WorkerSettings) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let value = after
            .split_once('%')
            .and_then(|(name, tail)| Some((lookup.setting(name)?, tail)));
        match value {
            Some((value, tail)) => {
                out.push_str(&value);
                rest = tail;
            }
            None => {
                out.push('%');
                rest = after;
            }
        }
    }
    out + rest
}

/// `{WorkerRoot}` is the folder with its separator. A path with a variable that is not set (`%JAVA_HOME%/bin/java`)
/// means the program of that name in the `PATH`.
fn executable_path(dir: &Path, text: &str) -> PathBuf {
    let root = format!("{}/", dir.display());
    let text = text.replace("{WorkerRoot}", &root);
    if text.contains('%') {
        let name = text.rsplit('/').next().unwrap_or(&text);
        return name.into();
    }
    let beside = dir.join(&text);
    // Commands run in the app's folder; a relative path is the worker's.
    if text.contains('/') && beside.is_file() {
        return beside;
    }
    text.into()
}

fn worker_path(
    dir: &Path,
    text: &str,
    version: &str,
    language: &str,
) -> Result<PathBuf, HostError> {
    let os = match std::env::consts::OS {
        "macos" => "OSX",
        "windows" => "WINDOWS",
        _ => "LINUX",
    };
    let architecture = match std::env::consts::ARCH {
        "aarch64" => "Arm64",
        "x86" => "X86",
        _ => "X64",
    };
    let filled = text
        .replace(&format!("%{VERSION_SETTING}%"), version)
        .replace("{os}", os)
        .replace("{architecture}", architecture);
    let path = dir.join(&filled);
    if path.is_file() {
        return Ok(path);
    }
    let hint = if filled == text {
        format!("build the worker, or set `languageWorkers__{language}__defaultWorkerPath`")
    } else {
        format!("set `{VERSION_SETTING}` to a version that the folder holds")
    };
    Err(HostError::new(
        format!("the language worker `{}` does not exist", path.display()),
        hint,
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lookup(settings: &[(&str, &str)]) -> WorkerSettings {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        WorkerSettings::new(settings.iter().map(pair).collect(), Value::Null)
    }

    fn load(description: Value, settings: &[(&str, &str)]) -> Result<WorkerConfig, HostError> {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(FILE, &json!({"description": description}).to_string());
        write("3.11/LINUX/X64/worker.py", "");
        write("worker.js", "");
        let found = WorkerConfig::load(dir.path(), &lookup(settings));
        found.map(|found| WorkerConfig {
            worker_path: found.worker_path.map(|path| {
                let path = path.strip_prefix(dir.path()).unwrap();
                path.to_owned()
            }),
            ..found
        })
    }

    #[test]
    fn settings_win_over_the_file() {
        // FR-11.
        let file = json!({"language": "node", "defaultExecutablePath": "node", "defaultWorkerPath": "worker.js",
            "arguments": ["--a b"], "workerIndexing": "true"});
        let found = load(file.clone(), &[]).unwrap();
        assert_eq!(found.executable, PathBuf::from("node"));
        assert_eq!(found.worker_path, Some("worker.js".into()));
        assert_eq!(found.arguments, ["--a", "b"]);
        assert!(found.indexes);
        let settings = [
            ("languageWorkers__node__defaultExecutablePath", "/opt/node"),
            ("LANGUAGEWORKERS:node:arguments", "--inspect"),
        ];
        let found = load(file, &settings).unwrap();
        assert_eq!(found.executable, PathBuf::from("/opt/node"));
        assert_eq!(found.arguments, ["--a", "b", "--inspect"]);
    }

    #[test]
    fn a_worker_says_how_long_it_may_take() {
        let dir = tempfile::tempdir().unwrap();
        let file = json!({"description": {"language": "x", "defaultExecutablePath": "x"},
            "processOptions": {"initializationTimeout": "00:00:10"}});
        std::fs::write(dir.path().join(FILE), file.to_string()).unwrap();
        let found = WorkerConfig::load(dir.path(), &lookup(&[])).unwrap();
        assert_eq!(found.initializes_within, Duration::from_secs(10));
        assert_eq!(found.connects_within, CONNECT);
    }

    #[test]
    fn places_are_filled_in() {
        let python = json!({"language": "python", "defaultExecutablePath": "python",
            "defaultWorkerPath": "%FUNCTIONS_WORKER_RUNTIME_VERSION%/LINUX/X64/worker.py", "defaultRuntimeVersion": "3.11"});
        let found = load(python.clone(), &[]).unwrap();
        assert_eq!(found.worker_path, Some("3.11/LINUX/X64/worker.py".into()));
        assert!(!found.indexes);
        let error = load(python, &[(VERSION_SETTING, "2.7")]).unwrap_err();
        assert!(
            error
                .message
                .contains("2.7/LINUX/X64/worker.py` does not exist")
        );
        assert!(error.hint.contains(VERSION_SETTING));
        let java = json!({"language": "java", "defaultExecutablePath": "%JAVA_HOME%/bin/java", "arguments": ["-jar %JAVA_OPTS%"]});
        let found = load(java.clone(), &[]).unwrap();
        assert_eq!(found.executable, PathBuf::from("java"));
        assert_eq!(found.arguments, ["-jar"]);
        let set = [("JAVA_HOME", "/jdk"), ("JAVA_OPTS", "-Xmx1g -ea")];
        let found = load(java, &set).unwrap();
        assert_eq!(found.executable, PathBuf::from("/jdk/bin/java"));
        assert_eq!(found.arguments, ["-jar", "-Xmx1g", "-ea"]);
    }

    #[test]
    fn what_is_missing_is_said() {
        let message = |file| load(file, &[]).unwrap_err().message;
        assert!(message(json!({"language": "x"})).contains("defaultExecutablePath"));
        assert!(message(json!({})).contains("description.language"));
        let empty = tempfile::tempdir().unwrap();
        let error = language(empty.path()).unwrap_err();
        assert!(error.message.ends_with("has no worker.config.json"));
    }
}
