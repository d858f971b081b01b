//! `.cygnet/deployments` on the disk.
//!
//! | path | what |
//! |---|---|
//! | `state.json` | the [`DeploymentState`]; replaced whole |
//! | `deployments.lock` | held by whoever changes something |
//! | `objects/ab/…` | contents of files by their hash |
//! | `snapshots/ID/` | `content/`, `api/` and `manifest.json` of a deployment, never changed |
//! | `tmp/` | what is in making; left over by whoever was killed, removed by the next one |
//! | `run/` | working copies of APIs, of `cygnet serve` |

use std::path::{Path, PathBuf};

use super::model::{DeploymentState, VERSION};
use crate::store::folder::{make_folder, refuse_links};
use crate::store::{FileLock, JsonStore, StoreError, Stored, state_dir};

const STATE_FILE: &str = "state.json";

impl Stored for DeploymentState {
    const VERSION: u32 = VERSION;

    fn invalid(&self) -> Option<String> {
        let served = self.environments.iter().map(|it| it.active.as_str());
        let wrong = served.chain(self.snapshots()).find(|id| !is_id(id))?;
        Some(format!("`{wrong}` is not the id of a deployment"))
    }
}

/// Whether a name is that of a deployment: `1700000000-0123abcd`. Folders are made and removed by these names.
pub fn is_id(name: &str) -> bool {
    name.split_once('-').is_some_and(|(at, random)| {
        !at.is_empty() && at.bytes().all(|digit| digit.is_ascii_digit()) && is_hex(random, 8)
    })
}

/// Whether a name consists of this many lower-case hexadecimal digits.
pub(super) fn is_hex(name: &str, length: usize) -> bool {
    name.len() == length
        && name
            .bytes()
            .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
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

    fn store(&self) -> JsonStore<DeploymentState> {
        JsonStore::new(&self.project, self.state_file())
    }

    /// What the file says now, without a lock: it is whole at every moment. `None` before the first deployment.
    ///
    /// # Errors
    /// It cannot be read, is damaged, of a later version, or behind a symbolic link.
    pub fn peek(&self) -> Result<Option<DeploymentState>, StoreError> {
        self.store().read()
    }

    /// Makes a folder below the project.
    ///
    /// # Errors
    /// A symbolic link is on the way, or the disk.
    pub fn make(&self, folder: &Path) -> Result<(), StoreError> {
        make_folder(&self.project, folder)
    }

    /// Refuses folders that are symbolic links: what is removed in them must be ours.
    ///
    /// # Errors
    /// [`StoreError::Link`], with its path.
    pub fn refuse_links(&self) -> Result<(), StoreError> {
        [self.objects(), self.snapshots(), self.run(), self.tmp()]
            .iter()
            .try_for_each(|folder| refuse_links(&self.project, folder))
    }
}

/// The store, locked against other processes until this is dropped.
#[derive(Debug)]
pub struct Session {
    paths: StorePaths,
    lock: FileLock,
}

impl Session {
    /// Waits for the lock; `waits` is called first if somebody else has it.
    ///
    /// # Errors
    /// The folder cannot be made or locked, or it or one in it is a symbolic link.
    pub fn open(paths: &StorePaths, waits: impl FnOnce()) -> Result<Self, StoreError> {
        state_dir::make_project_folder(&paths.project)?;
        paths.refuse_links()?;
        let lock = paths.root().join("deployments.lock");
        Ok(Self {
            lock: FileLock::acquire(&paths.project, &lock, waits)?,
            paths: paths.clone(),
        })
    }

    /// Where everything is.
    pub fn paths(&self) -> &StorePaths {
        &self.paths
    }

    /// What is remembered.
    pub fn state(&self) -> Result<Option<DeploymentState>, StoreError> {
        self.paths.peek()
    }

    /// Replaces what is remembered, which is the moment when a change happens. The former file stays beside it; a damaged
    /// one is never replaced, because a new one would let snapshots be removed.
    ///
    /// # Errors
    /// The disk; nothing has changed.
    pub fn save(&self, state: &DeploymentState) -> Result<(), StoreError> {
        self.paths.store().replace(&self.lock, state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_deployments() {
        assert!(is_id("1700000000-0123abcd"));
        for name in [
            "",
            "-0123abcd",
            "17-",
            "17-0123abc",
            "17-0123ABCD",
            "17-0123abcd.gone",
            "a-0123abcd",
            "../17-0123abcd",
            "17-0123abcd/..",
        ] {
            assert!(!is_id(name), "{name}");
        }
    }
}
