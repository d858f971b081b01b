//! The two files on the disk, under one lock. A damaged one is set aside: what it said can be linked again.

use std::path::{Path, PathBuf};

use super::model::{App, Machine, Project, VERSION};
use crate::store::{FileLock, JsonStore, StoreError, Stored, state_dir};

/// The project's file.
pub const PROJECT_FILE: &str = "links.json";
/// The machine's file.
pub const MACHINE_FILE: &str = "backends.json";
const LOCK_FILE: &str = "backends.lock";

impl Stored for Project {
    const VERSION: u32 = VERSION;

    fn invalid(&self) -> Option<String> {
        let id = &self.app.id;
        // It names the folder of the app's key.
        let is_id = id.len() == 32 && id.bytes().all(|digit| digit.is_ascii_hexdigit());
        (!is_id).then(|| format!("`{id}` is not the id of an app"))
    }
}

impl Stored for Machine {
    const VERSION: u32 = VERSION;
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

    fn project_store(&self) -> JsonStore<Project> {
        JsonStore::new(&self.project, self.project_file())
    }

    fn machine_store(&self) -> JsonStore<Machine> {
        JsonStore::new(&self.state, self.machine_file())
    }

    /// What both files say now, without a lock: each is whole at every moment. A file that cannot be read counts as absent
    /// here and is named in `problems`; the command that changes it sets a damaged one aside.
    pub fn peek(&self, problems: &mut Vec<String>) -> LinkState {
        let mut take = |error: StoreError| problems.push(error.to_string());
        let project = self.project_store().read().map_err(&mut take);
        let machine = self.machine_store().read().map_err(&mut take);
        self.state(project.ok().flatten(), machine.ok().flatten())
    }

    fn state(&self, project: Option<Project>, machine: Option<Machine>) -> LinkState {
        let empty = LinkState::new(&self.project);
        LinkState {
            project: project.unwrap_or(empty.project),
            machine: machine.unwrap_or(empty.machine),
        }
    }
}

/// Both files, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkState {
    /// The project's side.
    pub project: Project,
    /// The machine's side.
    pub machine: Machine,
}

impl LinkState {
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
    pub state: LinkState,
    /// Files that were damaged and where they are kept now, in words.
    pub damaged: Vec<String>,
    paths: LinkPaths,
    before: LinkState,
    lock: FileLock,
}

impl Session {
    /// Waits for the lock and reads both files. A damaged one is renamed to `.damaged-<seconds>`.
    ///
    /// # Errors
    /// The folder cannot be made or locked, a file not read, or it is of a later version.
    pub fn open(paths: &LinkPaths) -> Result<Self, StoreError> {
        let lock = FileLock::acquire(&paths.state, &paths.state.join(LOCK_FILE), || {})?;
        let (project, of_project) = paths.project_store().read_or_set_aside(&lock)?;
        let (machine, of_machine) = paths.machine_store().read_or_set_aside(&lock)?;
        let damaged = [of_project, of_machine].into_iter().flatten().map(|aside| {
            let (path, kept) = (aside.path.display(), aside.kept.display());
            format!("{path} was damaged ({}) and is kept as {kept}", aside.why)
        });
        let state = paths.state(project, machine);
        Ok(Self {
            before: state.clone(),
            state,
            damaged: damaged.collect(),
            paths: paths.clone(),
            lock,
        })
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
            let store = self.paths.machine_store();
            store.replace(&self.lock, &self.state.machine)?;
            self.before.machine = self.state.machine.clone();
        }
        Ok(())
    }

    fn save_project(&mut self) -> Result<(), StoreError> {
        if self.state.project != self.before.project {
            state_dir::make_project_folder(&self.paths.project)?;
            let store = self.paths.project_store();
            store.replace(&self.lock, &self.state.project)?;
            self.before.project = self.state.project.clone();
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
