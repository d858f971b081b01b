//! Which bytes answer for a file: the plain file, a compressed form, a sibling from the artefact, or a page with the
//! live-reload client.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use actix_web::http::header::HeaderValue;
use actix_web::web;
use bytes::Bytes;

use super::cache::{Body, MAX_CACHED_FILE, etag};
use super::disk::Stamp;
use super::encoding::{self, Coding};
use super::lookup::Probe;
use super::mime::Mime;
use super::{Content, page};

/// Bodies up to this size, in bytes, are read and compressed on the worker itself: that is shorter than a thread switch.
const INLINE: u64 = 64 * 1024;

/// What a request asks of a file.
pub(super) struct Asked<'a> {
    pub(super) relative: &'a str,
    pub(super) stamp: Stamp,
    pub(super) mime: &'a Mime,
    /// What the client takes, best first.
    pub(super) codings: [Option<Coding>; 2],
    /// The tag of the live-reload client, when this page is to carry it.
    pub(super) tag: Option<String>,
}

/// One representation of a file: its bytes, or the file itself when it is too large for memory.
pub(super) struct Representation {
    pub(super) body: Source,
    pub(super) length: u64,
    pub(super) etag: HeaderValue,
    pub(super) coding: Option<Coding>,
}

pub(super) enum Source {
    Memory(Bytes),
    Disk(File),
}

impl Content {
    /// The representation, when it is in memory and nothing has to be waited for: the usual case, which therefore needs
    /// no future of its own.
    pub(super) fn at_once(&self, asked: &Asked<'_>) -> Option<Representation> {
        if asked.tag.is_some() || asked.codings.iter().any(Option::is_some) {
            return None;
        }
        let body = self.cache.get(asked.relative, &asked.stamp)?;
        Some(in_memory(&body))
    }

    /// The representation.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) async fn represent(&self, asked: &Asked<'_>) -> io::Result<Representation> {
        if let Some(tag) = &asked.tag
            && let Some(page) = self.with_client(asked, tag).await?
        {
            return Ok(page);
        }
        let (relative, stamp) = (asked.relative, asked.stamp);
        for coding in asked.codings.into_iter().flatten() {
            let sibling = format!("{relative}{}", coding.sibling());
            if let Some(stamp) = self.disk.file(&sibling) {
                let mut found = self.plain(&sibling, stamp).await?;
                found.coding = Some(coding);
                return Ok(found);
            }
        }
        if stamp.size > MAX_CACHED_FILE {
            return self.plain(relative, stamp).await;
        }
        let body = self.body(relative, stamp).await?;
        if asked.mime.compressible && encoding::is_worth_trying(body.bytes.len()) {
            for coding in asked.codings.into_iter().flatten() {
                if let Some(bytes) = compressed(&body, coding).await {
                    return Ok(Representation {
                        length: bytes.len() as u64,
                        etag: etag(&body.hash, coding.sibling()),
                        body: Source::Memory(bytes),
                        coding: Some(coding),
                    });
                }
            }
        }
        Ok(in_memory(&body))
    }

    /// A page with the live-reload client, uncompressed; `None` for one that cannot have it.
    async fn with_client(
        &self,
        asked: &Asked<'_>,
        tag: &str,
    ) -> io::Result<Option<Representation>> {
        if asked.stamp.size > MAX_CACHED_FILE {
            return Ok(None);
        }
        let body = self.body(asked.relative, asked.stamp).await?;
        Ok(
            page::with_client(&body, tag).map(|(bytes, etag)| Representation {
                length: bytes.len() as u64,
                body: Source::Memory(bytes),
                etag,
                coding: None,
            }),
        )
    }

    /// A file as it is on the disk.
    async fn plain(&self, relative: &str, stamp: Stamp) -> io::Result<Representation> {
        if stamp.size <= MAX_CACHED_FILE {
            return Ok(in_memory(&*self.body(relative, stamp).await?));
        }
        let path = self.disk.path(relative);
        let opened = web::block(move || {
            let file = File::open(path)?;
            let stamp = Stamp::new(&file.metadata()?);
            Ok::<_, io::Error>((file, stamp))
        });
        let (file, stamp) = opened.await.map_err(io::Error::other)??;
        Ok(Representation {
            length: stamp.size,
            etag: large_etag(&stamp),
            body: Source::Disk(file),
            coding: None,
        })
    }

    async fn body(&self, relative: &str, stamp: Stamp) -> io::Result<Arc<Body>> {
        if let Some(body) = self.cache.get(relative, &stamp) {
            return Ok(body);
        }
        let path = self.disk.path(relative);
        if stamp.size <= INLINE {
            return self.cache.read(relative, &path);
        }
        let (cache, relative) = (self.cache.clone(), relative.to_string());
        web::block(move || cache.read(&relative, &path))
            .await
            .map_err(io::Error::other)?
    }
}

fn in_memory(body: &Body) -> Representation {
    Representation {
        length: body.bytes.len() as u64,
        etag: body.etag.clone(),
        body: Source::Memory(body.bytes.clone()),
        coding: None,
    }
}

/// Hashing a film before its first byte would make it wait; its identity on the disk stands in, and while that could
/// still repeat itself no tag is the same twice.
fn large_etag(stamp: &Stamp) -> HeaderValue {
    let now = SystemTime::now();
    let identity = format!("{stamp:?}");
    let hash = xxhash_rust::xxh3::xxh3_64(identity.as_bytes());
    if stamp.is_settled(now) {
        return etag(&format!("{hash:016x}"), "-l");
    }
    let now = now
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_nanos();
    etag(&format!("{hash:016x}"), &format!("-{now:x}"))
}

async fn compressed(body: &Arc<Body>, coding: Coding) -> Option<Bytes> {
    let slot = |body: &Body| match coding {
        Coding::Brotli => body.brotli.get().cloned(),
        Coding::Gzip => body.gzip.get().cloned(),
    };
    if let Some(known) = slot(body) {
        return known;
    }
    let work = {
        let body = Arc::clone(body);
        move || {
            let slot = match coding {
                Coding::Brotli => &body.brotli,
                Coding::Gzip => &body.gzip,
            };
            slot.get_or_init(|| encoding::compress(coding, &body.bytes))
                .clone()
        }
    };
    if body.bytes.len() as u64 <= INLINE {
        work()
    } else {
        web::block(work).await.ok()?
    }
}
