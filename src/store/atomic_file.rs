//! Files that are written whole or not at all.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Replaces a file: a temporary one beside it is written, flushed to the disk and renamed, readable by its owner alone.
///
/// # Errors
/// The disk; the file is as it was.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    let temporary = temporary(folder, bytes)?;
    temporary.as_file().sync_all()?;
    put(temporary, path)?;
    // The rename itself; not every system lets a folder be opened for it.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// The same for what means nothing after a crash of the machine: the disk is not waited for.
pub(super) fn write_fleeting(path: &Path, bytes: &[u8]) -> io::Result<()> {
    put(temporary(folder_of(path), bytes)?, path)
}

#[cfg(unix)]
fn put(temporary: NamedTempFile, path: &Path) -> io::Result<()> {
    temporary.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// A file that somebody just reads, a virus scanner perhaps, is not replaced there, and nothing tells when he is done.
#[cfg(windows)]
fn put(mut temporary: NamedTempFile, path: &Path) -> io::Result<()> {
    use std::time::{Duration, Instant};
    const PATIENCE: Duration = Duration::from_secs(2);
    const INTERVAL: Duration = Duration::from_millis(5);
    // ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION
    const IN_USE: [i32; 2] = [5, 32];
    let path = of_any_length(path);
    let end = Instant::now() + PATIENCE;
    loop {
        let failed = match temporary.persist(&path) {
            Ok(_) => return Ok(()),
            Err(failed) => failed,
        };
        let code = failed.error.raw_os_error();
        if !code.is_some_and(|code| IN_USE.contains(&code)) || Instant::now() > end {
            return Err(failed.error);
        }
        temporary = failed.file;
        std::thread::sleep(INTERVAL);
    }
}

/// The same path in the form that Windows takes however long it is. `std` sees to that by itself, `tempfile` does not when
/// it renames: both its paths must be in this form. Elsewhere every path is.
pub(crate) fn of_any_length(path: &Path) -> PathBuf {
    let folder = cfg!(windows)
        .then(|| folder_of(path).canonicalize().ok())
        .flatten();
    match (folder, path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

fn temporary(folder: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut temporary = tempfile::Builder::new()
        .prefix(".cygnet-")
        .tempfile_in(of_any_length(folder))?;
    temporary.write_all(bytes)?;
    Ok(temporary)
}

/// `state.json.before`, the name of the former file beside the present one.
pub(super) fn former(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".before");
    name.into()
}

/// `links.json.damaged-1700000000`, or the first second after it that is free.
pub(super) fn free_name(path: &Path) -> PathBuf {
    let mut second = super::now();
    loop {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".damaged-{second}"));
        let name = PathBuf::from(name);
        if name.symlink_metadata().is_err() {
            return name;
        }
        second += 1;
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_is_written_is_readable_by_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        write_whole(&path, b"secret").unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
