//! What was done for an app before its present worker started.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use crate::functions::error::HostError;
use crate::process::Supervised;

/// What was done for the app before: a restart notices what changed, and does not do it again.
#[derive(Debug, Clone, Default)]
pub(crate) struct InstallCache(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    installed: Option<String>,
    built: Option<SystemTime>,
    /// The last build, if it failed: when it began, and why.
    failed: Option<(SystemTime, HostError)>,
    /// The app's own watch script; it ends with the last handle.
    watching: Option<Supervised>,
}

impl InstallCache {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a list of packages was kept, and it was another one.
    pub(crate) fn differs(&self, list: &str) -> bool {
        let kept = self.kept();
        kept.installed.as_deref().is_some_and(|kept| kept != list)
    }

    /// Keeps the list of packages that is installed.
    pub(crate) fn keep(&self, list: String) {
        self.kept().installed = Some(list);
    }

    /// When the app was last built here.
    pub(crate) fn built(&self) -> Option<SystemTime> {
        self.kept().built
    }

    /// Notes when a build began.
    pub(crate) fn note_build(&self, begun: SystemTime) {
        let mut kept = self.kept();
        kept.built = Some(begun);
        kept.failed = None;
    }

    /// Notes that the build that began then failed. What it wrote all the same is not what the app was before.
    pub(crate) fn note_failed(&self, begun: SystemTime, why: HostError) {
        self.kept().failed = Some((begun, why));
    }

    /// Why the last build failed, unless something was saved since it began.
    pub(crate) fn failed(&self, saved: Option<SystemTime>) -> Option<HostError> {
        let kept = self.kept();
        let (begun, why) = kept.failed.as_ref()?;
        let is_edited = saved.is_some_and(|saved| saved > *begun);
        (!is_edited).then(|| HostError {
            repeated: true,
            ..why.clone()
        })
    }

    /// Whether the app's watch script runs.
    pub(crate) fn is_watching(&self) -> bool {
        self.kept().watching.is_some()
    }

    /// Keeps the app's watch script, or forgets it.
    pub(crate) fn watch(&self, script: Option<Supervised>) {
        self.kept().watching = script;
    }
}
