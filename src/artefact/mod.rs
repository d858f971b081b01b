//! The files of an app as they are deployed: walked once, then counted, checked and stored from the same list.
//!
//! [`exclusion`]: what is never content.

pub mod exclusion;

use std::io;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use crate::watch::is_ignored;
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
    /// The static files below `root`, without what [`Exclusion::is_left_out`]; `api` is the folder of the API.
    ///
    /// # Errors
    /// Something cannot be read, or a link leads nowhere or in a circle.
    pub fn scan(root: &Path, api: Option<&Path>) -> Result<Self, ScanError> {
        walk(root, |entry| {
            let excluded = Exclusion::of(entry.path(), entry.file_type().is_dir(), api);
            !excluded.is_some_and(Exclusion::is_left_out)
        })
    }

    /// The files of a Functions app, without what is installed or made where it runs.
    ///
    /// # Errors
    /// As for [`Artefact::scan`].
    pub fn scan_api(root: &Path) -> Result<Self, ScanError> {
        walk(root, |entry| {
            let name = entry.file_name().to_string_lossy();
            !(NOT_OF_THE_API.contains(&&*name) || entry.file_type().is_dir() && is_ignored(&name))
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

fn walk(root: &Path, mut takes: impl FnMut(&DirEntry) -> bool) -> Result<Artefact, ScanError> {
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
        let path = entry.path();
        let relative = path.strip_prefix(root).unwrap_or(path);
        let parts: Vec<_> = relative
            .components()
            .map(|part| part.as_os_str().to_string_lossy())
            .collect();
        entries.push(Entry {
            relative: parts.join("/"),
            size: entry.metadata().map_err(failed)?.len(),
            path: path.to_path_buf(),
        });
    }
    Ok(Artefact { entries })
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
        let content = Artefact::scan(folder.path(), Some(&functions)).unwrap();
        assert_eq!(names(content), ["a/b.js", "index.html"]);
        assert_eq!(
            names(Artefact::scan_api(&functions).unwrap()),
            ["host.json", "src/f.js"]
        );
    }
}
