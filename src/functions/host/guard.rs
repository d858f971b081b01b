//! Who may call the host's own port: everything that runs on this machine, and of what runs in browsers only the pages of
//! origins that `Host.CORS` allows.

use http::header::{CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue, ORIGIN};
use http::{Method, Request, Response, StatusCode};

use crate::auth::is_identity_header;
use crate::functions::call::cors::Policy;
use crate::functions::call::response::plain;
use crate::http::AllowedHosts;
use crate::http::body::Body;
use crate::http::cross_site::is_cross_site;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The refusal of a request for a host that is not ours.
pub(super) fn misdirected<B>(hosts: &AllowedHosts, request: &Request<B>) -> Option<Response<Body>> {
    let uri = request.uri();
    // The target of CONNECT has an authority and no scheme: it is no host of a request.
    let target = uri.scheme().and(uri.authority());
    let named = request.headers().get_all(HOST).iter();
    let judged = hosts.check(
        target.map(|authority| authority.as_str()),
        named.map(HeaderValue::as_bytes),
    );
    let why = judged.err()?;
    log::warn!(hint:% = why.hint(); "a call at the port of the functions was refused: {why}");
    let mut response = plain(StatusCode::MISDIRECTED_REQUEST, why.text());
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(CONNECTION, close);
    Some(response)
}

/// Takes away what only the platform says: nobody is signed in here.
pub(super) fn strip_identity(headers: &mut HeaderMap) {
    let forged = headers
        .keys()
        .filter(|name| is_identity_header(name.as_str()));
    for name in forged.cloned().collect::<Vec<_>>() {
        headers.remove(name);
    }
}

/// The refusal of what a page of another site sends: whatever may have an effect, and everything of `/admin`. That a page
/// cannot read the answer would not undo what its request did.
pub(super) fn foreign<B>(policy: &Policy, request: &Request<B>) -> Option<Response<Body>> {
    let is_admin = is_admin(request.uri().path());
    let has_effect = ![Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
    if !(is_admin || has_effect) || !is_of_another_site(request) {
        return None;
    }
    // Whom CORS allows may call functions; only our own origin administrates.
    if !is_admin && policy.allows() {
        return None;
    }
    let why = match is_admin {
        true => "a page of another origin sent this, and only this one's may call /admin\n",
        false => {
            "a page of another origin sent this\nhint: name its origin in `Host.CORS` of local.settings.json, or call the functions through the emulator's own port\n"
        }
    };
    Some(plain(StatusCode::FORBIDDEN, why.to_owned()))
}

fn is_admin(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next();
    first.is_some_and(|first| first.eq_ignore_ascii_case("admin"))
}

fn is_of_another_site<B>(request: &Request<B>) -> bool {
    let header = |name| request.headers().get(name).map(text);
    is_cross_site(header(SEC_FETCH_SITE), header(ORIGIN), |origin| {
        let host = header(HOST).unwrap_or_default();
        let own = origin.strip_prefix("http://");
        own.is_some_and(|own| own.eq_ignore_ascii_case(host))
    })
}

/// A value that is no text is nobody's.
fn text(value: &HeaderValue) -> &str {
    value.to_str().unwrap_or("?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_origin_is_that_of_the_host_that_was_asked() {
        for (origin, expected) in [
            ("http://LOCALHOST:7071", false),
            ("HTTP://LOCALHOST:7071", true),
            ("https://localhost:7071", true),
            ("http://localhost:4280", true),
        ] {
            let request = Request::post("/").header(HOST, "localhost:7071");
            let request = request.header(ORIGIN, origin).body(()).unwrap();
            assert_eq!(is_of_another_site(&request), expected, "{origin}");
        }
    }

    #[test]
    fn admin_is_known_however_it_is_written() {
        for path in ["/admin", "/ADMIN/functions/x", "//admin/x"] {
            assert!(is_admin(path), "{path}");
        }
        assert!(!is_admin("/api/admin") && !is_admin("/administrators"));
    }
}
