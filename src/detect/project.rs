//! What is looked at of a folder: which files there are, and a few of them as text.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::package_manager;

/// Files larger than this, in bytes, are no configuration that somebody writes.
const LARGEST: u64 = 1 << 20;

/// A folder that may be a project.
#[derive(Debug)]
pub(super) struct Project {
    root: PathBuf,
    package: PackageJson,
    manager: &'static str,
}

/// The part of `package.json` that says how an app is made; wrong types make it an empty one.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PackageJson {
    dependencies: BTreeMap<String, serde_json::Value>,
    dev_dependencies: BTreeMap<String, serde_json::Value>,
    scripts: BTreeMap<String, String>,
    package_manager: Option<String>,
}

impl Project {
    pub(super) fn read(root: &Path) -> Self {
        let text = text(&root.join("package.json")).unwrap_or_default();
        let package: PackageJson =
            serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap_or_default();
        let manager = package_manager::of_workspace(root, package.package_manager.as_deref());
        Self {
            root: root.to_path_buf(),
            package,
            manager,
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Whether there is a package of this name among the dependencies.
    pub(super) fn depends_on(&self, package: &str) -> bool {
        let PackageJson {
            dependencies,
            dev_dependencies,
            ..
        } = &self.package;
        dependencies.contains_key(package) || dev_dependencies.contains_key(package)
    }

    /// A script of `package.json`.
    pub(super) fn script(&self, name: &str) -> Option<&str> {
        self.package.scripts.get(name).map(String::as_str)
    }

    /// The program that runs its scripts.
    pub(super) fn package_manager(&self) -> &'static str {
        self.manager
    }

    /// The first of the names that exists. `*.csproj` is any file of the folder itself that ends like that, `web/` a
    /// folder.
    pub(super) fn first_of(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| {
            if let Some(end) = name.strip_prefix('*') {
                return self.ending_in(end);
            }
            let path = self.root.join(name);
            let exists = match name.ends_with('/') {
                true => path.is_dir(),
                false => path.is_file(),
            };
            exists.then(|| (*name).to_owned())
        })
    }

    fn ending_in(&self, end: &str) -> Option<String> {
        let entries = std::fs::read_dir(&self.root).ok()?;
        let names = entries
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok());
        names.filter(|name| name.ends_with(end)).min()
    }

    /// The text of a small file.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        text(&self.root.join(name))
    }
}

/// The program that installs the packages of a project, by its files and its `package.json`.
pub fn package_manager_of(folder: &Path) -> &'static str {
    Project::read(folder).package_manager()
}

/// The text of a small file.
pub(super) fn text(path: &Path) -> Option<String> {
    let is_small = std::fs::metadata(path).is_ok_and(|file| file.len() <= LARGEST);
    is_small.then(|| std::fs::read_to_string(path).ok())?
}
