//! Which content a file had when it was last read, so that it need not be read again: `index.json`. Only a saving of time;
//! without it, or when it is damaged, everything is read.

use std::collections::HashMap;
use std::fs::Metadata;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::store::atomic_file::write_whole;

/// File systems count time in steps of up to two seconds: a file that changed so shortly before it was read may have
/// changed again since, with the same times.
const UNSETTLED: Duration = Duration::from_secs(2);

/// By path.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Index(HashMap<String, Known>);

/// One file as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    stamp: Stamp,
    hash: String,
}

/// Differs whenever the content may differ: size, times of the last write and of the last change of anything, inode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp(u64, u128, i64, i64, u64);

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().unwrap_or(UNIX_EPOCH);
        let modified = modified.duration_since(UNIX_EPOCH).unwrap_or_default();
        #[cfg(unix)]
        let (seconds, nanos, inode) = {
            use std::os::unix::fs::MetadataExt;
            (metadata.ctime(), metadata.ctime_nsec(), metadata.ino())
        };
        #[cfg(not(unix))]
        let (seconds, nanos, inode) = (0, 0, 0);
        Self(metadata.len(), modified.as_nanos(), seconds, nanos, inode)
    }

    fn is_settled(&self, read_at: SystemTime) -> bool {
        let changed = match self.2 {
            0 => Duration::from_nanos(u64::try_from(self.1).unwrap_or(u64::MAX)),
            seconds => Duration::from_secs(u64::try_from(seconds).unwrap_or_default()),
        };
        read_at
            .duration_since(UNIX_EPOCH + changed)
            .is_ok_and(|age| age > UNSETTLED)
    }
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
    pub(super) fn hash(&self, path: &Path, stamp: &Stamp) -> Option<&str> {
        let known = self.0.get(&*path.to_string_lossy())?;
        (known.stamp == *stamp).then_some(known.hash.as_str())
    }

    /// Remembers what a file was, if that can be told by its stamp later.
    pub(super) fn remember(&mut self, path: &Path, stamp: Stamp, hash: &str, read_at: SystemTime) {
        if stamp.is_settled(read_at) {
            let hash = hash.to_owned();
            self.0
                .insert(path.to_string_lossy().into_owned(), Known { stamp, hash });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_may_change_unnoticed_is_not_remembered() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let stamp = || Stamp::of(&file.path().metadata().unwrap());
        let mut index = Index::default();
        index.remember(file.path(), stamp(), "h", SystemTime::now());
        assert_eq!(index.hash(file.path(), &stamp()), None);
        let later = SystemTime::now() + Duration::from_secs(5);
        index.remember(file.path(), stamp(), "h", later);
        assert_eq!(index.hash(file.path(), &stamp()), Some("h"));
        std::fs::write(file.path(), "more").unwrap();
        assert_eq!(index.hash(file.path(), &stamp()), None);
    }
}
