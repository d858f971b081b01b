//! Small files in memory, each with all its variants. An entry is believed only when a `stat` made for the very request
//! says that the file is the one that was read, so what is served is never stale, watcher or not.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use actix_web::http::header::HeaderValue;
use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::changes::{Changes, Moment, Seen};
use super::disk::Disk;
use super::encoding::{Coding, is_worth_trying};
use super::lookup::Probe;
use crate::store::file_version::FileVersion;

/// Files up to this size, in bytes, are served from memory; larger ones are streamed from the disk.
pub const MAX_CACHED_FILE: u64 = 4 << 20;
/// Bound on what all entries may weigh together, in bytes.
const MAX_CACHE: u64 = 48 << 20;
/// What an entry weighs besides its bodies: key, headers, bookkeeping.
const ENTRY_OVERHEAD: u64 = 512;

/// A file with everything that may be sent for it.
#[derive(Debug)]
pub(super) struct CachedFile {
    pub(super) version: FileVersion,
    /// Whether an equal version proves that this is the file.
    is_settled: bool,
    /// `None` when it is too large for memory.
    pub(super) body: Option<Arc<Body>>,
    /// The time of its last write as a header.
    pub(super) last_modified: HeaderValue,
    /// What the build put beside it, by [`Coding::index`]; `None` until somebody asks for one.
    siblings: Option<[Option<Sibling>; 2]>,
    /// When the siblings were last found to be these.
    siblings_seen: Seen,
}

/// The bytes of a file with what can be derived from them.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) bytes: Bytes,
    /// Hash of the bytes in hexadecimal, the heart of its entity tags (RS-3).
    pub(super) hash: String,
    pub(super) etag: HeaderValue,
    /// Compressed forms by [`Coding::index`], made when first asked for; `None` inside means that compressing does not
    /// pay.
    pub(super) compressed: [OnceLock<Option<Compressed>>; 2],
}

/// A compressed form and its entity tag.
#[derive(Debug, Clone)]
pub(super) struct Compressed {
    pub(super) bytes: Bytes,
    pub(super) etag: HeaderValue,
}

/// A compressed form that the build put beside the file.
#[derive(Debug)]
pub(super) struct Sibling {
    version: FileVersion,
    is_settled: bool,
    /// What a link leads to changes without a word in this folder.
    is_link: bool,
    /// `None` when it is too large for memory.
    pub(super) body: Option<Compressed>,
}

#[derive(Debug, Clone)]
struct ByWeight;

impl Weighter<Box<str>, Arc<CachedFile>> for ByWeight {
    fn weight(&self, key: &Box<str>, file: &Arc<CachedFile>) -> u64 {
        let siblings = file.siblings.iter().flatten().flatten();
        let siblings = siblings.filter_map(|sibling| Some(sibling.body.as_ref()?.bytes.len()));
        let own = file.body.as_ref().map_or(0, |body| body.bytes.len());
        // Compressed forms are smaller than the body, so twice the body bounds all three.
        let own = if is_worth_trying(own) { 2 * own } else { own };
        ENTRY_OVERHEAD + (key.len() + own + siblings.sum::<usize>()) as u64
    }
}

/// A bounded cache, shared by all workers; cheap to clone.
#[derive(Debug, Clone)]
pub struct FileCache {
    files: Arc<Cache<Box<str>, Arc<CachedFile>, ByWeight>>,
    naming: Naming,
}

/// How a file is found again.
#[derive(Debug, Clone)]
enum Naming {
    /// By its path, in a folder that people edit.
    Path(Changes),
    /// By its content and that of its siblings, in folders that never change: the key of each path.
    Content(Arc<HashMap<Box<str>, Box<str>>>),
}

impl Default for FileCache {
    fn default() -> Self {
        Self {
            files: Arc::new(Cache::with_weighter(1024, MAX_CACHE, ByWeight)),
            naming: Naming::Path(Changes::default()),
        }
    }
}

impl FileCache {
    /// The same memory for a folder that never changes, whose files are given with hashes of their content: equal files of
    /// several such folders are held once.
    #[must_use]
    pub fn of_immutable(&self, files: &HashMap<&str, &str>) -> Self {
        let key = |(path, hash): (&&str, &&str)| {
            let sibling = |coding: Coding| files.get(&*format!("{path}{}", coding.sibling()));
            let siblings = Coding::ALL.map(|coding| sibling(coding).copied().unwrap_or_default());
            let key = format!("{hash} {}", siblings.join(" "));
            (Box::from(*path), key.into_boxed_str())
        };
        Self {
            files: Arc::clone(&self.files),
            naming: Naming::Content(Arc::new(files.iter().map(key).collect())),
        }
    }

    /// Where to say that files changed; `None` for those that never do.
    pub fn changes(&self) -> Option<&Changes> {
        match &self.naming {
            Naming::Path(changes) => Some(changes),
            Naming::Content(_) => None,
        }
    }

    fn key<'a>(&'a self, relative: &'a str) -> Option<&'a str> {
        match &self.naming {
            Naming::Path(_) => Some(relative),
            Naming::Content(keys) => keys.get(relative).map(|key| &**key),
        }
    }

    /// A file if it is in memory and still what `version` says.
    pub(super) fn get(&self, relative: &str, version: &FileVersion) -> Option<Arc<CachedFile>> {
        let file = self.files.get(self.key(relative)?)?;
        let is_same = match &self.naming {
            Naming::Path(_) => file.is_settled && file.version == *version,
            Naming::Content(_) => file.version.size == version.size,
        };
        is_same.then_some(file)
    }

    /// Whether the siblings of a file are what is known of them; looks at the disk when that cannot be told otherwise.
    pub(super) fn knows_siblings(&self, disk: &Disk, relative: &str, file: &CachedFile) -> bool {
        let Naming::Path(changes) = &self.naming else {
            return file.siblings.is_some();
        };
        if changes.none_since(&file.siblings_seen) {
            return true;
        }
        let moment = changes.now();
        let is_same = Coding::ALL.into_iter().all(|coding| {
            match (
                file.sibling(coding),
                disk.file(&coding.sibling_of(relative)),
            ) {
                (None, None) => true,
                (Some(known), Some(now)) => known.is_settled && known.version == now,
                _ => false,
            }
        });
        if is_same {
            file.siblings_seen_at(moment, disk, relative);
        }
        is_same
    }

    /// Reads a file, and its siblings if they are wanted, and keeps it. Blocks on the disk.
    ///
    /// # Errors
    /// Whatever opening and reading the file gives.
    pub(super) fn read(
        &self,
        disk: &Disk,
        relative: &str,
        siblings: Siblings,
    ) -> io::Result<Arc<CachedFile>> {
        let known = self.key(relative).and_then(|key| self.files.get(key));
        let moment = self.changes().and_then(Changes::now);
        let read = ReadFile::new(disk, relative)?;
        let file = Arc::new(CachedFile {
            last_modified: http_date(read.version.modified),
            version: read.version,
            is_settled: read.is_settled,
            body: read
                .bytes
                .map(|bytes| Body::new(bytes, known.and_then(|known| known.body.clone()))),
            siblings: (siblings == Siblings::Wanted).then(|| {
                Coding::ALL.map(|coding| Sibling::read(disk, &coding.sibling_of(relative)))
            }),
            siblings_seen: Seen::default(),
        });
        file.siblings_seen_at(moment, disk, relative);
        if let Some(key) = self.key(relative) {
            self.files.insert(key.into(), Arc::clone(&file));
        }
        Ok(file)
    }
}

/// Whether siblings are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Siblings {
    /// The client takes a coding, and the type may have one.
    Wanted,
    /// Nobody asks.
    Unwanted,
}

impl CachedFile {
    /// The compressed form that the build made.
    pub(super) fn sibling(&self, coding: Coding) -> Option<&Sibling> {
        self.siblings.as_ref()?[coding.index()].as_ref()
    }

    /// Remembers when the siblings were these, if what changes about them will be heard.
    fn siblings_seen_at(&self, moment: Option<Moment>, disk: &Disk, relative: &str) {
        let mut found = self.siblings.iter().flatten().flatten();
        if let Some(moment) = moment
            && found.all(|sibling| sibling.is_settled && !sibling.is_link)
            && disk.watcher_hears(relative)
        {
            self.siblings_seen.at(moment);
        }
    }
}

impl Body {
    /// `before` is what was read earlier under the same name: what was derived from the same bytes is taken over.
    fn new(bytes: Vec<u8>, before: Option<Arc<Self>>) -> Arc<Self> {
        let hash = hash(&bytes);
        if let Some(before) = before
            && before.hash == hash
            && before.bytes.len() == bytes.len()
        {
            return before;
        }
        Arc::new(Self {
            etag: etag(&hash, ""),
            bytes: bytes.into(),
            hash,
            compressed: Default::default(),
        })
    }
}

impl Sibling {
    /// `None` when it is not there or cannot be read: the file itself is sent then.
    fn read(disk: &Disk, relative: &str) -> Option<Self> {
        disk.file(relative)?;
        let path = disk.path(relative);
        let read = ReadFile::new(disk, relative).ok()?;
        Some(Self {
            version: read.version,
            is_settled: read.is_settled,
            is_link: path.is_symlink(),
            body: read.bytes.map(|bytes| Compressed {
                etag: etag(&hash(&bytes), ""),
                bytes: bytes.into(),
            }),
        })
    }
}

/// A file as it was read.
struct ReadFile {
    version: FileVersion,
    is_settled: bool,
    /// `None` for a large one.
    bytes: Option<Vec<u8>>,
}

impl ReadFile {
    fn new(disk: &Disk, relative: &str) -> io::Result<Self> {
        let read_at = SystemTime::now();
        let mut file = File::open(disk.path(relative))?;
        let version = FileVersion::new(&file.metadata()?);
        let mut bytes = None;
        if version.size <= MAX_CACHED_FILE {
            let mut read = Vec::with_capacity(version.size as usize + 1);
            file.read_to_end(&mut read)?;
            bytes = Some(read);
        }
        // Written while it was read: serve it, but do not believe it next time.
        let is_quiet = FileVersion::new(&file.metadata()?) == version;
        Ok(Self {
            is_settled: is_quiet && version.is_settled(read_at),
            version,
            bytes,
        })
    }
}

/// A time as a header says it.
pub(super) fn http_date(time: SystemTime) -> HeaderValue {
    // Digits and English names.
    HeaderValue::from_str(&httpdate::fmt_http_date(time))
        .unwrap_or_else(|_| HeaderValue::from_static("Thu, 01 Jan 1970 00:00:00 GMT"))
}

fn hash(bytes: &[u8]) -> String {
    format!("{:016x}", xxhash_rust::xxh3::xxh3_64(bytes))
}

/// A strong entity tag for one representation of a content.
pub(super) fn etag(hash: &str, suffix: &str) -> HeaderValue {
    let text = format!("\"{hash}{suffix}\"");
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, Disk) {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            std::fs::write(folder.path().join(name), content).unwrap();
        }
        let disk = Disk::new(folder.path().to_path_buf());
        (folder, disk)
    }

    #[test]
    fn rs_7_siblings_are_looked_for_again_only_after_a_change() {
        let (folder, disk) = folder(&[("app.js", "plain")]);
        let cache = FileCache::default();
        let sibling = folder.path().join("app.js.br");
        let file = cache.read(&disk, "app.js", Siblings::Wanted).unwrap();
        std::fs::write(&sibling, "compressed").unwrap();
        assert!(
            !cache.knows_siblings(&disk, "app.js", &file),
            "without a watcher the disk is looked at"
        );
        std::fs::remove_file(&sibling).unwrap();
        assert!(cache.knows_siblings(&disk, "app.js", &file));

        cache.changes().unwrap().set_watched(true);
        assert!(cache.knows_siblings(&disk, "app.js", &file));
        std::fs::write(&sibling, "compressed").unwrap();
        assert!(
            cache.knows_siblings(&disk, "app.js", &file),
            "nobody told of a change"
        );
        cache.changes().unwrap().add();
        assert!(!cache.knows_siblings(&disk, "app.js", &file));

        let file = cache.read(&disk, "app.js", Siblings::Wanted).unwrap();
        let found = file.sibling(Coding::Brotli).unwrap().body.as_ref().unwrap();
        assert_eq!(found.bytes, "compressed");
        assert!(
            !cache.knows_siblings(&disk, "app.js", &file),
            "it was written so shortly ago that it may change unnoticed"
        );
    }

    #[test]
    fn equal_files_that_never_change_are_in_memory_once() {
        let cache = FileCache::default();
        let (one_folder, one_disk) = folder(&[("a.js", "same"), ("a.js.br", "packed")]);
        let (_other_folder, other_disk) = folder(&[("b.js", "same"), ("c.js", "same")]);
        let one = HashMap::from([("a.js", "01"), ("a.js.br", "02")]);
        let one = cache.of_immutable(&one);
        let other = HashMap::from([("b.js", "01"), ("b.js.br", "02"), ("c.js", "01")]);
        let other = cache.of_immutable(&other);

        let read = one.read(&one_disk, "a.js", Siblings::Wanted).unwrap();
        drop(one_folder);
        assert!(
            one.knows_siblings(&one_disk, "a.js", &read),
            "without a look"
        );
        let version = other_disk.file("b.js").unwrap();
        let found = other.get("b.js", &version).unwrap();
        assert!(Arc::ptr_eq(&read, &found));
        assert!(found.sibling(Coding::Brotli).is_some());
        assert!(
            other.get("c.js", &version).is_none(),
            "the same bytes, but no sibling"
        );
        assert!(other.get("d.js", &version).is_none(), "of no deployment");
    }
}
