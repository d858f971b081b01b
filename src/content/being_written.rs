//! Files that are being written: a build or a checkout removes files and writes them anew, and for a moment a file is
//! missing, empty or incomplete. A request for one waits for that moment to pass, so that its answer is a whole file, the old
//! one or the new one.

use std::fs::Metadata;
use std::time::{Duration, SystemTime};

use super::{Content, lookup};
use crate::store::file_version::FileVersion;

/// A file counts as written when its last write is this old. Shorter than the time that pages wait before they reload.
const QUIET_FILE: Duration = Duration::from_millis(40);
/// What is missing in a folder may still come until the folder's last change is this old. The same holds for the content of
/// an empty file, because few files are empty on purpose.
const QUIET_FOLDER: Duration = Duration::from_millis(100);
/// How long a request waits for files that are written without a pause.
pub const MAX_WAIT: Duration = Duration::from_millis(500);

/// How long until a file counts as written; `None` if it does.
pub(super) fn until_written(version: &FileVersion) -> Option<Duration> {
    let quiet = match version.size {
        0 => QUIET_FOLDER,
        _ => QUIET_FILE,
    };
    until_old(version.modified, quiet)
}

/// How long until a change is this old; `None` if it is.
fn until_old(changed: SystemTime, age: Duration) -> Option<Duration> {
    // A time in the future comes from another machine's clock.
    let present = SystemTime::now().duration_since(changed).ok()?;
    age.checked_sub(present).filter(|left| !left.is_zero())
}

impl Content {
    /// Whether a folder has just changed in which the file or the page of this path would be. Always false where files never
    /// change.
    pub fn folder_just_changed(&self, path: &str) -> bool {
        let changes = self.cache.changes().is_some();
        let Some(relative) = lookup::safe(path).filter(|_| changes) else {
            return false;
        };
        let (root, path) = (self.disk.path(""), self.disk.path(relative));
        let above = path.ancestors().take_while(|path| path.starts_with(&root));
        let folders = above.filter_map(|path| path.metadata().ok().filter(Metadata::is_dir));
        // A page is a file, or a folder with one.
        folders.take(2).any(|folder| {
            let changed = folder.modified();
            changed.is_ok_and(|changed| until_old(changed, QUIET_FOLDER).is_some())
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
        assert!(version(0, "x").is_some_and(|left| left <= QUIET_FILE));
        assert_eq!(version(60, "x"), None);
        assert!(version(60, "").is_some(), "it is being written");
        assert_eq!(version(200, ""), None);
        let later = SystemTime::now() + Duration::from_secs(60);
        assert_eq!(until_old(later, QUIET_FOLDER), None, "another clock");
    }
}
