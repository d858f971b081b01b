//! A call and its result as the host and every kind of worker exchange them, without the bodies.

use http::header::{CONNECTION, CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{StatusCode, Uri};
use serde::{Deserialize, Serialize, Serializer};

use crate::http::HopByHop;

/// One invocation, without its body.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Invocation<'a> {
    pub(crate) invocation_id: &'a str,
    pub(crate) name: &'a str,
    pub(crate) method: &'a str,
    pub(crate) url: &'a str,
    /// Path and query of `url`.
    #[serde(skip)]
    pub(crate) target: &'a Uri,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) params: Vec<(String, String)>,
    /// W3C Trace Context.
    pub(crate) trace_parent: String,
    pub(crate) trace_state: Option<String>,
    /// As they came; see [`Self::header_pairs`].
    #[serde(serialize_with = "as_pairs")]
    pub(crate) headers: &'a HeaderMap,
}

/// Writes headers as `[name, value]`, several of one name included, without copying those that are UTF-8.
fn as_pairs<S: Serializer>(headers: &&HeaderMap, to: S) -> Result<S::Ok, S::Error> {
    let pairs = headers.iter();
    to.collect_seq(
        pairs.map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()))),
    )
}

impl Invocation<'_> {
    /// All headers, several of one name included, as text.
    pub(crate) fn header_pairs(&self) -> Vec<(String, String)> {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let pairs = self.headers.iter();
        pairs
            .map(|(name, value)| (name.as_str().to_owned(), text(value)))
            .collect()
    }

    /// The content type in small letters; empty without one.
    pub(crate) fn content_type(&self) -> String {
        let kind = self.headers.get(CONTENT_TYPE);
        let kind = kind.map_or(&[][..], HeaderValue::as_bytes);
        String::from_utf8_lossy(kind).to_ascii_lowercase()
    }

    /// The headers that do not end at this hop. A length that is known goes on; one that is not is said by the next hop.
    pub(crate) fn headers_to_pass(&self) -> HeaderMap {
        let connection = self.headers.get_all(CONNECTION).iter();
        let ends = HopByHop::of(connection.map(HeaderValue::as_bytes));
        // There are few or none: cloning the map costs less than building a new one.
        let ending = self
            .headers
            .keys()
            .filter(|name| ends.contains(name.as_str()));
        let mut passed = self.headers.clone();
        for name in ending {
            passed.remove(name);
        }
        passed
    }
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
    /// A server behind the host answered; everything is final.
    #[serde(skip)]
    Passed {
        status: StatusCode,
        headers: HeaderMap,
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
