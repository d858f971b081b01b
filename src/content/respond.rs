//! A found file as a response: validators, ranges, compression, headers.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use actix_web::body::{BoxBody, SizedStream};
use actix_web::http::header::{
    ACCEPT_RANGES, ALLOW, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap,
    HeaderName, HeaderValue, LAST_MODIFIED, RANGE, VARY,
};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpResponse, web};
use bytes::Bytes;

use super::Content;
use super::cache::{Body, MAX_CACHED_FILE, etag};
use super::conditional::{LastModified, RangeRequest, not_modified, range};
use super::disk::Stamp;
use super::encoding::{self, Coding};
use super::lookup::Probe;
use super::mime::Mime;
use super::page;
use super::plan::HeaderPlan;
use super::stream::{FileStream, Slices};

/// Bodies up to this size, in bytes, are read and compressed on the worker itself: that is shorter than a thread switch.
const INLINE: u64 = 64 * 1024;

/// How a found file is to be served.
pub struct Serving<'a> {
    /// The request's method: GET, HEAD or OPTIONS.
    pub method: &'a Method,
    /// The request's headers.
    pub headers: &'a HeaderMap,
    /// 200 for content; another status sends the file whole, without validators.
    pub status: StatusCode,
    /// Headers by the rules.
    pub plan: &'a HeaderPlan,
    /// Whether pages get the live-reload client when a browser asks for one to show.
    pub is_live: bool,
}

/// One representation of a file: its bytes, or the file itself when it is too large for memory.
struct Representation {
    body: Source,
    length: u64,
    etag: HeaderValue,
    coding: Option<Coding>,
}

enum Source {
    Memory(Bytes),
    Disk(File),
}

impl Content {
    /// Serves a file that [`Content::find`] found.
    ///
    /// # Errors
    /// When the file cannot be read although it is there.
    pub async fn serve(
        &self,
        relative: Cow<'_, str>,
        stamp: Stamp,
        serving: &Serving<'_>,
    ) -> io::Result<HttpResponse> {
        if serving.method == Method::OPTIONS {
            return Ok(options(serving));
        }
        let mime = self.mime.of(&relative);
        let is_content = serving.status == StatusCode::OK;
        let wants_part = is_content && serving.headers.contains_key(RANGE);
        let is_page = serving.is_live && mime.is_html;
        let tag = if is_page { page::tag(serving) } else { None };
        let with_client = match tag {
            Some(tag) => self.with_client(&relative, stamp, &tag).await?,
            None => None,
        };
        let representation = match with_client {
            Some(page) => page,
            None => {
                self.represent(&relative, stamp, &mime, serving.headers, wants_part)
                    .await?
            }
        };
        let modified = LastModified::new(stamp.modified, SystemTime::now());

        let mut response = HttpResponse::with_body(serving.status, BoxBody::new(()));
        let headers = response.headers_mut();
        serving.plan.apply(headers, is_content);
        headers.insert(CONTENT_TYPE, mime.value);
        if mime.compressible {
            let vary = match is_page {
                true => page::vary(serving),
                false => HeaderValue::from_static("Accept-Encoding"),
            };
            headers.insert(VARY, vary);
        }
        if let Some(coding) = representation.coding {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
        }
        if !is_content {
            return Ok(with_body(response, serving.method, representation, None));
        }

        headers.insert(ETAG, representation.etag.clone());
        if let Ok(value) = HeaderValue::from_str(&httpdate::fmt_http_date(modified.told)) {
            headers.insert(LAST_MODIFIED, value);
        }
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        if not_modified(serving.headers, &representation.etag, modified) {
            for name in [CONTENT_TYPE, CONTENT_ENCODING, ACCEPT_RANGES] {
                headers.remove(name);
            }
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return Ok(response);
        }
        if !wants_part || serving.method == Method::HEAD {
            return Ok(with_body(response, serving.method, representation, None));
        }
        let length = representation.length;
        match range(serving.headers, &representation.etag, modified, length) {
            RangeRequest::Whole => Ok(with_body(response, serving.method, representation, None)),
            RangeRequest::Part(part) => {
                insert(
                    headers,
                    CONTENT_RANGE,
                    &format!("bytes {}-{}/{length}", part.start, part.end - 1),
                );
                *response.status_mut() = StatusCode::PARTIAL_CONTENT;
                Ok(with_body(
                    response,
                    serving.method,
                    representation,
                    Some(part),
                ))
            }
            RangeRequest::Unsatisfiable => {
                insert(headers, CONTENT_RANGE, &format!("bytes */{length}"));
                headers.remove(CONTENT_TYPE);
                *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
                Ok(response)
            }
        }
    }

    async fn represent(
        &self,
        relative: &str,
        stamp: Stamp,
        mime: &Mime,
        headers: &HeaderMap,
        plain: bool,
    ) -> io::Result<Representation> {
        // A part of a compressed body is of no use to a player or a download manager: ranges are of the plain file.
        let codings = if plain {
            [None, None]
        } else {
            encoding::accepted(headers)
        };
        for coding in codings.into_iter().flatten() {
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
        if mime.compressible && encoding::is_worth_trying(body.bytes.len()) {
            for coding in codings.into_iter().flatten() {
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
        relative: &str,
        stamp: Stamp,
        tag: &str,
    ) -> io::Result<Option<Representation>> {
        if stamp.size > MAX_CACHED_FILE {
            return Ok(None);
        }
        let body = self.body(relative, stamp).await?;
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

fn with_body(
    response: HttpResponse,
    method: &Method,
    found: Representation,
    part: Option<std::ops::Range<u64>>,
) -> HttpResponse {
    let part = part.unwrap_or(0..found.length);
    if method == Method::HEAD {
        // An empty body would be sent as `Content-Length: 0`; this one keeps the length and sends nothing.
        let nothing = futures_util::stream::empty::<Result<Bytes, io::Error>>();
        return response.set_body(BoxBody::new(SizedStream::new(
            part.end - part.start,
            nothing,
        )));
    }
    match found.body {
        Source::Memory(bytes) => {
            let bytes = bytes.slice(part.start as usize..part.end as usize);
            response.set_body(BoxBody::new(Slices::new(bytes)))
        }
        Source::Disk(file) => match FileStream::new(file, part) {
            Ok(stream) => response.set_body(BoxBody::new(stream)),
            Err(error) => {
                log::error!("cannot read a file that was just opened: {error}");
                HttpResponse::InternalServerError().finish()
            }
        },
    }
}

/// RS-21: OPTIONS on static content.
pub fn options(serving: &Serving<'_>) -> HttpResponse {
    let mut response = HttpResponse::with_body(StatusCode::NO_CONTENT, BoxBody::new(()));
    serving.plan.apply(response.headers_mut(), true);
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static("GET, HEAD, OPTIONS"));
    response
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
