//! Cross-origin calls to the host's own port: `Host.CORS` of `local.settings.json`, any header, any method. Where it names
//! nobody, pages of this machine are answered as by `func start --cors "*"`. The front door needs none of this (AP-74).

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD,
    HeaderMap, HeaderValue, ORIGIN, VARY,
};
use http::{Method, Request, Response, StatusCode};

use super::response::bare;
use crate::http::body::Body;
use crate::http::cross_site::is_of_this_machine;

/// Who may call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Origins {
    /// Origins without a final `/`; `*` for all; none for those of this machine.
    pub(crate) allowed: Vec<String>,
    /// Whether cookies may be sent along.
    pub(crate) credentials: bool,
}

/// What holds for one request: nothing, when it has no origin or a foreign one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Policy {
    origin: Option<HeaderValue>,
    credentials: bool,
    /// Whether the answer depends on who asks.
    varies: bool,
}

impl Policy {
    pub(crate) fn of<B>(origins: &Origins, request: &Request<B>) -> Self {
        let Some(origin) = request.headers().get(ORIGIN) else {
            return Self::default();
        };
        let mut allowed = origins.allowed.iter();
        let all = allowed.clone().any(|each| each == "*");
        let named = allowed.any(|each| origin.as_bytes().eq_ignore_ascii_case(each.as_bytes()));
        let is_local = origins.allowed.is_empty() && is_of_this_machine(origin);
        let shown = match (all || is_local) && !origins.credentials {
            true => HeaderValue::from_static("*"),
            false => origin.clone(),
        };
        Self {
            origin: (all || named || is_local).then_some(shown),
            credentials: origins.credentials,
            varies: !all || origins.credentials,
        }
    }

    /// Whether the request has an origin that may call.
    pub(crate) fn allows(&self) -> bool {
        self.origin.is_some()
    }

    /// The answer to a question whether a call would be allowed, which says nothing where it would not; no function sees it.
    pub(crate) fn preflight<B>(&self, request: &Request<B>) -> Option<Response<Body>> {
        let asked = request.headers().get(ACCESS_CONTROL_REQUEST_METHOD)?;
        if request.method() != Method::OPTIONS || !request.headers().contains_key(ORIGIN) {
            return None;
        }
        let mut response = bare(StatusCode::NO_CONTENT);
        if !self.allows() {
            return Some(response);
        }
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, asked.clone());
        if let Some(names) = request.headers().get(ACCESS_CONTROL_REQUEST_HEADERS) {
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
        }
        self.mark(headers);
        Some(response)
    }

    /// Says in an answer who may read it.
    pub(crate) fn mark(&self, headers: &mut HeaderMap) {
        let Some(origin) = &self.origin else { return };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        if self.credentials {
            let yes = HeaderValue::from_static("true");
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
        }
        if self.varies {
            headers.append(VARY, HeaderValue::from_static("Origin"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(allowed: &[&str], credentials: bool, origin: &'static str) -> Option<HeaderValue> {
        let origins = Origins {
            allowed: allowed.iter().map(|each| (*each).to_owned()).collect(),
            credentials,
        };
        let request = Request::get("/").header(ORIGIN, origin).body(()).unwrap();
        Policy::of(&origins, &request).origin
    }

    #[test]
    fn only_named_origins_or_all() {
        let (mine, other) = ("http://localhost:3000", "http://other.test");
        assert_eq!(origin(&[mine], false, mine).unwrap(), mine);
        assert_eq!(origin(&[mine], false, other), None);
        assert_eq!(origin(&["*"], false, other).unwrap(), "*");
        assert_eq!(origin(&["*"], true, other).unwrap(), other);
    }

    #[test]
    fn without_names_the_pages_of_this_machine() {
        for local in [
            "http://localhost:3000",
            "https://127.0.0.1",
            "http://[::1]:1",
        ] {
            assert_eq!(origin(&[], false, local).unwrap(), "*");
        }
        assert_eq!(
            origin(&[], true, "http://localhost:1").unwrap(),
            "http://localhost:1"
        );
        for other in [
            "http://localhost.evil.example",
            "http://evil.example",
            "null",
            "file://",
        ] {
            assert_eq!(origin(&[], false, other), None, "{other}");
        }
    }
}
