//! Bodies of small files in memory. An entry is believed only when a `stat` made for the very request says that the
//! file is the one that was read, so what is served is never stale, watcher or not.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use actix_web::http::header::HeaderValue;
use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::disk::Stamp;

/// Files up to this size, in bytes, are served from memory; larger ones are streamed from the disk.
pub const MAX_CACHED_FILE: u64 = 4 << 20;
/// Bound on what all entries may weigh together, in bytes.
const MAX_CACHE: u64 = 48 << 20;
/// What an entry weighs besides its body: key, headers, bookkeeping.
const ENTRY_OVERHEAD: u64 = 512;

/// A file's body with what can be derived from it.
#[derive(Debug)]
pub struct Body {
    /// The bytes as they are on the disk.
    pub bytes: Bytes,
    /// Hash of the bytes in hexadecimal, the heart of its entity tags (RS-3).
    pub hash: String,
    /// Compressed forms, made when first asked for; `None` inside means that compressing does not pay.
    pub gzip: OnceLock<Option<Bytes>>,
    /// The same for Brotli.
    pub brotli: OnceLock<Option<Bytes>>,
    /// The entity tag of the plain form.
    pub etag: HeaderValue,
    stamp: Stamp,
    settled: bool,
}

#[derive(Debug, Clone)]
struct ByWeight;

impl Weighter<Box<str>, Arc<Body>> for ByWeight {
    fn weight(&self, key: &Box<str>, body: &Arc<Body>) -> u64 {
        weight(key, body)
    }
}

/// Compressed forms are smaller than the body, so twice the body bounds all three.
fn weight(key: &str, body: &Body) -> u64 {
    ENTRY_OVERHEAD + key.len() as u64 + 2 * body.bytes.len() as u64
}

/// A bounded cache, shared by all workers; cheap to clone.
#[derive(Debug, Clone)]
pub struct FileCache(Arc<Cache<Box<str>, Arc<Body>, ByWeight>>);

impl Default for FileCache {
    fn default() -> Self {
        Self(Arc::new(Cache::with_weighter(1024, MAX_CACHE, ByWeight)))
    }
}

impl FileCache {
    /// The body of a file if it is in memory and still what `stamp` says.
    pub fn get(&self, relative: &str, stamp: &Stamp) -> Option<Arc<Body>> {
        self.0
            .get(relative)
            .filter(|body| body.settled && body.stamp == *stamp)
    }

    /// Reads a file and keeps it. Blocks on the disk.
    ///
    /// # Errors
    /// Whatever opening and reading the file gives.
    pub fn read(&self, relative: &str, path: &Path) -> std::io::Result<Arc<Body>> {
        let read_at = SystemTime::now();
        let mut file = File::open(path)?;
        let before = Stamp::new(&file.metadata()?);
        let mut bytes = Vec::with_capacity(before.size as usize + 1);
        file.read_to_end(&mut bytes)?;
        // Written while it was read: serve it, but do not believe it next time.
        let quiet = Stamp::new(&file.metadata()?) == before;
        let hash = format!("{:016x}", xxhash_rust::xxh3::xxh3_64(&bytes));
        let known = self
            .0
            .get(relative)
            .filter(|known| known.hash == hash && known.bytes.len() == bytes.len());
        let body = Arc::new(Body {
            etag: etag(&hash, ""),
            gzip: known
                .as_ref()
                .map(|known| known.gzip.clone())
                .unwrap_or_default(),
            brotli: known
                .as_ref()
                .map(|known| known.brotli.clone())
                .unwrap_or_default(),
            bytes: known.map_or_else(|| Bytes::from(bytes), |known| known.bytes.clone()),
            hash,
            stamp: before,
            settled: quiet && before.is_settled(read_at),
        });
        self.0.insert(relative.into(), Arc::clone(&body));
        Ok(body)
    }
}

/// A strong entity tag for one representation of a content.
pub fn etag(hash: &str, suffix: &str) -> HeaderValue {
    let text = format!("\"{hash}{suffix}\"");
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}
