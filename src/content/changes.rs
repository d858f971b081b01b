//! What the watcher says of the content folder: whether something that was seen there still holds.
//!
//! Only the siblings of a file (`app.js.br`) need it. The file itself is looked at for every request; to look at its
//! siblings each time as well would triple that.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// For how long something is believed without a look: some network file systems tell nobody of their changes.
const BELIEVED: Duration = Duration::from_secs(10);

/// Counts the changes of a folder; cheap to clone. Without a watcher nothing is believed.
#[derive(Debug, Clone)]
pub struct Changes(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    is_watched: AtomicBool,
    /// Begins with 1, so that nothing was seen at 0.
    count: AtomicU64,
    start: Instant,
}

/// A moment of a look at the disk. Taken before the look: what changes meanwhile makes it void.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    count: u64,
    millis: u64,
}

/// When something was last found to be so.
#[derive(Debug, Default)]
pub(super) struct Seen {
    count: AtomicU64,
    millis: AtomicU64,
}

impl Default for Changes {
    fn default() -> Self {
        Self(Arc::new(Inner {
            is_watched: AtomicBool::new(false),
            count: AtomicU64::new(1),
            start: Instant::now(),
        }))
    }
}

impl Changes {
    /// Every folder below the root is watched from now on, or no longer.
    pub fn set_watched(&self, is_watched: bool) {
        self.0.is_watched.store(is_watched, Ordering::Release);
        self.add();
    }

    /// Something changed.
    pub fn add(&self) {
        self.0.count.fetch_add(1, Ordering::AcqRel);
    }

    /// The present; `None` without a watcher.
    pub(super) fn now(&self) -> Option<Moment> {
        let is_watched = self.0.is_watched.load(Ordering::Acquire);
        is_watched.then(|| Moment {
            count: self.0.count.load(Ordering::Acquire),
            millis: self.0.start.elapsed().as_millis() as u64,
        })
    }

    /// Whether what was seen then is still so.
    pub(super) fn none_since(&self, seen: &Seen) -> bool {
        self.now().is_some_and(|now| {
            let age = now
                .millis
                .saturating_sub(seen.millis.load(Ordering::Relaxed));
            now.count == seen.count.load(Ordering::Relaxed)
                && u128::from(age) < BELIEVED.as_millis()
        })
    }
}

impl Seen {
    pub(super) fn at(&self, moment: Moment) {
        self.count.store(moment.count, Ordering::Relaxed);
        self.millis.store(moment.millis, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_believed_without_a_watcher_nor_after_a_change() {
        let (changes, seen) = (Changes::default(), Seen::default());
        assert!(changes.now().is_none() && !changes.none_since(&seen));
        changes.set_watched(true);
        assert!(!changes.none_since(&seen), "never seen");
        let before_the_look = changes.now().unwrap();
        seen.at(before_the_look);
        assert!(changes.none_since(&seen));
        changes.add();
        assert!(!changes.none_since(&seen), "changed");
        seen.at(before_the_look);
        assert!(!changes.none_since(&seen), "changed during the look");
        seen.at(changes.now().unwrap());
        assert!(changes.none_since(&seen));
        changes.set_watched(false);
        assert!(!changes.none_since(&seen), "a folder cannot be watched");
        changes.set_watched(true);
        assert!(!changes.none_since(&seen), "what happened meanwhile?");
    }
}
