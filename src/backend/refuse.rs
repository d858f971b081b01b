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
    let websocket = request.headers().get_all(header::UPGRADE).any(|value| {
        value
            .as_bytes()
            .split(|byte| *byte == b',')
            .any(|protocol| protocol.trim_ascii().eq_ignore_ascii_case(b"websocket"))
    });
    if websocket {
        return Err(CallError::WebSocket);
    }
    Ok(())
}
