//! A save is several changes and a build many: what follows from them waits until they are over.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, timeout_at};

use super::Change;

/// Waits until a watch has begun: nothing that changes from then on is missed. Also over when there will be none.
pub async fn begun(changes: &mut UnboundedReceiver<Change>) {
    // It looks at everything once when it begins.
    while !matches!(changes.recv().await, Some(Change::Configuration) | None) {}
}

/// Takes changes until none comes for `quiet`, or `longest` is over. `take` tells whether a change counts as one.
/// Returns the time of the last that did, or of the call.
pub async fn until_quiet<T>(
    changes: &mut UnboundedReceiver<T>,
    quiet: Duration,
    longest: Option<Duration>,
    mut take: impl FnMut(T) -> bool,
) -> std::time::Instant {
    let mut last = Instant::now();
    let latest = longest.map(|longest| last + longest);
    let end = |last: Instant| latest.map_or(last + quiet, |latest| latest.min(last + quiet));
    while let Ok(Some(change)) = timeout_at(end(last), changes.recv()).await {
        if take(change) {
            last = Instant::now();
        }
    }
    last.into_std()
}
