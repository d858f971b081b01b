//! Bodies that end early, are framed wrongly or never come, before everything that reads one.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use super::functions_app::FunctionsApp;
use crate::common::http::{Response, read_response};
use crate::deployed::{App, get, send};
use crate::emulator::{Emulator, site};
use crate::support::{RawUpstream, header, read_head};

const FORM: &str = "application/x-www-form-urlencoded";

/// Something that reads bodies.
struct Reader<'a> {
    emulator: &'a Emulator,
    host: &'static str,
    path: &'static str,
    /// A body that it takes whole.
    body: &'static str,
}

impl Reader<'_> {
    /// The head of a request with this framing, and what has come of its body.
    fn send(&self, framing: &str, body: &str) -> TcpStream {
        let mut stream = self.emulator.connect();
        let head = format!(
            "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: {FORM}\r\n{framing}\r\n\r\n{body}",
            self.path, self.host
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream
    }
}

/// The response; `None` when the connection is closed without one.
fn answer(stream: &mut TcpStream) -> Option<Response> {
    read_response(stream, false).ok()
}

const SIGN_IN: &str = "identityProvider=github&userDetails=ada&userRoles=admin";
const PASSWORD: &str = "password=Abcdef1%21&originalPath=%2F";

/// Answers a body that came whole. What a backend and a dev server saw of a truncated one is for the tests of the hop.
fn upstream() -> RawUpstream {
    RawUpstream::start(|mut stream, _| {
        let Ok(head) = read_head(&mut stream) else {
            return;
        };
        let length: Option<usize> = header(&head, "content-length").and_then(|it| it.parse().ok());
        let is_chunked = header(&head, "transfer-encoding").is_some();
        let mut body = Vec::new();
        let is_whole = |body: &[u8]| match length {
            Some(length) => body.len() >= length,
            None => !is_chunked || body.ends_with(b"0\r\n\r\n"),
        };
        while !is_whole(&body) {
            let mut piece = [0; 4096];
            match stream.read(&mut piece) {
                Ok(read @ 1..) => body.extend_from_slice(&piece[..read]),
                _ => return,
            }
        }
        let _ = stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok");
    })
}

/// An emulator with a backend, one before a dev server, and a door with a password.
struct Emulators {
    _upstream: RawUpstream,
    site: (Emulator, tempfile::TempDir),
    dev_server: (Emulator, tempfile::TempDir),
    serving: (Emulator, App),
}

impl Emulators {
    fn start() -> Self {
        let upstream = upstream();
        let folders = [site(None), site(None)];
        let backend = Emulator::start(folders[0].path(), &["-is", &upstream.url()]);
        let dev_server = Emulator::start(folders[1].path(), &[&upstream.url()]);
        let app = App::new();
        app.deploy(&[]);
        app.json(&["password", "set", "Abcdef1!"]);
        let serving = app.serve(&[]);
        let [one, other] = folders;
        Self {
            _upstream: upstream,
            site: (backend, one),
            dev_server: (dev_server, other),
            serving: (serving, app),
        }
    }

    fn readers(&self) -> Vec<Reader<'_>> {
        let reader = |emulator, path, body| Reader {
            emulator,
            host: "localhost",
            path,
            body,
        };
        vec![
            reader(&self.site.0, "/.auth/login/github", SIGN_IN),
            reader(&self.site.0, "/api/x", "a=b"),
            reader(&self.dev_server.0, "/x", "a=b"),
            reader(&self.serving.0, "/.auth/basicAuth/login", PASSWORD),
        ]
    }
}

#[test]
fn a_body_that_is_not_whole_is_refused_by_every_reader() {
    let emulators = Emulators::start();
    for reader in emulators.readers() {
        let length = reader.body.len();
        let whole = format!("Content-Length: {length}");
        let taken = answer(&mut reader.send(&whole, reader.body)).unwrap();
        assert!(
            [200, 302].contains(&taken.status),
            "{}: {taken:?}",
            reader.path
        );

        // Longer than what comes, up to a number that no buffer waits for.
        for announced in [length + 30, 1_000_000] {
            let mut cut = reader.send(&format!("Content-Length: {announced}"), reader.body);
            cut.shutdown(Shutdown::Write).unwrap();
            if let Some(refused) = answer(&mut cut) {
                let is_large = reader.path.starts_with("/.auth") && announced > length + 30;
                let expected: &[u16] = if is_large { &[400, 413] } else { &[400] };
                assert!(
                    expected.contains(&refused.status),
                    "{}: {refused:?}",
                    reader.path
                );
                assert!(refused.header("set-cookie").is_none());
            }
        }
        // A whole body, then something that is no chunk.
        for rest in ["zz\r\n", "-1\r\n", "5\r\nabcdefgh\r\n"] {
            let chunk = format!("{length:x}\r\n{}\r\n{rest}", reader.body);
            let mut bad = reader.send("Transfer-Encoding: chunked", &chunk);
            let refused = answer(&mut bad).unwrap();
            assert_eq!(refused.status, 400, "{} {rest:?}: {refused:?}", reader.path);
            assert!(refused.header("set-cookie").is_none());
        }
    }
}

#[test]
fn forms_that_never_come_are_not_waited_for() {
    let emulators = Emulators::start();
    let readers = emulators.readers();
    let readers = readers
        .iter()
        .filter(|reader| reader.path.starts_with("/.auth"));
    let begun = Instant::now();
    let slow = readers.map(|reader| {
        let framing = format!("Content-Length: {}", reader.body.len() + 1);
        (reader.path, reader.send(&framing, reader.body))
    });
    for (path, mut stream) in slow.collect::<Vec<_>>() {
        let refused = answer(&mut stream).unwrap();
        assert_eq!(refused.status, 408, "{path}: {refused:?}");
        assert_eq!(refused.header("connection"), Some("close"));
        assert!(refused.header("set-cookie").is_none());
    }
    assert!(begun.elapsed() < Duration::from_secs(18));
}

#[test]
fn passwords_cannot_be_tried_without_end() {
    let app = App::new();
    app.deploy(&[]);
    app.json(&["password", "set", "Abcdef1!"]);
    let serving = app.serve(&[]);
    let typed = |password: &str| {
        let headers = [("Content-Type", FORM)];
        let body = format!("password={password}&originalPath=%2F");
        send(
            &serving,
            "localhost",
            "POST",
            "/.auth/basicAuth/login",
            &headers,
            &body,
        )
    };
    let statuses: Vec<u16> = (0..12)
        .map(|n| typed(&format!("wrong-{n}")).status)
        .collect();
    assert_eq!(statuses[..10], [401; 10]);
    assert_eq!(statuses[10..], [429; 2]);
    let refused = typed("Abcdef1%21");
    assert_eq!(refused.status, 429, "not even judged");
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=61).contains(&wait), "{wait}");
    assert_eq!(
        get(&serving, "localhost", "/.auth/basicAuth/login").status,
        200
    );
}

#[test]
fn the_port_of_the_functions_takes_no_broken_input() {
    let app = FunctionsApp::start(r#"{"IsEncrypted": false}"#, &[]);
    for (body, status) in [("2\r\n{}\r\n0\r\n\r\n", 202), ("2\r\n{}\r\nzz\r\n", 400)] {
        let mut stream = TcpStream::connect(("127.0.0.1", app.own_port)).unwrap();
        let head = "POST /admin/functions/echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
        stream
            .write_all(format!("{head}{body}").as_bytes())
            .unwrap();
        let refused = read_response(&mut stream, false).unwrap();
        assert_eq!(refused.status, status, "{refused:?}");
    }
}
