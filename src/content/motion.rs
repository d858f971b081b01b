//! A build or a checkout removes files and writes them anew: for a moment a file is missing, empty or half of itself. Whoever
//! asks just then waits for that moment to pass, so that what is answered is a whole file, as it was or as it is.

use std::fs::Metadata;
use std::time::{Duration, SystemTime};

use super::{Content, lookup};
use crate::store::file_version::FileVersion;

/// A file that nobody has written to for so long is written. Shorter than what pages wait for before they reload.
const WRITTEN: Duration = Duration::from_millis(40);
/// An empty file is hardly ever meant, and what is missing in a folder that has changed within this time may come back.
const STILL: Duration = Duration::from_millis(100);
/// How long a request waits for a disk that does not come to rest.
pub const LONGEST: Duration = Duration::from_millis(500);

/// How long until a file counts as written; `None` if it does.
pub(super) fn until_written(version: &FileVersion) -> Option<Duration> {
    let quiet = match version.size {
        0 => STILL,
        _ => WRITTEN,
    };
    until_old(version.modified, quiet)
}

/// How long until something that changed then is this old; `None` if it is.
fn until_old(changed: SystemTime, age: Duration) -> Option<Duration> {
    // A time that is yet to come was told by another clock.
    let present = SystemTime::now().duration_since(changed).ok()?;
    age.checked_sub(present).filter(|left| !left.is_zero())
}

impl Content {
    /// Whether a folder in which something is missing that this path may name has just changed.
    pub fn is_in_motion(&self, path: &str) -> bool {
        let changes = self.cache.changes().is_some();
        let Some(relative) = lookup::safe(path).filter(|_| changes) else {
            return false;
        };
        let (root, path) = (self.disk.path(""), self.disk.path(relative));
        let ways = path.ancestors().take_while(|way| way.starts_with(&root));
        let folders = ways.filter_map(|way| way.metadata().ok().filter(Metadata::is_dir));
        // A page is a file, or a folder with one.
        folders.take(2).any(|folder| {
            let changed = folder.modified();
            changed.is_ok_and(|changed| until_old(changed, STILL).is_some())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_just_written_or_emptied_is_waited_for() {
        let version = |age: u64, content: &str| {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(&file, content).unwrap();
            let modified = SystemTime::now() - Duration::from_millis(age);
            file.as_file().set_modified(modified).unwrap();
            until_written(&FileVersion::new(&file.as_file().metadata().unwrap()))
        };
        assert!(version(0, "x").is_some_and(|left| left <= WRITTEN));
        assert_eq!(version(60, "x"), None);
        assert!(version(60, "").is_some(), "it is being written");
        assert_eq!(version(200, ""), None);
        let later = SystemTime::now() + Duration::from_secs(60);
        assert_eq!(until_old(later, STILL), None, "another clock");
    }
}
