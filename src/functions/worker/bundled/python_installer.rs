//! What makes and fills virtual environments of Python: uv where it is there, which takes a tenth of the time, else pip.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::functions::app::python_interpreter::{Interpreter, VENV, VENV_PROGRAM};
use crate::functions::error::HostError;
use crate::functions::worker::launch::{LaunchContext, Voice, run};
use crate::process::program;

/// From here on pip installs into another environment than its own (`--python`).
const REMOTE_PIP: (u32, u32) = (22, 3);
/// What to do without Python.
pub(super) const NO_PYTHON: &str = "install Python 3.8 or newer from https://www.python.org and start again; \
                                    static files and sign-in work without it";
/// The interpreter in its own folder.
const BASE_PROGRAM: &str = if cfg!(windows) {
    "python.exe"
} else {
    "python3"
};

/// Makes the app's own virtual environment. To give it a pip of its own takes seconds; uv needs none, and that of the
/// interpreter serves if it is new enough.
pub(super) async fn make(
    program: &Path,
    pip: Option<(u32, u32)>,
    context: LaunchContext<'_>,
) -> Result<Interpreter, HostError> {
    let app_dir = &context.app.dir;
    let mut words = vec!["-m", "venv", VENV];
    if pip >= Some(REMOTE_PIP) || uv().is_some() {
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

/// Installs what `requirements.txt` lists; all of it anew if that was cut off before, since a package may lie there in part.
///
/// # Errors
/// No way to do it worked.
pub(super) async fn fill(
    found: &Interpreter,
    was_cut_off: bool,
    context: LaunchContext<'_>,
) -> Result<(), HostError> {
    let output = &context.config.output;
    if let Some(uv) = uv() {
        let anew = was_cut_off.then_some("--reinstall");
        let Err(error) = by_uv(&uv, found, anew.as_slice(), context).await else {
            return Ok(());
        };
        output.warn(format!("{error}; now with what uv has in its cache"));
        let words: Vec<_> = ["--offline"].into_iter().chain(anew).collect();
        let Err(error) = by_uv(&uv, found, &words, context).await else {
            return Ok(());
        };
        output.warn(format!("{error}; now by pip"));
    }
    by_pip(found, was_cut_off, context).await
}

/// Where uv is, if it looks for packages where pip would.
fn uv() -> Option<PathBuf> {
    let is_given = |name: &str| std::env::var_os(name).is_some();
    program::find("uv").filter(|_| knows_sources(is_given, &pip_files()))
}

/// Whether uv is told where packages come from, or pip is not: a private index that only pip knows must not be passed by.
fn knows_sources(is_given: impl Fn(&str) -> bool, pip_files: &[PathBuf]) -> bool {
    let of_uv = [
        "UV_DEFAULT_INDEX",
        "UV_INDEX",
        "UV_INDEX_URL",
        "UV_FIND_LINKS",
    ];
    let of_pip = [
        "PIP_INDEX_URL",
        "PIP_EXTRA_INDEX_URL",
        "PIP_FIND_LINKS",
        "PIP_NO_INDEX",
        "PIP_CONSTRAINT",
    ];
    let pip_is_told =
        || of_pip.into_iter().any(&is_given) || pip_files.iter().any(|file| names_source(file));
    of_uv.into_iter().any(&is_given) || !pip_is_told()
}

/// The files that pip is configured by.
fn pip_files() -> Vec<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let home = folder(if cfg!(windows) { "USERPROFILE" } else { "HOME" }).unwrap_or_default();
    let (global, own, name) = match cfg!(windows) {
        true => (folder("ProgramData"), folder("APPDATA"), "pip.ini"),
        false => (
            Some("/etc/xdg".into()),
            folder("XDG_CONFIG_HOME"),
            "pip.conf",
        ),
    };
    let own = own.unwrap_or_else(|| home.join(".config"));
    let folders = [
        global.map(|folder| folder.join("pip")),
        (!cfg!(windows)).then(|| "/etc".into()),
        Some("/Library/Application Support/pip".into()),
        Some(home.join("Library/Application Support/pip")),
        Some(own.join("pip")),
        Some(home.join(if cfg!(windows) { "pip" } else { ".pip" })),
    ];
    let files = folders.into_iter().flatten();
    let files = files.map(|folder| folder.join(name));
    files.chain(folder("PIP_CONFIG_FILE")).collect()
}

/// Whether a configuration of pip says where packages come from, or which.
fn names_source(file: &Path) -> bool {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let mut names = text.lines().filter_map(|line| {
        let (name, _) = line.split_once(['=', ':'])?;
        Some(name.trim().replace('_', "-"))
    });
    names.any(|name| {
        [
            "index-url",
            "extra-index-url",
            "find-links",
            "no-index",
            "constraint",
        ]
        .contains(&&*name)
    })
}

async fn by_uv(
    uv: &Path,
    found: &Interpreter,
    more: &[&str],
    context: LaunchContext<'_>,
) -> Result<(), HostError> {
    let program = found.program();
    let target = program.display().to_string();
    let words = |target: &str| {
        let words = ["pip", "install", "--python", target];
        let words = words.iter().chain(more).chain(&["-r", "requirements.txt"]);
        words.map(|word| (*word).to_owned()).collect::<Vec<_>>()
    };
    let mut command = Command::new(uv);
    command.args(words(&target)).current_dir(&context.app.dir);
    let shown = format!("uv {}", words(&relative(program, context)).join(" "));
    run(command, &shown, (NO_PYTHON, Voice::Quiet), context).await
}

/// An environment without pip is filled by that of the Python it was made of.
async fn by_pip(
    found: &Interpreter,
    was_cut_off: bool,
    context: LaunchContext<'_>,
) -> Result<(), HostError> {
    let program = found.program();
    let base = environment(program).and_then(base_without_pip);
    let target = program.display().to_string();
    // What is not imported need not be compiled.
    let mut words = vec!["install", "--no-compile", "-r", "requirements.txt"];
    if was_cut_off {
        words.insert(2, "--ignore-installed");
    }
    let by = base.as_deref().unwrap_or(program);
    let mut command = Command::new(by);
    command.args(["-m", "pip"]);
    if base.is_some() {
        command.args(["--python", &target]);
    }
    command
        .args(&words)
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .current_dir(&context.app.dir);
    words.retain(|word| *word != "--no-compile");
    let into = base.as_ref().map(|_| relative(program, context));
    let into = into.map(|program| format!("--python {program} "));
    let shown = format!(
        "{} -m pip {}{}",
        relative(by, context),
        into.unwrap_or_default(),
        words.join(" ")
    );
    run(command, &shown, (NO_PYTHON, Voice::Quiet), context).await
}

fn relative(path: &Path, context: LaunchContext<'_>) -> String {
    let dir = &context.app.dir;
    path.strip_prefix(dir).unwrap_or(path).display().to_string()
}

/// The virtual environment of an interpreter.
pub(super) fn environment(program: &Path) -> Option<&Path> {
    program.parent()?.parent()
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uv_passes_by_no_index_that_only_pip_knows() {
        let dir = tempfile::tempdir().unwrap();
        let files = [dir.path().join("pip.conf"), dir.path().join("none")];
        let index = "[global]\nindex-url = https://pypi.example.com/simple\n";
        for (text, given, expected) in [
            ("", None, true),
            ("[global]\ncert = /a.pem\n# index-url\n", None, true),
            (index, None, false),
            (
                "[install]\nextra_index_url: https://example.com\n",
                None,
                false,
            ),
            (index, Some("UV_DEFAULT_INDEX"), true),
            ("", Some("PIP_INDEX_URL"), false),
        ] {
            std::fs::write(&files[0], text).unwrap();
            let knows = knows_sources(|name| Some(name) == given, &files);
            assert_eq!(knows, expected, "{text} {given:?}");
        }
    }
}
