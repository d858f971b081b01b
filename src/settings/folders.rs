//! Folders as they are named: made absolute, and looked for.

use std::path::{Component, Path, PathBuf};

use super::SettingsError;
use super::descriptor::Descriptor;
use super::error::Named;
use super::value::Setting;

/// `path` as seen from `base`, absolute, without `.` and `..`; by its letters alone, as Node's `path.resolve`.
pub fn absolute(base: &Path, path: &str) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in base.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    clean
}

/// Whether the folder is there.
///
/// # Errors
/// [`SettingsError::FolderNotFound`], or [`SettingsError::NotAFolder`] when something else is in its place.
pub fn check(folder: &Setting<PathBuf>, option: &'static Descriptor) -> Result<(), SettingsError> {
    let path = folder.value.clone();
    let named = Named::new(option, &folder.source);
    if path.is_dir() {
        Ok(())
    } else if path.exists() {
        Err(SettingsError::NotAFolder { path, named })
    } else {
        Err(SettingsError::FolderNotFound {
            path,
            named,
            similar: None,
        })
    }
}
