//! The files of a deployment: the built app, and the functions.

use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::store::StoreError;
use crate::watch::is_ignored;

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

/// Folders of a Functions app that are made again where it runs, and the file with the settings of this machine.
const NOT_OF_THE_API: [&str; 5] = [
    ".venv",
    "__pycache__",
    "local.settings.json",
    ".python_packages",
    ".vscode",
];

/// The static files below `root`, in the order of their names. What no deployment takes along (`node_modules`, `.git`) is
/// left out, and so is `skip`, the folder of the API. Links are followed.
///
/// # Errors
/// A folder cannot be read.
pub fn content(root: &Path, skip: Option<&Path>) -> Result<Vec<Entry>, StoreError> {
    walk(root, |entry| {
        !(entry.file_type().is_dir()
            && (is_ignored(&entry.file_name().to_string_lossy()) || Some(entry.path()) == skip))
    })
}

/// The files of a Functions app, without what is installed or made where it runs.
///
/// # Errors
/// A folder cannot be read.
pub fn api(root: &Path) -> Result<Vec<Entry>, StoreError> {
    walk(root, |entry| {
        let name = entry.file_name().to_string_lossy();
        !(NOT_OF_THE_API.contains(&&*name) || entry.file_type().is_dir() && is_ignored(&name))
    })
}

fn walk(
    root: &Path,
    mut takes: impl FnMut(&walkdir::DirEntry) -> bool,
) -> Result<Vec<Entry>, StoreError> {
    let mut entries = Vec::new();
    let walk = WalkDir::new(root)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || takes(entry));
    for entry in walk {
        let failed = |error: walkdir::Error| {
            let path = error.path().unwrap_or(root).to_path_buf();
            StoreError::io("reading", &path)(error.into())
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
    Ok(entries)
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
        let names = |entries: Vec<Entry>| -> Vec<String> {
            entries.into_iter().map(|entry| entry.relative).collect()
        };
        let functions = folder.path().join("api");
        let content = content(folder.path(), Some(&functions)).unwrap();
        assert_eq!(names(content), ["a/b.js", "index.html"]);
        assert_eq!(names(api(&functions).unwrap()), ["host.json", "src/f.js"]);
    }
}
