//! The two files on the disk: locked between processes, written whole or not at all, kept aside when damaged.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use super::model::{App, Machine, Project, VERSION};
use crate::finding::Advice;
use crate::store::atomic_file::{free_name, write_whole};
use crate::store::state_dir;

/// The project's file.
pub const PROJECT_FILE: &str = "links.json";
/// The machine's file.
pub const MACHINE_FILE: &str = "backends.json";
const LOCK_FILE: &str = "backends.lock";

/// Why the links cannot be read or written.
#[derive(Debug, Error)]
pub enum StoreError {
    /// No variable says where.
    #[error(
        "there is no place for the record of linked backends: neither CYGNET_STATE_DIR nor HOME is set"
    )]
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
            Self::NoStateDir => "set CYGNET_STATE_DIR to a folder".to_owned(),
            Self::Io { path, .. } => format!(
                "make {} readable and writable, with space on its disk; nothing was changed by half",
                path.parent().unwrap_or(path).display()
            ),
            Self::Version { .. } => {
                "use the newer Cygnet that wrote it, or move it away".to_owned()
            }
        }))
    }
}

impl StoreError {
    fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { what, path, source }
    }
}

/// Where the two files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkPaths {
    /// The base folder of the project.
    pub project: PathBuf,
    /// The user's state folder.
    pub state: PathBuf,
}

impl LinkPaths {
    /// Those of the project in `folder` and of this user.
    ///
    /// # Errors
    /// [`StoreError::NoStateDir`].
    pub fn of(folder: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            project: folder.to_path_buf(),
            state: state_dir::state_dir().ok_or(StoreError::NoStateDir)?,
        })
    }

    /// `.cygnet/links.json`
    pub fn project_file(&self) -> PathBuf {
        self.project
            .join(state_dir::PROJECT_FOLDER)
            .join(PROJECT_FILE)
    }

    /// `backends.json`
    pub fn machine_file(&self) -> PathBuf {
        self.state.join(MACHINE_FILE)
    }

    /// The folder of an app's key.
    pub fn app_folder(&self, app_id: &str) -> PathBuf {
        self.state.join("apps").join(app_id)
    }

    /// What both files say now, without a lock: each is whole at every moment. A damaged file counts as absent here and
    /// is told in `problems`; the command that changes it keeps it aside.
    pub fn peek(&self, problems: &mut Vec<String>) -> State {
        let mut take = |error: ReadError| problems.push(error.to_string());
        let project = read::<Project>(&self.project_file()).unwrap_or_else(|error| {
            take(error);
            None
        });
        let machine = read::<Machine>(&self.machine_file()).unwrap_or_else(|error| {
            take(error);
            None
        });
        self.state(project, machine)
    }

    fn state(&self, project: Option<Project>, machine: Option<Machine>) -> State {
        let empty = State::new(&self.project);
        State {
            project: project.unwrap_or(empty.project),
            machine: machine.unwrap_or(empty.machine),
        }
    }
}

/// Both files, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The project's side.
    pub project: Project,
    /// The machine's side.
    pub machine: Machine,
}

impl State {
    /// Of an app without links on a machine without backends.
    pub fn new(folder: &Path) -> Self {
        Self {
            project: Project {
                version: VERSION,
                app: App::of_folder(folder),
                links: Vec::new(),
            },
            machine: Machine {
                version: VERSION,
                backends: Vec::new(),
            },
        }
    }
}

/// Both files, locked against other processes until this is dropped.
#[derive(Debug)]
pub struct Session {
    /// What they say; changed in place, then [`Session::save`]d.
    pub state: State,
    /// Files that were damaged and where they are kept now, in words.
    pub damaged: Vec<String>,
    paths: LinkPaths,
    before: State,
    _lock: File,
}

impl Session {
    /// Waits for the lock and reads both files. A damaged one is renamed to `.damaged-<seconds>`.
    ///
    /// # Errors
    /// The folder cannot be made or locked, a file not read, or it is of a later version.
    pub fn open(paths: &LinkPaths) -> Result<Self, StoreError> {
        make_folder(&paths.state)?;
        let lock_path = paths.state.join(LOCK_FILE);
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .map_err(StoreError::io("opening", &lock_path))?;
        lock.lock().map_err(StoreError::io("locking", &lock_path))?;
        let mut damaged = Vec::new();
        let project = read_or_keep_aside(&paths.project_file(), &mut damaged)?;
        let machine = read_or_keep_aside(&paths.machine_file(), &mut damaged)?;
        let state = paths.state(project, machine);
        Ok(Self {
            before: state.clone(),
            state,
            damaged,
            paths: paths.clone(),
            _lock: lock,
        })
    }

    /// Where the files are.
    pub fn paths(&self) -> &LinkPaths {
        &self.paths
    }

    /// Writes what was changed. A new link is told to the backend first, an unlink to the project: killed in between, a
    /// provider is left that the same app may link again, never a link to a backend that does not know the app.
    ///
    /// # Errors
    /// A file cannot be written; that file is as it was.
    pub fn save(&mut self) -> Result<(), StoreError> {
        let is_unlink = self.state.project.links.len() < self.before.project.links.len();
        if is_unlink {
            self.save_project()?;
        }
        self.save_machine()?;
        self.save_project()
    }

    fn save_machine(&mut self) -> Result<(), StoreError> {
        if self.state.machine != self.before.machine {
            write(&self.paths.machine_file(), &self.state.machine)?;
            self.before.machine = self.state.machine.clone();
        }
        Ok(())
    }

    fn save_project(&mut self) -> Result<(), StoreError> {
        if self.state.project != self.before.project {
            let file = self.paths.project_file();
            let folder = file.parent().unwrap_or(&file);
            make_folder(folder)?;
            ignore_folder(folder)?;
            write(&file, &self.state.project)?;
            self.before.project = self.state.project.clone();
        }
        Ok(())
    }
}

/// Keys and links are nobody's to commit.
fn ignore_folder(folder: &Path) -> Result<(), StoreError> {
    let path = folder.join(".gitignore");
    match path.exists() {
        true => Ok(()),
        false => fs::write(&path, "*\n").map_err(StoreError::io("writing", &path)),
    }
}

fn make_folder(folder: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(folder).map_err(StoreError::io("making", folder))
}

#[derive(Debug, Error)]
enum ReadError {
    #[error("{path}: {0}", path = _1.display())]
    Io(io::Error, PathBuf),
    #[error("{path} is damaged: {0}", path = _1.display())]
    Damaged(String, PathBuf),
    #[error("{path} has version {0}; this Cygnet reads version {VERSION}", path = _1.display())]
    Version(u64, PathBuf),
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, ReadError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(ReadError::Io(error, path.into())),
    };
    let damaged = |error: serde_json::Error| ReadError::Damaged(error.to_string(), path.into());
    let value: serde_json::Value = serde_json::from_slice(&bytes).map_err(damaged)?;
    let version = value.get("version").and_then(serde_json::Value::as_u64);
    match version {
        Some(later) if later > u64::from(VERSION) => Err(ReadError::Version(later, path.into())),
        _ => serde_json::from_value(value).map(Some).map_err(damaged),
    }
}

fn read_or_keep_aside<T: DeserializeOwned>(
    path: &Path,
    damaged: &mut Vec<String>,
) -> Result<Option<T>, StoreError> {
    match read(path) {
        Ok(value) => Ok(value),
        Err(ReadError::Io(source, _)) => Err(StoreError::io("reading", path)(source)),
        Err(ReadError::Version(found, path)) => Err(StoreError::Version { path, found }),
        Err(ReadError::Damaged(why, _)) => {
            let aside = free_name(path);
            fs::rename(path, &aside).map_err(StoreError::io("keeping aside", path))?;
            damaged.push(format!(
                "{} was damaged ({why}) and is kept as {}",
                path.display(),
                aside.display()
            ));
            Ok(None)
        }
    }
}

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

fn write(path: &Path, value: &impl Serialize) -> Result<(), StoreError> {
    let failed = |error: io::Error| StoreError::io("writing", path)(error);
    let mut text = serde_json::to_vec_pretty(value).map_err(|error| failed(error.into()))?;
    text.push(b'\n');
    write_whole(path, &text).map_err(failed)
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
