//! The files of an app as they are deployed: walked once, then counted, checked and stored from the same list.
//!
//! [`exclusion`]: what is never content; [`content_folder`]: the same asked of a folder, with its API and its links;
//! [`windows_name`]: what is no name of a file on Windows.

pub mod content_folder;
pub mod exclusion;
pub mod windows_name;

use std::io;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use crate::watch::is_ignored;
use content_folder::{ContentFolder, joined};
use exclusion::Exclusion;

/// One file.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Below the root, with `/`.
    pub relative: String,
    /// Where it is.
    pub path: PathBuf,
    /// In bytes.
    pub size: u64,
}

/// The files below a folder. Symbolic links are followed: what they lead to is deployed, and counts.
#[derive(Debug, Clone, Default)]
pub struct Artefact {
    /// In the order of their names.
    pub entries: Vec<Entry>,
    /// What is not content although it lies there, in the order of the names, as far as that must be told.
    pub left_out: Vec<LeftOut>,
}

/// A file or folder that is not deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Below the root, with `/`.
    pub relative: String,
    /// Why.
    pub exclusion: Exclusion,
}

/// A file or folder that cannot be read; an artefact without it would not be the app.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be read: {source}", path.display())]
pub struct ScanError {
    /// The file or folder.
    pub path: PathBuf,
    /// What the system says.
    pub source: io::Error,
}

/// Folders of a Functions app that are made again where it runs, and the file with the settings of this machine.
const NOT_OF_THE_API: [&str; 5] = [
    ".venv",
    "__pycache__",
    "local.settings.json",
    ".python_packages",
    ".vscode",
];

impl Artefact {
    /// The static files of a content folder, without what [`Exclusion::is_left_out`].
    ///
    /// # Errors
    /// Something cannot be read, or a link leads nowhere or in a circle.
    pub fn scan(folder: &ContentFolder) -> Result<Self, ScanError> {
        let mut left_out = Vec::new();
        let root = folder.root();
        let entries = walk(root, |entry| {
            let relative = relative(root, entry.path());
            let by_name = folder.exclusion(&relative, entry.file_type().is_dir());
            let exclusion = match entry.path_is_symlink() {
                true => by_name.or_else(|| folder.link_exclusion(&relative)),
                false => by_name,
            };
            let Some(exclusion) = exclusion.filter(|it| it.is_left_out()) else {
                return true;
            };
            if exclusion.is_missed() {
                left_out.push(LeftOut {
                    relative,
                    exclusion,
                });
            }
            false
        })?;
        Ok(Self { entries, left_out })
    }

    /// The files of a Functions app, without what is installed or made where it runs.
    ///
    /// # Errors
    /// As for [`Artefact::scan`].
    pub fn scan_api(root: &Path) -> Result<Self, ScanError> {
        let entries = walk(root, |entry| {
            let name = entry.file_name().to_string_lossy();
            !(NOT_OF_THE_API.contains(&&*name) || entry.file_type().is_dir() && is_ignored(&name))
        })?;
        Ok(Self {
            entries,
            left_out: Vec::new(),
        })
    }

    /// The size of all files, in bytes.
    pub fn bytes(&self) -> u64 {
        self.entries.iter().map(|entry| entry.size).sum()
    }

    /// Whether a file lies directly in the root.
    pub fn has_at_root(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.relative == name)
    }
}

fn walk(root: &Path, mut takes: impl FnMut(&DirEntry) -> bool) -> Result<Vec<Entry>, ScanError> {
    let mut entries = Vec::new();
    let walk = WalkDir::new(root)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || takes(entry));
    for entry in walk {
        let failed = |error: walkdir::Error| ScanError {
            path: error.path().unwrap_or(root).to_path_buf(),
            source: error.into(),
        };
        let entry = entry.map_err(failed)?;
        if !entry.file_type().is_file() {
            continue;
        }
        entries.push(Entry {
            relative: relative(root, entry.path()),
            size: entry.metadata().map_err(failed)?.len(),
            path: entry.into_path(),
        });
    }
    Ok(entries)
}

fn relative(root: &Path, path: &Path) -> String {
    joined(path.strip_prefix(root).unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_along() {
        let folder = tempfile::tempdir().unwrap();
        for path in [
            "index.html",
            "a/b.js",
            "node_modules/x/y.js",
            ".git/HEAD",
            ".cygnet/links.json",
            "api/host.json",
            "api/local.settings.json",
            "api/.venv/x",
            "api/node_modules/x/y.js",
            "api/src/f.js",
        ] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        let names = |artefact: Artefact| -> Vec<String> {
            artefact
                .entries
                .into_iter()
                .map(|entry| entry.relative)
                .collect()
        };
        let functions = folder.path().join("api");
        let content = ContentFolder::of(folder.path().to_path_buf());
        let content = Artefact::scan(&content).unwrap();
        assert_eq!(content.left_out, []);
        assert_eq!(names(content), ["a/b.js", "index.html"]);
        assert_eq!(
            names(Artefact::scan_api(&functions).unwrap()),
            ["host.json", "src/f.js"]
        );
    }
}
