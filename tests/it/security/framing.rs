//! Every listener frames requests in one way: what is ambiguous is refused before anything behind it sees a byte.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::{Arc, Mutex};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::common::framing::{AMBIGUOUS, HIDDEN, UNUSUAL, refused, understood};
use crate::common::http::{header, read_chunk};
use crate::deployed;
use crate::emulator::{Emulator, PATIENCE, eventually, site};
use crate::support::{RawUpstream, read_head};

/// A backend that sends bodies back, and the request lines that it got.
fn echo() -> (RawUpstream, Arc<Mutex<Vec<String>>>) {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&lines);
    let upstream = RawUpstream::start(move |mut stream, _| {
        while let Ok(head) = read_head(&mut stream) {
            let Some(line) = head.lines().next() else {
                return;
            };
            notes.lock().unwrap().push(line.to_owned());
            let mut body = Vec::new();
            if header(&head, "transfer-encoding").is_some() {
                while let Ok(Some(chunk)) = read_chunk(&mut stream) {
                    body.extend(chunk);
                }
            } else if let Some(length) = header(&head, "content-length") {
                body.resize(length.parse().unwrap(), 0);
                stream.read_exact(&mut body).unwrap();
            }
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            if stream
                .write_all(&[head.as_bytes(), &body].concat())
                .is_err()
            {
                return;
            }
        }
    });
    (upstream, lines)
}

fn plain(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn refuses_all<S: Read + Write>(listener: &str, path: &str, connect: impl Fn() -> S) {
    for headers in AMBIGUOUS {
        refused(connect(), path, headers).unwrap_or_else(|error| panic!("{listener}: {error}"));
    }
}

/// Each table on new connections to a listener before an echo.
fn check<S: Read + Write>(
    listener: &str,
    path: &str,
    lines: &Mutex<Vec<String>>,
    connect: impl Fn() -> S,
) {
    lines.lock().unwrap().clear();
    refuses_all(listener, path, &connect);
    assert_eq!(*lines.lock().unwrap(), [""; 0], "{listener}");
    for row in UNUSUAL {
        understood(connect(), path, row).unwrap_or_else(|error| panic!("{listener}: {error}"));
    }
    let lines = lines.lock().unwrap();
    assert_eq!(lines.len(), 2 * UNUSUAL.len(), "{listener}: {lines:#?}");
    assert!(
        !lines.iter().any(|line| line.contains(HIDDEN)),
        "{listener}"
    );
}

#[test]
fn the_emulator_before_a_backend_and_before_a_dev_server() {
    let ((upstream, lines), folder) = (echo(), site(None));
    let url = upstream.url();
    let emulator = Emulator::start(folder.path(), &["start", ".", "--api-devserver-url", &url]);
    check("backend", "/api/echo", &lines, || plain(emulator.port));
    let emulator = Emulator::start(folder.path(), &["start", &url]);
    check("dev server", "/echo", &lines, || plain(emulator.port));
}

#[test]
fn https() {
    let ((upstream, lines), folder) = (echo(), site(None));
    let state = folder.path().join("state");
    let mut command = Command::new(env!("CARGO_BIN_EXE_cygnet"));
    command
        .args([
            "start",
            ".",
            "--ssl",
            "--api-devserver-url",
            &upstream.url(),
        ])
        .env("CYGNET_STATE_DIR", &state);
    let emulator = Emulator::run(command, folder.path());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(state.join("tls/authority.pem")).unwrap() {
        roots.add(certificate.unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let config = Arc::new(config);
    check("https", "/api/echo", &lines, || {
        let name = ServerName::try_from("localhost").unwrap();
        let client = ClientConnection::new(Arc::clone(&config), name).unwrap();
        StreamOwned::new(client, plain(emulator.port))
    });
}

#[test]
fn deployed_environments_and_the_address_of_a_linked_backend() {
    let ((upstream, lines), app) = (echo(), deployed::App::new());
    app.deploy(&[]);
    let link = [
        "backends",
        "link",
        "--kind",
        "app-service",
        "--url",
        &upstream.url(),
    ];
    let link = app.json(&link);
    let emulator = app.serve(&[]);
    check("serve", "/api/echo", &lines, || plain(emulator.port));

    let gate = link["gateUrl"]
        .as_str()
        .unwrap()
        .rsplit_once(':')
        .unwrap()
        .1;
    let gate: u16 = gate.parse().unwrap();
    eventually("the backend's own address", || {
        TcpStream::connect(("127.0.0.1", gate)).is_ok()
    });
    lines.lock().unwrap().clear();
    refuses_all("gate", "/api/echo", || plain(gate));
    assert_eq!(*lines.lock().unwrap(), [""; 0]);
}
