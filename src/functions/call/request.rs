//! A request → the invocation that a worker gets.

use std::collections::HashMap;

use http::header::HOST;
use http::request::Parts;
use percent_encoding::percent_decode_str;

use crate::functions::worker::invocation::Invocation;

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
    format!("http://{host}{path}")
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
    let headers = request.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        (name.as_str().to_owned(), value.into_owned())
    });
    Invocation {
        invocation_id: id,
        name,
        method: request.method.as_str(),
        url,
        headers: headers.collect(),
        query: query(request.uri.query().unwrap_or_default()),
        params,
        trace_parent: text("traceparent").unwrap_or_else(trace_parent),
        trace_state: text("tracestate"),
    }
}

/// A trace that begins here (W3C Trace Context), as the host of Azure begins one for a caller that sends none.
fn trace_parent() -> String {
    let (trace, span) = (uuid::Uuid::new_v4(), uuid::Uuid::new_v4());
    format!("00-{}-{:016x}-00", trace.simple(), span.as_u64_pair().0)
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

/// Decodes the path before routing, except `%2F`, which stays one segment's text. What is no UTF-8 stays
/// as it was written.
pub(crate) fn decoded_path(path: &str) -> String {
    let parts = path
        .split_inclusive("%2F")
        .flat_map(|part| part.split_inclusive("%2f"));
    parts
        .map(|part| {
            let cut = part.len().saturating_sub(3);
            let (text, slash) = match part.get(cut..) {
                Some(end) if end.eq_ignore_ascii_case("%2f") => (&part[..cut], end),
                _ => (part, ""),
            };
            let decoded = percent_decode_str(text).decode_utf8();
            decoded.map_or_else(|_| part.to_owned(), |decoded| format!("{decoded}{slash}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_decoded_but_not_its_slashes() {
        assert_eq!(decoded_path("/api/a%20b/%C3%A9"), "/api/a b/é");
        assert_eq!(decoded_path("/api/a%2Fb%2fc%41"), "/api/a%2Fb%2fcA");
        assert_eq!(decoded_path("/api/%FF%41"), "/api/%FF%41");
        assert_eq!(decoded_path("/é%2F"), "/é%2F");
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
