//! The request of an entry, made again: to tell why it was answered as it was, and to send it once more.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{COOKIE, HeaderName, HeaderValue};
use actix_web::test::TestRequest;
use actix_web::{HttpMessage, HttpRequest};
use bytes::Bytes;

use crate::auth::ClientPrincipal;
use crate::auth::cookie::{auth_cookie_names, set_cookie_headers};
use crate::http::HopByHop;
use crate::pipeline::MadeUp;
use crate::routing::Origin;

use super::entry::Entry;

/// A request to be made.
pub struct Rebuilt {
    method: Method,
    target: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
    peer: IpAddr,
}

impl Rebuilt {
    /// The request of an entry with the headers that were kept; without those with its session and what the network rules
    /// demand, which is all that a decision depends on.
    pub fn of(entry: &Entry) -> Self {
        let facts = entry.facts();
        let mut rebuilt = Self {
            method: entry.method.clone(),
            target: entry.target().to_owned(),
            headers: Vec::new(),
            body: Bytes::new(),
            peer: match facts.origin {
                Origin::Address(address) => address,
                Origin::Trusted => IpAddr::V4(Ipv4Addr::LOCALHOST),
            },
        };
        match &entry.heads {
            Some(heads) => {
                let connection = heads.request.get("connection");
                let ends = HopByHop::of(connection.iter().map(|value| value.as_bytes()));
                for (name, value) in heads.request.iter() {
                    // The length is that of the body that is sent now.
                    if !ends.contains(&name) && name != "content-length" && name != "expect" {
                        rebuilt.push(&name, &value);
                    }
                }
            }
            None => {
                let config = entry.record.configuration().map(|judged| &judged.config);
                let required = config.iter().flat_map(|config| &config.required_headers);
                for (header, value) in required.zip(facts.required_headers.iter()) {
                    if let Some(value) = value {
                        rebuilt.push(&header.name.value, value);
                    }
                }
                if let Some(caller) = &facts.caller {
                    // A session that a request could carry fits in cookies.
                    let _ = rebuilt.sign_in(caller);
                }
            }
        }
        rebuilt
    }

    /// The same with a body.
    #[must_use]
    pub fn with_body(self, body: &[u8]) -> Self {
        Self {
            body: Bytes::copy_from_slice(body),
            ..self
        }
    }

    /// The same, asked by somebody else; by nobody if there is no principal.
    ///
    /// # Errors
    /// A sentence about a session that no cookie holds.
    pub fn asked_by(mut self, principal: Option<&ClientPrincipal>) -> Result<Self, String> {
        let (cookies, mut others): (Vec<_>, Vec<_>) = self
            .headers
            .into_iter()
            .partition(|(name, _)| *name == COOKIE);
        let sessions = auth_cookie_names(cookies.iter().map(|(_, value)| value.as_bytes()));
        for (_, value) in cookies {
            let pairs = value.to_str().unwrap_or_default().split(';').map(str::trim);
            let is_session = |pair: &&str| {
                let name = pair.split('=').next().unwrap_or_default().trim();
                sessions.iter().any(|session| session == name)
            };
            let kept: Vec<&str> = pairs.filter(|pair| !is_session(pair)).collect();
            if let Ok(value) = HeaderValue::from_str(&kept.join("; "))
                && !kept.is_empty()
            {
                others.push((COOKIE, value));
            }
        }
        self.headers = others;
        if let Some(principal) = principal {
            self.sign_in(principal)?;
        }
        Ok(self)
    }

    fn sign_in(&mut self, principal: &ClientPrincipal) -> Result<(), String> {
        for cookie in set_cookie_headers(principal, &[], false)? {
            let pair = cookie.split(';').next().unwrap_or_default();
            self.push(COOKIE.as_str(), pair);
        }
        Ok(())
    }

    /// Headers that cannot be written came as bytes that are no text; they decide nothing.
    fn push(&mut self, name: &str, value: &str) {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
            self.headers.push((name, value));
        }
    }

    /// As the pipeline gets it.
    pub fn request(self) -> (HttpRequest, Payload) {
        let mut request = TestRequest::default()
            .method(self.method)
            .uri(&self.target)
            .peer_addr(SocketAddr::new(self.peer, 0));
        for header in self.headers {
            request = request.append_header(header);
        }
        if !self.body.is_empty() {
            request = request
                .insert_header(("content-length", self.body.len()))
                .set_payload(self.body);
        }
        let (request, payload) = request.to_http_parts();
        request.extensions_mut().insert(MadeUp);
        (request, payload)
    }
}
