//! The content folder on the disk, as it is right now.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::lookup::Probe;
use crate::artefact::content_folder::ContentFolder;
use crate::artefact::exclusion::Exclusion;
use crate::store::file_version::FileVersion;
use crate::watch::is_ignored;

/// Finds files below a folder, each time anew, so that nothing served is ever older than the disk.
#[derive(Debug, Clone)]
pub struct Disk {
    folder: Arc<ContentFolder>,
    /// The disk takes `Index.html` for `index.html`, and on Windows `INDEX~1.HTM` too; Azure does not (RS-33).
    folds_case: bool,
}

thread_local! {
    static PATH: RefCell<PathBuf> = const { RefCell::new(PathBuf::new()) };
}

impl Disk {
    /// The files of a folder.
    pub fn new(folder: Arc<ContentFolder>) -> Self {
        Self {
            folds_case: cfg!(windows) || folds_case(folder.root()),
            folder,
        }
    }

    /// The full path of a file.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.folder.root().join(relative)
    }

    /// Opens a file, unless it is not content.
    pub(super) fn open(&self, relative: &str) -> io::Result<File> {
        self.folder.open(relative)
    }

    /// Whether the symbolic links on the way to a file, if any, may be followed.
    pub(super) fn may_follow(&self, relative: &str) -> bool {
        match self.folder.link_exclusion(relative) {
            Some(exclusion) => {
                self.folder.tell(relative, exclusion);
                false
            }
            None => true,
        }
    }

    /// Whether a watcher of the root hears of what happens beside a file: it follows no links and leaves out
    /// `node_modules` and its like.
    pub(super) fn watcher_hears(&self, relative: &str) -> bool {
        let folder = relative.rsplit_once('/').map_or("", |(folder, _)| folder);
        let root = self.folder.root();
        let real = std::fs::canonicalize(root.join(folder));
        let root = std::fs::canonicalize(root);
        !folder.split('/').any(is_ignored)
            && matches!((root, real), (Ok(root), Ok(real)) if root.join(folder) == real)
    }
}

impl Probe for Disk {
    type Meta = FileVersion;

    fn file(&self, relative: &str) -> Option<FileVersion> {
        let root = self.folder.root();
        // One buffer a thread: a request allocates no path for its probes.
        let metadata = PATH.with_borrow_mut(|path| {
            path.clear();
            path.push(root);
            path.push(relative);
            std::fs::metadata(path)
        });
        let metadata = metadata.ok().filter(Metadata::is_file)?;
        if let Some(exclusion) = self.folder.exclusion(relative, false) {
            if exclusion != Exclusion::Configuration {
                self.folder.tell(relative, exclusion);
            }
            return None;
        }
        (!self.folds_case || has_exact_name(root, relative)).then(|| FileVersion::new(&metadata))
    }
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

/// Whether the disk of a folder takes `Index.html` for `index.html`. Tries an existing name with its case swapped.
pub fn folds_case(root: &Path) -> bool {
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
    #[cfg(unix)]
    fn a_watcher_does_not_hear_behind_links_and_in_ignored_folders() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        for name in ["a/b", "node_modules/x"] {
            std::fs::create_dir_all(root.join(name)).unwrap();
        }
        std::os::unix::fs::symlink(root.join("a"), root.join("link")).unwrap();
        let disk = Disk::new(ContentFolder::of(root).into());
        for (file, expected) in [
            ("x.js", true),
            ("a/b/x.js", true),
            ("link/b/x.js", false),
            ("node_modules/x/x.js", false),
            ("gone/x.js", false),
        ] {
            assert_eq!(disk.watcher_hears(file), expected, "{file}");
        }
    }

    #[test]
    fn cf_9_the_configuration_is_no_content() {
        let folder = tempfile::tempdir().unwrap();
        let name = crate::config::FILE_NAME;
        std::fs::write(folder.path().join(name), "{}").unwrap();
        let disk = Disk::new(ContentFolder::of(folder.path().to_path_buf()).into());
        assert!(disk.file(name).is_none());
        assert!(disk.file("sub/StaticWebApp.config.JSON").is_none());
    }
}
