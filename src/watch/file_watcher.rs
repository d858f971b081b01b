//! A few files that other processes replace, watched by the folders that hold them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::is_change;

/// How often the files are looked at when the system reports no changes.
const LOOK: Duration = Duration::from_millis(500);

/// Watches files by the folders that hold them, or by the nearest ones that exist.
#[derive(Debug)]
pub struct FileWatcher {
    /// `None` when the system reports no changes.
    watcher: Option<RecommendedWatcher>,
    files: Vec<PathBuf>,
    /// The folders that are watched.
    armed: Vec<PathBuf>,
    changes: UnboundedReceiver<()>,
    /// Keeps the channel open when there is no watcher.
    _sender: UnboundedSender<()>,
}

impl FileWatcher {
    /// Watches from now on.
    pub fn new(files: Vec<PathBuf>) -> Self {
        let (sender, changes) = unbounded_channel();
        let (names, emit) = (files.clone(), sender.clone());
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            let Ok(event) = event else { return };
            // The file itself, or a folder on the way to it: nothing else in a busy project.
            let concerns = |path: &PathBuf| names.iter().any(|name| name.starts_with(path));
            if event.need_rescan() || is_change(event.kind) && event.paths.iter().any(concerns) {
                let _ = emit.send(());
            }
        });
        let watcher = watcher
            .inspect_err(|error| log::info!("the files are looked at every half second: {error}"));
        let mut watcher = Self {
            watcher: watcher.ok(),
            files,
            armed: Vec::new(),
            changes,
            _sender: sender,
        };
        watcher.arm();
        watcher
    }

    /// Waits until something changed, or for `retry` at most. What changes after it returns is reported by the next call.
    pub async fn changed(&mut self, retry: Option<Duration>) {
        let deaf = self.watcher.is_none().then_some(LOOK);
        match retry.or(deaf) {
            Some(after) => drop(tokio::time::timeout(after, self.changes.recv()).await),
            None => drop(self.changes.recv().await),
        }
        while self.changes.try_recv().is_ok() {}
        self.arm();
    }

    /// Watches what exists now: folders may have been made or removed.
    fn arm(&mut self) {
        let Some(watcher) = &mut self.watcher else {
            return;
        };
        let nearest = |file: &PathBuf| {
            let folder = file.ancestors().skip(1).find(|folder| folder.is_dir());
            folder.map(Path::to_path_buf)
        };
        let folders: Vec<PathBuf> = self.files.iter().filter_map(nearest).collect();
        if folders == self.armed {
            return;
        }
        for old in self.armed.drain(..) {
            let _ = watcher.unwatch(&old);
        }
        for folder in &folders {
            if let Err(error) = watcher.watch(folder, RecursiveMode::NonRecursive) {
                log::info!("{} is not watched: {error}", folder.display());
                self.watcher = None;
                return;
            }
        }
        self.armed = folders;
    }
}
