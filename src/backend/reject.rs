//! What never reaches a backend.

use actix_web::{
    HttpRequest,
    http::{Method, header},
};

use super::error::CallError;

/// Refuses WebSocket upgrades (AP-5) and tunnels.
///
/// Any other `Upgrade` (such as `h2c`) is an offer that a server may ignore: the header is dropped and the request
/// forwarded as plain HTTP.
pub(super) fn check(request: &HttpRequest) -> Result<(), CallError> {
    if request.method() == Method::CONNECT {
        return Err(CallError::Tunnel);
    }
    if is_websocket(request) {
        return Err(CallError::WebSocket);
    }
    Ok(())
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
