//! The packages of a Python app: what an interpreter lacks of `requirements.txt` is installed ([`installer`]), into a virtual
//! environment that is made when there is none.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::python_installer::{self as installer, NO_PYTHON, environment};
use crate::functions::app::python_interpreter::Interpreter;
use crate::functions::error::HostError;
use crate::functions::worker::launch::LaunchContext;
use crate::process::program::PATIENCE;
use crate::process::{Guard, ask};
use crate::store::atomic_file::write_whole;

/// In a virtual environment of an app: the `requirements.txt` that was installed there last; empty from the moment when that
/// begins until it is done.
const STAMP: &str = "cygnet-requirements.txt";
/// The oldest version that the worker program runs on.
pub(super) const OLDEST: (u32, u32) = (3, 8);
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
        Interpreter::System(program) => installer::make(&program, own, context).await?,
        other => other,
    };
    let was_cut_off = stamped.as_deref() == Some("");
    note(&found, "");
    installer::fill(&found, was_cut_off, context).await?;
    note(&found, &wanted);
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

fn note(found: &Interpreter, list: &str) {
    if let Some(stamp) = stamp_of(found)
        && let Err(error) = write_whole(&stamp, list.as_bytes())
    {
        log::warn!(
            "cannot note what is installed in `{}`: {error}",
            stamp.display()
        );
    }
}

/// Says what is wrong with an interpreter that did not run the app.
///
/// # Errors
/// There is none, it is too old, or it does not work.
pub(crate) async fn check(program: &Path, guard: &Guard) -> Result<(), HostError> {
    version(program, guard).await.map(drop)
}

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
