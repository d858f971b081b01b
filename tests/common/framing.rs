//! Requests that two readers could frame differently, and unusual ones that all must frame alike: each judged by a second
//! request on the same connection and by what arrives behind.

use std::io::{Read, Write};

use super::http::{self, Response};

/// Header lines of which the body's end cannot be told, or only by guessing. Equal lengths are not among them: RFC 9110, 8.6
/// lets a reader take them for one.
pub const AMBIGUOUS: [&str; 20] = [
    "content-length: 4\r\ntransfer-encoding: chunked\r\n",
    "transfer-encoding: chunked\r\ncontent-length: 4\r\n",
    "content-length: 4\r\ncontent-length: 5\r\n",
    "content-length: +5\r\n",
    "content-length: -5\r\n",
    "content-length: 0x5\r\n",
    "content-length: 5 0\r\n",
    "content-length: \r\n",
    "content-length: 99999999999999999999\r\n",
    "transfer-encoding: xchunked\r\n",
    "transfer-encoding: identity\r\n",
    "transfer-encoding: chunked, identity\r\n",
    "transfer-encoding: identity, chunked, identity\r\n",
    "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n",
    "transfer-encoding: \"chunked\"\r\n",
    "transfer-encoding : chunked\r\n",
    "content-length : 5\r\n",
    "x-folded: a\r\n content-length: 5\r\n",
    " content-length: 5\r\n",
    "content-length\r\n",
];

/// Header lines and a body, and the body as it must arrive.
pub const UNUSUAL: [(&str, &str, &str); 8] = [
    ("", "", ""),
    ("content-length: 0\r\n", "", ""),
    ("Content-LENGTH:5\r\n", "hello", "hello"),
    ("content-length: \t 5 \t \r\n", "hello", "hello"),
    (
        "Transfer-Encoding: Chunked\r\n",
        "5\r\nhello\r\n0\r\n\r\n",
        "hello",
    ),
    (
        "transfer-encoding: chunked\r\n",
        "1\r\nh\r\n4;a=b\r\nello\r\n0\r\n\r\n",
        "hello",
    ),
    (
        "transfer-encoding: chunked\r\n",
        "005\r\nhello\r\n000\r\n\r\n",
        "hello",
    ),
    (
        "transfer-encoding: chunked\r\n",
        "5\r\nhello\r\n0\r\nx-trailer: y\r\n\r\n",
        "hello",
    ),
];

/// What would be asked if the end of an ambiguous body were guessed.
pub const HIDDEN: &str = "/api/hidden";

/// Sends an ambiguous request with another one hidden in its body, and one after it.
///
/// # Errors
/// When anything but one answer and the end of the connection comes. The answer is 400, unless the reader takes the one
/// way that RFC 9112, 6.1 leaves (chunks count, then the connection ends).
pub fn refused(mut stream: impl Read + Write, path: &str, headers: &str) -> Result<(), String> {
    let hidden = format!("GET {HIDDEN} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n0\r\n\r\n{hidden}GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"
    );
    // It may be refused before it was written whole.
    let _ = stream.write_all(request.as_bytes());
    let mut came = Vec::new();
    let _ = stream.read_to_end(&mut came);
    if came.is_empty() {
        return Ok(());
    }
    match Response::parse(&came, false) {
        Ok(answer) if answer.status == 400 || answer.header("connection") == Some("close") => {
            Ok(())
        }
        other => Err(format!(
            "{headers:?}: {other:?} of {:?}",
            String::from_utf8_lossy(&came)
        )),
    }
}

/// Sends an unusual request to something that echoes, then another one on the same connection.
///
/// # Errors
/// When the bodies do not come back.
pub fn understood(
    mut stream: impl Read + Write,
    path: &str,
    (headers, body, arrives): (&str, &str, &str),
) -> Result<(), String> {
    let post = |headers: &str, body: &str| {
        format!("POST {path} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n{body}")
    };
    let both = post(headers, body) + &post("content-length: 6\r\n", "second");
    stream
        .write_all(both.as_bytes())
        .map_err(|error| error.to_string())?;
    for expected in [arrives, "second"] {
        let answer = http::read_response(&mut stream, false)
            .map_err(|error| format!("{headers:?}: {error}"))?;
        if (answer.status, answer.text().as_str()) != (200, expected) {
            return Err(format!("{headers:?}: {expected:?} became {answer:?}"));
        }
    }
    Ok(())
}
