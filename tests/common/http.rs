//! HTTP as a client reads it, without a library that could forgive.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// How long an answer may take.
pub const ANSWER: Duration = Duration::from_secs(20);
/// How long the first answer of functions may take whose packages are being installed. The emulator gives up after a
/// minute, and says why.
pub const INSTALL: Duration = Duration::from_secs(90);

/// One response as a client sees it.
#[derive(Debug, Clone)]
pub struct Response {
    pub status: u16,
    /// Names in lower case, in order.
    pub headers: Vec<(String, String)>,
    /// Without the framing of chunks.
    pub body: Vec<u8>,
    /// How the body's end was known: `length`, `chunked`, `close` or `none`.
    pub framing: &'static str,
}

impl Response {
    /// Reads what came until the connection closed: one response, whole, and not a byte more.
    pub fn parse(mut bytes: &[u8], to_head: bool) -> io::Result<Self> {
        let response = read_response(&mut bytes, to_head)?;
        if bytes.is_empty() {
            return Ok(response);
        }
        let rest = String::from_utf8_lossy(bytes);
        Err(io::Error::other(format!("after the response: {rest:?}")))
    }

    pub fn values(&self, name: &str) -> Vec<&str> {
        let found = self.headers.iter().filter(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).collect()
    }

    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.values(name).first().copied()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// The bytes of a request after which the connection closes. A `Host` among the headers stands for that of the address.
pub fn request<N: AsRef<str>, V: AsRef<str>>(
    authority: &str,
    method: &str,
    target: &str,
    headers: &[(N, V)],
    body: &[u8],
) -> Vec<u8> {
    let has = |wanted: &str| {
        let mut names = headers.iter().map(|(name, _)| name.as_ref());
        names.any(|name| name.eq_ignore_ascii_case(wanted))
    };
    let mut head = format!("{method} {target} HTTP/1.1\r\n");
    if !has("host") {
        head.push_str(&format!("Host: {authority}\r\n"));
    }
    for (name, value) in headers {
        head.push_str(&format!("{}: {}\r\n", name.as_ref(), value.as_ref()));
    }
    if !body.is_empty() && !has("content-length") {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    head.push_str("Connection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

/// Sends bytes on a new connection and reads until the server closes it.
pub fn exchange(address: impl ToSocketAddrs, bytes: &[u8]) -> io::Result<Vec<u8>> {
    exchange_within(ANSWER, address, bytes)
}

/// The same, with a patience of one's own for each read.
pub fn exchange_within(
    patience: Duration,
    address: impl ToSocketAddrs,
    bytes: &[u8],
) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(patience))?;
    stream.write_all(bytes)?;
    let mut came = Vec::new();
    match stream.read_to_end(&mut came) {
        // A server that refuses a body may reset after its response: what came before counts.
        Err(error) if came.is_empty() => Err(error),
        _ => Ok(came),
    }
}

/// Sends a request on an open connection and reads its response.
pub fn ask(stream: &mut TcpStream, request: &str) -> Response {
    stream.write_all(request.as_bytes()).unwrap();
    read_response(stream, request.starts_with("HEAD ")).unwrap()
}

/// Reads one response as RFC 9112, 6.3 frames it; an error if it is cut short.
pub fn read_response(stream: &mut impl Read, to_head: bool) -> io::Result<Response> {
    let head = read_head(stream)?;
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1)?.parse().ok())
        .ok_or_else(|| io::Error::other(format!("no status line: {head:?}")))?;
    let headers = lines
        .map(|line| line.split_once(':').unwrap_or((line, "")))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut response = Response {
        status,
        headers,
        body: Vec::new(),
        framing: "none",
    };
    if to_head || status == 204 || status == 304 || status < 200 {
        return Ok(response);
    }
    if response.header("transfer-encoding") == Some("chunked") {
        response.framing = "chunked";
        while let Some(chunk) = read_chunk(stream)? {
            response.body.extend(chunk);
        }
    } else if let Some(length) = response.header("content-length") {
        let mut body = vec![0; length.parse().map_err(io::Error::other)?];
        stream.read_exact(&mut body)?;
        response.framing = "length";
        response.body = body;
    } else {
        response.framing = "close";
        stream.read_to_end(&mut response.body)?;
    }
    Ok(response)
}

/// Reads one chunk of a chunked body; `None` at its end.
pub fn read_chunk(stream: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let line = read_until(stream, b"\r\n")?;
    let line = String::from_utf8_lossy(&line);
    let size = line.split(';').next().unwrap_or_default();
    let size = usize::from_str_radix(size.trim(), 16).map_err(io::Error::other)?;
    let mut chunk = vec![0; size + 2];
    stream.read_exact(&mut chunk)?;
    chunk.truncate(size);
    Ok((size > 0).then_some(chunk))
}

/// Reads a head up to its empty line, without a byte of what follows. Empty if the peer closed before it.
pub fn read_head(stream: &mut impl Read) -> io::Result<String> {
    let head = read_until(stream, b"\r\n\r\n")?;
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// What comes before an end, which is read too; empty if nothing comes at all.
fn read_until(stream: &mut impl Read, end: &[u8]) -> io::Result<Vec<u8>> {
    let mut read = Vec::new();
    let mut byte = [0];
    while !read.ends_with(end) {
        if stream.read(&mut byte)? == 0 {
            return match read.is_empty() {
                true => Ok(read),
                false => Err(io::ErrorKind::UnexpectedEof.into()),
            };
        }
        read.push(byte[0]);
    }
    read.truncate(read.len() - end.len());
    Ok(read)
}

/// The value of a header in a raw head.
pub fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .find_map(|(found, value)| found.eq_ignore_ascii_case(name).then_some(value.trim()))
}
