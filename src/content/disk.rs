//! The content folder on the disk, as it is right now.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::lookup::Probe;
use crate::config::FILE_NAME;

/// Identity of one state of a file: differs whenever the content may differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Size in bytes.
    pub size: u64,
    /// Time of the last write.
    pub modified: SystemTime,
    /// Time of the last change of content or attributes, in nanoseconds, and the inode; both 0 where unknown. A copy
    /// that keeps the time of the last write still gets another one of these.
    unix: (i64, i64, u64),
}

/// Two writes closer together than this may leave the same times behind: file systems count in steps of up to two
/// seconds. A file that was written so shortly before it was read is read again next time.
const UNSETTLED: Duration = Duration::from_secs(2);

impl Stamp {
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
            modified: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH),
            unix,
        }
    }

    /// Whether an equal stamp at a later time proves equal content, given when the content was read.
    pub fn is_settled(&self, read_at: SystemTime) -> bool {
        let changed = match self.unix {
            (0, 0, _) => self.modified,
            (seconds, _, _) if seconds < 0 => SystemTime::UNIX_EPOCH,
            (seconds, nanos, _) => {
                SystemTime::UNIX_EPOCH + Duration::new(seconds as u64, nanos as u32)
            }
        };
        read_at
            .duration_since(changed)
            .is_ok_and(|age| age > UNSETTLED)
    }
}

/// Finds files below a folder, each time anew, so that nothing served is ever older than the disk.
#[derive(Debug)]
pub struct Disk {
    root: PathBuf,
    /// The disk takes `Index.html` for `index.html`; Azure does not (RS-33).
    folds_case: bool,
}

thread_local! {
    static PATH: RefCell<PathBuf> = const { RefCell::new(PathBuf::new()) };
}

impl Disk {
    /// A disk below `root`.
    pub fn new(root: PathBuf) -> Self {
        let folds_case = folds_case(&root);
        Self { root, folds_case }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The full path of a file.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }
}

impl Probe for Disk {
    type Meta = Stamp;

    fn file(&self, relative: &str) -> Option<Stamp> {
        if is_configuration(relative) {
            return None;
        }
        // One buffer a thread: a request allocates no path for its probes.
        let metadata = PATH.with_borrow_mut(|path| {
            path.clear();
            path.push(&self.root);
            path.push(relative);
            std::fs::metadata(path)
        });
        let metadata = metadata.ok().filter(Metadata::is_file)?;
        (!self.folds_case || has_exact_name(&self.root, relative)).then(|| Stamp::new(&metadata))
    }
}

/// Whether a path names a configuration file (CF-9): in whatever folder, and however a disk that folds case spells it.
pub fn is_configuration(path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let name = path.rsplit('/').next().unwrap_or(path);
    name.eq_ignore_ascii_case(FILE_NAME)
}

/// Whether every part of `relative` stands in its folder's list with the same letters.
fn has_exact_name(root: &Path, relative: &str) -> bool {
    let mut folder = root.to_path_buf();
    relative.split('/').all(|part| {
        let listed = std::fs::read_dir(&folder).is_ok_and(|mut entries| {
            entries.any(|entry| entry.is_ok_and(|entry| entry.file_name() == OsStr::new(part)))
        });
        folder.push(part);
        listed
    })
}

/// Tries an existing name with its case swapped.
fn folds_case(root: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(root) else {
        return false;
    };
    let names = entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok());
    for name in names.take(64) {
        let swapped: String = name
            .chars()
            .map(|c| {
                if c.is_ascii_lowercase() {
                    c.to_ascii_uppercase()
                } else {
                    c.to_ascii_lowercase()
                }
            })
            .collect();
        if swapped != name {
            return root.join(&swapped).exists() && !has_exact_name(root, &swapped);
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rs_33_names_are_compared_with_case_by_the_folders_list() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("Sub")).unwrap();
        std::fs::write(folder.path().join("Sub/Page.html"), "x").unwrap();
        assert!(has_exact_name(folder.path(), "Sub/Page.html"));
        assert!(!has_exact_name(folder.path(), "sub/Page.html"));
        assert!(!has_exact_name(folder.path(), "Sub/page.html"));
    }

    #[test]
    fn cf_9_the_configuration_is_no_content() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE_NAME), "{}").unwrap();
        let disk = Disk::new(folder.path().to_path_buf());
        assert!(disk.file(FILE_NAME).is_none());
        assert!(disk.file("sub/StaticWebApp.config.JSON").is_none());
    }
}
