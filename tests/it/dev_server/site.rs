//! A dev server made of a closure: the head of each request to the bytes of its answer.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::emulator::{Emulator, site};
use crate::support::{RawUpstream, header, read_head};

/// A dev server that answers by path and closes each connection.
pub(crate) fn server(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> RawUpstream {
    server_on("127.0.0.1:0", answer)
}

pub(crate) fn server_on(
    bind: &str,
    answer: impl Fn(&str) -> String + Send + Sync + 'static,
) -> RawUpstream {
    RawUpstream::on(bind, move |mut stream, _| serve(&mut stream, &answer))
}

fn serve(stream: &mut TcpStream, answer: impl Fn(&str) -> String) {
    let Ok(head) = read_head(stream) else { return };
    if head.is_empty() {
        return;
    }
    let length = header(&head, "content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    let asked = format!("{head}\n\n{}", String::from_utf8_lossy(&body));
    // A caller that went away is a test's own doing.
    let _ = stream.write_all(answer(&asked).as_bytes());
}

/// `200` with a page.
pub(crate) fn page(text: &str) -> String {
    said("200 OK", "content-type: text/html\r\n", text)
}

/// A whole answer.
pub(crate) fn said(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// The request target of a head.
pub(crate) fn path(asked: &str) -> &str {
    asked.split(' ').nth(1).unwrap()
}

/// The emulator before a dev server, with a configuration. The folder must outlive it.
pub(crate) fn emulator(url: &str, configuration: &str) -> (Emulator, tempfile::TempDir) {
    let folder = site(Some(configuration));
    let emulator = Emulator::start(folder.path(), &[url]);
    (emulator, folder)
}
