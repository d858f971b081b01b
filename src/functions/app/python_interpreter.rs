//! Which Python runs an app: named by the environment, that of the app's virtual environment, the active one, that of the
//! project's, else that of the PATH.

use std::path::{Path, PathBuf};

use crate::process::program;

/// The virtual environment that is made for an app.
pub(crate) const VENV: &str = ".venv";
/// The interpreter of a virtual environment, in its folder.
pub(crate) const VENV_PROGRAM: &str = if cfg!(windows) {
    r"Scripts\python.exe"
} else {
    "bin/python"
};
/// What people call theirs.
const VENVS: [&str; 3] = [VENV, "venv", "env"];

/// A Python, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Interpreter {
    /// Named by `languageWorkers__python__defaultExecutablePath`.
    Named(PathBuf),
    /// Of the app's `.venv`, `venv` or `env`.
    App(PathBuf),
    /// Of the virtual environment that is active where the emulator was started, or of the project that holds the app.
    Shared(PathBuf),
    /// The one of the PATH.
    System(PathBuf),
}

impl Interpreter {
    /// That of an app, when nobody names one.
    pub(crate) fn of(app_dir: &Path) -> Self {
        choose(app_dir, |name| std::env::var(name).ok())
    }

    pub(crate) fn program(&self) -> &Path {
        match self {
            Self::Named(path) | Self::App(path) | Self::Shared(path) | Self::System(path) => path,
        }
    }
}

/// `variable` reads the process environment.
fn choose(app_dir: &Path, variable: impl Fn(&str) -> Option<String>) -> Interpreter {
    let given = |name: &str| variable(name).filter(|value| !value.is_empty());
    let of = |venv: &Path| Some(venv.join(VENV_PROGRAM)).filter(|path| path.exists());
    if let Some(path) = given("languageWorkers__python__defaultExecutablePath") {
        return Interpreter::Named(path.into());
    }
    let within = |dir: &Path| VENVS.into_iter().find_map(|name| of(&dir.join(name)));
    if let Some(path) = within(app_dir) {
        return Interpreter::App(path);
    }
    let active = given("VIRTUAL_ENV").and_then(|venv| of(Path::new(&venv)));
    let projects = || within(app_dir.parent()?);
    match active.or_else(projects) {
        Some(path) => Interpreter::Shared(path),
        None => Interpreter::System(system().into()),
    }
}

/// What installers for Windows put into the PATH is the launcher, and `python` only if they are told to.
fn system() -> &'static str {
    match cfg!(windows) {
        true if program::find("py").is_some() => "py",
        true => "python",
        false => "python3",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_apps_own_environment_wins_over_the_active_one() {
        let project = tempfile::tempdir().unwrap();
        let api = project.path().join("api");
        let make = |venv: &str| {
            let program = project.path().join(venv).join(VENV_PROGRAM);
            std::fs::create_dir_all(program.parent().unwrap()).unwrap();
            std::fs::write(&program, "").unwrap();
            program
        };
        let active = make("active");
        let folder = project.path().join("active").display().to_string();
        let variable = |name: &str| (name == "VIRTUAL_ENV").then(|| folder.clone());
        let system = Interpreter::System(system().into());
        assert_eq!(choose(&api, |_| None), system);
        let projects = make("venv");
        assert_eq!(choose(&api, |_| None), Interpreter::Shared(projects));
        assert_eq!(choose(&api, variable), Interpreter::Shared(active));
        for venv in ["api/env", "api/venv", "api/.venv"] {
            let own = make(venv);
            assert_eq!(choose(&api, variable), Interpreter::App(own));
        }
        let named = |_: &str| Some("/opt/python".to_owned());
        assert_eq!(
            choose(&api, named),
            Interpreter::Named("/opt/python".into())
        );
    }
}
