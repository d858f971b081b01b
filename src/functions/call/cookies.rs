//! `Set-Cookie` as ASP.NET writes it.

use std::fmt::Write as _;
use std::time::{Duration, UNIX_EPOCH};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::functions::worker::invocation::Cookie;

/// All but the unreserved characters, as `Uri.EscapeDataString`.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// The header's value: attributes in ASP.NET's order, lower-case, `path=/` when none is given.
pub(crate) fn set_cookie(cookie: &Cookie) -> String {
    let mut text = format!(
        "{}={}",
        cookie.name,
        utf8_percent_encode(&cookie.value, ESCAPED)
    );
    if let Some(seconds) = cookie
        .expires
        .filter(|seconds| (0.0..2.5e11).contains(seconds))
    {
        let date = UNIX_EPOCH + Duration::from_secs_f64(seconds);
        let _ = write!(text, "; expires={}", httpdate::fmt_http_date(date));
    }
    if let Some(seconds) = cookie.max_age {
        let _ = write!(text, "; max-age={:.0}", seconds.trunc());
    }
    if let Some(domain) = cookie.domain.as_deref().filter(|domain| !domain.is_empty()) {
        let _ = write!(text, "; domain={domain}");
    }
    let path = cookie
        .path
        .as_deref()
        .filter(|path| !path.is_empty())
        .unwrap_or("/");
    let _ = write!(text, "; path={path}");
    if cookie.secure {
        text.push_str("; secure");
    }
    match cookie.same_site.as_str() {
        "lax" => text.push_str("; samesite=lax"),
        "strict" => text.push_str("; samesite=strict"),
        "explicitNone" => text.push_str("; samesite=none"),
        _ => {}
    }
    if cookie.http_only {
        text.push_str("; httponly");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_come_in_the_order_of_aspnet() {
        let cookie = Cookie {
            name: "a".to_owned(),
            value: "x y;é".to_owned(),
            domain: Some("example.com".to_owned()),
            path: Some("/p".to_owned()),
            expires: Some(0.0),
            secure: true,
            http_only: true,
            same_site: "lax".to_owned(),
            max_age: Some(60.7),
        };
        assert_eq!(
            set_cookie(&cookie),
            "a=x%20y%3B%C3%A9; expires=Thu, 01 Jan 1970 00:00:00 GMT; max-age=60; domain=example.com; path=/p; secure; \
             samesite=lax; httponly"
        );
    }

    #[test]
    fn the_path_is_the_root_when_none_is_given() {
        let cookie = Cookie {
            name: "a".to_owned(),
            same_site: "none".to_owned(),
            path: Some(String::new()),
            ..Cookie::default()
        };
        assert_eq!(set_cookie(&cookie), "a=; path=/");
    }

    #[test]
    fn absurd_dates_are_left_out() {
        let cookie = Cookie {
            expires: Some(f64::MAX),
            ..Cookie::default()
        };
        assert_eq!(set_cookie(&cookie), "=; path=/");
    }
}
