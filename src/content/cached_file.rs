//! A file in memory with everything that may be sent for it: plain, compressed by us, and the compressed forms that a build
//! put beside it.

use std::io::{self, Read};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use actix_web::http::header::HeaderValue;
use bytes::Bytes;

use super::changes::{Moment, Seen};
use super::disk::Disk;
use super::encoding::{Coding, is_worth_trying};
use super::lookup::Probe;
use crate::store::file_version::FileVersion;

/// Files up to this size, in bytes, are served from memory; larger ones are streamed from the disk.
pub(super) const MAX_CACHED_FILE: u64 = 4 << 20;
/// What a file weighs besides its bodies, in bytes: headers, bookkeeping.
const ENTRY_OVERHEAD: u64 = 512;

/// A file with everything that may be sent for it.
#[derive(Debug)]
pub(super) struct CachedFile {
    pub(super) version: FileVersion,
    /// Whether an equal version proves that this is the file.
    is_settled: bool,
    /// Whether the file was written while it was read, so that it may be incomplete.
    pub(super) is_torn: bool,
    /// `None` when it is too large for memory.
    pub(super) body: Option<Arc<Body>>,
    /// The time of its last write as a header.
    pub(super) last_modified: HeaderValue,
    /// What the build put beside it, by [`Coding::index`]; `None` until somebody asks for one.
    siblings: Option<[Option<Sibling>; 2]>,
    /// When the siblings were last found to be these.
    pub(super) siblings_seen: Seen,
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

/// Whether siblings are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Siblings {
    /// The client takes a coding, and the type may have one.
    Wanted,
    /// Nobody asks.
    Unwanted,
}

impl CachedFile {
    /// Reads a file into `buffer`, and its siblings if they are wanted. `before` is what was read earlier under the same
    /// name. Blocks on the disk.
    ///
    /// # Errors
    /// Whatever opening and reading the file gives.
    pub(super) fn read(
        buffer: Vec<u8>,
        (disk, relative): (&Disk, &str),
        siblings: Siblings,
        before: Option<&Self>,
    ) -> io::Result<Self> {
        let read = ReadFile::new(buffer, disk, relative)?;
        let before = before.and_then(|before| before.body.clone());
        Ok(Self {
            last_modified: http_date(read.version.modified),
            version: read.version,
            is_settled: read.is_settled,
            is_torn: read.is_torn,
            body: read.bytes.map(|bytes| Body::new(bytes, before)),
            siblings: (siblings == Siblings::Wanted).then(|| {
                Coding::ALL.map(|coding| Sibling::read(disk, &coding.sibling_of(relative)))
            }),
            siblings_seen: Seen::default(),
        })
    }

    /// Whether this is proven to be the file of that version.
    pub(super) fn is_of(&self, version: &FileVersion) -> bool {
        self.is_settled && self.version == *version
    }

    /// The compressed form that the build made.
    pub(super) fn sibling(&self, coding: Coding) -> Option<&Sibling> {
        self.siblings.as_ref()?[coding.index()].as_ref()
    }

    /// Whether siblings were looked for when the file was read.
    pub(super) fn has_read_siblings(&self) -> bool {
        self.siblings.is_some()
    }

    /// Looks whether the siblings on the disk are these.
    pub(super) fn siblings_are_those_of(&self, disk: &Disk, relative: &str) -> bool {
        Coding::ALL.into_iter().all(|coding| {
            let now = disk.file(&coding.sibling_of(relative));
            match (self.sibling(coding), now) {
                (None, None) => true,
                (Some(known), Some(now)) => known.is_settled && known.version == now,
                _ => false,
            }
        })
    }

    /// Remembers when the siblings were looked at and were these, if what changes about them will be heard.
    pub(super) fn saw_siblings(&self, moment: Option<Moment>, disk: &Disk, relative: &str) {
        let mut found = self.siblings.iter().flatten().flatten();
        if let Some(moment) = moment
            && found.all(|sibling| sibling.is_settled && !sibling.is_link)
            && disk.watcher_hears(relative)
        {
            self.siblings_seen.at(moment);
        }
    }

    /// What it weighs in memory, in bytes, at most.
    pub(super) fn weight(&self) -> u64 {
        let siblings = self.siblings.iter().flatten().flatten();
        let siblings = siblings.filter_map(|sibling| Some(sibling.body.as_ref()?.bytes.len()));
        let own = self.body.as_ref().map_or(0, |body| body.bytes.len());
        // Compressed forms are smaller than the body, so twice the body bounds all three.
        let own = if is_worth_trying(own) { 2 * own } else { own };
        ENTRY_OVERHEAD + (own + siblings.sum::<usize>()) as u64
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
        let read = ReadFile::new(Vec::new(), disk, relative).ok()?;
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
    is_torn: bool,
    /// `None` for a large one.
    bytes: Option<Vec<u8>>,
}

impl ReadFile {
    /// Reads into `buffer`, which grows as needed.
    fn new(mut buffer: Vec<u8>, disk: &Disk, relative: &str) -> io::Result<Self> {
        let read_at = SystemTime::now();
        let mut file = disk.open(relative)?;
        let version = FileVersion::new(&file.metadata()?);
        let mut bytes = None;
        if version.size <= MAX_CACHED_FILE {
            buffer.reserve_exact(version.size as usize + 1);
            file.read_to_end(&mut buffer)?;
            bytes = Some(buffer);
        }
        // A file that was written while it was read is read again next time.
        let is_torn = FileVersion::new(&file.metadata()?) != version;
        Ok(Self {
            is_settled: !is_torn && version.is_settled(read_at),
            is_torn,
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
