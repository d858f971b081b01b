//! A call and its result as the host and every kind of worker exchange them, without the bodies.

use serde::{Deserialize, Serialize};

/// One invocation, without its body.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Invocation<'a> {
    pub(crate) invocation_id: &'a str,
    pub(crate) name: &'a str,
    pub(crate) method: &'a str,
    pub(crate) url: &'a str,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) params: Vec<(String, String)>,
    /// W3C Trace Context.
    pub(crate) trace_parent: String,
    pub(crate) trace_state: Option<String>,
}

/// What became of an invocation; the body follows on the wire.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum InvocationResult {
    /// No value for the http output.
    Void,
    /// A value for the http output.
    Http {
        status: String,
        headers: Vec<(String, String)>,
        cookies: Vec<Cookie>,
        body: BodyKind,
    },
    /// A plain text instead of an http value.
    Value,
    /// The app's library answered over HTTP itself; everything is final.
    Stream {
        status: String,
        headers: Vec<(String, String)>,
    },
    /// The function threw.
    Error { error: AppException },
}

/// What the function gave as its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum BodyKind {
    None,
    Bytes,
    String,
    Json,
    Number,
}

/// An exception of the app.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct AppException {
    pub(crate) message: String,
    pub(crate) stack: String,
}

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
