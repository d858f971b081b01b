//! HTTP/2 over TLS: the same answers as over HTTP/1.1, and nothing of one protocol in the other.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::emulator::{Emulator, PATIENCE, write};
use crate::support::{RawUpstream, read_head};
use crate::tls::start;

const ONE: &[u8] = b"http/1.1";
const TWO: &[u8] = b"h2";
const CONFIGURATION: &str = r#"{
    "globalHeaders": {"x-all": "yes"},
    "responseOverrides": {"404": {"rewrite": "/lost.html"}},
    "routes": [
        {"route": "/old", "redirect": "/new"},
        {"route": "/members/*", "allowedRoles": ["authenticated"]},
        {"route": "/form", "rewrite": "/index.html"}
    ]
}"#;

struct App {
    folder: tempfile::TempDir,
    emulator: Emulator,
}

impl App {
    fn start(args: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join("site");
        write(&site, "staticwebapp.config.json", CONFIGURATION);
        write(&site, "index.html", "<h1>home</h1>");
        write(&site, "lost.html", "<h1>lost</h1>");
        write(&site, "data.txt", "0123456789".repeat(50_000));
        // The date of what was just written is another one when its second is over.
        let earlier = SystemTime::now() - Duration::from_secs(60);
        for file in ["index.html", "lost.html", "data.txt"] {
            let file = File::options().write(true).open(site.join(file)).unwrap();
            file.set_modified(earlier).unwrap();
        }
        let emulator = start(&site, &folder.path().join("state"), args);
        Self { folder, emulator }
    }

    fn authority(&self) -> PathBuf {
        self.folder.path().join("state/tls/authority.pem")
    }

    /// A connection on which the client offers these protocols.
    async fn connect(&self, protocols: &[&[u8]]) -> TlsStream<TcpStream> {
        let config = trusting(&self.authority(), protocols);
        let socket = TcpStream::connect(("127.0.0.1", self.emulator.port));
        let name = ServerName::try_from("localhost").unwrap();
        let connecting = TlsConnector::from(config).connect(name, socket.await.unwrap());
        connecting.await.unwrap()
    }

    async fn two(&self) -> http2::SendRequest<Full<Bytes>> {
        let io = TokioIo::new(self.connect(&[TWO]).await);
        let (sender, connection) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
        tokio::spawn(connection);
        sender
    }

    /// `request` for the host, in the protocol's own way of naming it.
    async fn ask(&self, protocol: &[u8], host: &str, request: &Asked) -> Answer {
        let authority = format!("{host}:{}", self.emulator.port);
        let (path, body) = (&request.target, Full::new(request.body.clone()));
        let mut built = Request::builder().method(request.method.clone());
        for (name, value) in &request.headers {
            built = built.header(*name, value);
        }
        let response = if protocol == TWO {
            let built = built.uri(format!("https://{authority}{path}"));
            let mut sender = self.two().await;
            sender.send_request(built.body(body).unwrap()).await
        } else {
            let built = built.uri(path).header("host", authority);
            let io = TokioIo::new(self.connect(&[ONE]).await);
            let (mut sender, connection) = http1::handshake(io).await.unwrap();
            tokio::spawn(connection);
            sender.send_request(built.body(body).unwrap()).await
        };
        Answer::read(response.unwrap()).await
    }
}

fn trusting(authority: &Path, protocols: &[&[u8]]) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    for cert in CertificateDer::pem_file_iter(authority).unwrap() {
        roots.add(cert.unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    Arc::new(config)
}

#[derive(Debug, Clone)]
struct Asked {
    method: Method,
    target: String,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
}

fn asked(method: &str, target: &str, headers: &[(&'static str, &str)], body: &str) -> Asked {
    let headers = headers
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()));
    Asked {
        method: method.parse().unwrap(),
        target: target.to_owned(),
        headers: headers.collect(),
        body: body.to_owned().into(),
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Answer {
    status: StatusCode,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl Answer {
    async fn read(response: Response<Incoming>) -> Self {
        let (head, body) = response.into_parts();
        Self {
            status: head.status,
            headers: pairs(&head.headers),
            body: body.collect().await.unwrap().to_bytes(),
        }
    }

    fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(known, _)| known == name)
    }

    /// Without what is of a connection, of the moment, or random.
    fn comparable(mut self) -> Self {
        self.headers.retain(|(name, _)| {
            !["connection", "date", "keep-alive", "transfer-encoding"].contains(&name.as_str())
        });
        for (name, value) in &mut self.headers {
            if name == "set-cookie" {
                let (name, rest) = value.split_once('=').unwrap();
                *value = format!("{name} {}", rest.split_once(';').unwrap_or_default().1);
            }
        }
        self
    }
}

fn pairs(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut pairs: Vec<_> = headers
        .iter()
        .map(|(name, value)| (name.to_string(), text(value)))
        .collect();
    pairs.sort();
    pairs
}

/// Tells what it got as its body, without what is random, among headers of one connection.
fn echo() -> RawUpstream {
    RawUpstream::start(|mut stream, _| {
        let head = read_head(&mut stream).unwrap_or_default();
        let mut lines: Vec<&str> = head
            .lines()
            .filter(|line| {
                let known = [
                    "GET ",
                    "POST ",
                    "HEAD ",
                    "content-type:",
                    "cookie:",
                    "x-mine:",
                ];
                known.iter().any(|name| line.starts_with(name))
            })
            .collect();
        lines.sort_unstable();
        let body = lines.join("\n");
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close, x-secret\r\nx-secret: 1\r\nkeep-alive: timeout=5\r\nproxy-connection: close\r\nx-own: 2\r\n\r\n{body}",
            body.len()
        );
        let _ = stream.write_all(answer.as_bytes());
    })
}

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async { tokio::time::timeout(PATIENCE, test).await.unwrap() });
}

#[test]
fn the_same_request_has_the_same_answer_in_both_protocols() {
    let upstream = echo();
    // The emulator's own error pages tell the number of the request.
    let app = App::start(&["--prod-errors", "--api-devserver-url", &upstream.url()]);
    let form = ("content-type", "application/x-www-form-urlencoded");
    let origin = format!("https://localhost:{}", app.emulator.port);
    let many = [("x-one", "1"); 60];
    run(async {
        let first = app.ask(TWO, "localhost", &asked("GET", "/", &[], "")).await;
        assert_eq!(first.status, 200);
        let etag = first.headers.iter().find(|(name, _)| name == "etag");
        let etag = etag.map(|(_, value)| value.clone()).unwrap();
        let session = ("cookie", crate::emulator::cookie(&["authenticated"]));
        let cases = [
            ("page", 200, asked("GET", "/", &[], "")),
            (
                "compressed",
                200,
                asked("GET", "/data.txt", &[("accept-encoding", "br")], ""),
            ),
            ("head", 200, asked("HEAD", "/data.txt", &[], "")),
            ("large", 200, asked("GET", "/data.txt", &[], "")),
            (
                "range",
                206,
                asked("GET", "/data.txt", &[("range", "bytes=5-104999")], ""),
            ),
            (
                "no range",
                416,
                asked("GET", "/data.txt", &[("range", "bytes=900000-")], ""),
            ),
            (
                "unchanged",
                304,
                asked("GET", "/", &[("if-none-match", &etag)], ""),
            ),
            ("redirect", 302, asked("GET", "/old?x=1", &[], "")),
            ("missing", 404, asked("GET", "/missing", &[], "")),
            ("missing, head", 404, asked("HEAD", "/missing", &[], "")),
            ("guarded", 401, asked("GET", "/members/x", &[], "")),
            (
                "signed in",
                404,
                asked("GET", "/members/x", &[(session.0, &session.1)], ""),
            ),
            ("rewritten", 200, asked("GET", "/form", &[], "")),
            ("rewritten, post", 405, asked("POST", "/form", &[], "a=b")),
            ("method", 405, asked("PUT", "/index.html", &[], "x")),
            (
                "api",
                200,
                asked("GET", "/api/echo?a=b", &[("x-mine", "1")], ""),
            ),
            (
                "api, post",
                200,
                asked("POST", "/api/echo", &[form], "hello"),
            ),
            ("api, head", 200, asked("HEAD", "/api/echo", &[], "")),
            ("who", 200, asked("GET", "/.auth/me", &[], "")),
            (
                "sign in",
                302,
                asked(
                    "POST",
                    "/.auth/login/github",
                    &[form, ("origin", &origin)],
                    "userDetails=ada",
                ),
            ),
            (
                "sign in from elsewhere",
                403,
                asked(
                    "POST",
                    "/.auth/login/github",
                    &[form, ("origin", "https://evil.example")],
                    "userDetails=ada",
                ),
            ),
            ("inspector", 200, asked("GET", "/.cygnet/", &[], "")),
            ("many headers", 200, asked("GET", "/", &many, "")),
        ];
        for (name, status, request) in cases {
            let two = app.ask(TWO, "localhost", &request).await;
            assert_eq!(two.status, status, "{name}: {two:?}");
            for header in [
                "connection",
                "keep-alive",
                "proxy-connection",
                "transfer-encoding",
                "upgrade",
                "x-secret",
            ] {
                assert!(!two.has(header), "{name}: {two:?}");
            }
            assert!(two.has("date"), "{name}");
            let one = app.ask(ONE, "localhost", &request).await;
            assert_eq!(one.comparable(), two.comparable(), "{name}");
        }
    });
}

#[test]
fn what_browsers_send_in_pieces_is_one_cookie_to_everybody_else() {
    let upstream = echo();
    let app = App::start(&["--api-devserver-url", &upstream.url()]);
    run(async {
        let session = crate::emulator::cookie(&["authenticated"]);
        let pieces = [("cookie", "a=1"), ("cookie", &session), ("cookie", "b=2")];
        let me = app
            .ask(TWO, "localhost", &asked("GET", "/.auth/me", &pieces, ""))
            .await;
        assert!(String::from_utf8_lossy(&me.body).contains("ines"), "{me:?}");
        let api = app
            .ask(TWO, "localhost", &asked("GET", "/api/x", &pieces, ""))
            .await;
        let head = String::from_utf8_lossy(&api.body).into_owned();
        let cookies: Vec<&str> = head
            .lines()
            .filter(|line| line.starts_with("cookie:"))
            .collect();
        assert!(
            cookies.len() == 1 && cookies[0].contains("a=1; ") && cookies[0].contains("; b=2"),
            "{head}"
        );
    });
}

#[test]
fn the_authority_obeys_the_host_rules() {
    let app = App::start(&["--allow-host", "app.test"]);
    let page = asked("GET", "/", &[], "");
    run(async {
        for (host, status) in [
            ("localhost", 200),
            ("pr-1.localhost", 200),
            ("APP.test", 200),
        ] {
            assert_eq!(app.ask(TWO, host, &page).await.status, status, "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "user@localhost"] {
            let refused = app.ask(TWO, host, &page).await;
            assert_eq!(refused.status, 421, "{host}: {refused:?}");
            assert_eq!(
                refused.comparable(),
                app.ask(ONE, host, &page).await.comparable()
            );
        }
        // Whoever says two names says the same.
        let twice = asked("GET", "/", &[("host", "evil.example")], "");
        assert_eq!(app.ask(TWO, "localhost", &twice).await.status, 400);
        let own = format!("localhost:{}", app.emulator.port);
        let same = asked("GET", "/", &[("host", &own)], "");
        assert_eq!(app.ask(TWO, "localhost", &same).await.status, 200);
    });
}

#[test]
fn limits_are_the_same_in_both_protocols() {
    let app = App::start(&[]);
    let names: Vec<String> = (0..100).map(|number| format!("x-{number}")).collect();
    let names: Vec<&'static str> = names.into_iter().map(|name| &*name.leak()).collect();
    let many: Vec<(&'static str, &str)> = names.iter().map(|name| (*name, "1")).collect();
    let large = "x".repeat(200_000);
    // More than a form may have, and not more than the system takes before anybody reads: it is refused by its length.
    let form = "x".repeat(100_000);
    run(async {
        for (name, request) in [
            ("headers", asked("GET", "/", &many, "")),
            (
                "a large header",
                asked("GET", "/", &[("x-large", &large)], ""),
            ),
            (
                "a large form",
                asked(
                    "POST",
                    "/.auth/login/github",
                    &[("content-type", "application/x-www-form-urlencoded")],
                    &form,
                ),
            ),
        ] {
            let one = app.ask(ONE, "localhost", &request).await.status;
            let two = app.ask(TWO, "localhost", &request).await.status;
            assert!(one.is_client_error(), "{name}: {one}");
            assert_eq!(one, two, "{name}");
        }
        assert_eq!(
            app.ask(TWO, "localhost", &asked("GET", "/", &[], ""))
                .await
                .status,
            200
        );
    });
}

#[test]
fn many_streams_share_a_connection_and_streams_of_events_flow_beside_them() {
    let app = App::start(&[]);
    run(async {
        let mut sender = app.two().await;
        let base = format!("https://localhost:{}", app.emulator.port);
        let get = |path: &str| {
            Request::get(format!("{base}{path}"))
                .body(Full::default())
                .unwrap()
        };
        let live = sender.send_request(get("/.cygnet/live")).await.unwrap();
        let told = sender
            .send_request(get("/.cygnet/api/events"))
            .await
            .unwrap();
        for stream in [&live, &told] {
            assert_eq!(stream.headers()["content-type"], "text/event-stream");
        }
        let all = (0..300).map(|_| {
            let asked = sender.send_request(get("/data.txt"));
            async { Answer::read(asked.await.unwrap()).await.body.len() }
        });
        let all = futures_util::future::join_all(all).await;
        assert!(all.iter().all(|length| *length == 500_000), "{all:?}");
        write(
            &app.folder.path().join("site"),
            "index.html",
            "<h1>changed</h1>",
        );
        until(live.into_body(), "index.html").await;
        until(told.into_body(), "/data.txt").await;
    });
}

/// Reads a stream until it says a text.
async fn until(mut stream: Incoming, text: &str) {
    let mut came = String::new();
    while !came.contains(text) {
        let frame = stream
            .frame()
            .await
            .unwrap_or_else(|| panic!("it ended: {came}"));
        let data = frame.unwrap().into_data().unwrap_or_default();
        came.push_str(&String::from_utf8_lossy(&data));
    }
}

#[test]
fn a_backend_learns_that_its_caller_has_gone_though_the_connection_stays() {
    let (gone, seen) = mpsc::channel();
    let gone = Mutex::new(gone);
    let upstream = RawUpstream::start(move |mut stream, _| {
        let head = read_head(&mut stream).unwrap_or_default();
        if head.starts_with("GET /api/wait") {
            gone.lock().unwrap().send("waits").unwrap();
            let _ = stream.read(&mut [0; 1]);
            gone.lock().unwrap().send("gone").unwrap();
        }
    });
    let app = App::start(&["--api-devserver-url", &upstream.url()]);
    run(async {
        let mut sender = app.two().await;
        let base = format!("https://localhost:{}", app.emulator.port);
        let get = |path: &str| {
            Request::get(format!("{base}{path}"))
                .body(Full::default())
                .unwrap()
        };
        let waiting = tokio::spawn(sender.send_request(get("/api/wait")));
        let seen = tokio::task::spawn_blocking(move || {
            assert_eq!(seen.recv_timeout(PATIENCE).unwrap(), "waits");
            seen
        });
        let seen = seen.await.unwrap();
        waiting.abort();
        let told = tokio::task::spawn_blocking(move || seen.recv_timeout(PATIENCE).unwrap());
        assert_eq!(told.await.unwrap(), "gone");
        assert_eq!(sender.send_request(get("/")).await.unwrap().status(), 200);
    });
}

#[test]
fn web_sockets_come_over_http_1_1() {
    let upstream = RawUpstream::start(|mut stream, _| {
        let head = read_head(&mut stream).unwrap_or_default();
        if !head.to_ascii_lowercase().contains("upgrade: websocket") {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
            return;
        }
        let accepted = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
        stream.write_all(accepted.as_bytes()).unwrap();
        let mut buffer = [0; 64];
        while let Ok(length @ 1..) = stream.read(&mut buffer) {
            if stream.write_all(&buffer[..length]).is_err() {
                return;
            }
        }
    });
    let app = App::start(&["--app-devserver-url", &upstream.url()]);
    run(async {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let page = app.ask(TWO, "localhost", &asked("GET", "/", &[], "")).await;
        assert_eq!(&page.body[..], b"ok");
        let both = app.connect(&[TWO, ONE]).await;
        assert_eq!(both.get_ref().1.alpn_protocol(), Some(TWO));
        // As browsers do it.
        let mut socket = app.connect(&[ONE]).await;
        let request = format!(
            "GET /hmr HTTP/1.1\r\nHost: localhost:{}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            app.emulator.port
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut came = Vec::new();
        while !came.ends_with(b"\r\n\r\n") {
            came.push(socket.read_u8().await.unwrap());
        }
        let head = String::from_utf8_lossy(&came).into_owned();
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        socket.write_all(b"hello").await.unwrap();
        let mut echoed = [0; 5];
        socket.read_exact(&mut echoed).await.unwrap();
        assert_eq!(&echoed, b"hello");
    });
}
