//! A dev server that is not up yet, and where it listens.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use super::site::{page, server_on};
use crate::emulator::{Emulator, free_port, site};
use crate::support::{RawUpstream, closes_within};

fn emulator(url: &str, more: &[&str]) -> (Emulator, tempfile::TempDir) {
    let folder = site(None);
    let args = [&[url], more].concat();
    let emulator = Emulator::start(folder.path(), &args);
    (emulator, folder)
}

#[test]
fn requests_wait_until_the_server_is_up() {
    let port = free_port();
    let (emulator, _folder) = emulator(&format!("http://127.0.0.1:{port}"), &[]);
    emulator.wait_for_output("waiting for http://127.0.0.1");
    let answer = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| emulator.send("POST", "/", &[], b"kept while waiting"));
        // There is no event for "a request waits"; one that came later would pass as well.
        std::thread::sleep(Duration::from_millis(300));
        let upstream = server_on(&format!("127.0.0.1:{port}"), page);
        let answer = waiting.join().unwrap();
        drop(upstream);
        answer
    });
    assert_eq!(answer.status, 200);
    assert!(
        answer.text().ends_with("kept while waiting"),
        "{}",
        answer.text()
    );
    emulator.wait_for_output("answers after");
}

#[test]
fn after_a_while_a_page_says_what_is_waited_for_and_reloads_itself() {
    let port = free_port();
    let url = format!("http://127.0.0.1:{port}");
    let (emulator, _folder) = emulator(&url, &["--devserver-timeout", "1"]);
    let asked = Instant::now();
    let (document, script) = std::thread::scope(|scope| {
        let document =
            scope.spawn(|| emulator.send("GET", "/", &[("Sec-Fetch-Dest", "document")], b""));
        let script = scope.spawn(|| {
            emulator.send(
                "GET",
                "/main.js",
                &[("Sec-Fetch-Dest", "script"), ("Accept", "*/*")],
                b"",
            )
        });
        (document.join().unwrap(), script.join().unwrap())
    });
    let waited = asked.elapsed();
    assert!((4..10).contains(&waited.as_secs()), "{waited:?}");
    assert_eq!(
        (document.status, document.header("retry-after")),
        (503, Some("1"))
    );
    assert_eq!(
        document.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(document.header("cache-control"), Some("no-store"));
    let text = document.text();
    for part in [
        url.as_str(),
        "refresh",
        "connection refused",
        "--devserver-timeout",
        "--run",
        "/.cygnet/#/requests/",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(
        (script.status, script.header("content-type")),
        (503, Some("text/plain; charset=utf-8"))
    );
    assert!(script.text().contains("hint: "), "{}", script.text());
    emulator.wait_for_output("has not answered for");
    let upstream = server_on(&format!("127.0.0.1:{port}"), |_| page("up"));
    assert_eq!(emulator.get("/").text(), "up", "it never gives up");
    drop(upstream);
}

#[test]
fn a_socket_does_not_wait() {
    use std::io::Write;
    let (emulator, _folder) = emulator(&format!("http://127.0.0.1:{}", free_port()), &[]);
    let mut socket = emulator.connect();
    socket
        .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
        .unwrap();
    let asked = Instant::now();
    let answer = crate::support::read_response(&mut socket, false).unwrap();
    assert_eq!(answer.status, 503);
    assert!(
        asked.elapsed() < Duration::from_secs(2),
        "{:?}",
        asked.elapsed()
    );
    assert!(closes_within(&mut socket, Duration::from_secs(2)));
}

#[test]
fn what_is_no_http_is_said_to_be_none() {
    let garbage = RawUpstream::once("SSH-2.0-OpenSSH_9.2\r\n");
    let (emulator, _folder) = emulator(&garbage.url(), &[]);
    let answer = emulator.send("GET", "/", &[("Accept", "text/html")], b"");
    assert_eq!(answer.status, 502);
    assert!(
        answer.text().contains("acceptable HTTP"),
        "{}",
        answer.text()
    );
    assert!(!answer.text().contains("refresh"));
}

#[test]
fn localhost_is_found_on_either_address() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let upstream = server_on(address, |_| page("found"));
        let url = format!("http://localhost:{}", upstream.address.port());
        let (emulator, _folder) = emulator(&url, &[]);
        for _ in 0..3 {
            assert_eq!(emulator.get("/").text(), "found", "{address}");
        }
    }
}

#[test]
fn a_server_that_restarts_is_waited_for_again() {
    let port = free_port();
    let bind = format!("127.0.0.1:{port}");
    let first = server_on(&bind, |_| page("first"));
    let (emulator, _folder) = emulator(&format!("http://localhost:{port}"), &[]);
    assert_eq!(emulator.get("/").text(), "first");
    drop(first);
    // Dropping only asks it to stop; the port is free once nobody accepts.
    crate::support::wait_for("the port", || TcpListener::bind(&bind).ok().map(drop));
    let answer = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| emulator.get("/"));
        emulator.wait_for_output("waiting for");
        let second = server_on(&bind, |_| page("second"));
        let answer = waiting.join().unwrap();
        drop(second);
        answer
    });
    assert_eq!(answer.text(), "second");
}

#[test]
fn an_https_server_with_a_certificate_of_its_own_is_taken() {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der());
    let config = rustls::ServerConfig::builder_with_provider(std::sync::Arc::new(
        rustls::crypto::ring::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_no_client_auth()
    .with_single_cert(vec![certified.cert.der().clone()], key.into())
    .unwrap();
    let config = std::sync::Arc::new(config);
    let upstream = RawUpstream::start(move |mut stream, _| {
        use std::io::{Read, Write};
        let mut session = rustls::ServerConnection::new(std::sync::Arc::clone(&config)).unwrap();
        let mut tls = rustls::Stream::new(&mut session, &mut stream);
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") {
            // The look whether somebody listens sends nothing.
            if !matches!(tls.read(&mut byte), Ok(1)) {
                return;
            }
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).unwrap();
        tls.write_all(page(&head).as_bytes()).unwrap();
    });
    let url = format!("https://localhost:{}", upstream.address.port());
    let (emulator, _folder) = emulator(&url, &[]);
    let own = format!("http://localhost:{}", emulator.port);
    let answer = emulator.send("GET", "/", &[("Origin", &own)], b"");
    assert_eq!(answer.status, 200);
    let told = answer.text().to_lowercase();
    let as_there = format!("origin: https://localhost:{}", emulator.port);
    assert!(
        told.contains(&as_there),
        "its own scheme, or it would refuse forms: {told}"
    );
}
