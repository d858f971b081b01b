//! Which `staticwebapp.config.json` counts: one answer for `start`, `check`, `deploy` and `explain`.
//!
//! Azure documents the root of the app location and "any sub-folder" (CF-1) and does not say which of several wins
//! (CF-3). Here: the root of the named configuration folder, of the app location, of the output location; else the file
//! nearest below one of them. Nothing beside them is looked at, nor projects of their own that lie in them: rules of
//! another app must neither guard this one nor be deployed with it. A file that lies just outside is named in a hint.

use std::path::{Path, PathBuf};

use crate::config::FILE_NAME;
use crate::finding::Finding;
use crate::functions;
use crate::watch::{WatchRoots, is_ignored};

/// Folders of an app's source that a build copies as they are; with a dev server the built copy may be an old one.
const STATIC_SOURCES: [&str; 3] = ["public", "static", "src"];
/// Files that make a folder a project of its own.
const PROJECT_FILES: [&str; 2] = ["package.json", "swa-cli.config.json"];

/// Where to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigSearchPaths {
    /// `--swa-config-location`, when given.
    pub config_location: Option<PathBuf>,
    /// The app location.
    pub app_location: PathBuf,
    /// Whether somebody named the app location. Nobody did: it is the current folder, which may hold other apps too.
    pub app_is_named: bool,
    /// The content root.
    pub output_location: PathBuf,
    /// Whether a dev server serves the app from its source.
    pub has_dev_server: bool,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The file that counts.
    pub file: Option<PathBuf>,
    /// Others that could have.
    pub others: Vec<PathBuf>,
    /// Without a file that counts: one that lies just outside of what is searched.
    pub outside: Option<PathBuf>,
}

impl Found {
    /// A file that was named.
    pub fn named(file: PathBuf) -> Self {
        Self {
            file: Some(file),
            ..Self::default()
        }
    }

    /// That there is no configuration, although one lies just outside.
    pub fn unused(&self) -> Option<Finding> {
        let message =
            "the app has no configuration: this file lies outside its folders and is not used";
        let hint = "if it is this app's, name its folder with `--swa-config-location`, or put it into the content";
        let outside = self.outside.clone()?;
        Some(Finding::warning("CF-1", outside, message).hint(hint))
    }
}

impl ConfigSearchPaths {
    /// Of an app that is all in one folder, such as a deployed one (EN-14).
    pub fn of_folder(folder: PathBuf) -> Self {
        Self {
            config_location: None,
            app_location: folder.clone(),
            app_is_named: true,
            output_location: folder,
            has_dev_server: false,
        }
    }

    /// The folders in the order in which they are searched, each once.
    pub fn roots(&self) -> Vec<&Path> {
        let all = [
            self.config_location.as_ref(),
            Some(&self.app_location),
            Some(&self.output_location),
        ];
        let mut roots: Vec<&Path> = Vec::new();
        for root in all.into_iter().flatten() {
            if !roots.contains(&root.as_path()) {
                roots.push(root);
            }
        }
        roots
    }

    /// What is watched for an app whose functions lie in `api`.
    pub fn watch_roots(&self, api: Option<&Path>) -> WatchRoots {
        WatchRoots {
            site: self.roots().into_iter().map(Path::to_path_buf).collect(),
            configuration: FILE_NAME,
            api: api.map(Path::to_path_buf),
            is_api_source: functions::is_source,
            api_builds: api.is_some_and(functions::has_dotnet_project),
            api_extra: api.map(functions::watched).unwrap_or_default(),
        }
    }

    /// Searches. Sub-folders are only walked when no root holds the file, so that start does not depend on the number
    /// of files of an ordinary app.
    pub fn find(&self) -> Found {
        let mut files = self.at_roots();
        if files.is_empty() {
            // An app location that nobody named holds the content root, and perhaps other apps beside it.
            let walked = self.roots().into_iter().filter(|root| {
                self.app_is_named || *root != self.app_location || *root == self.output_location
            });
            let mut below = walked.map(|root| self.nearest_below(root));
            files = below.find(|files| !files.is_empty()).unwrap_or_default();
        }
        if files.is_empty() {
            return Found {
                outside: self.outside(),
                ..Found::default()
            };
        }
        Found {
            file: Some(files.remove(0)),
            others: files,
            outside: None,
        }
    }

    fn at_roots(&self) -> Vec<PathBuf> {
        let mut files = files_in(self.roots());
        if self.has_dev_server {
            let sources = STATIC_SOURCES.map(|name| self.app_location.join(name));
            let mut sources = files_in(sources.iter().map(PathBuf::as_path));
            sources.retain(|file| !files.contains(file));
            let output = &self.output_location;
            let may_be_copy =
                *output != self.app_location && self.config_location.as_ref() != Some(output);
            if may_be_copy && !sources.is_empty() {
                files.retain(|file| *file != output.join(FILE_NAME));
            }
            files.append(&mut sources);
        }
        files
    }

    /// The files in the nearest depth that has any, by name.
    fn nearest_below(&self, root: &Path) -> Vec<PathBuf> {
        let mut level = vec![root.to_path_buf()];
        while !level.is_empty() {
            let next = level.iter().flat_map(|folder| folders_in(folder));
            let next: Vec<_> = next
                .filter(|folder| !self.is_another_project(folder))
                .collect();
            let mut files = files_in(next.iter().map(PathBuf::as_path));
            if !files.is_empty() {
                files.sort();
                return files;
            }
            level = next;
        }
        Vec::new()
    }

    fn is_another_project(&self, folder: &Path) -> bool {
        let holds_root = self.roots().iter().any(|root| root.starts_with(folder));
        !holds_root && PROJECT_FILES.iter().any(|file| folder.join(file).is_file())
    }

    /// A file in the folder right above what is searched, or, inside of the app location, right beside it.
    fn outside(&self) -> Option<PathBuf> {
        let app = self.app_location.as_path();
        let output = self.output_location.parent();
        let mut files = files_in(output.into_iter().chain(app.parent()));
        let inside = output.filter(|folder| folder.starts_with(app));
        for folder in inside.into_iter().chain([app]) {
            let mut beside = folders_in(folder);
            beside.sort();
            files.extend(files_in(beside.iter().map(PathBuf::as_path)));
        }
        files.into_iter().next()
    }
}

fn files_in<'a>(folders: impl IntoIterator<Item = &'a Path>) -> Vec<PathBuf> {
    let files = folders.into_iter().map(|folder| folder.join(FILE_NAME));
    files.filter(|file| file.is_file()).collect()
}

/// The folders in a folder. Links are not followed: they could lead in a circle.
fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| {
        entry.file_type().is_ok_and(|kind| kind.is_dir())
            && !is_ignored(&entry.file_name().to_string_lossy())
    });
    folders.map(|entry| entry.path()).collect()
}

#[cfg(test)]
#[path = "search_paths_tests.rs"]
mod tests;
