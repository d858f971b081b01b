//! A request → the invocation that a worker gets.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::functions::worker::invocation::Invocation;
use crate::routing::path;
use http::Request;
use http::header::HOST;
use http::request::Parts;

/// The URL as the caller wrote it; the port of the host itself speaks HTTP only.
pub(crate) fn absolute_url(request: &Parts) -> String {
    let host = request
        .headers
        .get(HOST)
        .and_then(|value| value.to_str().ok())
        .filter(|host| !host.is_empty())
        .unwrap_or("localhost");
    let path = request
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    ["http://", host, path].concat()
}

/// The call that the worker gets.
pub(crate) fn invocation<'a>(
    request: &'a Parts,
    name: &'a str,
    params: Vec<(String, String)>,
    id: &'a str,
    url: &'a str,
) -> Invocation<'a> {
    let text = |name: &str| {
        let value = request.headers.get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    Invocation {
        invocation_id: id,
        name,
        method: request.method.as_str(),
        url,
        target: &request.uri,
        headers: &request.headers,
        query: query(request.uri.query().unwrap_or_default()),
        params,
        trace_parent: text("traceparent").unwrap_or_else(trace_parent),
        trace_state: text("tracestate"),
    }
}

/// A trace that begins here (W3C Trace Context), as the host of Azure begins one for a caller that sends none.
fn trace_parent() -> String {
    let (trace, span) = (uuid::Uuid::new_v4(), uuid::Uuid::new_v4());
    let (mut trace_digits, mut span_digits) = ([0; 32], [0; 32]);
    let trace = trace.simple().encode_lower(&mut trace_digits);
    let (span, _) = span.simple().encode_lower(&mut span_digits).split_at(16);
    ["00-", trace, "-", span, "-00"].concat()
}

/// Query pairs in their order; names that differ only in case are one name, as in ASP.NET.
fn query(text: &str) -> Vec<(String, String)> {
    let mut spellings: HashMap<String, String> = HashMap::new();
    form_urlencoded::parse(text.as_bytes())
        .map(|(name, value)| {
            let first = spellings.entry(name.to_ascii_lowercase());
            (
                first.or_insert_with(|| name.into_owned()).clone(),
                value.into_owned(),
            )
        })
        .collect()
}

/// The request with the path that the front door would send: the host's own port is asked with any.
pub(crate) fn cleaned<B>(mut request: Request<B>) -> Request<B> {
    let uri = request.uri();
    if let Cow::Owned(clean) = path::clean(uri.path()) {
        let query = uri.query().map(|query| format!("?{query}"));
        let target = clean + &query.unwrap_or_default();
        // A path out of parts of a path is one.
        if let Ok(uri) = target.parse() {
            *request.uri_mut() = uri;
        }
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_cleaned_and_the_query_stays() {
        let of = |target: &str| {
            let request = Request::get(target).body(()).unwrap();
            cleaned(request).uri().to_string()
        };
        assert_eq!(of("/api//a%20b/..%2fc?x=/../y"), "/api/c?x=/../y");
        assert_eq!(of("http://host/api/a?x"), "http://host/api/a?x");
    }

    #[test]
    fn a_trace_that_begins_here_is_well_formed() {
        let text = trace_parent();
        let parts: Vec<&str> = text.split('-').collect();
        let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        assert_eq!(lengths, [2, 32, 16, 2], "{text}");
        assert_eq!((parts[0], parts[3]), ("00", "00"));
        assert!(
            parts
                .concat()
                .bytes()
                .all(|digit| b"0123456789abcdef".contains(&digit)),
            "{text}"
        );
        assert_ne!(text, trace_parent());
    }

    #[test]
    fn query_names_ignore_case_and_keep_the_first_spelling() {
        let pairs = query("A=1&a=2+3&b&&c=%C3%A9=x");
        let shown: Vec<(&str, &str)> = pairs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(shown, [("A", "1"), ("A", "2 3"), ("b", ""), ("c", "é=x")]);
    }
}
