//! Heads in both directions: between actix's header types (`http` 0.2) and hyper's (`http` 1), without what belongs to
//! one connection only, and without the length, which is derived anew from the body.
//!
//! Values of one head are copied into a single allocation that they share; a header of its own allocation each would be
//! the dearest part of a small call.

use actix_web::http::header as edge;
use bytes::{Bytes, BytesMut};
use http::header;

use crate::auth::identity_headers::{canonical, is_identity_header};
use crate::http::HopByHop;

/// Headers that Azure alone says; a caller's own never reach a backend, whatever its kind and however they are spelled
/// (AP-22…AP-28).
fn is_said_by_the_edge(name: &str) -> bool {
    is_identity_header(name)
        || matches!(
            &*canonical(name),
            "x-ms-request-id"
                | "x-forwarded-for"
                | "x-forwarded-host"
                | "x-forwarded-proto"
                | "x-arr-log-id"
                | "x-original-url"
                | "x-waws-unencoded-url"
                | "host"
                | "client-ip"
                | "max-forwards"
                | "disguised-host"
                | "was-default-hostname"
        )
}

/// Adds the caller's headers to those of a request for a backend; the values are copied to `values`. The two `without` flags
/// leave out a header that this call replaces or drops.
pub fn to_backend(
    from: &edge::HeaderMap,
    (to, values): (&mut header::HeaderMap, &mut Values),
    without_content_type: bool,
    without_authorization: bool,
) {
    let ends = HopByHop::of(from.get_all(edge::CONNECTION).map(|value| value.as_bytes()));
    copy(from, (to, values), |name| {
        let text = name.as_str();
        !(ends.contains(text)
            || name == edge::CONTENT_LENGTH
            || is_said_by_the_edge(text)
            || (without_content_type && name == edge::CONTENT_TYPE)
            || (without_authorization && name == edge::AUTHORIZATION))
    });
}

/// Copies the caller's headers for a dev server. It stands where the browser believes to be, so it is told everything
/// that the browser says, its `host` included; only who is signed in is not the caller's to say.
pub fn to_dev_server(from: &edge::HeaderMap) -> header::HeaderMap {
    let ends = HopByHop::of(from.get_all(edge::CONNECTION).map(|value| value.as_bytes()));
    // The identity adds some more.
    let mut to = header::HeaderMap::with_capacity(from.len() + 8);
    let mut values = Values::with_capacity(length(from));
    copy(from, (&mut to, &mut values), |name| {
        let text = name.as_str();
        !(is_identity_header(text) || ends.contains(text) || name == edge::CONTENT_LENGTH)
    });
    to
}

/// How long the values of a head are together, in bytes.
pub(super) fn length(head: &edge::HeaderMap) -> usize {
    head.iter().map(|(_, value)| value.len()).sum()
}

fn copy(
    from: &edge::HeaderMap,
    (to, values): (&mut header::HeaderMap, &mut Values),
    passes: impl Fn(&edge::HeaderName) -> bool,
) {
    for (name, value) in from {
        if passes(name)
            && let Ok(name) = header::HeaderName::from_bytes(name.as_str().as_bytes())
            && let Ok(value) = header::HeaderValue::from_maybe_shared(values.add(value.as_bytes()))
        {
            to.append(name, value);
        }
    }
}

/// Copies everything but what belongs to one connection, and `host`.
pub(super) fn unchanged(from: &edge::HeaderMap) -> header::HeaderMap {
    let ends = HopByHop::of(from.get_all(edge::CONNECTION).map(|value| value.as_bytes()));
    let mut to = header::HeaderMap::with_capacity(from.len());
    for (name, value) in from {
        let text = name.as_str();
        if !ends.contains(text)
            && !matches!(text, "host" | "content-length")
            && let Ok(name) = header::HeaderName::from_bytes(text.as_bytes())
            && let Ok(value) = header::HeaderValue::from_bytes(value.as_bytes())
        {
            to.append(name, value);
        }
    }
    to
}

/// Copies a backend's headers for the caller, several of one name included.
pub fn to_caller(from: &header::HeaderMap, to: &mut edge::HeaderMap) {
    let ends = HopByHop::of(
        from.get_all(header::CONNECTION)
            .iter()
            .map(|value| value.as_bytes()),
    );
    let mut values = Values::with_capacity(from.values().map(|value| value.len()).sum());
    to.reserve(from.len());
    for (name, value) in from {
        let text = name.as_str();
        if !ends.contains(text)
            && name != header::CONTENT_LENGTH
            && let Ok(name) = edge::HeaderName::from_bytes(text.as_bytes())
            && let Ok(value) = edge::HeaderValue::from_maybe_shared(values.add(value.as_bytes()))
        {
            to.append(name, value);
        }
    }
}

/// The values of one head, in one allocation that they share.
pub struct Values(BytesMut);

impl Values {
    /// Memory for values of `bytes` bytes together; more of them take a second allocation.
    pub fn with_capacity(bytes: usize) -> Self {
        Self(BytesMut::with_capacity(bytes))
    }

    /// Adds the beginning of a value, which [`Self::add`] ends.
    pub(super) fn push(&mut self, part: &[u8]) {
        self.0.extend_from_slice(part);
    }

    /// Adds a decimal number to the beginning of a value.
    pub(super) fn push_number(&mut self, number: u16) {
        let digits = [10_000, 1_000, 100, 10, 1].map(|unit| b'0' + (number / unit % 10) as u8);
        let zeros = digits.iter().take(4).take_while(|digit| **digit == b'0');
        self.push(digits.get(zeros.count()..).unwrap_or_default());
    }

    /// Adds the end of a value, or all of it, and returns the value.
    pub(super) fn add(&mut self, value: &[u8]) -> Bytes {
        self.push(value);
        self.0.split().freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge_map(headers: &[(&'static str, &'static str)]) -> edge::HeaderMap {
        let mut map = edge::HeaderMap::new();
        for (name, value) in headers {
            map.append(
                edge::HeaderName::from_static(name),
                edge::HeaderValue::from_static(value),
            );
        }
        map
    }

    fn sent(from: &edge::HeaderMap, content_type: bool, authorization: bool) -> header::HeaderMap {
        let mut to = header::HeaderMap::new();
        let head = (&mut to, &mut Values::with_capacity(0));
        to_backend(from, head, !content_type, !authorization);
        to
    }

    fn names(map: &header::HeaderMap) -> Vec<&str> {
        let mut names: Vec<_> = map.keys().map(header::HeaderName::as_str).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn hop_by_hop_headers_and_those_that_connection_lists_stay_on_this_side() {
        let from = edge_map(&[
            ("connection", "keep-alive, X-Secret"),
            ("connection", "close, foo"),
            ("keep-alive", "timeout=5"),
            ("x-secret", "1"),
            ("foo", "2"),
            ("te", "trailers"),
            ("trailer", "x"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("proxy-authorization", "x"),
            ("proxy-connection", "keep-alive"),
            ("expect", "100-continue"),
            ("content-length", "3"),
            ("accept", "a"),
        ]);
        assert_eq!(names(&sent(&from, true, true)), ["accept"]);
    }

    #[test]
    fn ap_22_to_28_a_caller_cannot_speak_for_the_edge() {
        let from = edge_map(&[
            ("x-ms-client-principal", "forged"),
            ("x-ms-client-principal-id", "forged"),
            ("x-ms-client-principal-anything", "forged"),
            ("x_ms_client_principal", "forged"),
            ("x-ms_client-principal_id", "forged"),
            ("x_forwarded_for", "forged"),
            ("client_ip", "forged"),
            ("x-ms-auth-token", "forged"),
            ("x-ms-original-url", "forged"),
            ("x-ms-request-id", "forged"),
            ("x-forwarded-for", "forged"),
            ("x-forwarded-host", "forged"),
            ("client-ip", "forged"),
            ("disguised-host", "forged"),
            ("host", "forged"),
            ("x-ms-version", "passes"),
            ("cookie", "a=1"),
            ("cookie", "b=2"),
            ("authorization", "mine"),
            ("content-type", "text/plain"),
        ]);
        let to = sent(&from, true, true);
        assert_eq!(
            names(&to),
            ["authorization", "content-type", "cookie", "x-ms-version"]
        );
        assert_eq!(
            to.get_all("cookie").iter().collect::<Vec<_>>(),
            ["a=1", "b=2"]
        );
        assert_eq!(
            names(&sent(&from, false, false)),
            ["cookie", "x-ms-version"]
        );
    }

    #[test]
    fn a_response_keeps_every_value_in_order_and_loses_what_is_of_its_connection() {
        let mut from = header::HeaderMap::new();
        for (name, value) in [
            ("set-cookie", "a=1"),
            ("connection", "close, x-hop"),
            ("set-cookie", "b=2"),
            ("x-hop", "1"),
            ("keep-alive", "timeout=5"),
            ("transfer-encoding", "chunked"),
            ("content-length", "5"),
            ("x-kept", "caf\u{e9}"),
        ] {
            from.append(
                header::HeaderName::from_static(name),
                header::HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        let mut to = edge::HeaderMap::new();
        to_caller(&from, &mut to);
        assert_eq!(to.get_all("set-cookie").collect::<Vec<_>>(), ["a=1", "b=2"]);
        assert_eq!(to.get("x-kept").unwrap().as_bytes(), "caf\u{e9}".as_bytes());
        assert_eq!(to.len(), 3);
    }
}
