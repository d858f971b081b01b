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

/// Copies the caller's headers for a backend. `without` names two more that this call replaces or loses.
pub fn to_backend(
    from: &edge::HeaderMap,
    without_content_type: bool,
    without_authorization: bool,
) -> header::HeaderMap {
    let ends = HopByHop::of(from.get_all(edge::CONNECTION).map(|value| value.as_bytes()));
    copy(from, |name| {
        let text = name.as_str();
        !(ends.contains(text)
            || name == edge::CONTENT_LENGTH
            || is_said_by_the_edge(text)
            || (without_content_type && name == edge::CONTENT_TYPE)
            || (without_authorization && name == edge::AUTHORIZATION))
    })
}

/// Copies the caller's headers for a dev server. It stands where the browser believes to be, so it is told everything
/// that the browser says, its `host` included; only who is signed in is not the caller's to say.
pub fn to_dev_server(from: &edge::HeaderMap) -> header::HeaderMap {
    let ends = HopByHop::of(from.get_all(edge::CONNECTION).map(|value| value.as_bytes()));
    copy(from, |name| {
        let text = name.as_str();
        !(is_identity_header(text) || ends.contains(text) || name == edge::CONTENT_LENGTH)
    })
}

fn copy(from: &edge::HeaderMap, passes: impl Fn(&edge::HeaderName) -> bool) -> header::HeaderMap {
    let mut values = Values::of(|| from.iter().map(|(_, value)| value.as_bytes()));
    // Room for those that identity adds.
    let mut to = header::HeaderMap::with_capacity(from.len() + 20);
    for (name, value) in from {
        let value = values.next(value.as_bytes());
        if passes(name)
            && let Ok(name) = header::HeaderName::from_bytes(name.as_str().as_bytes())
            && let Ok(value) = header::HeaderValue::from_maybe_shared(value)
        {
            to.append(name, value);
        }
    }
    to
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
    let mut values = Values::of(|| from.iter().map(|(_, value)| value.as_bytes()));
    to.reserve(from.len());
    for (name, value) in from {
        let value = values.next(value.as_bytes());
        let text = name.as_str();
        if !ends.contains(text)
            && name != header::CONTENT_LENGTH
            && let Ok(name) = edge::HeaderName::from_bytes(text.as_bytes())
            && let Ok(value) = edge::HeaderValue::from_maybe_shared(value)
        {
            to.append(name, value);
        }
    }
}

/// All values of a head in one allocation, handed out in order.
struct Values(Bytes);

impl Values {
    fn of<'a, I: Iterator<Item = &'a [u8]>>(values: impl Fn() -> I) -> Self {
        let mut all = BytesMut::with_capacity(values().map(<[u8]>::len).sum());
        values().for_each(|value| all.extend_from_slice(value));
        Self(all.freeze())
    }

    fn next(&mut self, value: &[u8]) -> Bytes {
        self.0.split_to(value.len())
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
        assert_eq!(names(&to_backend(&from, false, false)), ["accept"]);
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
        let to = to_backend(&from, false, false);
        assert_eq!(
            names(&to),
            ["authorization", "content-type", "cookie", "x-ms-version"]
        );
        assert_eq!(
            to.get_all("cookie").iter().collect::<Vec<_>>(),
            ["a=1", "b=2"]
        );
        assert_eq!(
            names(&to_backend(&from, true, true)),
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
