//! Which language an app is written in, and how that is known.
//!
//! The order of the Core Tools, who would ask at the end: the environment, `local.settings.json`, the runtime that is
//! asked of Azure (`platform.apiRuntime`, CF-68), the files.

use std::path::Path;

use super::dotnet;
use super::function::Function;
use super::host_json::HostJson;
use super::local_settings::LocalSettings;
use super::runtime::{Runtime, RuntimeChoice, SETTING, WorkerLocation, is_dotnet, parse};
use crate::functions::error::HostError;
use crate::functions::run_options::ApiHost;

/// What is known of an app besides its files.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RuntimeEvidence<'a> {
    pub(crate) dir: &'a Path,
    /// `FUNCTIONS_WORKER_RUNTIME` of the environment.
    pub(crate) environment: Option<&'a str>,
    pub(crate) settings: &'a LocalSettings,
    /// `platform.apiRuntime`.
    pub(crate) api_runtime: Option<&'a str>,
    pub(crate) host: &'a HostJson,
    /// The functions that have a `function.json`.
    pub(crate) legacy: &'a [Function],
}

/// The runtime that `--api-host` asks for.
///
/// # Errors
/// A custom handler that host.json does not describe.
pub(crate) fn forced(
    host: ApiHost,
    evidence: &RuntimeEvidence<'_>,
) -> Result<Option<RuntimeChoice>, HostError> {
    let runtime = match host {
        ApiHost::Auto => return Ok(None),
        ApiHost::Node => Runtime::Node,
        ApiHost::Python => Runtime::Python,
        ApiHost::Func => Runtime::Func,
        ApiHost::Custom if evidence.host.custom_handler.is_some() => Runtime::Custom,
        ApiHost::Custom => {
            return Err(HostError::new(
                "`--api-host custom` needs a custom handler, and host.json describes none",
                "set customHandler.description.defaultExecutablePath in host.json",
            ));
        }
    };
    Ok(Some(RuntimeChoice {
        runtime,
        why: format!("--api-host says `{host}`"),
    }))
}

/// Chooses the runtime.
///
/// # Errors
/// The app is written for a runtime that is not started here.
pub(crate) fn choose(evidence: &RuntimeEvidence<'_>) -> Result<RuntimeChoice, HostError> {
    let Some((value, why)) = named(evidence) else {
        return of_files(evidence);
    };
    let why = format!("{why} to `{value}`");
    if value.eq_ignore_ascii_case("custom") && evidence.host.custom_handler.is_some() {
        let runtime = Runtime::Custom;
        return Ok(RuntimeChoice { runtime, why });
    }
    match parse(value) {
        Some(runtime) => Ok(RuntimeChoice { runtime, why }),
        None if is_dotnet(value) && dotnet::project(evidence.dir).is_some() => {
            of_project(evidence, why)
        }
        None => Err(other(evidence.dir, value, &why)),
    }
}

/// The runtime that somebody names, and who does.
pub(crate) fn named<'a>(evidence: &RuntimeEvidence<'a>) -> Option<(&'a str, String)> {
    let setting = evidence
        .settings
        .values
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(SETTING))
        .map(|(_, value)| value.as_str());
    let named = [
        (
            evidence.environment,
            format!("the environment sets {SETTING}"),
        ),
        (setting, format!("local.settings.json sets {SETTING}")),
        (
            evidence.api_runtime,
            "staticwebapp.config.json sets platform.apiRuntime".to_owned(),
        ),
    ];
    named.into_iter().find_map(|(value, why)| {
        let value = value.map(str::trim).filter(|value| !value.is_empty())?;
        Some((value, why))
    })
}

fn of_files(evidence: &RuntimeEvidence<'_>) -> Result<RuntimeChoice, HostError> {
    let has = |name: &str| evidence.dir.join(name).is_file();
    let script = |extensions: &[&str]| {
        evidence.legacy.iter().find(|function| {
            let extension = function.script_file.extension().unwrap_or_default();
            extensions.iter().any(|each| extension == *each)
        })
    };
    let chosen = |runtime, why: String| Ok(RuntimeChoice { runtime, why });
    let found = |name: &str| format!("{name} is there");
    if evidence.host.custom_handler.is_some() {
        return chosen(Runtime::Custom, "host.json describes one".to_owned());
    }
    if has("function_app.py") {
        return chosen(Runtime::Python, found("function_app.py"));
    }
    if let Some(function) = script(&["py"]) {
        return chosen(
            Runtime::Python,
            format!("the function '{}' has a .py file", function.name),
        );
    }
    if has("package.json") {
        return chosen(Runtime::Node, found("package.json"));
    }
    if let Some(function) = script(&["js", "mjs", "cjs"]) {
        return chosen(
            Runtime::Node,
            format!("the function '{}' has a .js file", function.name),
        );
    }
    if has("requirements.txt") {
        return chosen(Runtime::Python, found("requirements.txt"));
    }
    if let Some(project) = dotnet::project(evidence.dir) {
        let name = project.file_name().unwrap_or_default().to_string_lossy();
        return of_project(evidence, found(&name));
    }
    chosen(Runtime::Node, "no file speaks for another".to_owned())
}

/// A .NET project is built to its own worker, unless it runs inside of the host only.
fn of_project(evidence: &RuntimeEvidence<'_>, why: String) -> Result<RuntimeChoice, HostError> {
    match dotnet::project(evidence.dir).filter(|project| dotnet::is_isolated(project)) {
        Some(project) => Ok(RuntimeChoice::grpc(
            "dotnet-isolated".to_owned(),
            WorkerLocation::Project(project),
            why,
        )),
        None => Err(other(evidence.dir, "in-process .NET", &why)),
    }
}

fn other(dir: &Path, language: &str, why: &str) -> HostError {
    HostError::new(
        format!(
            "the Functions app in `{}` is written for {language} ({why}), which Cygnet does not run by itself",
            dir.display()
        ),
        "name the folder of its language worker with `--functions-worker`, or start it with `func start` and pass `--api-devserver-url http://localhost:7071`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Given {
        files: &'static [&'static str],
        environment: Option<&'static str>,
        settings: &'static [(&'static str, &'static str)],
        api_runtime: Option<&'static str>,
        scripts: &'static [&'static str],
    }

    const NONE: Given = Given {
        files: &[],
        environment: None,
        settings: &[],
        api_runtime: None,
        scripts: &[],
    };

    fn chosen(given: &Given) -> Result<String, String> {
        let dir = tempfile::tempdir().unwrap();
        for name in given.files {
            std::fs::write(dir.path().join(name), "{}").unwrap();
        }
        let mut settings = LocalSettings::default();
        for (name, value) in given.settings {
            let pair = ((*name).to_owned(), (*value).to_owned());
            settings.values.push(pair);
        }
        let legacy: Vec<Function> = given
            .scripts
            .iter()
            .map(|script| Function {
                name: "f".to_owned(),
                script_file: script.into(),
                ..Function::default()
            })
            .collect();
        choose(&RuntimeEvidence {
            dir: dir.path(),
            environment: given.environment,
            settings: &settings,
            api_runtime: given.api_runtime,
            host: &HostJson::default(),
            legacy: &legacy,
        })
        .map(|choice| format!("{}: {}", choice.runtime, choice.why))
        .map_err(|error| error.message)
    }

    #[test]
    fn the_environment_wins_then_settings_then_the_configuration_then_files() {
        let all = Given {
            files: &["function_app.py"],
            environment: Some("JS"),
            settings: &[(SETTING, "python")],
            api_runtime: Some("node:20"),
            ..NONE
        };
        let is = |given: &Given, start: &str| {
            let chosen = chosen(given).unwrap();
            assert!(chosen.starts_with(start), "{chosen}");
        };
        is(&all, "Node.js: the environment sets");
        let all = Given {
            environment: None,
            ..all
        };
        is(&all, "Python: local.settings.json sets");
        let all = Given {
            settings: &[(SETTING, "")],
            ..all
        };
        is(
            &all,
            "Node.js: staticwebapp.config.json sets platform.apiRuntime to `node:20`",
        );
        let all = Given {
            api_runtime: None,
            ..all
        };
        is(&all, "Python: function_app.py is there");
    }

    #[test]
    fn files_speak_for_a_language() {
        let is = |files, scripts, expected: &str| {
            let given = Given {
                files,
                scripts,
                ..NONE
            };
            assert_eq!(chosen(&given).unwrap(), expected);
        };
        is(
            &["package.json", "function_app.py"],
            &[],
            "Python: function_app.py is there",
        );
        is(
            &["package.json", "requirements.txt"],
            &[],
            "Node.js: package.json is there",
        );
        is(
            &["requirements.txt"],
            &[],
            "Python: requirements.txt is there",
        );
        is(
            &[],
            &["a/__init__.py"],
            "Python: the function 'f' has a .py file",
        );
        is(
            &["requirements.txt"],
            &["a/index.js"],
            "Node.js: the function 'f' has a .js file",
        );
        is(&[], &[], "Node.js: no file speaks for another");
    }

    #[test]
    fn what_is_not_started_here_is_said() {
        let dotnet = Given {
            files: &["a.csproj"],
            ..NONE
        };
        assert!(
            chosen(&dotnet)
                .unwrap_err()
                .contains(".NET (a.csproj is there)")
        );
        let java = Given {
            environment: Some("java"),
            ..NONE
        };
        assert!(chosen(&java).unwrap_err().contains("written for java"));
    }
}
