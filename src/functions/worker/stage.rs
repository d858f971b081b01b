//! What a start is doing at the moment, for those who wait for it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Shared by a start and all who wait for it; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stage(Arc<Mutex<Option<(String, Instant)>>>);

impl Stage {
    fn current(&self) -> MutexGuard<'_, Option<(String, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on it does this, to follow "waiting for": `` `npm ci` ``.
    pub(crate) fn begin(&self, what: impl Into<String>) {
        *self.current() = Some((what.into(), Instant::now()));
    }

    /// The start is over.
    pub(crate) fn end(&self) {
        *self.current() = None;
    }
}

/// `` waiting for `npm ci` for 12 s ``
impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.current() {
            Some((what, since)) => {
                write!(f, "waiting for {what} for {} s", since.elapsed().as_secs())
            }
            None => f.write_str("about to begin"),
        }
    }
}
