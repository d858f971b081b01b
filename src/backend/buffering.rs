//! Responses as the edge of Azure sends them: collected first, unless their type says that they are streams (AP-10).

use actix_web::{
    HttpRequest, HttpResponse,
    body::{BodySize, MessageBody, to_bytes},
    http::{Method, header},
};
use http::HeaderMap;

use super::error::CallError;

/// The types whose bodies pass as they come.
const STREAMED: [&str; 2] = ["text/event-stream", "application/octet-stream"];

/// Whether the edge would collect a body of this type. Measured from outside, documented nowhere, hence one function.
pub(super) fn is_collected(content_type: Option<&[u8]>) -> bool {
    let kind = content_type.unwrap_or_default();
    let kind = kind.split(|byte| *byte == b';').next().unwrap_or_default();
    !STREAMED
        .iter()
        .any(|streamed| kind.trim_ascii().eq_ignore_ascii_case(streamed.as_bytes()))
}

/// The same for the headers of a backend.
pub(super) fn would_be_collected(headers: &HeaderMap) -> bool {
    let kind = headers.get(http::header::CONTENT_TYPE);
    is_collected(kind.map(http::HeaderValue::as_bytes))
}

/// Whether there is anything to collect: not for a body that cannot be, or is here already.
pub(super) fn applies(request: &HttpRequest, response: &HttpResponse) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    request.method() != Method::HEAD
        && matches!(
            response.body().size(),
            BodySize::Sized(1..) | BodySize::Stream
        )
        && is_collected(kind.map(header::HeaderValue::as_bytes))
}

/// Reads the whole body; the caller sees nothing of the response before.
///
/// # Errors
/// The body breaks off: the edge has sent nothing yet, so this is `Backend call failure` (AP-42).
pub(super) async fn whole(response: HttpResponse) -> Result<HttpResponse, CallError> {
    let (response, body) = response.into_parts();
    let body = to_bytes(body)
        .await
        .map_err(|error| CallError::Backend(format!("the response broke off: {error}")))?;
    Ok(response.set_body(body).map_into_boxed_body())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ap_10_two_types_stream_whatever_their_parameters() {
        for kind in [
            "text/event-stream",
            "Text/Event-Stream; charset=utf-8",
            "application/octet-stream",
        ] {
            assert!(!is_collected(Some(kind.as_bytes())), "{kind}");
        }
        for kind in ["application/json", "text/html", "text/event-streams", ""] {
            assert!(is_collected(Some(kind.as_bytes())), "{kind}");
        }
        assert!(is_collected(None));
    }
}
