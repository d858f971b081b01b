//! Which bytes answer for a file: the plain file, a compressed form, a sibling from the artefact, or a page with the
//! live-reload client.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use actix_web::http::header::HeaderValue;
use actix_web::web;
use bytes::Bytes;

use super::being_written::{MAX_WAIT, until_written};
use super::cached_file::{
    Body, CachedFile, Compressed, MAX_CACHED_FILE, Siblings, etag, http_date,
};
use super::encoding::{self, Coding};
use super::lookup::Probe as _;
use super::mime::Mime;
use super::{Content, FoundFile, page};
use crate::store::file_version::FileVersion;

/// Bodies up to this size, in bytes, are read and compressed on the worker itself: that is shorter than a thread switch.
const INLINE: u64 = 64 * 1024;

/// What a request asks of a file.
pub(super) struct VariantQuery<'a> {
    pub(super) relative: &'a str,
    pub(super) found: &'a FoundFile,
    pub(super) mime: Cow<'a, Mime>,
    /// What the client takes, best first.
    pub(super) codings: [Option<Coding>; 2],
    /// Whether the body is sent, and not only the headers.
    pub(super) is_sent: bool,
    /// The tag of the live-reload client, when this page is to carry it.
    pub(super) page_tag: Option<String>,
}

/// One variant of a file: its bytes, or the file itself when it is too large for memory.
pub(super) struct Variant {
    pub(super) body: Source,
    pub(super) length: u64,
    pub(super) etag: HeaderValue,
    pub(super) coding: Option<Coding>,
    /// When the plain file was last written, as a header says it.
    pub(super) last_modified: HeaderValue,
}

pub(super) enum Source {
    Memory(Bytes),
    Disk(File),
}

/// What is known without waiting.
enum Found {
    Variant(Variant),
    /// It is too large for memory: to be opened on the disk.
    Large(Option<Coding>),
    /// It is to be compressed.
    Uncompressed(Arc<Body>, Coding),
}

impl VariantQuery<'_> {
    fn siblings(&self) -> Siblings {
        match self.mime.may_have_siblings && self.codings.iter().any(Option::is_some) {
            true => Siblings::Wanted,
            false => Siblings::Unwanted,
        }
    }

    /// Chooses the variant of a file whose siblings are known, if they matter.
    fn choose(&self, file: &CachedFile) -> Found {
        let last_modified = || match file.version.modified == self.found.version.modified {
            true => file.last_modified.clone(),
            false => http_date(self.found.version.modified),
        };
        let variant = |bytes: Bytes, etag, coding| {
            Found::Variant(Variant {
                length: bytes.len() as u64,
                body: Source::Memory(bytes),
                etag,
                coding,
                last_modified: last_modified(),
            })
        };
        let made = |made: &Compressed, coding| {
            variant(made.bytes.clone(), made.etag.clone(), Some(coding))
        };
        if let (Some(tag), Some(body)) = (&self.page_tag, &file.body)
            && let Some((bytes, etag)) = page::with_client(body, tag)
        {
            return variant(bytes, etag, None);
        }
        let codings = || self.codings.into_iter().flatten();
        if self.mime.may_have_siblings {
            for coding in codings() {
                match file.sibling(coding).map(|sibling| &sibling.body) {
                    Some(Some(body)) => return made(body, coding),
                    Some(None) => return Found::Large(Some(coding)),
                    None => {}
                }
            }
        }
        let Some(body) = &file.body else {
            return Found::Large(None);
        };
        if self.mime.compressible && encoding::is_worth_trying(body.bytes.len()) {
            for coding in codings() {
                match body.compressed[coding.index()].get() {
                    Some(Some(body)) => return made(body, coding),
                    Some(None) => {}
                    None => return Found::Uncompressed(Arc::clone(body), coding),
                }
            }
        }
        variant(body.bytes.clone(), body.etag.clone(), None)
    }
}

impl Content {
    /// The variant, when it is in memory: the usual case, in which nothing is waited for.
    pub(super) fn cached_variant(&self, query: &VariantQuery<'_>) -> Option<Variant> {
        match query.choose(&*self.cached_file(query)?) {
            Found::Variant(variant) => Some(variant),
            Found::Large(_) | Found::Uncompressed(..) => None,
        }
    }

    /// The variant, with whatever must be read or compressed for it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) async fn read_variant(&self, query: &VariantQuery<'_>) -> io::Result<Variant> {
        let file = match self.cached_file(query) {
            Some(file) => file,
            None => self.read_file(query).await?,
        };
        loop {
            match query.choose(&file) {
                Found::Variant(variant) => return Ok(variant),
                Found::Large(coding) => return self.open(query, coding).await,
                // Then there is one, or it is known that it does not pay.
                Found::Uncompressed(body, coding) => compress(body, coding).await?,
            }
        }
    }

    /// A file that is in memory as it is on the disk, with its siblings if they matter.
    fn cached_file(&self, query: &VariantQuery<'_>) -> Option<Arc<CachedFile>> {
        self.with_siblings(query, Arc::clone(query.found.cached.as_ref()?))
    }

    /// The same for a file that may have come into memory after it was found.
    fn cached_meanwhile(&self, query: &VariantQuery<'_>) -> Option<Arc<CachedFile>> {
        let file = self.cache.get(query.relative, &query.found.version)?;
        self.with_siblings(query, file)
    }

    fn with_siblings(
        &self,
        query: &VariantQuery<'_>,
        file: Arc<CachedFile>,
    ) -> Option<Arc<CachedFile>> {
        let is_known = query.siblings() == Siblings::Unwanted
            || self.cache.knows_siblings(&self.disk, query.relative, &file);
        is_known.then_some(file)
    }

    /// Reads a file when it is written; one that is still being written after [`MAX_WAIT`], as it is then.
    async fn read_file(&self, query: &VariantQuery<'_>) -> io::Result<Arc<CachedFile>> {
        let end = Instant::now() + MAX_WAIT;
        loop {
            self.wait_until_written(query, end).await;
            let file = self.read_once(query).await?;
            if !file.is_torn || Instant::now() >= end {
                return Ok(file);
            }
        }
    }

    /// Waits until a file counts as written, or until `end`.
    async fn wait_until_written(&self, query: &VariantQuery<'_>, end: Instant) {
        // actix frames the answer to HEAD by what it has read since: it must not wait for long.
        let waits = query.is_sent && self.cache.changes().is_some();
        let mut version = waits.then_some(query.found.version);
        while let Some(wait) = version.as_ref().and_then(until_written)
            && Instant::now() < end
        {
            tokio::time::sleep(wait).await;
            // If it is gone, reading says so.
            version = self.disk.file(query.relative);
        }
    }

    async fn read_once(&self, query: &VariantQuery<'_>) -> io::Result<Arc<CachedFile>> {
        let siblings = query.siblings();
        if query.found.version.size <= INLINE {
            return self.cache.read(&self.disk, query.relative, siblings);
        }
        let _turn = self.cache.turn(query.relative).await;
        if let Some(file) = self.cached_meanwhile(query) {
            return Ok(file);
        }
        let (cache, disk) = (self.cache.clone(), self.disk.clone());
        let relative = query.relative.to_owned();
        let buffer = match query.found.version.size {
            size @ 0..=MAX_CACHED_FILE => Vec::with_capacity(size as usize + 1),
            _ => Vec::new(),
        };
        web::block(move || cache.read_into(buffer, (&disk, &relative), siblings))
            .await
            .map_err(io::Error::other)?
    }

    /// A file that is too large for memory, or its sibling.
    async fn open(&self, query: &VariantQuery<'_>, coding: Option<Coding>) -> io::Result<Variant> {
        let disk = self.disk.clone();
        let relative = match coding {
            Some(coding) => coding.sibling_of(query.relative),
            None => query.relative.to_owned(),
        };
        let opened = web::block(move || {
            let file = disk.open(&relative)?;
            let version = FileVersion::new(&file.metadata()?);
            Ok::<_, io::Error>((file, version))
        });
        let (file, version) = opened.await.map_err(io::Error::other)??;
        Ok(Variant {
            length: version.size,
            etag: large_etag(&version),
            body: Source::Disk(file),
            coding,
            last_modified: http_date(query.found.version.modified),
        })
    }
}

/// Makes a compressed form, if it pays.
async fn compress(body: Arc<Body>, coding: Coding) -> io::Result<()> {
    let is_small = body.bytes.len() as u64 <= INLINE;
    let work = move || {
        body.compressed[coding.index()].get_or_init(|| {
            encoding::compress(coding, &body.bytes).map(|bytes| Compressed {
                bytes,
                etag: etag(&body.hash, coding.sibling()),
            })
        });
    };
    match is_small {
        true => work(),
        false => web::block(work).await.map_err(io::Error::other)?,
    }
    Ok(())
}

/// Hashing a film before its first byte would make it wait; its identity on the disk stands in, and while that could
/// still repeat itself no tag is the same twice.
fn large_etag(version: &FileVersion) -> HeaderValue {
    let now = SystemTime::now();
    let identity = format!("{version:?}");
    let hash = xxhash_rust::xxh3::xxh3_64(identity.as_bytes());
    if version.is_settled(now) {
        return etag(&format!("{hash:016x}"), "-l");
    }
    let now = now
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_nanos();
    etag(&format!("{hash:016x}"), &format!("-{now:x}"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::artefact::content_folder::ContentFolder;
    use crate::config::Config;
    use crate::content::cache::FileCache;
    use crate::content::lookup::Probe;

    /// Of a thousand clients that ask for the same large file at once, each found it before one had read it.
    #[test]
    fn what_came_into_memory_while_one_waited_is_not_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.bin");
        std::fs::write(&path, vec![b'x'; 3 * INLINE as usize]).unwrap();
        let cache = FileCache::default().of_immutable(&HashMap::from([("app.bin", "01")]));
        let root = ContentFolder::of(folder.path().to_path_buf());
        let content = Content::new(root.into(), &Config::default(), cache);
        let (one, other) = (content.file("app.bin"), content.file("app.bin"));
        let (one, other) = (one.unwrap(), other.unwrap());
        let query = |found| VariantQuery {
            relative: "app.bin",
            found,
            mime: content.mime.of("app.bin"),
            codings: [None; 2],
            is_sent: true,
            page_tag: None,
        };
        actix_web::rt::System::new().block_on(async {
            let (one, other) = (query(&one), query(&other));
            let both = futures_util::future::try_join(
                content.read_variant(&one),
                content.read_variant(&other),
            );
            let (read, read_too) = both.await.unwrap();
            let (Source::Memory(bytes), Source::Memory(same)) = (&read.body, &read_too.body) else {
                panic!("it is small enough for memory");
            };
            assert_eq!(bytes.as_ptr(), same.as_ptr(), "read once");
            std::fs::remove_file(path).unwrap();
            let again = content.read_variant(&other).await.unwrap();
            assert_eq!(read.etag, again.etag);
        });
    }
}
