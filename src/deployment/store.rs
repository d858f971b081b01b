//! `.cygnet/deployments` on the disk.
//!
//! | path | what |
//! |---|---|
//! | `state.json` | the [`State`]; replaced whole |
//! | `deployments.lock` | held by whoever changes something |
//! | `objects/ab/…` | contents of files by their hash |
//! | `snapshots/ID/` | `content/`, `api/` and `manifest.json` of a deployment, never changed |
//! | `tmp/` | what is in making; left over by whoever was killed, removed by the next one |
//! | `run/` | working copies of APIs, of `cygnet serve` |

use std::borrow::Cow;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::model::{State, VERSION};
use crate::finding::Advice;
use crate::store::atomic_file::write_whole;
use crate::store::state_dir;

const STATE_FILE: &str = "state.json";
const BEFORE_FILE: &str = "state.json.before";

/// Why deployments cannot be read or written.
#[derive(Debug, Error)]
pub enum StoreError {
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
    /// Nobody but a person may decide what to do.
    #[error("{} is damaged: {why}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        why: String,
    },
    /// Written by a later Cygnet.
    #[error("{} has version {found}; this Cygnet reads version {VERSION}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u64,
    },
}

impl Advice for StoreError {
    fn hint(&self) -> Option<Cow<'_, str>> {
        Some(Cow::from(match self {
            Self::Io { path, .. } => format!(
                "make {} readable and writable, with space on its disk; what was deployed before is as it was",
                path.parent().unwrap_or(path).display()
            ),
            Self::Damaged { path, .. } => format!(
                "{} holds what it said before the last change: put it back, or remove both to begin anew",
                path.with_file_name(BEFORE_FILE).display()
            ),
            Self::Version { .. } => {
                "use the newer Cygnet that wrote it, or move it away".to_owned()
            }
        }))
    }
}

impl StoreError {
    /// An error of the disk.
    pub fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { what, path, source }
    }
}

/// Where the deployments of a project are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorePaths {
    root: PathBuf,
    project: PathBuf,
}

impl StorePaths {
    /// Those of the project in this folder.
    pub fn of(project: &Path) -> Self {
        Self {
            root: project.join(state_dir::PROJECT_FOLDER).join("deployments"),
            project: project.to_path_buf(),
        }
    }

    /// The base folder of the project.
    pub fn project(&self) -> &Path {
        &self.project
    }

    /// `.cygnet/deployments`
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `state.json`
    pub fn state_file(&self) -> PathBuf {
        self.root.join(STATE_FILE)
    }

    /// The contents by hash.
    pub fn objects(&self) -> PathBuf {
        self.root.join("objects")
    }

    /// The file of one content.
    pub fn object(&self, hash: &str) -> PathBuf {
        let (folder, file) = hash.split_at(2.min(hash.len()));
        self.objects().join(folder).join(file)
    }

    /// All snapshots.
    pub fn snapshots(&self) -> PathBuf {
        self.root.join("snapshots")
    }

    /// One snapshot.
    pub fn snapshot(&self, id: &str) -> PathBuf {
        self.snapshots().join(id)
    }

    /// The static content of a snapshot, which is served as it is.
    pub fn content(&self, id: &str) -> PathBuf {
        self.snapshot(id).join("content")
    }

    /// The functions of a snapshot.
    pub fn api(&self, id: &str) -> PathBuf {
        self.snapshot(id).join("api")
    }

    /// What is in making.
    pub fn tmp(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// Working copies.
    pub fn run(&self) -> PathBuf {
        self.root.join("run")
    }

    /// What the file says now, without a lock: it is whole at every moment. `None` before the first deployment.
    ///
    /// # Errors
    /// It cannot be read, is damaged, or of a later version.
    pub fn peek(&self) -> Result<Option<State>, StoreError> {
        let path = self.state_file();
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::io("reading", &path)(error)),
        };
        let damaged = |error: serde_json::Error| StoreError::Damaged {
            path: path.clone(),
            why: error.to_string(),
        };
        let value: serde_json::Value = serde_json::from_slice(&bytes).map_err(damaged)?;
        match value.get("version").and_then(serde_json::Value::as_u64) {
            Some(found) if found > u64::from(VERSION) => Err(StoreError::Version { path, found }),
            _ => serde_json::from_value(value).map(Some).map_err(damaged),
        }
    }
}

/// The store, locked against other processes until this is dropped.
#[derive(Debug)]
pub struct Session {
    paths: StorePaths,
    _lock: File,
}

impl Session {
    /// Waits for the lock; `waits` is called first if somebody else has it.
    ///
    /// # Errors
    /// The folder cannot be made or locked.
    pub fn open(paths: &StorePaths, waits: impl FnOnce()) -> Result<Self, StoreError> {
        make_folder(paths.root())?;
        if let Some(folder) = paths.root().parent() {
            let ignore = folder.join(".gitignore");
            if !ignore.exists() {
                fs::write(&ignore, "*\n").map_err(StoreError::io("writing", &ignore))?;
            }
        }
        let path = paths.root().join("deployments.lock");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(StoreError::io("opening", &path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                waits();
                lock.lock().map_err(StoreError::io("locking", &path))?;
            }
            Err(TryLockError::Error(error)) => {
                return Err(StoreError::io("locking", &path)(error));
            }
        }
        Ok(Self {
            paths: paths.clone(),
            _lock: lock,
        })
    }

    /// Where everything is.
    pub fn paths(&self) -> &StorePaths {
        &self.paths
    }

    /// What is remembered.
    ///
    /// # Errors
    /// As [`StorePaths::peek`].
    pub fn state(&self) -> Result<Option<State>, StoreError> {
        self.paths.peek()
    }

    /// Replaces what is remembered, which is the moment when a change happens. The former file stays beside it.
    ///
    /// # Errors
    /// The disk; nothing has changed.
    pub fn save(&self, state: &State) -> Result<(), StoreError> {
        let path = self.paths.state_file();
        let failed = |error: io::Error| StoreError::io("writing", &path)(error);
        if let Ok(former) = fs::read(&path) {
            write_whole(&path.with_file_name(BEFORE_FILE), &former).map_err(failed)?;
        }
        let mut text = serde_json::to_vec_pretty(state).map_err(|error| failed(error.into()))?;
        text.push(b'\n');
        write_whole(&path, &text).map_err(failed)
    }
}

/// Makes a folder and those above it.
///
/// # Errors
/// The disk.
pub fn make_folder(folder: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(folder).map_err(StoreError::io("making", folder))
}

/// Removes a folder with everything in it; that it is gone already is fine.
///
/// # Errors
/// The disk.
pub fn remove_folder(folder: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(StoreError::io("removing", folder)(error))
        }
        _ => Ok(()),
    }
}
