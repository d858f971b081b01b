//! A few files that other commands write, watched by the folders that hold them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Waits for a change, or until it is time to look again. `false` at the end.
pub(super) async fn wait(events: &mut UnboundedReceiver<()>, again: Option<Duration>) -> bool {
    let heard = match again {
        Some(after) => match tokio::time::timeout(after, events.recv()).await {
            Ok(heard) => heard.is_some(),
            Err(_) => true,
        },
        None => events.recv().await.is_some(),
    };
    while events.try_recv().is_ok() {}
    heard
}

/// The files, watched by the folders that hold them, or by the nearest ones that exist.
pub(super) struct Watch {
    watcher: Option<RecommendedWatcher>,
    files: Vec<PathBuf>,
    watched: Vec<PathBuf>,
    /// Keeps the channel open when there is no watcher.
    _sender: tokio::sync::mpsc::UnboundedSender<()>,
}

impl Watch {
    pub(super) fn start(files: Vec<PathBuf>) -> (Self, UnboundedReceiver<()>) {
        let (sender, events) = unbounded_channel();
        let names = files.clone();
        let tell = sender.clone();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let Ok(event) = event else { return };
            // The file itself, or a folder on the way to it: nothing else in a busy project.
            let matters = !matches!(event.kind, notify::EventKind::Access(_))
                && event
                    .paths
                    .iter()
                    .any(|path| names.iter().any(|name| name.starts_with(path)));
            if matters || event.need_rescan() {
                let _ = tell.send(());
            }
        });
        let watcher = watcher
            .inspect_err(|error| log::info!("the files are looked at every half second: {error}"))
            .ok();
        let watch = Self {
            watcher,
            files,
            watched: Vec::new(),
            _sender: sender,
        };
        (watch, events)
    }

    /// Watches what exists now: folders may have been made or removed.
    pub(super) fn arm(&mut self) {
        let Some(watcher) = &mut self.watcher else {
            return;
        };
        let wanted: Vec<PathBuf> = self
            .files
            .iter()
            .filter_map(|file| file.ancestors().skip(1).find(|folder| folder.is_dir()))
            .map(Path::to_path_buf)
            .collect();
        if wanted == self.watched {
            return;
        }
        for old in self.watched.drain(..) {
            let _ = watcher.unwatch(&old);
        }
        for folder in &wanted {
            if let Err(error) = watcher.watch(folder, RecursiveMode::NonRecursive) {
                log::info!("{} is not watched: {error}", folder.display());
                self.watcher = None;
                return;
            }
        }
        self.watched = wanted;
    }

    pub(super) fn is_deaf(&self) -> bool {
        self.watcher.is_none()
    }
}
