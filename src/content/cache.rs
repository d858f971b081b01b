//! Small files in memory, each with all its variants. An entry is believed only when a `stat` made for the very request
//! says that the file is the one that was read, so what is served is never stale, watcher or not.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};
use tokio::sync::{Mutex, MutexGuard};
use xxhash_rust::xxh3::xxh3_64;

use super::cached_file::{CachedFile, Siblings};
use super::changes::Changes;
use super::disk::Disk;
use super::encoding::Coding;
use crate::store::file_version::FileVersion;

/// Bound on what all entries may weigh together, in bytes.
const MAX_CACHE: u64 = 48 << 20;
/// Each part has its share of the bound, and keeps nothing heavier: few enough for the largest files, whatever the number
/// of processors.
const SHARDS: usize = 4;
/// How many files are read at once: each takes its size in memory, and a thousand clients may ask at the same moment. No file
/// is read twice at the same time.
const MAX_READS: usize = 8;

type Files = Cache<Box<str>, Arc<CachedFile>, ByWeight>;

#[derive(Debug, Clone)]
struct ByWeight;

impl Weighter<Box<str>, Arc<CachedFile>> for ByWeight {
    fn weight(&self, key: &Box<str>, file: &Arc<CachedFile>) -> u64 {
        key.len() as u64 + file.weight()
    }
}

/// A bounded cache, shared by all workers; cheap to clone.
#[derive(Debug, Clone)]
pub struct FileCache {
    files: Arc<Files>,
    /// By the path of the file.
    reads: Arc<[Mutex<()>; MAX_READS]>,
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
            files: Arc::new(files()),
            reads: Arc::default(),
            naming: Naming::Path(Changes::default()),
        }
    }
}

fn files() -> Files {
    let options = OptionsBuilder::new()
        .shards(SHARDS)
        .estimated_items_capacity(1024)
        .weight_capacity(MAX_CACHE)
        .build();
    match options {
        Ok(options) => {
            let (hasher, lifecycle) = (DefaultHashBuilder::default(), DefaultLifecycle::default());
            Cache::with_options(options, ByWeight, hasher, lifecycle)
        }
        // Only when an option is missing.
        Err(_) => Cache::with_weighter(1024, MAX_CACHE, ByWeight),
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
            reads: Arc::clone(&self.reads),
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
            Naming::Path(_) => file.is_of(version),
            Naming::Content(_) => file.version.size == version.size,
        };
        is_same.then_some(file)
    }

    /// Whether the siblings of a file are what is known of them; looks at the disk when that cannot be told otherwise.
    pub(super) fn knows_siblings(&self, disk: &Disk, relative: &str, file: &CachedFile) -> bool {
        let Naming::Path(changes) = &self.naming else {
            return file.has_read_siblings();
        };
        if changes.none_since(&file.siblings_seen) {
            return true;
        }
        let moment = changes.now();
        let is_same = file.siblings_are_those_of(disk, relative);
        if is_same {
            file.saw_siblings(moment, disk, relative);
        }
        is_same
    }

    /// Waits until it is one's turn to read a file. Whoever waited looks again what has come into memory.
    pub(super) async fn turn(&self, relative: &str) -> MutexGuard<'_, ()> {
        let [first, ..] = &*self.reads;
        let at = xxh3_64(relative.as_bytes()) as usize % MAX_READS;
        self.reads.get(at).unwrap_or(first).lock().await
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
        self.read_into(Vec::new(), (disk, relative), siblings)
    }

    /// The same, into a buffer. A blocking thread gets one that its worker has allocated: glibc returns freed memory to the arena
    /// of the thread that allocated it, and each blocking thread would have an arena of its own.
    pub(super) fn read_into(
        &self,
        buffer: Vec<u8>,
        (disk, relative): (&Disk, &str),
        siblings: Siblings,
    ) -> io::Result<Arc<CachedFile>> {
        let before = self.key(relative).and_then(|key| self.files.get(key));
        let moment = self.changes().and_then(Changes::now);
        let file = CachedFile::read(buffer, (disk, relative), siblings, before.as_deref())?;
        if siblings == Siblings::Wanted {
            file.saw_siblings(moment, disk, relative);
        }
        let file = Arc::new(file);
        if let Some(key) = self.key(relative) {
            self.files.insert(key.into(), Arc::clone(&file));
        }
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artefact::content_folder::ContentFolder;
    use crate::content::lookup::Probe;

    fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, Disk) {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            std::fs::write(folder.path().join(name), content).unwrap();
        }
        let root = ContentFolder::of(folder.path().to_path_buf());
        let disk = Disk::new(root.into());
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

        let file = cache.read(&disk, "app.js", Siblings::Unwanted).unwrap();
        assert!(
            !cache.knows_siblings(&disk, "app.js", &file),
            "nobody has looked yet"
        );
        let file = cache.read(&disk, "app.js", Siblings::Wanted).unwrap();
        let found = file.sibling(Coding::Brotli).unwrap().body.as_ref().unwrap();
        assert_eq!(found.bytes, "compressed");
        assert!(
            !cache.knows_siblings(&disk, "app.js", &file),
            "it was written so shortly ago that it may change unnoticed"
        );
    }

    #[test]
    fn the_largest_file_that_belongs_into_memory_stays_there() {
        let (folder, disk) = folder(&[]);
        let path = folder.path().join("app.js");
        let file = std::fs::File::create(&path).unwrap();
        file.set_len(super::super::cached_file::MAX_CACHED_FILE)
            .unwrap();
        let cache = FileCache::default();
        let read = cache.read(&disk, "app.js", Siblings::Unwanted).unwrap();
        let found = cache.files.get("app.js").unwrap();
        assert!(Arc::ptr_eq(&read, &found));
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
