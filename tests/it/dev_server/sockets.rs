//! WebSockets.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::site::{emulator, said};
use crate::emulator::{Emulator, cookie, site};
use crate::support::{RawUpstream, Response, closes_within, header, read_head, read_response};

const ACCEPTED: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: vite-hmr\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=12\r\n\r\n";

fn asks(path: &str, more: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: localhost:1\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: vite-hmr\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n{more}\r\n"
    )
}

/// Accepts every socket with bytes right behind its 101, then sends back what it gets; tells the heads.
fn echo() -> (RawUpstream, mpsc::Receiver<String>) {
    let (heads, seen) = mpsc::channel();
    let heads = std::sync::Mutex::new(heads);
    let upstream = RawUpstream::start(move |mut stream, _| {
        let Ok(head) = read_head(&mut stream) else {
            return;
        };
        if head.is_empty() {
            return;
        }
        heads.lock().unwrap().send(head).unwrap();
        stream
            .write_all(format!("{ACCEPTED}hello").as_bytes())
            .unwrap();
        let mut buffer = [0; 64 * 1024];
        while let Ok(length @ 1..) = stream.read(&mut buffer) {
            if &buffer[..length] == b"bye" || stream.write_all(&buffer[..length]).is_err() {
                return;
            }
        }
    });
    (upstream, seen)
}

fn open(emulator: &Emulator, path: &str, more: &str) -> (TcpStream, Response) {
    let mut stream = emulator.connect();
    stream.write_all(asks(path, more).as_bytes()).unwrap();
    let response = read_response(&mut stream, false).unwrap();
    (stream, response)
}

fn expect(stream: &mut TcpStream, bytes: &[u8]) {
    let mut got = vec![0; bytes.len()];
    stream.read_exact(&mut got).unwrap();
    assert!(got == bytes, "other bytes came back");
}

#[test]
fn a_socket_passes_with_its_subprotocol_and_extensions_and_bytes_both_ways() {
    let (upstream, heads) = echo();
    let (emulator, _folder) = emulator(&upstream.url(), "{}");
    let (mut socket, answer) = open(
        &emulator,
        "/hmr?token=a%20b",
        "Origin: http://localhost:1\r\n",
    );
    assert_eq!(answer.status, 101, "{answer:?}");
    assert_eq!(answer.header("sec-websocket-protocol"), Some("vite-hmr"));
    assert_eq!(
        answer.header("sec-websocket-extensions"),
        Some("permessage-deflate; client_max_window_bits=12")
    );
    assert_eq!(
        answer.header("sec-websocket-accept"),
        Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    );
    assert_eq!(answer.header("upgrade"), Some("websocket"));
    assert_eq!(
        answer
            .header("connection")
            .map(str::to_lowercase)
            .as_deref(),
        Some("upgrade")
    );
    for none in ["content-length", "transfer-encoding", "content-type"] {
        assert_eq!(answer.header(none), None, "{answer:?}");
    }
    let asked = heads.recv().unwrap();
    assert!(
        asked.starts_with("GET /hmr?token=a%20b HTTP/1.1"),
        "{asked}"
    );
    for (name, value) in [
        ("host", "localhost:1"),
        ("origin", "http://localhost:1"),
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("sec-websocket-protocol", "vite-hmr"),
        (
            "sec-websocket-extensions",
            "permessage-deflate; client_max_window_bits",
        ),
    ] {
        assert_eq!(header(&asked, name), Some(value), "{asked}");
    }
    expect(&mut socket, b"hello");
    socket.write_all(&[0, 255, 13, 10]).unwrap();
    expect(&mut socket, &[0, 255, 13, 10]);
    let large: Vec<u8> = (0..1_000_000_u32).map(|at| (at % 251) as u8).collect();
    let mut writer = socket.try_clone().unwrap();
    let sent = large.clone();
    let writing = std::thread::spawn(move || writer.write_all(&sent).unwrap());
    expect(&mut socket, &large);
    writing.join().unwrap();
}

#[test]
fn a_socket_ends_when_either_side_ends() {
    let (upstream, _heads) = echo();
    let (emulator, _folder) = emulator(&upstream.url(), "{}");
    let (mut socket, answer) = open(&emulator, "/", "");
    assert_eq!(answer.status, 101);
    expect(&mut socket, b"hello");
    socket.write_all(b"bye").unwrap();
    assert!(
        closes_within(&mut socket, Duration::from_secs(2)),
        "the server ended"
    );

    let (ended, end) = mpsc::channel();
    let ended = std::sync::Mutex::new(ended);
    let silent = RawUpstream::start(move |mut stream, _| {
        if read_head(&mut stream).is_ok_and(|head| !head.is_empty()) {
            stream.write_all(ACCEPTED.as_bytes()).unwrap();
            let _ = stream.read(&mut [0; 1]);
            ended.lock().unwrap().send(()).unwrap();
        }
    });
    let folder = site(None);
    let emulator = Emulator::start(folder.path(), &[&silent.url()]);
    let (socket, answer) = open(&emulator, "/", "");
    assert_eq!(answer.status, 101);
    drop(socket);
    end.recv_timeout(Duration::from_secs(2))
        .expect("the browser's end reaches the server");
}

#[test]
fn rules_and_roles_hold_for_sockets() {
    let (upstream, heads) = echo();
    let (emulator, _folder) = emulator(
        &upstream.url(),
        r#"{ "routes": [
            { "route": "/admin/*", "allowedRoles": ["admin"] },
            { "route": "/old", "redirect": "/new" },
            { "route": "/spa/*", "rewrite": "/index.html" }
        ] }"#,
    );
    let (mut socket, answer) = open(&emulator, "/admin/socket", "");
    assert_eq!(
        (answer.status, answer.header("connection")),
        (401, Some("close"))
    );
    assert!(closes_within(&mut socket, Duration::from_secs(2)));
    let reader = format!("Cookie: {}\r\n", cookie(&["authenticated", "reader"]));
    assert_eq!(open(&emulator, "/admin/socket", &reader).1.status, 403);
    let (_, answer) = open(&emulator, "/old", "");
    assert_eq!(
        (answer.status, answer.header("location")),
        (302, Some("/new"))
    );
    assert!(heads.try_recv().is_err(), "none of them reached the server");
    let admin = format!("Cookie: {}\r\n", cookie(&["authenticated", "admin"]));
    assert_eq!(open(&emulator, "/admin/socket", &admin).1.status, 101);
    let asked = heads.recv().unwrap();
    assert!(header(&asked, "x-ms-client-principal").is_some(), "{asked}");
    assert_eq!(open(&emulator, "/spa/x", "").1.status, 101);
    assert!(
        heads.recv().unwrap().starts_with("GET /spa/x "),
        "a rewrite is about documents"
    );
}

#[test]
fn a_refusal_of_the_server_passes_as_it_is() {
    let upstream = RawUpstream::once(said(
        "403 Forbidden",
        "x-why: origin\r\n",
        "Invalid Host/Origin header",
    ));
    let (emulator, _folder) = emulator(&upstream.url(), "{}");
    let mut socket = emulator.connect();
    socket.write_all(asks("/ws", "").as_bytes()).unwrap();
    let answer = read_response(&mut socket, false).unwrap();
    assert_eq!(
        (answer.status, &*answer.text()),
        (403, "Invalid Host/Origin header")
    );
    assert_eq!(answer.header("x-why"), Some("origin"));
    assert!(closes_within(&mut socket, Duration::from_secs(2)));
}

#[test]
fn ap_5_sockets_of_the_api_stay_refused() {
    let (upstream, heads) = echo();
    let folder = site(None);
    let emulator = Emulator::start(folder.path(), &[&upstream.url(), "-is", &upstream.url()]);
    assert_eq!(open(&emulator, "/api/socket", "").1.status, 400);
    assert!(heads.try_recv().is_err());
}

#[test]
fn stopping_the_emulator_ends_sockets_at_once() {
    let (upstream, _heads) = echo();
    let (mut emulator, _folder) = emulator(&upstream.url(), "{}");
    let (mut socket, answer) = open(&emulator, "/", "");
    assert_eq!(answer.status, 101);
    expect(&mut socket, b"hello");
    let asked = Instant::now();
    emulator.signal("TERM");
    assert!(emulator.wait().success());
    assert!(
        asked.elapsed() < Duration::from_secs(1),
        "{:?}",
        asked.elapsed()
    );
    assert!(closes_within(&mut socket, Duration::from_secs(1)));
}
