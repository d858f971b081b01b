//! Where the functions of a deployment run: a copy of the snapshot, in which packages may be installed.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use crate::deployment::model::State;
use crate::deployment::store::{Places, StoreError, make_folder, remove_folder};
use crate::deployment::{artefact, snapshot};

/// Held by the one `cygnet serve` of a project: two would run in the same folders.
#[derive(Debug)]
pub struct Running {
    _lock: File,
}

impl Running {
    /// Takes the folder. `None` when another `cygnet serve` has it.
    ///
    /// # Errors
    /// The disk.
    pub fn take(places: &Places) -> Result<Option<Self>, StoreError> {
        let folder = places.run();
        make_folder(&folder)?;
        let path = folder.join("serve.lock");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(StoreError::io("opening", &path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self { _lock: lock })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(StoreError::io("locking", &path)(error)),
        }
    }
}

/// The folder in which the functions of a deployment run; made at first, kept from one `cygnet serve` to the next, so that
/// packages are installed once.
///
/// # Errors
/// The disk.
pub fn folder(places: &Places, deployment: &str) -> Result<PathBuf, StoreError> {
    let target = places.run().join(deployment);
    if target.is_dir() {
        return Ok(target);
    }
    let making = places.run().join(format!("{deployment}.making"));
    remove_folder(&making)?;
    make_folder(&making)?;
    let source = places.api(deployment);
    for entry in artefact::api(&source)? {
        let copy = making.join(&entry.relative);
        make_folder(copy.parent().unwrap_or(&making))?;
        copy_file(&entry.path, &copy)?;
    }
    fs::rename(&making, &target).map_err(StoreError::io("making", &target))?;
    Ok(target)
}

/// A copy that may be written to: the snapshot's own file may not.
fn copy_file(from: &Path, to: &Path) -> Result<(), StoreError> {
    let bytes = fs::read(from).map_err(StoreError::io("reading", from))?;
    fs::write(to, bytes).map_err(StoreError::io("writing", to))
}

/// Removes the folders of deployments that no environment serves any more.
pub fn tidy(places: &Places, state: Option<&State>) {
    let environments = state
        .map(|state| state.environments.as_slice())
        .unwrap_or_default();
    let removed = snapshot::names(&places.run()).and_then(|names| {
        let unused = names.into_iter().filter(|name| {
            name != "serve.lock" && !environments.iter().any(|it| it.active == **name)
        });
        unused
            .map(|name| remove_folder(&places.run().join(name)))
            .collect::<Result<(), _>>()
    });
    if let Err(error) = removed {
        log::info!("old copies of functions are still there: {error}");
    }
}
