//! The verbs about deployments. [`deploy`] makes them; [`environments`] lists, deletes and rolls back; [`appsettings`],
//! [`password`] and [`users`] are what an app has beside its files. `cygnet serve` shows it all.

pub mod appsettings;
pub mod deploy;
pub mod environments;
pub mod password;
pub mod users;
mod view;

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use crate::deployment::model::DeploymentState;
use crate::deployment::store::{Session, StorePaths};
use crate::finding::{Advice, Finding};
use crate::settings::SettingsError;
use crate::settings::folders::absolute;

use super::exit::ExitCode;
use super::report::{self, Failure};

/// Where the project is, and how to answer.
#[derive(Debug, Clone, Default, Args)]
pub struct ProjectArgs {
    /// Print one JSON object
    #[arg(long, global = true)]
    pub json: bool,

    /// Configuration file of the command line; its folder is the project [default: swa-cli.config.json]
    #[arg(short, long, value_name = "FILE", global = true)]
    pub config: Option<String>,
}

impl ProjectArgs {
    /// The base folder of the project.
    ///
    /// # Errors
    /// The configuration file that was named is not there.
    pub(super) fn base(&self) -> Result<PathBuf, Failure> {
        let cwd = std::env::current_dir().unwrap_or_default();
        let Some(file) = self.config.as_deref().map(|file| absolute(&cwd, file)) else {
            return Ok(cwd);
        };
        match file.parent() {
            Some(folder) if file.is_file() => Ok(folder.to_path_buf()),
            _ => Err(SettingsError::ConfigFileNotFound(file).into()),
        }
    }

    pub(super) fn paths(&self) -> Result<StorePaths, Failure> {
        Ok(StorePaths::of(&self.base()?))
    }

    /// What the store says, for verbs that change nothing.
    fn look(&self) -> Result<DeploymentState, Failure> {
        self.paths()?.peek()?.ok_or_else(nothing)
    }

    /// The store, locked, and what it says.
    fn change(&self) -> Result<(Session, DeploymentState), Failure> {
        let session = open(&self.paths()?)?;
        let state = session.state()?.ok_or_else(nothing)?;
        Ok((session, state))
    }

    /// Prints what came of it.
    pub(super) fn say(&self, text: &str, members: Value) {
        match self.json {
            true => report::json(members),
            false => report::data(text),
        }
    }
}

fn open(paths: &StorePaths) -> Result<Session, Failure> {
    let waits = || {
        report::warning(&Finding::remark(
            "another cygnet changes the deployments of this project; waiting for it",
            "it ends by itself",
        ));
    };
    Session::open(paths, waits).map_err(Failure::from)
}

fn nothing() -> Failure {
    failure("the app was never deployed", "cygnet deploy")
}

/// A refusal by a rule.
fn refusal(rule: &str, error: &(dyn Advice + 'static)) -> Failure {
    Failure::of(error, ExitCode::CannotStart).with_json("error", json!({ "rule": rule }))
}

fn failure(message: impl Into<String>, hint: impl Into<String>) -> Failure {
    Failure {
        message: message.into(),
        hint: Some(hint.into()).filter(|hint| !hint.is_empty()),
        code: ExitCode::CannotStart,
        ..Failure::default()
    }
}

fn usage(message: impl Into<String>, hint: impl Into<String>) -> Failure {
    Failure {
        code: ExitCode::Usage,
        ..failure(message, hint)
    }
}
