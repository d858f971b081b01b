//! Folders of state: for their owner alone, never through a symbolic link.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::StoreError;

/// Makes a folder and those above it, from below `base` on readable by their owner alone (0700), also where they existed.
///
/// # Errors
/// One of them is a symbolic link or not a folder, or cannot be made.
pub fn make_folder(base: &Path, folder: &Path) -> Result<(), StoreError> {
    if !base.is_dir() {
        make(base, true).map_err(StoreError::io("making", base))?;
    }
    for part in parts(base, folder) {
        match real(&part)? {
            Some(found) if found.is_dir() => keep_private(&part, &found, 0o700),
            Some(_) => {
                let error = io::Error::from(io::ErrorKind::NotADirectory);
                return Err(StoreError::io("making", &part)(error));
            }
            None => match make(&part, false) {
                // Somebody else made it at the same moment.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    real(&part)?;
                }
                made => made.map_err(StoreError::io("making", &part))?,
            },
        }
    }
    Ok(())
}

/// Refuses a path with a symbolic link below `base`, itself included. What does not exist is fine.
///
/// # Errors
/// [`StoreError::Link`], or it cannot be looked at.
pub fn refuse_links(base: &Path, path: &Path) -> Result<(), StoreError> {
    for part in parts(base, path) {
        if real(&part)?.is_none() {
            break;
        }
    }
    Ok(())
}

/// Removes a folder with everything in it, following no link; that it is gone already is fine.
pub fn remove_folder(folder: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(StoreError::io("removing", folder)(error))
        }
        _ => Ok(()),
    }
}

/// The names of the real files and folders in a folder; none if it does not exist.
pub fn names(folder: &Path) -> Result<Vec<String>, StoreError> {
    let failed = || StoreError::io("reading", folder);
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed())?,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed())?;
        if !entry.file_type().map_err(failed())?.is_symlink() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(names)
}

/// Sets the mode of something of ours that others may read. That it belongs to somebody else is no reason to fail.
pub(super) fn keep_private(path: &Path, found: &Metadata, mode: u32) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if found.permissions().mode() & 0o077 != 0 {
            let _ = fs::set_permissions(path, fs::Permissions::from_mode(mode));
        }
    }
    #[cfg(not(unix))]
    let _ = (path, found, mode);
}

/// Each folder on the way from below `base` to `path`, and `path`.
fn parts(base: &Path, path: &Path) -> Vec<PathBuf> {
    let mut parts: Vec<PathBuf> = path
        .ancestors()
        .take_while(|part| part.starts_with(base) && *part != base)
        .map(Path::to_path_buf)
        .collect();
    parts.reverse();
    parts
}

/// What is at a path, unless it is a symbolic link.
fn real(path: &Path) -> Result<Option<Metadata>, StoreError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => Err(StoreError::Link {
            path: path.to_path_buf(),
        }),
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::io("reading", path)(error)),
    }
}

fn make(folder: &Path, recursive: bool) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(recursive);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn folders_are_private_and_links_are_refused_below_the_base_only() {
        let home = tempfile::tempdir().unwrap();
        let real = home.path().join("real");
        fs::create_dir(&real).unwrap();
        let base = home.path().join("base");
        symlink(&real, &base).unwrap();
        fs::create_dir(base.join("a")).unwrap();
        fs::set_permissions(base.join("a"), fs::Permissions::from_mode(0o755)).unwrap();
        make_folder(&base, &base.join("a/b/c")).unwrap();
        for folder in ["a", "a/b", "a/b/c"] {
            let mode = fs::metadata(real.join(folder))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o700, "{folder}");
        }
        symlink(&real, base.join("a/link")).unwrap();
        for path in ["a/link", "a/link/b", "a/link/b/c"] {
            let path = base.join(path);
            assert!(matches!(
                make_folder(&base, &path),
                Err(StoreError::Link { .. })
            ));
            assert!(matches!(
                refuse_links(&base, &path),
                Err(StoreError::Link { .. })
            ));
        }
        assert!(refuse_links(&base, &base.join("a/none/at/all")).is_ok());
        assert_eq!(names(&base.join("a")).unwrap(), ["b"]);
        fs::write(base.join("file"), "").unwrap();
        assert!(make_folder(&base, &base.join("file/x")).is_err());
    }
}
