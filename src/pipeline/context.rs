//! What a request asks for, read once.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;
use actix_web::http::header::{COOKIE, HOST, HeaderName};

use crate::auth::CookieReading;
use crate::auth::cookie::principal_from_cookies;
use crate::environment::Environment;
use crate::routing::path::normalize;
use crate::routing::{Caller, Method, Origin, RequestFacts};

use super::AppState;

/// A request with its path decoded and its caller known.
pub struct RequestContext<'a> {
    /// The request itself.
    pub request: &'a HttpRequest,
    /// Decoded, normalised path.
    pub path: Cow<'a, str>,
    /// Who calls.
    pub caller: CookieReading,
    /// Where from, for the gateway's rules.
    pub origin: Origin,
    /// Whether pages get the live-reload client.
    pub is_live: bool,
    own_host: &'a str,
    /// Whether the caller came by HTTPS.
    pub secure: bool,
}

impl<'a> RequestContext<'a> {
    /// Reads a request.
    pub fn new(shared: &'a AppState, request: &'a HttpRequest) -> Self {
        let cookies = request
            .headers()
            .get_all(COOKIE)
            .map(|value| value.as_bytes());
        let caller = principal_from_cookies(cookies);
        if let CookieReading::Malformed(reason) = &caller {
            log::warn!(
                "the session cookie is not understood, so its sender is anonymous: {reason}"
            );
        }
        Self {
            path: normalize(request.uri().path()),
            caller,
            origin: origin(shared, request),
            is_live: shared.live.is_some(),
            own_host: &shared.own_host,
            secure: shared.secure,
            request,
        }
    }

    /// The request as the decision sees it.
    pub fn facts<'f>(
        &'f self,
        header: &'f dyn Fn(&str) -> Option<&'f str>,
        environment: &Environment,
    ) -> RequestFacts<'f> {
        RequestFacts {
            method: Method::parse(self.request.method().as_str()),
            path: &self.path,
            caller: match &self.caller {
                CookieReading::SignedIn(principal) => Caller::SignedIn(&principal.user_roles),
                CookieReading::Anonymous | CookieReading::Malformed(_) => Caller::Anonymous,
            },
            origin: self.origin,
            header,
            has_api: environment.has_api(),
            has_data_api: environment.data_api.is_some(),
            any_method: environment.dev_server.is_some(),
        }
    }

    /// Path and query as they came.
    pub fn raw(&self) -> &str {
        self.request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str())
    }

    /// The query as it came, without its question mark.
    pub fn query(&self) -> Option<&str> {
        self.request.uri().query()
    }

    /// The host that the caller used; ours where the header is missing or is no host.
    pub fn host(&self) -> &str {
        let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(byte);
        match self.request.headers().get(HOST) {
            Some(host) if !host.is_empty() && host.as_bytes().iter().all(fits) => {
                host.to_str().unwrap_or(self.own_host)
            }
            _ => self.own_host,
        }
    }

    fn scheme(&self) -> &'static str {
        if self.secure { "https" } else { "http" }
    }

    /// `http://localhost:4280`, as the caller's browser knows the app.
    pub fn own_origin(&self) -> String {
        format!("{}://{}", self.scheme(), self.host())
    }

    /// The full public URL before any rewrite (AP-21).
    pub fn original_url(&self) -> String {
        format!("{}://{}{}", self.scheme(), self.host(), self.raw())
    }

    /// A header as text.
    pub fn header(&self, name: HeaderName) -> Option<&str> {
        self.request.headers().get(name)?.to_str().ok()
    }
}

/// Rules about addresses would lock developers out of their own app, so callers on this machine are not judged unless
/// that is asked for.
fn origin(shared: &AppState, request: &HttpRequest) -> Origin {
    let peer = request
        .peer_addr()
        .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| {
            peer.ip().to_canonical()
        });
    match shared.client_ip {
        Some(address) => Origin::Address(address),
        None if !shared.strict && peer.is_loopback() => Origin::Trusted,
        None => Origin::Address(peer),
    }
}
