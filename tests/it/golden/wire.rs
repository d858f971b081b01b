//! One exchange of a file: exact bytes out, one connection a request, nothing followed.

use super::case::Exchange;
pub(crate) use crate::common::http::Response;
use crate::common::http::{self, exchange};

/// Sends one request and reads until the server closes.
pub(crate) fn send(port: u16, asked: &Exchange) -> Result<Response, String> {
    let came = exchange(("127.0.0.1", port), &request(port, asked))
        .map_err(|error| format!("    cannot talk to the emulator: {error}"))?;
    parse(&came, &asked.method)
}

/// The bytes of a request.
pub(crate) fn request(port: u16, asked: &Exchange) -> Vec<u8> {
    let (bodies, headers): (Vec<_>, Vec<_>) = asked
        .items
        .iter()
        .cloned()
        .partition(|(name, _)| name == "body");
    let body = bodies.last().map_or("", |(_, text)| text);
    let authority = format!("localhost:{port}");
    http::request(
        &authority,
        &asked.method,
        &asked.target,
        &headers,
        body.as_bytes(),
    )
}

/// Reads a whole response.
pub(crate) fn parse(bytes: &[u8], method: &str) -> Result<Response, String> {
    Response::parse(bytes, method == "HEAD")
        .map_err(|error| format!("    {error}: {:?}", String::from_utf8_lossy(bytes)))
}
