//! Failures of a call, and the one place that turns them into responses (AP-41…AP-43).

use std::borrow::Cow;
use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
};

use super::api_call::{ApiOutcome, Backend};
use super::compat_warnings;
use crate::finding::Advice;
use crate::http::{BodyError, ClientError};

/// The body of every answer that stands for an absent one (AP-41, AP-42).
pub const BACKEND_CALL_FAILURE: &str = "Backend call failure";

/// Why a call has no answer of the backend's.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// AP-5.
    #[error("WebSocket connections to `/api` are not supported by Azure Static Web Apps")]
    WebSocket,
    /// A `CONNECT` request.
    #[error("`CONNECT` is not supported")]
    Tunnel,
    /// AP-84.
    #[error("CORS pre-flights of `/api` are not answered by Azure Static Web Apps")]
    Preflight,
    /// The rewritten path is no request target.
    #[error("`{0}` cannot be sent to a backend as a path")]
    Target(String),
    /// AP-7, AP-43.
    #[error("the request body is larger than the {limit} bytes that Azure Static Web Apps accepts")]
    TooLarge {
        /// In bytes.
        limit: u64,
    },
    /// The caller broke off, or framed its body wrongly.
    #[error("the request body could not be read: {0}")]
    RequestBody(String),
    /// The caller did not send its body in time.
    #[error("the request body did not arrive within {} s", limit.as_secs_f64())]
    SlowCaller {
        /// The limit that has passed.
        limit: Duration,
    },
    /// The pipeline asked although there is no API.
    #[error("there is no API")]
    NoBackend,
    /// AP-41.
    #[error("{who} did not answer within {} s", limit.as_secs_f64())]
    Timeout {
        /// The backend.
        who: String,
        /// The limit that has passed.
        limit: Duration,
    },
    /// AP-42: nobody listens there, or the connection fails before anything was sent.
    #[error("{0}")]
    Unreachable(String),
    /// AP-42: reset, not HTTP.
    #[error("{0}")]
    Backend(String),
}

impl Advice for CallError {
    fn hint(&self) -> Option<Cow<'_, str>> {
        let (step, anchor) = match self {
            Self::WebSocket => (
                "connect to the backend's own address, or use server-sent events (AP-5)",
                Some("websocket"),
            ),
            Self::Tunnel => ("send the request itself to `/api`", None),
            Self::Preflight => (
                "call the API from pages of the app, which need no pre-flight",
                Some("pre-flights"),
            ),
            Self::Target(_) => ("look at the rewrite of the route rule", None),
            Self::TooLarge { .. } => (
                "upload large files straight to a storage account (AP-7)",
                Some("30-megabytes"),
            ),
            Self::RequestBody(_) => (
                "the client ended the request early or framed its body wrongly",
                None,
            ),
            Self::SlowCaller { .. } => (
                "an API call may last 45 s, upload included (AP-6)",
                Some("45-seconds"),
            ),
            Self::NoBackend => ("give `--api-location` or `--api-devserver-url`", None),
            Self::Timeout { .. } => (
                "Azure ends every API call after 45 s (AP-6); `--api-timeout` lifts the limit while debugging",
                Some("45-seconds"),
            ),
            Self::Unreachable(_) | Self::Backend(_) => (
                "is the API running, and at the address of `--api-devserver-url`?",
                None,
            ),
        };
        Some(match anchor {
            Some(anchor) => format!("{step}; {}", compat_warnings::see(anchor)).into(),
            None => step.into(),
        })
    }
}

impl CallError {
    /// Silence until the limit.
    pub(super) fn timeout(backend: &Backend, limit: Duration) -> Self {
        let who = match backend {
            Backend::BringYourOwn(upstream) => upstream.url().to_owned(),
            Backend::Managed(_) | Backend::None => "the Functions host".to_owned(),
        };
        Self::Timeout { who, limit }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::WebSocket | Self::Target(_) | Self::RequestBody(_) => StatusCode::BAD_REQUEST,
            Self::Tunnel | Self::Preflight => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::SlowCaller { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::NoBackend => StatusCode::NOT_FOUND,
            Self::Timeout { .. } | Self::Unreachable(_) | Self::Backend(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    /// The response, with the cause in the log and as a note. Only the caller's own faults are told to the caller: what
    /// goes wrong behind the edge is `Backend call failure` there, as on Azure.
    pub(super) fn into_outcome(self, request: &HttpRequest, target: &str) -> ApiOutcome {
        let note = self.to_string();
        log::warn!(hint:% = self.hint().unwrap_or_default(); "{} {target}: {note}", request.method());
        let status = self.status();
        let mut response = HttpResponse::build(status);
        response.insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"));
        if matches!(self, Self::WebSocket | Self::Tunnel) {
            // The client may go on in another protocol on this connection.
            response.force_close();
        }
        let response = if status == StatusCode::INTERNAL_SERVER_ERROR {
            response.body(BACKEND_CALL_FAILURE)
        } else {
            response.body(note.clone())
        };
        ApiOutcome {
            response,
            note: Some(note),
        }
    }
}

impl From<BodyError> for CallError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Broken(why) => Self::RequestBody(why),
            BodyError::TooLarge(limit) => Self::TooLarge {
                limit: limit as u64,
            },
            BodyError::Slow(limit) => Self::SlowCaller { limit },
        }
    }
}

impl From<ClientError> for CallError {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Connect(why) => Self::Unreachable(why),
            ClientError::Exchange(why) => Self::Backend(why),
        }
    }
}
