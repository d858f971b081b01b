//! Which content a file had when it was last read, so that it need not be read again: `index.json`. Only a saving of time;
//! without it, or when it is damaged, everything is read.

use std::collections::HashMap;
use std::path::Path;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::store::atomic_file::write_whole;
use crate::store::file_version::FileVersion;

/// By path.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Index(HashMap<String, Known>);

/// One file as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    version: FileVersion,
    hash: String,
}

impl Index {
    pub(super) fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    pub(super) fn write(&self, path: &Path) {
        let written = serde_json::to_vec(self)
            .map_err(std::io::Error::from)
            .and_then(|bytes| write_whole(path, &bytes));
        if let Err(error) = written {
            log::info!("{} is not kept: {error}", path.display());
        }
    }

    /// The hash of a file that has not changed since it was read.
    pub(super) fn hash(&self, path: &Path, version: &FileVersion) -> Option<&str> {
        let known = self.0.get(&*path.to_string_lossy())?;
        (known.version == *version).then_some(known.hash.as_str())
    }

    /// Remembers what a file was, if that can be told by its version later.
    pub(super) fn remember(
        &mut self,
        path: &Path,
        version: FileVersion,
        hash: &str,
        read_at: SystemTime,
    ) {
        if version.is_settled(read_at) {
            let hash = hash.to_owned();
            self.0
                .insert(path.to_string_lossy().into_owned(), Known { version, hash });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_file_that_may_change_unnoticed_is_not_remembered() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let version = || FileVersion::new(&file.path().metadata().unwrap());
        let mut index = Index::default();
        index.remember(file.path(), version(), "h", SystemTime::now());
        assert_eq!(index.hash(file.path(), &version()), None);
        let later = SystemTime::now() + Duration::from_secs(5);
        index.remember(file.path(), version(), "h", later);
        assert_eq!(index.hash(file.path(), &version()), Some("h"));
        std::fs::write(file.path(), "more").unwrap();
        assert_eq!(index.hash(file.path(), &version()), None);
    }
}
