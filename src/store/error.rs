//! Why state cannot be read or written.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::finding::Advice;

/// Why state cannot be read or written. What was there before is unchanged.
#[derive(Debug, Error)]
pub enum StoreError {
    /// No variable says where.
    #[error("there is no folder for Cygnet's state: neither CYGNET_STATE_DIR nor HOME is set")]
    NoStateDir,
    /// The disk.
    #[error("{what} {} failed: {source}", path.display())]
    Io {
        /// `reading`, `writing`, …
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Only a person may decide what to do.
    #[error("{} is damaged: {why}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        why: String,
    },
    /// Written by a later Cygnet.
    #[error("{} has version {found}; this Cygnet reads version {known}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u64,
        /// Ours.
        known: u32,
    },
    /// It leads somewhere else, where nothing may be written or removed.
    #[error("{} is a symbolic link; Cygnet keeps its state in real folders and files only", path.display())]
    Link {
        /// The link.
        path: PathBuf,
    },
}

impl Advice for StoreError {
    fn hint(&self) -> Option<Cow<'_, str>> {
        Some(Cow::from(match self {
            Self::NoStateDir => "set CYGNET_STATE_DIR to a folder".to_owned(),
            Self::Io { path, .. } => format!(
                "make {} readable and writable, with space on its disk; what was there before is unchanged",
                path.parent().unwrap_or(path).display()
            ),
            Self::Damaged { path, .. } => format!(
                "{} holds what it said before the last change: put it back, or remove both to start over",
                super::atomic_file::former(path).display()
            ),
            Self::Version { .. } => {
                "use the newer Cygnet that wrote it, or move it away".to_owned()
            }
            Self::Link { path } => format!(
                "look at where it leads, then remove it: rm {}; a cloned repository may have brought it",
                path.display()
            ),
        }))
    }
}

impl StoreError {
    /// An error of the disk.
    pub fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_path_buf();
        move |source| Self::Io { what, path, source }
    }
}
