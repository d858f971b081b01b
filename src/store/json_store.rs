//! One value in one JSON file.
//!
//! * It is replaced whole, under a lock, so that whoever reads without the lock sees the former value or the new one. The
//!   former file stays beside it as `NAME.before`.
//! * It has a `version`; one of a later version is refused.
//! * A file that is damaged, of a later version or a symbolic link is **never replaced**: [`JsonStore::read`] and
//!   [`JsonStore::replace`] refuse. An owner that can do without what the file said renames a damaged one first
//!   ([`JsonStore::read_or_set_aside`]): links to backends can be made again. That of deployments never does, because a new
//!   file would let their snapshots be removed.

use std::fs;
use std::io;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::atomic_file::{former, free_name, write_whole};
use super::folder::{make_folder, refuse_links};
use super::{FileLock, StoreError};

/// What a [`JsonStore`] keeps: an object with a member `version`.
pub trait Stored: Serialize + DeserializeOwned {
    /// The newest form of the file that is read.
    const VERSION: u32;

    /// Why a value that parses cannot be ours, such as a name that leads out of the folder it is to be in.
    fn invalid(&self) -> Option<String> {
        None
    }
}

/// Where one value is kept.
#[derive(Debug)]
pub struct JsonStore<T> {
    base: PathBuf,
    path: PathBuf,
    content: PhantomData<fn() -> T>,
}

/// A damaged file that was renamed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// The file.
    pub path: PathBuf,
    /// What was wrong with it.
    pub why: String,
    /// Its name now.
    pub kept: PathBuf,
}

impl<T: Stored> JsonStore<T> {
    /// The value in the file `path`, below the folder `base` that the user chose.
    pub fn new(base: &Path, path: PathBuf) -> Self {
        Self {
            base: base.to_path_buf(),
            path,
            content: PhantomData,
        }
    }

    /// What the file says now; no lock is needed. `None` when there is no file.
    ///
    /// # Errors
    /// It cannot be read, is damaged, of a later version, or behind a symbolic link.
    pub fn read(&self) -> Result<Option<T>, StoreError> {
        match self.bytes()? {
            Some(bytes) => self.parse(&bytes).map(Some),
            None => Ok(None),
        }
    }

    /// The same; a damaged file is renamed to `NAME.damaged-SECONDS` and counts as absent.
    ///
    /// # Errors
    /// As for [`JsonStore::read`], damage aside; or it cannot be renamed.
    pub fn read_or_set_aside(
        &self,
        _lock: &FileLock,
    ) -> Result<(Option<T>, Option<SetAside>), StoreError> {
        let (path, why) = match self.read() {
            Err(StoreError::Damaged { path, why }) => (path, why),
            read => return read.map(|value| (value, None)),
        };
        let kept = free_name(&path);
        fs::rename(&path, &kept).map_err(StoreError::io("keeping aside", &path))?;
        Ok((None, Some(SetAside { path, why, kept })))
    }

    /// Replaces the value, and keeps the former file as `NAME.before`. Its folder is made if need be.
    ///
    /// # Errors
    /// The disk, or the present file is one that [`JsonStore::read`] refuses; it is unchanged.
    pub fn replace(&self, _lock: &FileLock, value: &T) -> Result<(), StoreError> {
        let failed = || StoreError::io("writing", &self.path);
        if let Some(folder) = self.path.parent() {
            make_folder(&self.base, folder)?;
        }
        if let Some(former_bytes) = self.bytes()? {
            self.parse(&former_bytes)?;
            write_whole(&former(&self.path), &former_bytes).map_err(failed())?;
        }
        let mut text =
            serde_json::to_vec_pretty(value).map_err(|error| failed()(io::Error::from(error)))?;
        text.push(b'\n');
        write_whole(&self.path, &text).map_err(failed())
    }

    fn bytes(&self) -> Result<Option<Vec<u8>>, StoreError> {
        refuse_links(&self.base, &self.path)?;
        match fs::read(&self.path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::io("reading", &self.path)(error)),
        }
    }

    fn parse(&self, bytes: &[u8]) -> Result<T, StoreError> {
        let path = || self.path.clone();
        let damaged = |why: String| StoreError::Damaged { path: path(), why };
        let broken = |error: serde_json::Error| damaged(error.to_string());
        let value: serde_json::Value = serde_json::from_slice(bytes).map_err(broken)?;
        if let Some(found) = value.get("version").and_then(serde_json::Value::as_u64)
            && found > u64::from(T::VERSION)
        {
            let known = T::VERSION;
            return Err(StoreError::Version {
                path: path(),
                found,
                known,
            });
        }
        let value: T = serde_json::from_value(value).map_err(broken)?;
        match value.invalid() {
            Some(why) => Err(damaged(why)),
            None => Ok(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Note {
        version: u32,
        text: String,
    }

    impl Stored for Note {
        const VERSION: u32 = 1;

        fn invalid(&self) -> Option<String> {
            (self.text == "../x").then(|| "`../x` is not a note".to_owned())
        }
    }

    fn note(text: &str) -> Note {
        Note {
            version: 1,
            text: text.to_owned(),
        }
    }

    fn store(base: &Path) -> (JsonStore<Note>, FileLock) {
        let lock = FileLock::acquire(base, &base.join("s/lock"), || {}).unwrap();
        (JsonStore::new(base, base.join("s/note.json")), lock)
    }

    #[test]
    fn the_former_value_stays_beside_the_new_one() {
        let base = tempfile::tempdir().unwrap();
        let (store, lock) = store(base.path());
        assert_eq!(store.read().unwrap(), None);
        store.replace(&lock, &note("one")).unwrap();
        assert!(!former(&store.path).exists());
        store.replace(&lock, &note("two")).unwrap();
        assert_eq!(store.read().unwrap(), Some(note("two")));
        let before = fs::read_to_string(base.path().join("s/note.json.before")).unwrap();
        assert!(before.contains("one"), "{before}");
    }

    #[test]
    fn what_is_not_understood_is_never_replaced_but_can_be_set_aside() {
        let base = tempfile::tempdir().unwrap();
        let (store, lock) = store(base.path());
        for text in [
            "",
            "{",
            "[]",
            "{\"version\":1}",
            "{\"version\":1,\"text\":\"../x\"}",
        ] {
            fs::write(&store.path, text).unwrap();
            for result in [store.read().map(drop), store.replace(&lock, &note("new"))] {
                assert!(
                    matches!(result, Err(StoreError::Damaged { .. })),
                    "{text:?}"
                );
            }
            assert_eq!(fs::read_to_string(&store.path).unwrap(), text);
            let (value, aside) = store.read_or_set_aside(&lock).unwrap();
            assert_eq!(value, None);
            assert_eq!(fs::read_to_string(aside.unwrap().kept).unwrap(), text);
            assert!(!store.path.exists());
        }
        let later = "{\"version\":2,\"text\":[]}";
        fs::write(&store.path, later).unwrap();
        for result in [
            store.read().map(drop),
            store.replace(&lock, &note("new")),
            store.read_or_set_aside(&lock).map(drop),
        ] {
            assert!(matches!(result, Err(StoreError::Version { found: 2, .. })));
        }
        assert_eq!(fs::read_to_string(&store.path).unwrap(), later);
    }

    #[test]
    #[cfg(unix)]
    fn a_link_is_neither_read_nor_replaced() {
        let base = tempfile::tempdir().unwrap();
        let (store, lock) = store(base.path());
        let victim = base.path().join("victim");
        fs::write(&victim, "{\"version\":1,\"text\":\"secret\"}").unwrap();
        std::os::unix::fs::symlink(&victim, &store.path).unwrap();
        for result in [store.read().map(drop), store.replace(&lock, &note("new"))] {
            assert!(matches!(result, Err(StoreError::Link { .. })));
        }
    }
}
