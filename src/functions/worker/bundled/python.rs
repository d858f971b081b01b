//! Python: the interpreter and its packages, and the worker program. Models v2 and v1.
//!
//! 1. [`interpreter`]: named by the environment, the app's `.venv`, the active one, else that of the PATH
//! 2. [`PythonApps::packages`]: `.venv` is made when there is none, `requirements.txt` is installed when something of it
//!    is missing or it changed; in full view, and not with `--no-install`
//! 3. the worker program: standard library only

use std::path::{Path, PathBuf};

use futures_util::future::LocalBoxFuture;
use serde_json::json;
use tokio::process::Command;

use super::bundled_worker::{self, Recipe};
use super::embedded_files::Files;
use super::install::visibly;
use crate::functions::error::Trouble;
use crate::functions::worker::{Ground, Language, Started};

const FILES: Files = &[
    ("main.py", include_str!("../../../workers/python/main.py")),
    (
        "cygnet_worker/__init__.py",
        include_str!("../../../workers/python/cygnet_worker/__init__.py"),
    ),
    (
        "cygnet_worker/events.py",
        include_str!("../../../workers/python/cygnet_worker/events.py"),
    ),
    (
        "cygnet_worker/index.py",
        include_str!("../../../workers/python/cygnet_worker/index.py"),
    ),
    (
        "cygnet_worker/invoke.py",
        include_str!("../../../workers/python/cygnet_worker/invoke.py"),
    ),
    (
        "cygnet_worker/stream.py",
        include_str!("../../../workers/python/cygnet_worker/stream.py"),
    ),
    (
        "cygnet_worker/server.py",
        include_str!("../../../workers/python/cygnet_worker/server.py"),
    ),
    (
        "cygnet_worker/signature.py",
        include_str!("../../../workers/python/cygnet_worker/signature.py"),
    ),
];

/// The virtual environment of an app.
const VENV: &str = ".venv";
/// In a `.venv`: the `requirements.txt` that was installed there last.
const STAMP: &str = "cygnet-requirements.txt";
/// The oldest version that the worker program runs on.
const OLDEST: (u32, u32) = (3, 8);
/// Prints the version, then the requirements that are not there, one a line. Lines that are more than a name with
/// versions (options, URLs, markers) are pip's business and not looked at.
const PROBE: &str = r#"
import re, sys
from importlib import metadata
print("%d.%d" % sys.version_info[:2])
for line in open(sys.argv[1], encoding="utf-8-sig") if len(sys.argv) > 1 else ():
    found = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?\s*([<>=!~][^;@]*)?(#.*)?$", line)
    if found:
        try:
            metadata.version(found.group(1))
        except metadata.PackageNotFoundError:
            print(found.group(1))
"#;

/// Apps of the models v2 and v1.
#[derive(Debug)]
pub(crate) struct PythonApps {
    /// Whether packages may be installed.
    pub(crate) install: bool,
    /// The port of the debugger.
    pub(crate) debug: Option<u16>,
}

/// A Python, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Interpreter {
    /// Named by `languageWorkers__python__defaultExecutablePath`.
    Named(PathBuf),
    /// Of the app's `.venv`.
    App(PathBuf),
    /// Of the virtual environment that is active where the emulator was started.
    Active(PathBuf),
    /// The one of the PATH.
    System(PathBuf),
}

impl Interpreter {
    fn program(&self) -> &Path {
        match self {
            Self::Named(path) | Self::App(path) | Self::Active(path) | Self::System(path) => path,
        }
    }
}

/// Chooses the interpreter; `variable` reads the environment.
fn interpreter(app_dir: &Path, variable: impl Fn(&str) -> Option<String>) -> Interpreter {
    let given = |name: &str| variable(name).filter(|value| !value.is_empty());
    let of = |venv: &Path| Some(venv.join("bin/python")).filter(|path| path.exists());
    if let Some(path) = given("languageWorkers__python__defaultExecutablePath") {
        return Interpreter::Named(path.into());
    }
    if let Some(path) = of(&app_dir.join(VENV)) {
        return Interpreter::App(path);
    }
    match given("VIRTUAL_ENV").and_then(|venv| of(Path::new(&venv))) {
        Some(path) => Interpreter::Active(path),
        None => Interpreter::System("python3".into()),
    }
}

/// The program that runs an app, when nobody names one.
pub(crate) fn program(app_dir: &Path) -> PathBuf {
    let found = interpreter(app_dir, |name| std::env::var(name).ok());
    found.program().to_owned()
}

impl Language for PythonApps {
    fn start<'a>(&'a self, ground: Ground<'a>) -> LocalBoxFuture<'a, Result<Started, Trouble>> {
        Box::pin(async move {
            let app_dir = &ground.app.dir;
            let found = interpreter(app_dir, |name| std::env::var(name).ok());
            let found = self.packages(found, ground).await?;
            let arguments = match self.debug {
                Some(port) => debugger(found.program(), port).await?,
                None => Vec::new(),
            };
            let recipe = Recipe {
                executable: found.program().to_owned(),
                arguments,
                files: FILES,
                main: "main.py",
                // What is printed shall be seen when it is printed.
                environment: vec![("PYTHONUNBUFFERED", "1".to_owned())],
                config: json!({"appDir": app_dir, "functions": ground.app.legacy}),
                hint: format!(
                    "run `{} --version` to see whether Python works",
                    found.program().display()
                ),
            };
            let started = bundled_worker::start(recipe, ground).await?;
            if started.functions.is_empty() {
                ground.output.warn("no HTTP functions were found; hint: does function_app.py define them on its FunctionApp, and register its blueprints?");
            }
            Ok(started)
        })
    }
}

/// The arguments that put the worker under debugpy.
async fn debugger(program: &Path, port: u16) -> Result<Vec<String>, Trouble> {
    let asked = Command::new(program)
        .args(["-c", "import debugpy"])
        .stdin(std::process::Stdio::null())
        .kill_on_drop(true)
        .output()
        .await;
    if asked.is_ok_and(|output| output.status.success()) {
        let listen = format!("127.0.0.1:{port}");
        let words = ["-m", "debugpy", "--listen", &listen];
        return Ok(words.map(str::to_owned).to_vec());
    }
    Err(Trouble::new(
        format!(
            "`{}` has no package debugpy, which --api-debug needs",
            program.display()
        ),
        format!("{} -m pip install debugpy", program.display()),
    ))
}

impl PythonApps {
    /// Sees to it that the interpreter has what `requirements.txt` lists.
    async fn packages(
        &self,
        found: Interpreter,
        ground: Ground<'_>,
    ) -> Result<Interpreter, Trouble> {
        let app_dir = &ground.app.dir;
        let list = app_dir.join("requirements.txt");
        let Ok(wanted) = std::fs::read_to_string(&list) else {
            probe(found.program(), None).await?;
            return Ok(found);
        };
        let stamp = app_dir.join(VENV).join(STAMP);
        let is_apps = matches!(found, Interpreter::App(_));
        let stamped = std::fs::read_to_string(&stamp).ok().filter(|_| is_apps);
        let edited = ground.memory.differs(&wanted);
        if stamped.as_deref() == Some(wanted.as_str()) && !edited {
            ground.memory.keep(wanted);
            return Ok(found);
        }
        let missing = probe(found.program(), Some(&list)).await?;
        let packed = app_dir.join(".python_packages").is_dir();
        let needed = !missing.is_empty() || stamped.is_some() || edited;
        if !needed || packed {
            ground.memory.keep(wanted);
            return Ok(found);
        }
        if !self.install {
            if !missing.is_empty() {
                ground.output.warn(format!(
                    "{} of requirements.txt is not installed for {}, and installing is switched off\nhint: run `{} -m pip install -r requirements.txt`, or start without `--no-install`",
                    missing.join(", "),
                    found.program().display(),
                    found.program().display()
                ));
            }
            return Ok(found);
        }
        let found = match found {
            Interpreter::System(program) => venv(&program, ground).await?,
            other => other,
        };
        pip(&found, ground).await?;
        if let Interpreter::App(_) = found
            && let Err(error) = std::fs::write(&stamp, &wanted)
        {
            log::warn!(
                "cannot note what is installed in `{}`: {error}",
                stamp.display()
            );
        }
        ground.memory.keep(wanted);
        Ok(found)
    }
}

/// Makes the app's own virtual environment.
async fn venv(program: &Path, ground: Ground<'_>) -> Result<Interpreter, Trouble> {
    let app_dir = &ground.app.dir;
    let mut command = Command::new(program);
    command.args(["-m", "venv", VENV]).current_dir(app_dir);
    let shown = format!("{} -m venv {VENV}", program.display());
    let made = visibly(command, &shown, NO_PYTHON, ground).await;
    made.map_err(|trouble| Trouble {
        hint: format!(
            "{}; on Debian and Ubuntu it needs the package python3-venv",
            trouble.hint
        ),
        ..trouble
    })?;
    Ok(Interpreter::App(app_dir.join(VENV).join("bin/python")))
}

async fn pip(found: &Interpreter, ground: Ground<'_>) -> Result<(), Trouble> {
    let arguments = ["-m", "pip", "install", "-r", "requirements.txt"];
    let mut command = Command::new(found.program());
    command
        .args(arguments)
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .current_dir(&ground.app.dir);
    let program = found.program();
    let shown = program.strip_prefix(&ground.app.dir).unwrap_or(program);
    let shown = format!("{} {}", shown.display(), arguments.join(" "));
    visibly(command, &shown, NO_PYTHON, ground).await
}

const NO_PYTHON: &str = "install Python 3.10 or newer from https://www.python.org and start again; \
                         static files and sign-in work without it";

/// Asks an interpreter for its version and for what it lacks.
async fn probe(program: &Path, list: Option<&Path>) -> Result<Vec<String>, Trouble> {
    let mut command = Command::new(program);
    command.arg("-c").arg(PROBE).args(list).kill_on_drop(true);
    let output = command.output().await.map_err(|error| {
        Trouble::new(
            format!(
                "Python is needed for the Functions app, but `{}` cannot be started: {error}",
                program.display()
            ),
            NO_PYTHON,
        )
    })?;
    let text = String::from_utf8_lossy(&output.stdout);
    let mut lines = text.lines().map(str::to_owned);
    let version = lines.next().unwrap_or_default();
    let parsed = version
        .split_once('.')
        .and_then(|(major, minor)| Some((major.parse::<u32>().ok()?, minor.parse::<u32>().ok()?)));
    match parsed {
        Some(parsed) if parsed >= OLDEST => Ok(lines.collect()),
        Some(_) => Err(Trouble::new(
            format!("Python {version} is too old for the Functions app"),
            NO_PYTHON,
        )),
        None => Err(Trouble::new(
            format!(
                "`{}` does not work: {}",
                program.display(),
                String::from_utf8_lossy(&output.stderr).trim()
            ),
            NO_PYTHON,
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_apps_own_environment_wins_over_the_active_one() {
        let dir = tempfile::tempdir().unwrap();
        let make = |venv: &str| {
            let bin = dir.path().join(venv).join("bin");
            std::fs::create_dir_all(&bin).unwrap();
            std::fs::write(bin.join("python"), "").unwrap();
            bin.join("python")
        };
        let active = make("active");
        let folder = dir.path().join("active").display().to_string();
        let variable = |name: &str| (name == "VIRTUAL_ENV").then(|| folder.clone());
        let system = Interpreter::System("python3".into());
        assert_eq!(interpreter(dir.path(), |_| None), system);
        assert_eq!(
            interpreter(dir.path(), variable),
            Interpreter::Active(active)
        );
        let own = make(VENV);
        assert_eq!(interpreter(dir.path(), variable), Interpreter::App(own));
        let named = |_: &str| Some("/opt/python".to_owned());
        assert_eq!(
            interpreter(dir.path(), named),
            Interpreter::Named("/opt/python".into())
        );
    }

    #[tokio::test]
    async fn the_probe_finds_what_is_missing() {
        let dir = tempfile::tempdir().unwrap();
        let list = dir.path().join("requirements.txt");
        let text = "# c\npip>=1\nno-such-package-a ~= 2.0  # why\nno-such-b[x]\n-r other.txt\nc @ https://c\nd; python_version < '3'\n";
        std::fs::write(&list, text).unwrap();
        let missing = probe(Path::new("python3"), Some(&list)).await.unwrap();
        assert_eq!(missing, ["no-such-package-a", "no-such-b"]);
        let trouble = probe(Path::new("/no/such/python"), None).await.unwrap_err();
        assert!(trouble.message.contains("/no/such/python"));
    }
}
