//! Polls the folders that the system does not watch for us, because it has run out of watches.
//!
//! `notify::PollWatcher` walks whole trees at a fixed pace; this looks at single folders or names, and for a bounded share of
//! the time.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use notify::event::{CreateKind, DataChange, ModifyKind, RemoveKind};
use notify::{Event, EventKind};

/// The shortest time between two looks.
const PAUSE: Duration = Duration::from_millis(500);
/// The part of the time that looking may take, however many files there are: a twentieth.
const SHARE: u32 = 20;

/// Such folders, and what lay in each when it was looked at last.
#[derive(Debug, Default)]
pub(super) struct Poller {
    folders: HashMap<PathBuf, Seen>,
    /// When to look again.
    due: Option<Instant>,
}

#[derive(Debug)]
struct Seen {
    /// The names to look at; `None` for all. Above the roots lie the files of others.
    only: Option<Vec<OsString>>,
    entries: HashMap<OsString, Version>,
}

/// What tells one state of a file from another; a folder has only one.
type Version = Option<(u64, SystemTime)>;

impl Poller {
    /// Looks at a folder from now on, or at one name in it.
    pub(super) fn add(&mut self, folder: &Path, only: Option<&OsStr>) {
        let mut only = only.map(|name| vec![name.to_os_string()]);
        if let Some(known) = self.folders.get_mut(folder).map(|known| &mut known.only) {
            only = only
                .zip(known.take())
                .map(|(name, known)| known.into_iter().chain(name).collect());
        }
        if let Some(entries) = entries(folder, only.as_deref()) {
            let seen = Seen { only, entries };
            self.folders.insert(folder.to_path_buf(), seen);
            self.due.get_or_insert_with(|| Instant::now() + PAUSE);
        }
    }

    /// The system watches it after all.
    pub(super) fn forget(&mut self, folder: &Path) {
        self.folders.remove(folder);
        if self.folders.is_empty() {
            self.due = None;
        }
    }

    /// How long until the next look; `None` if there is nothing to look at.
    pub(super) fn wait(&self) -> Option<Duration> {
        let due = self.due?;
        Some(due.saturating_duration_since(Instant::now()))
    }

    /// What has changed since the last look, as the system would have told it.
    pub(super) fn look(&mut self) -> Vec<Event> {
        let begun = Instant::now();
        let mut events = Vec::new();
        self.folders.retain(|folder, seen| {
            let Some(now) = entries(folder, seen.only.as_deref()) else {
                // The folder above it tells that it is gone.
                return false;
            };
            let mut tell = |name: &OsString, kind| {
                events.push(Event::new(kind).add_path(folder.join(name)));
            };
            for (name, version) in &now {
                match seen.entries.get(name) {
                    None => tell(name, EventKind::Create(CreateKind::Any)),
                    Some(known) if known != version => {
                        tell(name, EventKind::Modify(ModifyKind::Data(DataChange::Any)));
                    }
                    Some(_) => {}
                }
            }
            for name in seen.entries.keys().filter(|name| !now.contains_key(*name)) {
                tell(name, EventKind::Remove(RemoveKind::Any));
            }
            seen.entries = now;
            true
        });
        let pause = PAUSE.max(begun.elapsed() * SHARE);
        self.due = (!self.folders.is_empty()).then(|| Instant::now() + pause);
        events
    }
}

/// What lies in a folder; `None` if it cannot be read.
fn entries(folder: &Path, only: Option<&[OsString]>) -> Option<HashMap<OsString, Version>> {
    if let Some(names) = only {
        let found = names.iter().filter_map(|name| {
            let found = folder.join(name).symlink_metadata().ok()?;
            Some((name.clone(), version(&found)))
        });
        return Some(found.collect());
    }
    let found = std::fs::read_dir(folder).ok()?.flatten();
    // One that goes meanwhile is missed at the next look.
    let found =
        found.filter_map(|entry| Some((entry.file_name(), version(&entry.metadata().ok()?))));
    Some(found.collect())
}

fn version(found: &Metadata) -> Version {
    let changed = found.modified().unwrap_or(SystemTime::UNIX_EPOCH);
    (!found.is_dir()).then_some((found.len(), changed))
}
