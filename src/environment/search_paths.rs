//! Which `staticwebapp.config.json` counts.
//!
//! Azure documents the root of the app location and "any sub-folder" (CF-1) and does not say which of several wins
//! (CF-3). Here: the root of the named configuration folder, else of the app location, else of the output location,
//! else the file nearest below one of them. Others are named in a warning.

use std::path::{Path, PathBuf};

use crate::config::FILE_NAME;
use crate::functions;
use crate::watch::{WatchRoots, is_ignored};

/// Where to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigSearchPaths {
    /// `--swa-config-location`, when given.
    pub config_location: Option<PathBuf>,
    /// The app location.
    pub app_location: PathBuf,
    /// The content root.
    pub output_location: PathBuf,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The file that counts.
    pub file: Option<PathBuf>,
    /// Others that could have.
    pub others: Vec<PathBuf>,
}

impl ConfigSearchPaths {
    /// Of an app that is all in one folder, such as a deployed one (EN-14).
    pub fn of_folder(folder: PathBuf) -> Self {
        Self {
            config_location: None,
            app_location: folder.clone(),
            output_location: folder,
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
        let mut files = self
            .roots()
            .into_iter()
            .map(|root| root.join(FILE_NAME))
            .filter(|file| file.is_file());
        if let Some(file) = files.next() {
            return Found {
                others: files.collect(),
                file: Some(file),
            };
        }
        for root in self.roots() {
            let mut nearest = nearest_below(root);
            if !nearest.is_empty() {
                return Found {
                    file: Some(nearest.remove(0)),
                    others: nearest,
                };
            }
        }
        Found::default()
    }
}

/// The files in the nearest depth that has any, by name.
fn nearest_below(root: &Path) -> Vec<PathBuf> {
    let mut level = vec![root.to_path_buf()];
    while !level.is_empty() {
        let mut files = Vec::new();
        let mut next = Vec::new();
        for folder in &level {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                // Links are not followed: they could lead in a circle.
                if entry.file_type().is_ok_and(|kind| kind.is_dir())
                    && !is_ignored(&entry.file_name().to_string_lossy())
                {
                    let candidate = entry.path().join(FILE_NAME);
                    if candidate.is_file() {
                        files.push(candidate);
                    }
                    next.push(entry.path());
                }
            }
        }
        if !files.is_empty() {
            files.sort();
            return files;
        }
        level = next;
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path) {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "{}").unwrap();
    }

    #[test]
    fn cf_1_3_roots_first_then_the_nearest() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::create_dir_all(root.join("dist")).unwrap();
        let search_paths = ConfigSearchPaths {
            config_location: None,
            app_location: root.to_path_buf(),
            output_location: root.join("dist"),
        };
        assert_eq!(search_paths.find(), Found::default());
        write(&root.join("node_modules/x").join(FILE_NAME));
        assert_eq!(
            search_paths.find().file,
            None,
            "node_modules is not searched"
        );
        write(&root.join("a/b").join(FILE_NAME));
        write(&root.join("z").join(FILE_NAME));
        assert_eq!(
            search_paths.find().file,
            Some(root.join("z").join(FILE_NAME)),
            "the nearest"
        );
        write(&root.join("dist").join(FILE_NAME));
        assert_eq!(
            search_paths.find().file,
            Some(root.join("dist").join(FILE_NAME)),
            "the output location's root"
        );
        write(&root.join(FILE_NAME));
        let found = search_paths.find();
        assert_eq!(
            found.file,
            Some(root.join(FILE_NAME)),
            "the app location's root"
        );
        assert_eq!(found.others, [root.join("dist").join(FILE_NAME)]);
    }
}
