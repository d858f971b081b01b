//! `Set-Cookie` as ASP.NET writes it.

use std::fmt::Write as _;
use std::time::{Duration, UNIX_EPOCH};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

/// All but the unreserved characters, as `Uri.EscapeDataString`.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// A cookie of a function's response.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Cookie {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) domain: Option<String>,
    pub(crate) path: Option<String>,
    /// Seconds since 1970.
    pub(crate) expires: Option<f64>,
    pub(crate) secure: bool,
    pub(crate) http_only: bool,
    /// `none` (no attribute), `lax`, `strict`, `explicitNone`.
    pub(crate) same_site: String,
    /// Seconds.
    pub(crate) max_age: Option<f64>,
}

impl Cookie {
    /// The header's value: attributes in ASP.NET's order, lower-case, `path=/` when none is given.
    pub(crate) fn header(&self) -> String {
        let mut text = format!(
            "{}={}",
            self.name,
            utf8_percent_encode(&self.value, ESCAPED)
        );
        if let Some(seconds) = self
            .expires
            .filter(|seconds| (0.0..2.5e11).contains(seconds))
        {
            let date = UNIX_EPOCH + Duration::from_secs_f64(seconds);
            let _ = write!(text, "; expires={}", httpdate::fmt_http_date(date));
        }
        if let Some(seconds) = self.max_age {
            let _ = write!(text, "; max-age={:.0}", seconds.trunc());
        }
        if let Some(domain) = self.domain.as_deref().filter(|domain| !domain.is_empty()) {
            let _ = write!(text, "; domain={domain}");
        }
        let path = self
            .path
            .as_deref()
            .filter(|path| !path.is_empty())
            .unwrap_or("/");
        let _ = write!(text, "; path={path}");
        if self.secure {
            text.push_str("; secure");
        }
        match self.same_site.as_str() {
            "lax" => text.push_str("; samesite=lax"),
            "strict" => text.push_str("; samesite=strict"),
            "explicitNone" => text.push_str("; samesite=none"),
            _ => {}
        }
        if self.http_only {
            text.push_str("; httponly");
        }
        text
    }
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
            cookie.header(),
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
        assert_eq!(cookie.header(), "a=; path=/");
    }

    #[test]
    fn absurd_dates_are_left_out() {
        let cookie = Cookie {
            expires: Some(f64::MAX),
            ..Cookie::default()
        };
        assert_eq!(cookie.header(), "=; path=/");
    }
}
