//! What the inspector of a process knows.

use std::path::PathBuf;
use std::sync::Arc;

use crate::pipeline::{AppState, RequestNumbers};
use crate::settings::CallerRange;

use super::journal::Journal;

/// The inspector of a process.
pub struct Inspector {
    /// What is served.
    pub info: Info,
    /// All environments that are served.
    pub environments: Arc<dyn Environments>,
    /// The last requests.
    pub journal: Arc<Journal>,
    /// What a page of ours says to prove that it is one. Differs with each start.
    token: String,
}

/// What is served, as far as it is known at the start.
#[derive(Debug, Clone)]
pub struct Info {
    /// Which command serves.
    pub mode: Mode,
    /// Where it answers.
    pub urls: Vec<String>,
    /// The folder with the content, where a folder is served.
    pub content: Option<PathBuf>,
    /// The URL of the dev server, where one is served.
    pub dev_server: Option<String>,
    /// The folder of the project: where relative paths of settings start.
    pub project: PathBuf,
    /// From where, besides this machine, it may be looked at.
    pub from: Vec<CallerRange>,
}

/// Which command serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// `cygnet start`: the working copy.
    Start,
    /// `cygnet serve`: what is deployed.
    Serve,
}

/// The environments that are served as they are now.
pub trait Environments: Send + Sync {
    /// All of them, in the order of the store; the working copy alone under `cygnet start`.
    fn all(&self) -> Vec<ServedEnvironment>;
}

/// One environment.
#[derive(Debug, Clone)]
pub struct ServedEnvironment {
    /// As `cygnet environments list` names it; `local` for the working copy.
    pub name: Arc<str>,
    /// Where it answers.
    pub url: String,
    /// What its requests share.
    pub app: Arc<AppState>,
}

impl Inspector {
    /// An inspector that has seen nothing yet.
    pub fn new(info: Info, environments: Arc<dyn Environments>, journal: Arc<Journal>) -> Self {
        Self {
            info,
            environments,
            journal,
            token: uuid::Uuid::new_v4().simple().to_string(),
        }
    }

    /// What numbers the requests.
    pub fn numbers(&self) -> Arc<dyn RequestNumbers> {
        Arc::clone(&self.journal) as Arc<dyn RequestNumbers>
    }

    /// What a page of ours says to prove that it is one.
    pub fn token(&self) -> &str {
        &self.token
    }
}

impl Mode {
    /// The name of the command.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Serve => "serve",
        }
    }
}
