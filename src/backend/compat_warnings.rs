//! What a backend says that Azure would change or that would lead elsewhere: passed unchanged here, told once in the log.

use std::{
    collections::HashSet,
    sync::{LazyLock, Mutex, Once, PoisonError},
    time::SystemTime,
};

use http::{HeaderMap, HeaderValue, header};

/// What has been told already. Bounded: beyond it nothing more is told, however many names a backend makes up.
static TOLD: LazyLock<Mutex<HashSet<String>>> = LazyLock::new(Mutex::default);

const MOST_TOLD: usize = 256;

/// Looks at the headers of a response of the backend at `origin`, whose public name may be another.
pub(super) fn look_at(headers: &HeaderMap, origin: &str, public: Option<&HeaderValue>) {
    for cookie in headers.get_all(header::SET_COOKIE) {
        if let Some((name, why)) = cookie_trouble(cookie.as_bytes(), SystemTime::now()) {
            once(format!("cookie {name}"), || {
                log::warn!(hint:% = format_args!("test sign-out and cookie scope after deployment; {}", see("cookies-of-the-api")); "the API sets the cookie `{name}` with {why}, which Azure Static Web Apps has been seen to drop or alter (AP-12)");
            });
        }
    }
    if let Some(location) = headers.get(header::LOCATION)
        && let location = location.as_bytes()
        && (leads_to(location, origin.as_bytes())
            || public.is_some_and(|host| leads_to_host(location, host.as_bytes())))
    {
        once(format!("location {origin}"), || {
            log::warn!(hint:% = format_args!("build absolute URLs from `x-ms-original-url`, or redirect to a path; {}", see("redirects-of-the-api")); "the API redirects to its own address {}, as it would on Azure, where callers are refused there (B4-5)", String::from_utf8_lossy(location));
        });
    }
}

/// AP-25: managed functions never see what the caller sent.
pub(super) fn authorization_replaced() {
    static TELL: Once = Once::new();
    TELL.call_once(|| {
        log::warn!(hint:% = format_args!("send the caller's token in a header of another name; {}", see("authorization")); "the caller's `authorization` does not reach managed functions: Azure puts a token of its own there (AP-25)");
    });
}

/// AP-84: pages of other sites cannot call the API, whatever it answers.
pub(super) fn preflight() {
    static TELL: Once = Once::new();
    TELL.call_once(|| {
        log::warn!(hint:% = format_args!("call the API from pages of the app, or its backend at its own address; `--strict` does as Azure does; {}", see("pre-flights")); "a page of another site asked whether it may call the API (a CORS pre-flight): the API answers here, and on Azure such requests fail (AP-84)");
    });
}

/// AP-10, once for each path: a body of no known length that came in pieces with pauses between them.
pub(super) fn streamed(what: &str) {
    let route = what.split(['?', '#']).next().unwrap_or(what);
    once(format!("stream {route}"), || {
        log::warn!(hint:% = format_args!("`--strict` does as Azure does; {}", see("buffered-responses")); "{route}: the response is streamed here; Azure collects it and sends it at its end, unless its type is text/event-stream or application/octet-stream (AP-10)");
    });
}

/// Where the difference is described.
pub(super) fn see(anchor: &str) -> String {
    format!("see docs/differences.md#{anchor}")
}

fn once(key: String, tell: impl FnOnce()) {
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    if told.len() < MOST_TOLD && told.insert(key) {
        tell();
    }
}

/// Whether a URL is at a host without a port, by http or https.
fn leads_to_host(url: &[u8], host: &[u8]) -> bool {
    ["https://", "http://", "//"].iter().any(|scheme| {
        url.len() > scheme.len()
            && url[..scheme.len()].eq_ignore_ascii_case(scheme.as_bytes())
            && leads_to(&url[scheme.len()..], host)
    })
}

/// Whether a URL is at an origin, not merely begins like it.
fn leads_to(url: &[u8], origin: &[u8]) -> bool {
    url.len() >= origin.len()
        && url[..origin.len()].eq_ignore_ascii_case(origin)
        && matches!(url.get(origin.len()), None | Some(b'/' | b'?' | b'#'))
}

/// The name of a cookie and the attribute that Azure treats differently (AP-12).
fn cookie_trouble(cookie: &[u8], now: SystemTime) -> Option<(&str, &'static str)> {
    let cookie = std::str::from_utf8(cookie).ok()?;
    let mut parts = cookie.split(';').map(str::trim);
    let name = parts.next()?.split('=').next()?;
    let why = parts.find_map(|attribute| {
        let (key, value) = attribute.split_once('=').unwrap_or((attribute, ""));
        let is = |known: &str| key.trim().eq_ignore_ascii_case(known);
        if is("domain") {
            Some("a `Domain`")
        } else if is("samesite") {
            Some("a `SameSite`")
        } else if is("expires") {
            let past = httpdate::parse_http_date(value.trim()).is_ok_and(|date| date < now);
            past.then_some("an expiry in the past")
        } else {
            None
        }
    })?;
    Some((name, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ap_12_three_attributes_are_worth_a_word() {
        let trouble = |cookie: &'static str| cookie_trouble(cookie.as_bytes(), SystemTime::now());
        for (cookie, name, why) in [
            ("a=1; Path=/; Domain=example.org", "a", "Domain"),
            ("b=; expires=Thu, 01 Jan 1970 00:00:00 GMT", "b", "past"),
            ("c=1;samesite=None", "c", "SameSite"),
        ] {
            let (found, said) = trouble(cookie).unwrap();
            assert_eq!(found, name);
            assert!(said.contains(why), "{cookie}: {said}");
        }
        for cookie in [
            "a=1",
            "a=Domain; Path=/; HttpOnly; Secure",
            "a=1; Expires=Fri, 01 Jan 2100 00:00:00 GMT",
            "",
        ] {
            assert_eq!(trouble(cookie), None, "{cookie}");
        }
    }

    #[test]
    fn b4_5_only_the_backends_own_origin_is_meant() {
        let origin = b"http://localhost:70";
        assert!(leads_to(b"http://localhost:70/x", origin));
        assert!(leads_to(b"HTTP://LOCALHOST:70", origin));
        assert!(!leads_to(b"http://localhost:7071/x", origin));
        assert!(!leads_to(b"/x", origin));
        let host = b"shop.azurewebsites.net";
        assert!(leads_to_host(b"https://shop.azurewebsites.net/x", host));
        assert!(leads_to_host(b"//Shop.azurewebsites.net", host));
        assert!(!leads_to_host(
            b"https://shop.azurewebsites.net.evil/x",
            host
        ));
        assert!(!leads_to_host(b"https://other.azurewebsites.net/", host));
    }
}
