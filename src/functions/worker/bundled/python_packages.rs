//! The packages of a Python app: what an interpreter lacks of `requirements.txt` is installed, into a virtual environment that is
//! made when there is none.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::functions::app::python_interpreter::{Interpreter, VENV, VENV_PROGRAM};
use crate::functions::error::HostError;
use crate::functions::worker::launch::{LaunchContext, Voice, run};
use crate::process::program::PATIENCE;
use crate::process::{Guard, ask};
use crate::store::atomic_file::write_whole;

/// In a virtual environment of an app: the `requirements.txt` that was installed there last.
const STAMP: &str = "cygnet-requirements.txt";
/// The oldest version that the worker program runs on.
const OLDEST: (u32, u32) = (3, 8);
/// From here on pip installs into another environment than its own (`--python`).
const REMOTE_PIP: (u32, u32) = (22, 3);
/// Prints the version and that of pip, then the requirements that are not there, one a line. Lines that are more than a name with
/// versions (options, URLs, markers) are pip's business and not looked at.
const PROBE: &str = r#"
import re, sys
from importlib import metadata
print("%d.%d" % sys.version_info[:2])
try:
    print(metadata.version("pip"))
except metadata.PackageNotFoundError:
    print("none")
for line in open(sys.argv[1], encoding="utf-8-sig") if len(sys.argv) > 1 else ():
    found = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?\s*([<>=!~][^;@]*)?(#.*)?$", line)
    if found:
        try:
            metadata.version(found.group(1))
        except metadata.PackageNotFoundError:
            print(found.group(1))
"#;

/// Sees to it that the interpreter has what `requirements.txt` lists.
pub(crate) async fn packages(
    found: Interpreter,
    context: LaunchContext<'_>,
) -> Result<Interpreter, HostError> {
    let app_dir = &context.app.dir;
    let list = app_dir.join("requirements.txt");
    let Ok(wanted) = std::fs::read_to_string(&list) else {
        version(found.program(), &context.config.guard).await?;
        return Ok(found);
    };
    let stamp = stamp_of(&found);
    let stamped = stamp.and_then(|stamp| std::fs::read_to_string(stamp).ok());
    let edited = context.cache.differs(&wanted);
    if stamped.as_deref() == Some(wanted.as_str()) && !edited {
        context.cache.keep(wanted);
        return Ok(found);
    }
    let probed = probe(found.program(), Some(&list), &context.config.guard).await?;
    let Probed {
        missing, pip: own, ..
    } = probed;
    let packed = app_dir.join(".python_packages").is_dir();
    let needed = !missing.is_empty() || stamped.is_some() || edited;
    if !needed || packed {
        context.cache.keep(wanted);
        return Ok(found);
    }
    if !context.config.install {
        if !missing.is_empty() {
            let program = found.program().display();
            context.config.output.advise(
                format!(
                    "{} of requirements.txt is not installed for {program}, and installing is switched off",
                    missing.join(", ")
                ),
                format!(
                    "run `{program} -m pip install -r requirements.txt`, or start without `--no-install`"
                ),
            );
        }
        return Ok(found);
    }
    let found = match found {
        Interpreter::System(program) => venv(&program, own, context).await?,
        other => other,
    };
    pip(&found, context).await?;
    if let Some(stamp) = stamp_of(&found)
        && let Err(error) = write_whole(&stamp, wanted.as_bytes())
    {
        log::warn!(
            "cannot note what is installed in `{}`: {error}",
            stamp.display()
        );
    }
    context.cache.keep(wanted);
    Ok(found)
}

/// Where it is noted what was installed, in an environment that is the app's own.
fn stamp_of(found: &Interpreter) -> Option<PathBuf> {
    match found {
        Interpreter::App(program) => Some(environment(program)?.join(STAMP)),
        _ => None,
    }
}

/// The virtual environment of an interpreter.
fn environment(program: &Path) -> Option<&Path> {
    program.parent()?.parent()
}

/// Makes the app's own virtual environment. To give it a pip of its own takes seconds; that of the interpreter serves, if
/// it is new enough.
async fn venv(
    program: &Path,
    pip: Option<(u32, u32)>,
    context: LaunchContext<'_>,
) -> Result<Interpreter, HostError> {
    let app_dir = &context.app.dir;
    let mut words = vec!["-m", "venv", VENV];
    if pip >= Some(REMOTE_PIP) {
        words.insert(2, "--without-pip");
    }
    let mut command = Command::new(program);
    command.args(&words).current_dir(app_dir);
    let shown = format!("{} {}", program.display(), words.join(" "));
    let made = run(command, &shown, (NO_PYTHON, Voice::Quiet), context).await;
    made.map_err(|error| HostError {
        hint: format!(
            "{}; on Debian and Ubuntu it needs the package python3-venv",
            error.hint
        ),
        ..error
    })?;
    Ok(Interpreter::App(app_dir.join(VENV).join(VENV_PROGRAM)))
}

/// Installs what is listed. An environment without pip is filled by that of the Python it was made of.
async fn pip(found: &Interpreter, context: LaunchContext<'_>) -> Result<(), HostError> {
    let dir = &context.app.dir;
    let relative = |path: &Path| path.strip_prefix(dir).unwrap_or(path).display().to_string();
    let program = found.program();
    let base = environment(program).and_then(base_without_pip);
    let target = program.display().to_string();
    // What is not imported need not be compiled.
    let install = ["install", "--no-compile", "-r", "requirements.txt"];
    let mut words = vec!["-m", "pip"];
    if base.is_some() {
        words.extend(["--python", &target]);
    }
    words.extend(install);
    let by = base.as_deref().unwrap_or(program);
    let mut command = Command::new(by);
    command
        .args(&words)
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .current_dir(dir);
    let into = base
        .as_ref()
        .map(|_| format!("--python {} ", relative(program)));
    let shown = format!(
        "{} -m pip {}install -r requirements.txt",
        relative(by),
        into.unwrap_or_default()
    );
    run(command, &shown, (NO_PYTHON, Voice::Quiet), context).await
}

/// The interpreter in its own folder.
const BASE_PROGRAM: &str = if cfg!(windows) {
    "python.exe"
} else {
    "python3"
};

/// The Python that a virtual environment was made of, if the environment has no pip of its own.
fn base_without_pip(environment: &Path) -> Option<PathBuf> {
    let settings = std::fs::read_to_string(environment.join("pyvenv.cfg")).ok()?;
    let home = settings.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        (name.trim() == "home").then(|| value.trim())
    })?;
    // `lib/python3.12/site-packages`, and on Windows `Lib/site-packages`.
    let library = environment.join("lib");
    let versions = std::fs::read_dir(&library).ok()?;
    let versions = versions.flatten().map(|entry| entry.path());
    let has_pip = (std::iter::once(library).chain(versions))
        .any(|library| library.join("site-packages/pip").is_dir());
    let base = Path::new(home).join(BASE_PROGRAM);
    (!has_pip && base.is_file()).then_some(base)
}

const NO_PYTHON: &str = "install Python 3.8 or newer from https://www.python.org and start again; \
                         static files and sign-in work without it";

/// What an interpreter has.
struct Probed {
    /// Such as `3.11`.
    version: String,
    /// What it lacks of the list.
    missing: Vec<String>,
    /// The version of its pip, if it has one.
    pip: Option<(u32, u32)>,
}

/// The version of an interpreter, such as `3.11`.
///
/// # Errors
/// It does not work, or is too old.
pub(crate) async fn version(program: &Path, guard: &Guard) -> Result<String, HostError> {
    probe(program, None, guard)
        .await
        .map(|probed| probed.version)
}

/// Asks an interpreter for its version, its pip, and for what it lacks.
async fn probe(program: &Path, list: Option<&Path>, guard: &Guard) -> Result<Probed, HostError> {
    let mut command = Command::new(program);
    command.arg("-c").arg(PROBE).args(list);
    let output = ask(&mut command, guard, PATIENCE).await.map_err(|error| {
        HostError::new(
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
    let pip = lines.next().and_then(|version| two_numbers(&version));
    match two_numbers(&version) {
        Some(parsed) if parsed >= OLDEST => Ok(Probed {
            missing: lines.collect(),
            pip,
            version,
        }),
        Some(_) => Err(HostError::new(
            format!("Python {version} is too old for the Functions app"),
            NO_PYTHON,
        )),
        None => Err(HostError::new(
            format!(
                "`{}` does not work: {}",
                program.display(),
                String::from_utf8_lossy(&output.stderr).trim()
            ),
            NO_PYTHON,
        )),
    }
}

/// `3.11` of `3.11.7`.
fn two_numbers(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split('.').map(|number| number.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_interpreter_that_is_not_there_is_named() {
        let error = probe(Path::new("/no/such/python"), None, &Guard::new(None)).await;
        let error = error.map(|_| ()).unwrap_err();
        assert!(error.message.contains("/no/such/python"));
    }
}
