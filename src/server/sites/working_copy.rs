//! Where the functions of a deployment run: a copy of the snapshot, in which packages may be installed.

use std::collections::HashMap;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use crate::deployment::model::State;
use crate::deployment::store::{StoreError, StorePaths, make_folder, remove_folder};
use crate::deployment::{artefact, snapshot};

/// Held by the one `cygnet serve` of a project: two would run in the same folders.
#[derive(Debug)]
pub struct ServeLock {
    _lock: File,
}

impl ServeLock {
    /// Takes the folder. `None` when another `cygnet serve` has it.
    ///
    /// # Errors
    /// The disk.
    pub fn take(paths: &StorePaths) -> Result<Option<Self>, StoreError> {
        let folder = paths.run();
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

/// How many run in each folder: at a change of settings, the old and the new ones run in the same.
static LEASES: LazyLock<Mutex<HashMap<PathBuf, usize>>> = LazyLock::new(Mutex::default);

fn leases() -> MutexGuard<'static, HashMap<PathBuf, usize>> {
    LEASES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A right to run in a folder, which lasts as long as anybody has one.
#[derive(Debug)]
pub struct WorkingCopyLease {
    folder: PathBuf,
}

impl WorkingCopyLease {
    /// Where to run.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Gives the right back. The last one to do so removes the folder.
    pub async fn release(self) {
        let removed = tokio::task::spawn_blocking(move || release(&self.folder)).await;
        if let Ok(Err(error)) = removed {
            log::info!("an old copy of functions is still there: {error}");
        }
    }
}

/// The folder in which the functions of a deployment run; made at first, kept from one `cygnet serve` to the next, so that
/// packages are installed once.
///
/// # Errors
/// The disk.
pub async fn lease(paths: &StorePaths, deployment: &str) -> Result<WorkingCopyLease, StoreError> {
    let lease = WorkingCopyLease {
        folder: paths.run().join(deployment),
    };
    // First, so that nobody removes what is found there.
    *leases().entry(lease.folder.clone()).or_default() += 1;
    let (asked, id) = (paths.clone(), deployment.to_owned());
    let made = tokio::task::spawn_blocking(move || folder(&asked, &id)).await;
    let made = made.unwrap_or_else(|error| {
        let error = std::io::Error::other(error);
        Err(StoreError::io("copying to", &lease.folder)(error))
    });
    match made {
        Ok(()) => Ok(lease),
        Err(error) => {
            lease.release().await;
            Err(error)
        }
    }
}

fn release(folder: &Path) -> Result<(), StoreError> {
    let aside = folder.with_extension(format!("{}.gone", uuid::Uuid::new_v4().simple()));
    {
        let mut leases = leases();
        let left = leases
            .get(folder)
            .map_or(0, |count| count.saturating_sub(1));
        if left > 0 {
            leases.insert(folder.to_owned(), left);
            return Ok(());
        }
        leases.remove(folder);
        // Quick: whoever wants it again from here on makes another one.
        match fs::rename(folder, &aside) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            renamed => renamed.map_err(StoreError::io("removing", folder))?,
        }
    }
    remove_folder(&aside)
}

fn folder(paths: &StorePaths, deployment: &str) -> Result<(), StoreError> {
    let target = paths.run().join(deployment);
    if target.is_dir() {
        return Ok(());
    }
    let making = paths.run().join(format!("{deployment}.making"));
    remove_folder(&making)?;
    make_folder(&making)?;
    let source = paths.api(deployment);
    for entry in artefact::api(&source)? {
        let copy = making.join(&entry.relative);
        make_folder(copy.parent().unwrap_or(&making))?;
        copy_file(&entry.path, &copy)?;
    }
    fs::rename(&making, &target).map_err(StoreError::io("making", &target))
}

/// A copy that may be written to: the snapshot's own file may not.
fn copy_file(from: &Path, to: &Path) -> Result<(), StoreError> {
    let bytes = fs::read(from).map_err(StoreError::io("reading", from))?;
    fs::write(to, bytes).map_err(StoreError::io("writing", to))
}

/// Removes the folders of deployments that no environment serves any more.
pub fn tidy(paths: &StorePaths, state: Option<&State>) {
    let environments = state
        .map(|state| state.environments.as_slice())
        .unwrap_or_default();
    let removed = snapshot::names(&paths.run()).and_then(|names| {
        let mut unused = names.into_iter().filter(|name| {
            name != "serve.lock" && !environments.iter().any(|it| it.active == **name)
        });
        unused.try_for_each(|name| remove_folder(&paths.run().join(name)))
    });
    if let Err(error) = removed {
        log::info!("old copies of functions are still there: {error}");
    }
}
