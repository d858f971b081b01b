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
    /// Whether it was a folder on the way to a file, which must be watched anew then.
    changes: UnboundedReceiver<bool>,
    /// Keeps the channel open when there is no watcher.
    _sender: UnboundedSender<bool>,
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
                let is_folder = !event.paths.iter().any(|path| names.contains(path));
                let _ = emit.send(is_folder);
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
        watcher.arm(false);
        watcher
    }

    /// Waits until something changed, or for `retry` at most. What changes after it returns is reported by the next call.
    pub async fn changed(&mut self, retry: Option<Duration>) {
        let deaf = self.watcher.is_none().then_some(LOOK);
        let first = match retry.or(deaf) {
            Some(after) => tokio::time::timeout(after, self.changes.recv()).await,
            None => Ok(self.changes.recv().await),
        };
        let mut is_folder = first.ok().flatten().unwrap_or_default();
        while let Ok(more) = self.changes.try_recv() {
            is_folder |= more;
        }
        self.arm(is_folder);
    }

    /// Watches the folders that exist now. One that is made before the watch of the folder above it begins tells nobody,
    /// and one that was made anew has lost its watch: they are looked at again after each change of the watches.
    fn arm(&mut self, mut is_stale: bool) {
        loop {
            let mut folders: Vec<PathBuf> =
                self.files.iter().flat_map(|file| nearest(file)).collect();
            // Windows keeps one watch for each time that it is asked.
            folders.sort();
            folders.dedup();
            let Some(watcher) = &mut self.watcher else {
                return;
            };
            if folders == self.armed && !is_stale {
                return;
            }
            for old in self.armed.drain(..) {
                let _ = watcher.unwatch(&old);
            }
            for folder in &folders {
                if let Err(error) = watcher.watch(folder, RecursiveMode::NonRecursive)
                    && folder.is_dir()
                {
                    log::info!("{} is not watched: {error}", folder.display());
                    self.watcher = None;
                    return;
                }
            }
            (self.armed, is_stale) = (folders, false);
        }
    }
}

/// The nearest folder of a file that exists. Windows tells nobody that a watched folder itself goes: there, the folder
/// above it too.
fn nearest(file: &Path) -> impl Iterator<Item = PathBuf> {
    let folders = file.ancestors().skip(1);
    let folders = folders.skip_while(|folder| !folder.is_dir());
    folders
        .take(if cfg!(windows) { 2 } else { 1 })
        .map(Path::to_path_buf)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each file is written as soon as its folders are there, while the watcher follows them.
    #[tokio::test]
    async fn a_file_in_folders_that_are_made_meanwhile_is_seen() {
        for round in 0..100 {
            let root = tempfile::tempdir().unwrap();
            let files = ["a/x", "b/c/y"].map(|name| root.path().join(name));
            let mut watcher = FileWatcher::new(files.to_vec());
            let written = files.clone();
            let writer = std::thread::spawn(move || {
                for file in written {
                    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
                    std::fs::write(file, "x").unwrap();
                }
            });
            while !files.iter().all(|file| file.is_file()) {
                let changed = watcher.changed(None);
                let changed = tokio::time::timeout(Duration::from_secs(5), changed).await;
                changed.unwrap_or_else(|_| panic!("nothing was told in round {round}"));
            }
            writer.join().unwrap();
        }
    }

    #[tokio::test]
    async fn a_folder_that_is_made_anew_is_watched_anew() {
        let root = tempfile::tempdir().unwrap();
        let (folder, file) = (root.path().join("a"), root.path().join("a/x"));
        std::fs::create_dir(&folder).unwrap();
        let mut watcher = FileWatcher::new(vec![file.clone()]);
        // Nobody looks in between: the folder seems to be the same one.
        if cfg!(windows) {
            // Not removed: Wine keeps it until nobody watches it.
            std::fs::rename(&folder, root.path().join("old")).unwrap();
        } else {
            std::fs::remove_dir(&folder).unwrap();
        }
        std::fs::create_dir(&folder).unwrap();
        let mut told = async |within: Duration| {
            let changed = tokio::time::timeout(within, watcher.changed(None)).await;
            changed.is_ok()
        };
        assert!(told(Duration::from_secs(5)).await, "the folder is seen");
        // What is told more than once of it is not the file.
        while told(Duration::from_millis(100)).await {}
        std::fs::write(&file, "x").unwrap();
        assert!(told(Duration::from_secs(5)).await, "the file is seen");
    }
}
