//! Which Python runs an app: named by the environment, the app's `.venv`, the active one, else that of the PATH.

use std::path::{Path, PathBuf};

/// The virtual environment of an app.
pub(crate) const VENV: &str = ".venv";

/// A Python, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Interpreter {
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
    /// That of an app, when nobody names one.
    pub(crate) fn of(app_dir: &Path) -> Self {
        choose(app_dir, |name| std::env::var(name).ok())
    }

    pub(crate) fn program(&self) -> &Path {
        match self {
            Self::Named(path) | Self::App(path) | Self::Active(path) | Self::System(path) => path,
        }
    }
}

/// `variable` reads the process environment.
fn choose(app_dir: &Path, variable: impl Fn(&str) -> Option<String>) -> Interpreter {
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
        assert_eq!(choose(dir.path(), |_| None), system);
        assert_eq!(choose(dir.path(), variable), Interpreter::Active(active));
        let own = make(VENV);
        assert_eq!(choose(dir.path(), variable), Interpreter::App(own));
        let named = |_: &str| Some("/opt/python".to_owned());
        assert_eq!(
            choose(dir.path(), named),
            Interpreter::Named("/opt/python".into())
        );
    }
}
