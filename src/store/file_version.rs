//! Which state of a file was read: whether it must be read again can be told from its metadata.

use std::fs::Metadata;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Two writes closer together than this may leave the same times behind: file systems count in steps of up to two
/// seconds. A file that was written so shortly before it was read is read again next time.
const UNSETTLED: Duration = Duration::from_secs(2);

/// Identity of one state of a file: differs whenever the content may differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileVersion {
    /// Size in bytes.
    pub size: u64,
    /// Time of the last write; not before 1970.
    pub modified: SystemTime,
    /// Time of the last change of content or attributes, in seconds and nanoseconds, and the inode; all 0 where unknown.
    /// A copy that keeps the time of the last write still gets another one of these.
    unix: (i64, i64, u64),
}

impl FileVersion {
    /// Reads the identity from a file's metadata.
    pub fn new(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let unix = {
            use std::os::unix::fs::MetadataExt;
            (metadata.ctime(), metadata.ctime_nsec(), metadata.ino())
        };
        #[cfg(not(unix))]
        let unix = (0, 0, 0);
        Self {
            size: metadata.len(),
            modified: metadata.modified().unwrap_or(UNIX_EPOCH).max(UNIX_EPOCH),
            unix,
        }
    }

    /// Whether an equal version at a later time proves equal content, given when the content was read.
    pub fn is_settled(&self, read_at: SystemTime) -> bool {
        let changed = match self.unix {
            (0, 0, _) => self.modified,
            (seconds, _, _) if seconds < 0 => UNIX_EPOCH,
            (seconds, nanos, _) => UNIX_EPOCH + Duration::new(seconds as u64, nanos as u32),
        };
        read_at
            .duration_since(changed)
            .is_ok_and(|age| age > UNSETTLED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_just_written_may_change_unnoticed() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let version = FileVersion::new(&file.path().metadata().unwrap());
        assert!(!version.is_settled(SystemTime::now()));
        assert!(version.is_settled(SystemTime::now() + Duration::from_secs(5)));
        std::fs::write(file.path(), "more").unwrap();
        assert_ne!(version, FileVersion::new(&file.path().metadata().unwrap()));
    }
}
