//! A project in a temporary folder, with an environment of its own.

use std::fs;
use std::path::PathBuf;

use clap::Parser;
use cygnet::finding::{Advice, Finding, Severity};
use cygnet::settings::{ProcessEnv, Settings, SettingsError, StartArgs, argv, resolve};
use tempfile::TempDir;

#[derive(Parser)]
struct CommandLine {
    #[command(flatten)]
    args: StartArgs,
}

pub(crate) struct Project {
    folder: TempDir,
    pub(crate) around: ProcessEnv,
}

/// What resolving gave, remarks included.
pub(crate) struct Outcome {
    pub(crate) settings: Result<Settings, SettingsError>,
    pub(crate) notices: Vec<Finding>,
}

impl Project {
    /// A project with these folders, the current folder being its root.
    pub(crate) fn new(folders: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in folders {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        let around = ProcessEnv {
            cwd: folder.path().to_path_buf(),
            ..ProcessEnv::default()
        };
        Self { folder, around }
    }

    pub(crate) fn file(self, name: &str, text: &str) -> Self {
        fs::write(self.path(name), text).unwrap();
        self
    }

    pub(crate) fn config(self, text: &str) -> Self {
        self.file("swa-cli.config.json", text)
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.around.env.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn dotenv(mut self, text: &str) -> Self {
        self.around.dotenv = cygnet::settings::dotenv::parse(text);
        self
    }

    pub(crate) fn docker(mut self) -> Self {
        self.around.docker = true;
        self
    }

    /// The absolute path of a name in the project.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        match name {
            "" => self.folder.path().to_path_buf(),
            name => self.folder.path().join(name),
        }
    }

    pub(crate) fn start(&self, words: &[&str]) -> Outcome {
        let mut notices = Vec::new();
        let settings = resolve(&args(words), &self.around, &mut notices);
        Outcome { settings, notices }
    }

    /// The message with the project's folder as `[ROOT]`.
    pub(crate) fn shown(&self, text: impl ToString) -> String {
        let root = self.folder.path().display().to_string();
        text.to_string().replace(&root, "[ROOT]")
    }

    /// Message and hint of the error that these words give.
    pub(crate) fn error(&self, words: &[&str]) -> String {
        let error = self.start(words).settings.unwrap_err();
        let code = if error.is_usage() { 2 } else { 1 };
        self.shown(format!(
            "{code} {error}\nhint: {}",
            error.hint().unwrap_or_default()
        ))
    }
}

impl Outcome {
    /// The settings, when there was nothing to remark upon.
    pub(crate) fn quiet(self) -> Settings {
        assert_eq!(self.warnings(), Vec::<String>::new());
        self.settings.unwrap()
    }

    /// What the user would see, hints included.
    pub(crate) fn warnings(&self) -> Vec<String> {
        self.notices
            .iter()
            .filter(|notice| notice.severity == Severity::Warning)
            .map(|notice| {
                let hint = notice.hint.as_deref().unwrap_or_default();
                format!("{} | {hint}", notice.message)
            })
            .collect()
    }
}

/// The words after `cygnet`, as the program reads them.
pub(crate) fn args(words: &[&str]) -> StartArgs {
    let argv = ["cygnet"].iter().chain(words).map(Into::into);
    CommandLine::try_parse_from(argv::expand(argv))
        .unwrap_or_else(|error| panic!("{error}"))
        .args
}
