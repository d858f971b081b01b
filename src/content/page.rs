//! The live-reload client in a page that a browser is going to show. Every other client gets the file as it is.

use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderMap, HeaderValue, RANGE};
use bytes::Bytes;

use super::cached_file::{Body, etag};
use super::header_set::HeaderSet;
use crate::live::inject;

/// The tag for the page, when this request gets one: a browser asks for a whole document and the app's policy lets
/// the client run.
pub(super) fn tag(request: &HeaderMap, header_set: &HeaderSet) -> Option<String> {
    if !inject::is_for_document(request) || request.contains_key(RANGE) {
        return None;
    }
    inject::tag(header_set.get(&CONTENT_SECURITY_POLICY))
}

/// The page with its tag, and the entity tag of that variant; `None` for one that cannot have it.
pub(super) fn with_client(body: &Body, tag: &str) -> Option<(Bytes, HeaderValue)> {
    let page = inject::inject(&body.bytes, tag)?;
    let of_tag = xxhash_rust::xxh3::xxh3_64(tag.as_bytes()) as u32;
    Some((page, etag(&body.hash, &format!("-live{of_tag:08x}"))))
}

/// What a cache must tell apart: without this, a script that fetches a page would get the one with the client from the
/// browser's own cache. Clients that are no browsers see what Azure sends.
pub(super) fn vary(request: &HeaderMap) -> HeaderValue {
    HeaderValue::from_static(match request.contains_key(inject::SEC_FETCH_DEST) {
        true => "Accept-Encoding, Sec-Fetch-Dest",
        false => "Accept-Encoding",
    })
}
