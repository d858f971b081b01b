//! A client of a few lines: exact bytes out, one connection a request, nothing followed or decoded but chunks.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::case::Exchange;

const PATIENCE: Duration = Duration::from_secs(20);

/// An answer as it came.
pub(crate) struct Response {
    pub(crate) status: u16,
    /// Names in lower case, in order.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    /// The first value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// Sends one request and reads until the server closes.
pub(crate) fn send(port: u16, exchange: &Exchange) -> Result<Response, String> {
    let told = |error: std::io::Error| format!("    cannot talk to the emulator: {error}");
    let mut stream = TcpStream::connect(("127.0.0.1", port)).map_err(told)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(told)?;
    stream.write_all(&request(port, exchange)).map_err(told)?;
    let mut bytes = Vec::new();
    // A server that refuses a body may reset after its answer: what came before counts.
    if let Err(error) = stream.read_to_end(&mut bytes)
        && bytes.is_empty()
    {
        return Err(told(error));
    }
    parse(&bytes, &exchange.method)
}

/// The bytes of a request.
pub(crate) fn request(port: u16, exchange: &Exchange) -> Vec<u8> {
    let has = |name: &str| exchange.items.iter().any(|(n, _)| n == name);
    let mut head = format!("{} {} HTTP/1.1\r\n", exchange.method, exchange.target);
    if !has("host") {
        head.push_str(&format!("Host: localhost:{port}\r\n"));
    }
    let mut body = "";
    for (name, value) in &exchange.items {
        match name.as_str() {
            "body" => body = value,
            _ => head.push_str(&format!("{name}: {value}\r\n")),
        }
    }
    if has("body") && !has("content-length") {
        head.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    head.push_str("Connection: close\r\n\r\n");
    head.push_str(body);
    head.into_bytes()
}

/// Reads a whole answer.
pub(crate) fn parse(bytes: &[u8], method: &str) -> Result<Response, String> {
    let told = |what: &str| format!("    {what}: {:?}", String::from_utf8_lossy(bytes));
    let split = bytes.windows(4).position(|w| w == b"\r\n\r\n");
    let split = split.ok_or_else(|| told("not an HTTP answer"))?;
    let head = String::from_utf8_lossy(&bytes[..split]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_string()))
        .collect();
    let mut response = Response {
        status: status.ok_or_else(|| told("no status"))?,
        headers,
        body: bytes[split + 4..].to_vec(),
    };
    if response
        .header("transfer-encoding")
        .is_some_and(|v| v.contains("chunked"))
    {
        response.body = dechunk(&response.body).ok_or_else(|| told("broken chunks"))?;
    } else if let Some(length) = response.header("content-length") {
        let bodiless = method == "HEAD" || response.status == 304;
        if !bodiless && length.parse() != Ok(response.body.len()) {
            return Err(told("content-length does not fit the body"));
        }
    }
    Ok(response)
}

fn dechunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|w| w == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?, 16).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(end + 2..end + 2 + size)?);
        rest = rest.get(end + 4 + size..)?;
    }
}
