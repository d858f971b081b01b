//! Contents of files, each stored once under its hash, and never changed.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::SystemTime;

use super::failpoints;
use super::index::Index;
use super::store::{StorePaths, is_hex};
use crate::artefact::Entry;
use crate::store::StoreError;
use crate::store::atomic_file::of_any_length;
use crate::store::file_version::FileVersion;
use crate::store::folder::{make_folder, names};

/// Bytes that are read at once.
const BLOCK: usize = 256 * 1024;
/// More threads than this only wait for the disk.
const MOST_THREADS: usize = 4;

/// Hexadecimal digits of a hash.
const HASH: usize = 64;

/// How far it is: files done, and all of them.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// Stores what is not stored yet; the hash of each entry, in their order.
///
/// # Errors
/// A file cannot be read, or the store not written.
pub fn put(
    paths: &StorePaths,
    entries: &[Entry],
    progress: Progress<'_>,
) -> Result<Vec<String>, StoreError> {
    let index_file = paths.root().join("index.json");
    let index = Mutex::new(Index::read(&index_file));
    let (next, done, failed) = (
        AtomicUsize::new(0),
        AtomicUsize::new(0),
        AtomicBool::new(false),
    );
    let hashes: Vec<Mutex<String>> = entries.iter().map(|_| Mutex::default()).collect();
    let work = || -> Result<(), StoreError> {
        let mut block = vec![0; BLOCK];
        while !failed.load(Ordering::Relaxed) {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(entry) = entries.get(at) else { break };
            let hash = put_one(paths, entry, &index, &mut block)
                .inspect_err(|_| failed.store(true, Ordering::Relaxed))?;
            *hashes[at].lock().unwrap_or_else(PoisonError::into_inner) = hash;
            if at == entries.len() / 2 {
                failpoints::point("objects-half");
            }
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, entries.len());
        }
        Ok(())
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(MOST_THREADS))
            .map(|_| scope.spawn(work))
            .collect();
        let mut result = work();
        for other in others {
            // A panic of a thread of ours would be a bug; it is passed on as it is.
            let ended = other
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            result = result.and(ended);
        }
        result
    })?;
    let index = index.into_inner().unwrap_or_else(PoisonError::into_inner);
    index.write(&index_file);
    let hashes = hashes.into_iter();
    Ok(hashes
        .map(|hash| hash.into_inner().unwrap_or_else(PoisonError::into_inner))
        .collect())
}

fn put_one(
    paths: &StorePaths,
    entry: &Entry,
    index: &Mutex<Index>,
    block: &mut [u8],
) -> Result<String, StoreError> {
    let reading = || StoreError::io("reading", &entry.path);
    // Most files of a second deployment are known: they are not opened.
    let seen = FileVersion::new(&entry.path.metadata().map_err(reading())?);
    let known = {
        let index = index.lock().unwrap_or_else(PoisonError::into_inner);
        index.hash(&entry.path, &seen).map(str::to_owned)
    };
    if let Some(hash) = known.filter(|hash| is_stored(paths, hash)) {
        return Ok(hash);
    }
    let mut file = File::open(&entry.path).map_err(reading())?;
    let version = FileVersion::new(&file.metadata().map_err(reading())?);
    let read_at = SystemTime::now();
    let hash = store(paths, &entry.path, &mut file, block)?;
    // A file that changed while it was read has another version by now, and is read again next time.
    index
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .remember(&entry.path, version, &hash, read_at);
    Ok(hash)
}

/// Reads and writes at once, so that what is stored is what was hashed even if the file is being written meanwhile.
fn store(
    paths: &StorePaths,
    path: &Path,
    file: &mut File,
    block: &mut [u8],
) -> Result<String, StoreError> {
    let tmp = paths.tmp();
    let writing = || StoreError::io("writing", &tmp);
    let mut copy = tempfile::NamedTempFile::new_in(of_any_length(&tmp)).map_err(writing())?;
    let mut hasher = blake3::Hasher::new();
    let is_shared = share(file, copy.as_file());
    loop {
        // What is shared was taken at one moment; the file itself may be another one by now.
        let read = match is_shared {
            true => copy.as_file_mut().read(block),
            false => file.read(block),
        };
        let length = match read {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(StoreError::io("reading", path)(error)),
        };
        hasher.update(&block[..length]);
        if !is_shared {
            copy.write_all(&block[..length]).map_err(writing())?;
        }
    }
    let hash = hasher.finalize().to_hex().to_string();
    if is_stored(paths, &hash) {
        return Ok(hash);
    }
    let object = paths.object(&hash);
    if let Some(folder) = object.parent() {
        // What is above was looked at when the store was locked.
        make_folder(&paths.objects(), folder)?;
    }
    let mut permissions = copy.as_file().metadata().map_err(writing())?.permissions();
    permissions.set_readonly(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        permissions.set_mode(0o400);
    }
    copy.as_file()
        .set_permissions(permissions)
        .map_err(writing())?;
    // Another thread may have stored the same content meanwhile, and Windows does not replace what is read-only.
    match copy.persist(of_any_length(&object)) {
        Err(error) if !is_stored(paths, &hash) => {
            Err(StoreError::io("writing", &object)(error.error))
        }
        _ => Ok(hash),
    }
}

/// Lets a copy share the blocks of a file until either is written to, where the file system can (btrfs, XFS): nothing is copied,
/// and no space is used. Of small files that is not worth its call.
#[cfg(target_os = "linux")]
fn share(file: &File, copy: &File) -> bool {
    let is_large = file.metadata().is_ok_and(|data| data.len() > BLOCK as u64);
    is_large && rustix::fs::ioctl_ficlone(copy, file).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn share(_: &File, _: &File) -> bool {
    false
}

/// Puts an object at a place: as a hard link, which costs nothing, or as a copy where links are impossible.
pub fn place(object: &Path, target: &Path) -> Result<(), StoreError> {
    if fs::hard_link(object, target).is_ok() {
        return Ok(());
    }
    fs::copy(object, target)
        .map(drop)
        .map_err(StoreError::io("writing", target))
}

/// The hash of a file as it is.
pub fn hash_of(path: &Path) -> Result<String, StoreError> {
    let mut hasher = blake3::Hasher::new();
    let mut file = File::open(path).map_err(StoreError::io("reading", path))?;
    hasher
        .update_reader(&mut file)
        .map_err(StoreError::io("reading", path))?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// Every object that is stored: its hash and its file. Whatever else lies there is not ours.
pub fn all(paths: &StorePaths) -> Result<Vec<(String, PathBuf)>, StoreError> {
    let root = paths.objects();
    let mut found = Vec::new();
    for prefix in names(&root)?.into_iter().filter(|name| is_hex(name, 2)) {
        let folder = root.join(&prefix);
        let files = names(&folder)?.into_iter();
        for name in files.filter(|name| is_hex(name, HASH - 2)) {
            found.push((format!("{prefix}{name}"), folder.join(name)));
        }
    }
    Ok(found)
}

/// Whether an object is there; a symbolic link in its place is not it.
fn is_stored(paths: &StorePaths, hash: &str) -> bool {
    let found = paths.object(hash).symlink_metadata();
    found.is_ok_and(|found| found.is_file())
}
