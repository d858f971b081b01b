//! `cygnet doctor`: what this machine and this project have of what a start needs, each asked of the code that a start asks.
//!
//! 1. [`project`]: the settings, the configuration and its findings, the framework, the functions, the state folder
//! 2. [`ports`]: whether they are free, or who has them
//! 3. [`programs`]: Node.js, npm, Python and the others; the browser
//! 4. [`trust`]: the authority of `--ssl`
//! 5. [`machine`]: what the system allows: watched folders, open files; disks that are unlike Azure's
//!
//! Everything is asked at the same time, and nothing is waited for longer than [`PATIENCE`]: a program that hangs is one of
//! the things that are found out.

pub mod machine;
pub mod ports;
pub mod programs;
pub mod project;
pub mod trust;

use std::path::PathBuf;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{LocalBoxFuture, join_all};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::finding::Finding;
use crate::functions::{HostConfig, HostError, RuntimeChoice, runtime_of};
use crate::process::Guard;
use crate::server::api::host_config;
use crate::settings::Settings;

/// How long one thing may take.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// How it is with a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    Ok,
    /// Not there, or unusual, and nothing here needs it.
    Note,
    /// Something is left out or surprises.
    Warning,
    /// A start fails, or a part of the app does not answer.
    Problem,
}

impl State {
    /// The word for it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// In one or two words, such as `Node.js`.
    pub name: String,
    /// How it is.
    pub state: State,
    /// What was found.
    pub found: String,
    /// The next step, where there is one.
    pub hint: Option<String>,
    /// The same in values, such as `version` and `path`.
    pub facts: Map<String, Value>,
}

impl Check {
    fn new(name: &str, state: State, found: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            state,
            found: found.into(),
            hint: None,
            facts: Map::new(),
        }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    fn fact(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }
}

/// A thing that is being looked at.
type Looking<'a> = LocalBoxFuture<'a, Check>;

/// What is known before anything is looked at.
#[derive(Debug)]
pub struct Patient {
    /// The folder that it was asked in.
    pub folder: PathBuf,
    /// What a start there would go by, or why there would be none.
    pub settings: Result<Settings, Finding>,
    /// How the functions would be run: those of the folder, or whatever lies here.
    host: HostConfig,
    /// Which language they are written in, if there are any.
    functions: Option<Result<RuntimeChoice, HostError>>,
}

impl Patient {
    /// What a start in this folder with these settings would look for.
    pub fn new(folder: PathBuf, settings: Result<Settings, Finding>) -> Self {
        let configured = settings.as_ref().ok();
        let configured = configured.and_then(|it| host_config(&it.api, &it.project));
        Self {
            functions: configured.as_ref().map(runtime_of),
            host: configured.unwrap_or_else(|| HostConfig::new(&folder)),
            settings,
            folder,
        }
    }

    fn settings(&self) -> Option<&Settings> {
        self.settings.as_ref().ok()
    }

    fn guard(&self) -> &Guard {
        &self.host.guard
    }

    /// Looks at everything. Must be called on a tokio runtime.
    pub async fn examine(&self) -> Vec<Check> {
        let all = [
            project::checks(self),
            ports::checks(self),
            programs::checks(self),
            trust::checks(self),
            machine::checks(self),
        ];
        join_all(all.into_iter().flatten()).await
    }
}

/// Something that is looked at, for no longer than [`PATIENCE`].
fn look<'a>(name: &'static str, looking: impl Future<Output = Check> + 'a) -> Looking<'a> {
    async move {
        match tokio::time::timeout(PATIENCE, looking).await {
            Ok(check) => check,
            Err(_) => {
                let found = format!("it does not answer within {} s", PATIENCE.as_secs());
                Check::new(name, State::Warning, found)
            }
        }
    }
    .boxed_local()
}

/// The same of something that reads the disk: on a thread of its own, which nobody waits for when it hangs.
fn look_at_disk(
    name: &'static str,
    look_at: impl FnOnce() -> Check + Send + 'static,
) -> Looking<'static> {
    let (sender, looked) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || sender.send(look_at()));
    look(name, async move {
        let failed = |_| Check::new(name, State::Warning, "it cannot be looked at");
        looked.await.unwrap_or_else(failed)
    })
}
