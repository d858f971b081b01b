//! Where the functions of a deployment run: a copy of the snapshot, in which packages may be installed.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use crate::artefact::Artefact;
use crate::deployment::model::DeploymentState;
use crate::deployment::store::{StorePaths, is_id};
use crate::store::folder::{make_folder, names, refuse_links, remove_folder};
use crate::store::{FileLock, StoreError};

const LOCK_FILE: &str = "serve.lock";
/// Ends the name of a copy that is not complete.
const MAKING: &str = ".making";
/// Ends the name of a copy that is being removed.
const GONE: &str = ".gone";

/// Held by the one `cygnet serve` of a project: two would run in the same folders.
#[derive(Debug)]
pub struct ServeLock {
    _lock: FileLock,
}

impl ServeLock {
    /// Takes the folder. `None` when another `cygnet serve` has it.
    ///
    /// # Errors
    /// The disk, or a folder of the store is a symbolic link.
    pub fn take(paths: &StorePaths) -> Result<Option<Self>, StoreError> {
        paths.refuse_links()?;
        let lock = paths.run().join(LOCK_FILE);
        let lock = FileLock::try_acquire(paths.project(), &lock)?;
        Ok(lock.map(|lock| Self { _lock: lock }))
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
    let aside = folder.with_extension(format!("{}{GONE}", uuid::Uuid::new_v4().simple()));
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
    refuse_links(paths.project(), &target)?;
    if target.is_dir() {
        return Ok(());
    }
    let making = paths.run().join(format!("{deployment}{MAKING}"));
    remove_folder(&making)?;
    paths.make(&making)?;
    let source = paths.api(deployment);
    let scanned = Artefact::scan_api(&source)
        .map_err(|error| StoreError::io("reading", &error.path)(error.source))?;
    for entry in scanned.entries {
        let copy = making.join(&entry.relative);
        make_folder(&making, copy.parent().unwrap_or(&making))?;
        copy_file(&entry.path, &copy)?;
    }
    fs::rename(&making, &target).map_err(StoreError::io("making", &target))
}

/// A copy that may be written to: the snapshot's own file may not.
#[expect(
    clippy::disallowed_methods,
    reason = "the folder takes its place once it is whole"
)]
fn copy_file(from: &Path, to: &Path) -> Result<(), StoreError> {
    let bytes = fs::read(from).map_err(StoreError::io("reading", from))?;
    fs::write(to, bytes).map_err(StoreError::io("writing", to))
}

/// Removes the folders of deployments that no environment serves any more.
pub fn tidy(paths: &StorePaths, state: Option<&DeploymentState>) {
    let environments = state
        .map(|state| state.environments.as_slice())
        .unwrap_or_default();
    let is_unused =
        |name: &String| is_ours(name) && !environments.iter().any(|it| it.active == *name);
    let removed = names(&paths.run()).and_then(|names| {
        let mut unused = names.into_iter().filter(is_unused);
        unused.try_for_each(|name| remove_folder(&paths.run().join(name)))
    });
    if let Err(error) = removed {
        log::info!("old copies of functions are still there: {error}");
    }
}

/// Whether a name is one that is given here: `ID`, `ID.making`, `ID.UUID.gone`.
fn is_ours(name: &str) -> bool {
    let (id, rest) = name.split_at(name.find('.').unwrap_or(name.len()));
    is_id(id) && (rest.is_empty() || rest == MAKING || rest.ends_with(GONE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_copies_that_were_made_here_are_tidied_away() {
        let project = tempfile::tempdir().unwrap();
        let paths = StorePaths::of(project.path());
        let lock = ServeLock::take(&paths).unwrap();
        assert!(lock.is_some());
        let gone = format!("17-0123abcd.{}.gone", uuid::Uuid::new_v4().simple());
        let ours = ["17-0123abcd", "18-0123abcd.making", &gone];
        let others = ["proj1", "x.making", "17-0123abcd.old", LOCK_FILE];
        for name in ours.iter().chain(&others[..3]) {
            fs::create_dir_all(paths.run().join(name).join("deep")).unwrap();
        }
        tidy(&paths, None);
        let mut left = names(&paths.run()).unwrap();
        left.sort();
        let mut expected = others;
        expected.sort_unstable();
        assert_eq!(left, expected);
    }
}
