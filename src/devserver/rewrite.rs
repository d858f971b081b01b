//! Heads, there and back.
//!
//! The dev server is told the browser's own `Host`. Servers that render pages compare it with `Origin` before they
//! take a form (Astro, SvelteKit), webpack's does so before it takes a WebSocket, and Vite takes `localhost` and every
//! address; with the server's own host in its place the first two would refuse. The one thing that can differ then is
//! the scheme, when one side speaks TLS and the other does not: an `Origin` that is ours gets the server's scheme.

use actix_web::HttpRequest;
use actix_web::http::header as edge;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, header};

use super::call::{Call, Wanted};
use crate::backend::error::CallError;
use crate::backend::request_body::RequestBody;
use crate::backend::{Upstream, headers, identity, proxy};

/// The request as the dev server gets it.
pub(super) fn to_upstream(
    upstream: &Upstream,
    request: &HttpRequest,
    call: &Call<'_>,
    body: RequestBody,
) -> Result<Request<RequestBody>, CallError> {
    let mut outgoing = Request::new(body);
    *outgoing.uri_mut() = proxy::target(Bytes::copy_from_slice(call.target.as_bytes()))?;
    *outgoing.method_mut() = match call.wanted {
        Wanted::Page if request.method() != actix_web::http::Method::HEAD => http::Method::GET,
        _ => proxy::method(request)?,
    };
    let mut told = headers::to_dev_server(request.headers());
    if call.wanted == Wanted::Page {
        for name in [
            header::IF_NONE_MATCH,
            header::IF_MODIFIED_SINCE,
            header::IF_MATCH,
            header::IF_UNMODIFIED_SINCE,
            header::IF_RANGE,
            header::RANGE,
            header::CONTENT_TYPE,
        ] {
            told.remove(name);
        }
    }
    if !told.contains_key(header::HOST) {
        told.insert(header::HOST, upstream.host().clone());
    }
    if let Some(origin) = same_origin(&told, upstream.scheme()) {
        told.insert(header::ORIGIN, origin);
    }
    identity::put(&mut told, identity::ORIGINAL_URL, call.original_url);
    identity::add_principal(&mut told, upstream.kind(), call.principal);
    *outgoing.headers_mut() = told;
    proxy::set_zero_length(&mut outgoing);
    Ok(outgoing)
}

/// The `Origin` in the dev server's scheme, when it names the host that is asked and another scheme.
fn same_origin(told: &HeaderMap, scheme: &str) -> Option<HeaderValue> {
    let origin = told.get(header::ORIGIN)?.to_str().ok()?;
    let host = told.get(header::HOST)?.to_str().ok()?;
    let (theirs, authority) = origin.split_once("://")?;
    if theirs == scheme || !authority.eq_ignore_ascii_case(host) {
        return None;
    }
    HeaderValue::from_str(&format!("{scheme}://{authority}")).ok()
}

/// A `Location` at the dev server's own address leads past the emulator: only its path is kept, which names no host.
pub(super) fn to_client(upstream: &Upstream, told: &mut edge::HeaderMap) {
    let inside = told
        .get(edge::LOCATION)
        .and_then(|location| location.to_str().ok())
        .and_then(|location| location.strip_prefix(upstream.url()))
        .filter(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
        .map(|rest| format!("/{}", rest.trim_start_matches(['/', '\\'])));
    if let Some(location) = inside.and_then(|path| edge::HeaderValue::from_str(&path).ok()) {
        told.insert(edge::LOCATION, location);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::BackendKind;

    fn origin_for(scheme: &str, origin: &'static str) -> Option<String> {
        let mut told = HeaderMap::new();
        told.insert(header::HOST, HeaderValue::from_static("localhost:4280"));
        told.insert(header::ORIGIN, HeaderValue::from_static(origin));
        same_origin(&told, scheme).map(|origin| origin.to_str().unwrap().to_owned())
    }

    #[test]
    fn only_our_own_origin_gets_the_servers_scheme() {
        assert_eq!(
            origin_for("https", "http://localhost:4280").as_deref(),
            Some("https://localhost:4280")
        );
        assert_eq!(origin_for("http", "http://localhost:4280"), None);
        assert_eq!(origin_for("https", "http://evil.example"), None);
        assert_eq!(origin_for("https", "http://localhost:5173"), None);
        assert_eq!(origin_for("https", "null"), None);
    }

    #[test]
    fn a_location_at_the_dev_server_becomes_one_here() {
        let upstream = Upstream::parse("http://localhost:5173", BackendKind::Managed).unwrap();
        let rewritten = |location: &str| {
            let mut told = edge::HeaderMap::new();
            told.insert(
                edge::LOCATION,
                edge::HeaderValue::from_str(location).unwrap(),
            );
            to_client(&upstream, &mut told);
            told.get(edge::LOCATION)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(rewritten("http://localhost:5173/a?b"), "/a?b");
        assert_eq!(rewritten("http://localhost:5173"), "/");
        assert_eq!(rewritten("http://localhost:5173?x"), "/?x");
        assert_eq!(
            rewritten("http://localhost:5173//evil.example/a"),
            "/evil.example/a"
        );
        for kept in [
            "/a",
            "http://localhost:51730/a",
            "https://example.org/",
            "http://localhost:4280/a",
        ] {
            assert_eq!(rewritten(kept), kept);
        }
    }
}
