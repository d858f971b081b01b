//! What changes on the disk do to a running environment.

use std::sync::Arc;
use std::time::Duration;

use crate::finding::{Finding, Source};

use super::load::{Loaded, Loader};
use super::{Current, State};

/// How long a file may be half written, or a folder gone while it is rebuilt, before that counts as meant.
const SETTLE: Duration = Duration::from_millis(120);
/// How often a file that went away is looked for again, [`SETTLE`] apart, before its absence is believed.
const ABSENT_LOOKS: usize = 8;

/// What became of a change.
#[derive(Debug)]
pub enum Reloaded {
    /// The file says what it said before.
    Unchanged,
    /// The new configuration serves.
    Swapped {
        /// The file; `None` when it was removed.
        source: Option<Arc<Source>>,
        /// Findings that do not keep it from serving.
        findings: Vec<Finding>,
    },
    /// The new configuration is invalid; what served before serves on.
    Kept {
        /// The file.
        source: Arc<Source>,
        /// What is wrong.
        findings: Vec<Finding>,
    },
}

/// Reads the configuration again and swaps it in if it can be served. A file that does not parse is read once more
/// after a moment, since editors write in several steps; a file that is gone is waited for, since builds remove and
/// write anew: rules must not vanish in between.
pub async fn reload(loader: &Loader, current: &Current) -> Reloaded {
    if source(&current.load()).is_some_and(|source| loader.is_still(source)) {
        return Reloaded::Unchanged;
    }
    let mut loaded = loader.load();
    if is_same(&loaded, &current.load()) {
        return Reloaded::Unchanged;
    }
    let had_file = match &**current.load() {
        State::Serving(environment) => environment.source.is_some(),
        State::Broken(_) => true,
    };
    if loaded.source.is_none() && had_file {
        for _ in 0..ABSENT_LOOKS {
            tokio::time::sleep(SETTLE).await;
            loaded = loader.load();
            if loaded.source.is_some() {
                break;
            }
        }
    }
    if !loaded.is_usable() {
        tokio::time::sleep(SETTLE).await;
        loaded = loader.load();
    }
    if is_same(&loaded, &current.load()) {
        return Reloaded::Unchanged;
    }
    match (loaded.state, loaded.source) {
        (State::Serving(environment), source) => {
            current.store(Arc::new(State::Serving(environment)));
            Reloaded::Swapped {
                source,
                findings: loaded.findings,
            }
        }
        (State::Broken(broken), _) => {
            let (source, findings) = (Arc::clone(&broken.source), loaded.findings);
            // While nothing valid was ever served, the page must tell the newest findings.
            if matches!(&**current.load(), State::Broken(_)) {
                current.store(Arc::new(State::Broken(broken)));
            }
            Reloaded::Kept { source, findings }
        }
    }
}

/// The configuration that is served, or the broken one in its place.
fn source(current: &State) -> Option<&Arc<Source>> {
    match current {
        State::Serving(environment) => environment.source.as_ref(),
        State::Broken(broken) => Some(&broken.source),
    }
}

fn is_same(loaded: &Loaded, current: &State) -> bool {
    match (loaded.source.as_ref(), source(current)) {
        (None, None) => true,
        (Some(new), Some(old)) => {
            new.path() == old.path() && new.text() == old.text() && !new.text().is_empty()
        }
        _ => false,
    }
}
