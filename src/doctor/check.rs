//! One thing that was looked at, and how long it may take.

use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use serde::Serialize;
use serde_json::{Map, Value};

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
    pub(super) fn new(name: &str, state: State, found: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            state,
            found: found.into(),
            hint: None,
            facts: Map::new(),
        }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    pub(super) fn fact(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }
}

/// A thing that is being looked at.
pub(super) type Looking<'a> = LocalBoxFuture<'a, Check>;

/// Something that is looked at, for no longer than [`PATIENCE`].
pub(super) fn look<'a>(
    name: &'static str,
    looking: impl Future<Output = Check> + 'a,
) -> Looking<'a> {
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
pub(super) fn look_at_disk(
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
