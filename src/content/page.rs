//! The live-reload client in a page that a browser is going to show. Every other client gets the file as it is.

use actix_web::http::header::{CONTENT_SECURITY_POLICY, HeaderValue, RANGE};
use bytes::Bytes;

use super::cache::{Body, etag};
use super::respond::Serving;
use crate::live::inject;

/// The tag for the page, when this request gets one: a browser asks for a whole document and the app's policy lets
/// the client run.
pub(super) fn tag(serving: &Serving<'_>) -> Option<String> {
    if !inject::is_for_document(serving.headers) || serving.headers.contains_key(RANGE) {
        return None;
    }
    inject::tag(serving.header_set.get(&CONTENT_SECURITY_POLICY))
}

/// The page with its tag, and the entity tag of that representation.
pub(super) fn with_client(body: &Body, tag: &str) -> Option<(Bytes, HeaderValue)> {
    let page = inject::inject(&body.bytes, tag)?;
    let of_tag = xxhash_rust::xxh3::xxh3_64(tag.as_bytes()) as u32;
    Some((page, etag(&body.hash, &format!("-live{of_tag:08x}"))))
}

/// What a cache must tell apart: without this, a script that fetches a page would get the one with the client from the
/// browser's own cache. Clients that are no browsers see what Azure sends.
pub(super) fn vary(serving: &Serving<'_>) -> HeaderValue {
    HeaderValue::from_static(match serving.headers.contains_key(inject::SEC_FETCH_DEST) {
        true => "Accept-Encoding, Sec-Fetch-Dest",
        false => "Accept-Encoding",
    })
}
