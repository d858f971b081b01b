//! Advisory locks between processes.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

use super::StoreError;
use super::folder::{keep_private, make_folder, refuse_links};

/// A lock that is held until this is dropped, or the process ends in whatever way.
#[derive(Debug)]
pub struct FileLock {
    _file: File,
}

impl FileLock {
    /// Waits for the lock at `path`, whose folder is made below `base` if need be. `waits` is called first if somebody else
    /// holds it.
    ///
    /// # Errors
    /// The file cannot be made or locked, or is a symbolic link.
    pub fn acquire(base: &Path, path: &Path, waits: impl FnOnce()) -> Result<Self, StoreError> {
        let file = open(base, path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                waits();
                file.lock().map_err(StoreError::io("locking", path))?;
            }
            Err(TryLockError::Error(error)) => {
                return Err(StoreError::io("locking", path)(error));
            }
        }
        Ok(Self { _file: file })
    }

    /// Takes the lock at `path`; `None` when somebody else holds it.
    pub fn try_acquire(base: &Path, path: &Path) -> Result<Option<Self>, StoreError> {
        let file = open(base, path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(StoreError::io("locking", path)(error)),
        }
    }
}

/// A lock of somebody else, to be waited for.
#[derive(Debug)]
pub struct OthersLock(File);

impl OthersLock {
    /// The lock at `path`; `None` when nobody holds it. Asking does not disturb others who ask.
    ///
    /// # Errors
    /// The file cannot be read or asked, or is a symbolic link.
    pub fn find(base: &Path, path: &Path) -> Result<Option<Self>, StoreError> {
        refuse_links(base, path)?;
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(StoreError::io("opening", path))?,
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(None),
            Err(TryLockError::WouldBlock) => Ok(Some(Self(file))),
            Err(TryLockError::Error(error)) => Err(StoreError::io("locking", path)(error)),
        }
    }

    /// Waits until it is given back, even if its file is gone by then.
    ///
    /// # Errors
    /// What the system says.
    pub fn released(self) -> io::Result<()> {
        self.0.lock_shared()
    }
}

/// For its owner alone, or another user could hold the lock for ever.
fn open(base: &Path, path: &Path) -> Result<File, StoreError> {
    make_folder(base, path.parent().unwrap_or(base))?;
    refuse_links(base, path)?;
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options
        .open(path)
        .map_err(StoreError::io("opening", path))?;
    if let Ok(found) = file.metadata() {
        keep_private(path, &found, 0o600);
    }
    Ok(file)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn one_holds_it_and_the_file_is_private() {
        let base = tempfile::tempdir().unwrap();
        let path = base.path().join("x/lock");
        std::fs::create_dir(base.path().join("x")).unwrap();
        std::fs::write(&path, "").unwrap();
        let held = FileLock::try_acquire(base.path(), &path).unwrap();
        assert!(held.is_some());
        assert!(FileLock::try_acquire(base.path(), &path).unwrap().is_none());
        drop(held);
        let mut waited = false;
        FileLock::acquire(base.path(), &path, || waited = true).unwrap();
        assert!(!waited);
        assert!(OthersLock::find(base.path(), &path).unwrap().is_none());
        let held = FileLock::try_acquire(base.path(), &path).unwrap();
        let others = OthersLock::find(base.path(), &path).unwrap().unwrap();
        drop(held);
        others.released().unwrap();
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::remove_file(&path).unwrap();
        symlink("/dev/null", &path).unwrap();
        assert!(matches!(
            FileLock::acquire(base.path(), &path, || {}),
            Err(StoreError::Link { .. })
        ));
    }
}
