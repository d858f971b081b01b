//! What never reaches a backend.

use actix_web::{
    HttpRequest,
    http::{Method, header},
};

use super::{compat_warnings, error::CallError};

/// Refuses WebSocket upgrades (AP-5) and tunnels; where Azure's limits are kept strictly, CORS pre-flights too (AP-84).
///
/// Any other `Upgrade` (such as `h2c`) is an offer that a server may ignore: the header is dropped and the request
/// forwarded as plain HTTP.
pub(super) fn check(request: &HttpRequest, is_strict: bool) -> Result<(), CallError> {
    if request.method() == Method::CONNECT {
        return Err(CallError::Tunnel);
    }
    if is_websocket(request) {
        return Err(CallError::WebSocket);
    }
    if is_preflight(request) {
        if is_strict {
            return Err(CallError::Preflight);
        }
        compat_warnings::preflight();
    }
    Ok(())
}

/// Whether a browser asks whether a page of another site may send a request.
fn is_preflight(request: &HttpRequest) -> bool {
    let headers = request.headers();
    request.method() == Method::OPTIONS
        && headers.contains_key(header::ORIGIN)
        && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// Whether the request asks for a WebSocket.
pub(crate) fn is_websocket(request: &HttpRequest) -> bool {
    request.headers().get_all(header::UPGRADE).any(|value| {
        value
            .as_bytes()
            .split(|byte| *byte == b',')
            .any(|protocol| protocol.trim_ascii().eq_ignore_ascii_case(b"websocket"))
    })
}
