//! The plain data that goes into [`super::endpoints::answer`] and comes out of it.

use std::borrow::Cow;

use super::cookie::CookieReading;
use super::personas::Picker;
use super::providers::Providers;
use super::real::RealSignIn;

/// Where every endpoint of this room lives.
pub const AUTH_PREFIX: &str = "/.auth/";

/// Most bytes of a request body that the pipeline reads for these endpoints.
pub const MAX_BODY: usize = 64 * 1024;

/// The facts of one request.
#[derive(Debug, Clone, Copy)]
pub struct AuthRequest<'a> {
    /// `GET`, `POST`, …
    pub method: &'a str,
    /// Percent-decoded path, starting with `/.auth/`.
    pub path: &'a str,
    /// Raw query without `?`.
    pub query: Option<&'a str>,
    /// `Content-Type` as sent.
    pub content_type: Option<&'a str>,
    /// Whole body of a `POST`, at most [`MAX_BODY`] bytes.
    pub body: Option<&'a [u8]>,
    /// What the cookies say.
    pub reading: &'a CookieReading,
    /// Result of [`super::cookie::auth_cookie_names`].
    pub cookie_names: &'a [String],
    /// Providers of the environment.
    pub providers: &'a Providers,
    /// Which of them sign in for real.
    pub real: &'a RealSignIn,
    /// The value of the cookie of a real sign-in under way.
    pub context_cookie: Option<&'a str>,
    /// Who can be signed in as by a click or by name.
    pub picker: &'a Picker,
    /// `Origin` as sent.
    pub origin: Option<&'a str>,
    /// `Sec-Fetch-Site` as sent.
    pub sec_fetch_site: Option<&'a str>,
    /// Scheme and host as the browser uses them, for example `http://localhost:4280`.
    pub own_origin: &'a str,
    /// `X-Forwarded-Host`, if `allowedForwardedHosts` lists it (NW-4).
    pub forwarded_host_allowed: Option<&'a str>,
    /// Whether any `X-Forwarded-Host` was sent: then `own_origin` may not be what the browser knows.
    pub is_forwarded: bool,
    /// Whether the browser came by https; then cookies get `Secure`.
    pub secure: bool,
}

impl AuthRequest<'_> {
    /// Scheme and host by which the browser knows the app, a forwarded host included (AU-24).
    pub(crate) fn public_origin(&self) -> String {
        match self.forwarded_host_allowed {
            Some(host) => format!("https://{host}"),
            None => self.own_origin.to_owned(),
        }
    }
}

/// What to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// This response.
    Response(AuthResponse),
    /// The app's 404, through its response overrides (AU-11).
    NotFound {
        /// A sentence for the error page and the request log.
        why: String,
    },
}

/// A response of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthResponse {
    /// Status code.
    pub status: u16,
    /// Header fields in lower case; values are printable ASCII. Several `set-cookie` are possible.
    pub headers: Vec<(&'static str, String)>,
    /// The body; to be left out for `HEAD`.
    pub body: AuthBody,
    /// Warnings for the log, for example that a redirect leaves the app.
    pub notes: Vec<String>,
}

/// A body with its media type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuthBody {
    /// `text/html; charset=utf-8`.
    Html(String),
    /// `application/json; charset=utf-8`.
    Json(String),
    /// None.
    Empty,
}

impl AuthResponse {
    pub(crate) fn new(status: u16, body: AuthBody) -> Self {
        let mut headers = vec![("cache-control", "no-store".to_owned())];
        let media_type = match &body {
            AuthBody::Html(_) => Some("text/html; charset=utf-8"),
            AuthBody::Json(_) => Some("application/json; charset=utf-8"),
            AuthBody::Empty => None,
        };
        headers.extend(media_type.map(|value| ("content-type", value.to_owned())));
        Self {
            status,
            headers,
            body,
            notes: Vec::new(),
        }
    }

    /// 302 to a `Location` that was checked.
    pub(crate) fn redirect(location: String) -> Self {
        let mut response = Self::new(302, AuthBody::Empty);
        response.headers.push(("location", location));
        response
    }

    pub(crate) fn with_cookies(mut self, cookies: Vec<String>) -> Self {
        self.headers
            .extend(cookies.into_iter().map(|cookie| ("set-cookie", cookie)));
        self
    }

    pub(crate) fn with_note(mut self, note: String) -> Self {
        self.notes.push(note);
        self
    }
}

/// The first value of a query parameter that is not empty, decoded.
pub(crate) fn parameter<'q>(query: Option<&'q str>, name: &str) -> Option<Cow<'q, str>> {
    find(form_urlencoded::parse(query?.as_bytes()), name)
}

/// The first value of a field that is not empty.
pub(super) fn find<'q>(mut pairs: form_urlencoded::Parse<'q>, name: &str) -> Option<Cow<'q, str>> {
    pairs
        .find(|(key, value)| key == name && !value.is_empty())
        .map(|(_, value)| value)
}
