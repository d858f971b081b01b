//! A worker's answer → the HTTP response of the Functions host.

use bytes::Bytes;
use http::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, SET_COOKIE,
};
use http::{Response, StatusCode};
use http_body_util::BodyExt as _;

use super::cookies::set_cookie;
use crate::functions::worker::invocation::{BodyKind, Cookie};
use crate::http::body::{Body, BoxError, empty, full};
use crate::http::{BodyError, HopByHop};

/// Text of the host itself.
pub(crate) fn plain(status: StatusCode, text: String) -> Response<Body> {
    let mut response = Response::new(full(text));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// A status without a body: 404 for no route, 204 for no value, 500 for a throw.
pub(crate) fn bare(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(empty());
    *response.status_mut() = status;
    response
}

/// The status for the sender of a request body that was not read.
pub(crate) fn of_body_error(error: &BodyError) -> StatusCode {
    StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST)
}

/// An http value as the worker gave it, its body not yet read.
pub(crate) struct HttpValue {
    pub(crate) status: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) cookies: Vec<Cookie>,
    pub(crate) kind: BodyKind,
}

/// Builds the response of an http value.
///
/// # Errors
/// A status or header that cannot be sent, in a sentence; or the body broke off.
pub(crate) async fn of_value(value: HttpValue, body: Body) -> Result<Response<Body>, BoxError> {
    let body = match value.kind {
        BodyKind::None => empty(),
        BodyKind::Bytes | BodyKind::String | BodyKind::Number => body,
        BodyKind::Json => full(json_text(&body.collect().await?.to_bytes())),
    };
    let mut response = Response::new(body);
    // A status that is no number counts as 200.
    *response.status_mut() = match value.status.trim().parse::<u16>() {
        Ok(status) => final_status(status)?,
        Err(_) => StatusCode::OK,
    };
    let headers = response.headers_mut();
    add_headers(headers, &value.headers, Repeated::FirstWins)?;
    for cookie in &value.cookies {
        headers.append(SET_COOKIE, header_value("set-cookie", &set_cookie(cookie))?);
    }
    if value.kind != BodyKind::Bytes {
        let kind = text_type(headers.get(CONTENT_TYPE));
        headers.insert(CONTENT_TYPE, kind);
    }
    Ok(response)
}

/// Builds the response of a library that streams: nothing is added.
pub(crate) fn of_stream(
    status: &str,
    headers: &[(String, String)],
    body: Body,
) -> Result<Response<Body>, BoxError> {
    let mut response = Response::new(body);
    *response.status_mut() = final_status(status.parse()?)?;
    add_headers(response.headers_mut(), headers, Repeated::All)?;
    response.headers_mut().remove("x-ms-invocation-id");
    Ok(response)
}

/// Passes the response of a server on.
pub(crate) fn of_passed(
    status: StatusCode,
    mut headers: HeaderMap,
    body: Body,
) -> Result<Response<Body>, BoxError> {
    let status = final_status(status.as_u16())?;
    let mut all = headers.iter();
    if let Some((name, value)) = all.find(|(_, value)| !value.as_bytes().is_ascii()) {
        let text = String::from_utf8_lossy(value.as_bytes());
        header_value(name.as_str(), &text)?;
    }
    let connection = headers.get_all(CONNECTION).iter();
    let ends = HopByHop::of(connection.map(HeaderValue::as_bytes));
    let is_ours = |name: &HeaderName| {
        // The length is known only when the body is written.
        ends.contains(name.as_str()) || *name == CONTENT_LENGTH || name == "x-ms-invocation-id"
    };
    let ours: Vec<HeaderName> = headers
        .keys()
        .filter(|name| is_ours(name))
        .cloned()
        .collect();
    for name in ours {
        headers.remove(name);
    }
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// Sets what `host.json` asks for on every response that does not have it.
pub(crate) fn add_custom_headers(headers: &mut HeaderMap, custom: &[(String, String)]) {
    for (name, value) in custom {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.entry(name).or_insert(value);
        }
    }
}

fn final_status(status: u16) -> Result<StatusCode, BoxError> {
    match StatusCode::from_u16(status) {
        Ok(valid) if !valid.is_informational() => Ok(valid),
        _ => Err(format!("the status {status} cannot be sent").into()),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Repeated {
    FirstWins,
    All,
}

fn add_headers(
    headers: &mut HeaderMap,
    given: &[(String, String)],
    repeated: Repeated,
) -> Result<(), BoxError> {
    let ends = HopByHop::of_pairs(given);
    for (name, value) in given {
        let parsed = HeaderName::try_from(name)
            .map_err(|_| format!("the header name '{name}' is not valid"))?;
        // The length is known only when the body is written.
        if ends.contains(parsed.as_str()) || parsed == CONTENT_LENGTH {
            continue;
        }
        let value = header_value(name, value)?;
        if repeated == Repeated::All {
            headers.append(parsed, value);
        } else {
            headers.entry(parsed).or_insert(value);
        }
    }
    Ok(())
}

/// Kestrel refuses control characters and everything outside of ASCII, which fails the call.
fn header_value(name: &str, value: &str) -> Result<HeaderValue, BoxError> {
    let valid = value
        .is_ascii()
        .then(|| HeaderValue::try_from(value).ok())
        .flatten();
    valid.ok_or_else(|| {
        format!("the value of the header '{name}' has characters that cannot be sent: {value:?}")
            .into()
    })
}

/// Text is `text/plain` by default, and always says UTF-8, whatever the charset was.
fn text_type(given: Option<&HeaderValue>) -> HeaderValue {
    let default = HeaderValue::from_static("text/plain; charset=utf-8");
    let Some(given) = given
        .and_then(|value| value.to_str().ok())
        .filter(|text| !text.trim().is_empty())
    else {
        return default;
    };
    let mut text = String::new();
    for piece in given
        .split(';')
        .map(str::trim)
        .filter(|piece| !piece.is_empty())
    {
        if piece.to_ascii_lowercase().starts_with("charset=") {
            continue;
        }
        text.push_str(piece);
        text.push_str("; ");
    }
    HeaderValue::try_from(text + "charset=utf-8").unwrap_or(default)
}

/// A JSON value of the v3 model as the text that the host writes: objects and arrays indented by two spaces, `True`
/// and `False`, nothing for null.
fn json_text(json: &[u8]) -> Bytes {
    match json {
        b"null" => Bytes::new(),
        b"true" => Bytes::from_static(b"True"),
        b"false" => Bytes::from_static(b"False"),
        [b'{' | b'[', ..] => indent(json).into(),
        other => Bytes::copy_from_slice(other),
    }
}

/// Works on the text, so that the order of keys and the spelling of numbers stay as the app wrote them.
pub(crate) fn indent(json: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(json.len() * 2);
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    let line = |out: &mut Vec<u8>, depth: usize| {
        out.push(b'\n');
        out.resize(out.len() + 2 * depth, b' ');
    };
    for (at, byte) in json.iter().copied().enumerate() {
        if in_string {
            out.push(byte);
            in_string = escaped || byte != b'"';
            escaped = byte == b'\\' && !escaped;
            continue;
        }
        match byte {
            b'"' => {
                in_string = true;
                out.push(byte);
            }
            b'{' | b'[' => {
                out.push(byte);
                depth += 1;
                if !matches!(json.get(at + 1), Some(b'}' | b']')) {
                    line(&mut out, depth);
                }
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if !matches!(
                    at.checked_sub(1).and_then(|before| json.get(before)),
                    Some(b'{' | b'[')
                ) {
                    line(&mut out, depth);
                }
                out.push(byte);
            }
            b',' => {
                out.push(byte);
                line(&mut out, depth);
            }
            b':' => out.extend_from_slice(b": "),
            _ => out.push(byte),
        }
    }
    out
}

#[cfg(test)]
#[path = "response_tests.rs"]
mod tests;
