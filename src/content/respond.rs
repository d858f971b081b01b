//! A found file as a response: validators, ranges, compression, headers.

use std::io;
use std::time::SystemTime;

use actix_web::HttpResponse;
use actix_web::body::{BoxBody, SizedStream};
use actix_web::http::header::{
    ACCEPT_RANGES, ALLOW, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap,
    HeaderName, HeaderValue, LAST_MODIFIED, RANGE, VARY,
};
use actix_web::http::{Method, StatusCode};
use bytes::Bytes;

use super::cached_file::http_date;
use super::conditional::{EMPTY_FILE, LastModified, RangeRequest, not_modified, range};
use super::encoding;
use super::header_set::HeaderSet;
use super::page;
use super::stream::FileStream;
use super::variant::{Source, Variant, VariantQuery};
use super::{Content, FoundFile};
use crate::http::ChunkedBytes;

/// How a found file is to be served.
pub struct Serving<'a> {
    /// The request's method: GET, HEAD or OPTIONS.
    pub method: &'a Method,
    /// The request's headers.
    pub headers: &'a HeaderMap,
    /// 200 for content; another status sends the file whole, without validators.
    pub status: StatusCode,
    /// Headers by the rules.
    pub header_set: &'a HeaderSet,
    /// Whether pages get the live-reload client when a browser asks for one to show.
    pub is_live: bool,
}

/// What is served for a file.
pub enum Served<'a> {
    /// From memory.
    Response(HttpResponse),
    /// Not yet: something must be read or compressed.
    Unread(Unread<'a>),
}

/// A file of which something must be read or compressed.
pub struct Unread<'a> {
    content: &'a Content,
    query: VariantQuery<'a>,
    serving: &'a Serving<'a>,
}

impl Content {
    /// Serves a file that [`Content::find`] found.
    pub fn serve<'a>(
        &'a self,
        relative: &'a str,
        found: &'a FoundFile,
        serving: &'a Serving<'a>,
    ) -> Served<'a> {
        if serving.method == Method::OPTIONS {
            return Served::Response(options(serving));
        }
        let mime = self.mime.of(relative);
        let query = VariantQuery {
            relative,
            found,
            codings: match mime.may_have_siblings && !wants_part(serving) {
                true => encoding::accepted(serving.headers),
                // A part of a compressed body is of no use to a player or a download manager: ranges are of the plain
                // file.
                false => [None, None],
            },
            is_sent: serving.method != Method::HEAD,
            page_tag: match serving.is_live && mime.is_html {
                true => page::tag(serving.headers, serving.header_set),
                false => None,
            },
            mime,
        };
        match self.cached_variant(&query) {
            Some(variant) => Served::Response(respond(&query, variant, serving)),
            None => Served::Unread(Unread {
                content: self,
                query,
                serving,
            }),
        }
    }
}

impl Unread<'_> {
    /// Reads and serves it.
    ///
    /// # Errors
    /// When the file cannot be read although it is there.
    pub async fn read(self) -> io::Result<HttpResponse> {
        let variant = self.content.read_variant(&self.query).await?;
        Ok(respond(&self.query, variant, self.serving))
    }
}

fn wants_part(serving: &Serving<'_>) -> bool {
    serving.status == StatusCode::OK && serving.headers.contains_key(RANGE)
}

fn respond(query: &VariantQuery<'_>, variant: Variant, serving: &Serving<'_>) -> HttpResponse {
    let (mime, is_page) = (&query.mime, serving.is_live && query.mime.is_html);
    let is_content = serving.status == StatusCode::OK;
    let modified = LastModified::new(query.found.version.modified, SystemTime::now());

    let mut response = HttpResponse::with_body(serving.status, BoxBody::new(()));
    let headers = response.headers_mut();
    match is_content {
        true => serving.header_set.apply_to_content(headers),
        false => serving.header_set.apply_to_error(headers),
    }
    headers.insert(CONTENT_TYPE, mime.value.clone());
    if mime.compressible || variant.coding.is_some() {
        let vary = match is_page {
            true => page::vary(serving.headers),
            false => HeaderValue::from_static("Accept-Encoding"),
        };
        headers.insert(VARY, vary);
    }
    if let Some(coding) = variant.coding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
    }
    if !is_content {
        return with_body(response, serving.method, variant, None);
    }

    headers.insert(ETAG, variant.etag.clone());
    let last_modified = match modified.is_final {
        true => variant.last_modified.clone(),
        false => http_date(modified.told),
    };
    headers.insert(LAST_MODIFIED, last_modified);
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    if not_modified(serving.headers, &variant.etag, modified) {
        for name in [CONTENT_TYPE, CONTENT_ENCODING, ACCEPT_RANGES] {
            headers.remove(name);
        }
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    if !wants_part(serving) || serving.method == Method::HEAD {
        return with_body(response, serving.method, variant, None);
    }
    let length = variant.length;
    match range(serving.headers, &variant.etag, modified, length) {
        RangeRequest::Whole => with_body(response, serving.method, variant, None),
        RangeRequest::Part(part) => {
            insert(
                headers,
                CONTENT_RANGE,
                &format!("bytes {}-{}/{length}", part.start, part.end - 1),
            );
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            with_body(response, serving.method, variant, Some(part))
        }
        RangeRequest::OfNothing => {
            for name in [ETAG, LAST_MODIFIED, ACCEPT_RANGES] {
                headers.remove(name);
            }
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
            *response.status_mut() = StatusCode::BAD_REQUEST;
            response.set_body(BoxBody::new(EMPTY_FILE))
        }
        RangeRequest::Unsatisfiable => {
            insert(headers, CONTENT_RANGE, &format!("bytes */{length}"));
            headers.remove(CONTENT_TYPE);
            *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            response
        }
    }
}

fn with_body(
    response: HttpResponse,
    method: &Method,
    found: Variant,
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
            response.set_body(BoxBody::new(ChunkedBytes::new(bytes)))
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
    serving.header_set.apply_to_content(response.headers_mut());
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
