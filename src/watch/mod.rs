//! Directories → classified changes.
//!
//! Folders are watched, never files: an editor that saves by renaming would otherwise be lost after the first save.
//! Each folder of a tree gets a watch of its own, so that `node_modules` and its like cost nothing, and folders that
//! are deleted and built anew are watched anew. What the system does not watch is polled ([`poller`]).

mod burst;
mod file_watcher;
pub mod limits;
mod poller;
mod tree_watcher;

use std::path::{Path, PathBuf};

use notify::EventKind;
use notify::event::{AccessKind, AccessMode};

pub use burst::{begun, until_quiet};
pub use file_watcher::FileWatcher;
pub use tree_watcher::start;

/// Folders that hold neither configuration nor content of the app and may hold very many files.
const IGNORED_FOLDERS: &[&str] = &[
    "node_modules",
    ".git",
    ".venv",
    "venv",
    "__pycache__",
    ".cygnet",
    "target",
    ".hg",
    ".svn",
];

/// Whether a folder of this name is neither searched nor watched.
pub fn is_ignored(name: &str) -> bool {
    IGNORED_FOLDERS.contains(&name)
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Perhaps the configuration.
    Configuration,
    /// Static content, perhaps: a file or a folder in one of the trees.
    Content(PathBuf),
    /// The code or the settings of the API: a file, or their folder.
    Api(PathBuf),
    /// Whether, from now on, each change in the trees is told when it happens. Never so when the disk, or a part of it, is polled.
    Watched(bool),
}

/// The trees to watch.
#[derive(Debug, Clone)]
pub struct WatchRoots {
    /// Trees that may hold the configuration or content.
    pub site: Vec<PathBuf>,
    /// The name of the configuration file.
    pub configuration: &'static str,
    /// The folder of the functions, if they are run here.
    pub api: Option<PathBuf>,
    /// Whether they are built inside of their folder, into `bin` and `obj`.
    pub api_builds: bool,
    /// Whether a file, relative to their folder, is one that they are made of.
    pub is_api_source: fn(&Path) -> bool,
    /// What else restarts them (`watchFiles` and `watchDirectories` of `host.json`): names, and folders relative to theirs.
    pub api_extra: (Vec<String>, Vec<PathBuf>),
}

impl WatchRoots {
    fn all(&self) -> Vec<PathBuf> {
        self.site.iter().chain(&self.api).cloned().collect()
    }
}

/// How to notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The operating system tells.
    Native,
    /// Look again and again: for mounts on which the system tells nothing (WSL, Docker).
    Poll,
}

/// Whether something may have been written, and not only read.
fn is_change(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(access) => access == AccessKind::Close(AccessMode::Write),
        _ => true,
    }
}
