//! One call to the API: what is called, within which limits, and what comes of it.

use std::{net::SocketAddr, time::Duration};

use actix_web::{HttpRequest, HttpResponse};

use super::hop::HopSlot;
use super::token::PLATFORM;
use super::upstream::Upstream;
use crate::{auth::ClientPrincipal, functions::FunctionsHost};

/// What answers `/api` in one environment; there is one at most (AP-1).
#[derive(Debug, Clone)]
pub enum Backend {
    /// No API: `/api/*` is static content (AP-40).
    None,
    /// A program of the user's that listens somewhere.
    BringYourOwn(Upstream),
    /// The Functions host of this process.
    Managed(FunctionsHost),
}

impl Backend {
    /// The claims of the platform's token that was sent last: `x-ms-auth-token` of a linked backend (AP-23), `authorization`
    /// of managed functions (AP-25).
    pub fn last_claims(&self) -> Option<serde_json::Value> {
        match self {
            Self::None => None,
            Self::Managed(_) => PLATFORM.last_claims(),
            Self::BringYourOwn(upstream) => match upstream.linked() {
                Some(linked) => linked.issuer.last_claims(),
                None => PLATFORM.last_claims(),
            },
        }
    }
}

/// The limits of one call.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For the whole call, body of the response included (AP-6). `None`: no limit, for debugging.
    pub timeout: Option<Duration>,
    /// Request bodies beyond this number of bytes are answered 413 (AP-7).
    pub max_request_bytes: u64,
    /// Whether responses are collected before they are sent, but for event streams and octet streams (AP-10).
    pub is_strict: bool,
}

impl Default for Limits {
    /// Production's limits: 45 s (AP-6), 30 MB (AP-7; read as MiB, so that nothing is refused that Azure takes).
    fn default() -> Self {
        Self {
            timeout: Some(Duration::from_secs(45)),
            max_request_bytes: 30 * 1024 * 1024,
            is_strict: false,
        }
    }
}

/// Facts of one call that only the pipeline knows.
#[derive(Debug, Clone, Copy)]
pub struct ApiCall<'a> {
    /// As it came.
    pub request: &'a HttpRequest,
    /// Path and query to send, raw, after any rewrite.
    pub target: &'a str,
    /// The full public URL as the caller asked for it, before any rewrite (AP-21).
    pub original_url: &'a str,
    /// The caller's address, for `x-forwarded-for` (AP-28).
    pub peer: Option<SocketAddr>,
    /// The caller, if signed in; `None` as well where AP-27 withholds it.
    pub principal: Option<&'a ClientPrincipal>,
    /// Takes what is sent and what comes back, if somebody may look at it later.
    pub hop: Option<&'a HopSlot>,
}

/// The answer to one call.
#[derive(Debug)]
pub struct ApiOutcome {
    /// What the caller gets.
    pub response: HttpResponse,
    /// Why it is not what the backend said, for the request log, e.g. `connection refused by http://localhost:7071`.
    pub note: Option<String>,
}
