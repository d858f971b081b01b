//! All projects below a folder: one, or the apps of a monorepo; and the functions beside them.

use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::{Detected, detect};
use crate::watch::is_ignored;

/// Deeper down nobody looks for an app: `packages/group/app`.
const DEEPEST: usize = 3;
/// Folders of what is built, which may look like a project again.
const BUILT: [&str; 7] = ["dist", "build", "out", "public", "bin", "obj", "_site"];

/// What lies below a folder.
#[derive(Debug, Default)]
pub struct Apps {
    /// The apps, none of them inside of another one, by their paths.
    pub found: Vec<Detected>,
    /// Folders of managed functions (with `host.json`), by their paths.
    pub apis: Vec<PathBuf>,
}

impl Apps {
    /// Looks through the folders below `root`.
    pub fn below(root: &Path) -> Self {
        let mut apps = Self::default();
        let folders = WalkDir::new(root)
            .max_depth(DEEPEST)
            .sort_by_file_name()
            .into_iter()
            .filter_entry(is_searched)
            .flatten();
        for folder in folders.filter(|entry| entry.file_type().is_dir()) {
            let folder = folder.path();
            if folder.join("host.json").is_file() {
                apps.apis.push(folder.to_path_buf());
            } else if !apps.found.iter().any(|app| folder.starts_with(&app.folder)) {
                apps.found.extend(detect(folder));
            }
        }
        apps
    }

    /// The functions that belong to an app: those in it, those in the folder that it lies in, or the only ones.
    pub fn api_of(&self, app: &Path) -> Option<&Path> {
        let beside = app.parent().map(|parent| parent.join("api"));
        let own = self.apis.iter().find(|api| api.starts_with(app));
        let beside = self.apis.iter().find(|api| Some(*api) == beside.as_ref());
        let only = match &self.apis[..] {
            [only] => Some(only),
            _ => None,
        };
        own.or(beside).or(only).map(PathBuf::as_path)
    }
}

fn is_searched(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    entry.depth() == 0
        || !(name.starts_with('.') || is_ignored(&name) || BUILT.contains(&name.as_ref()))
}
