//! The real binary with the sample's configuration goes on serving, whatever it is sent: the requests that end the
//! official CLI, and 10,000 random ones.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::time::Duration;

use crate::emulator::{Emulator, cookie, copy_tree, eventually, site, write};
use crate::random::Random;
use crate::support::RawUpstream;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

fn sample() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let public = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-app/public");
    copy_tree(&public, folder.path());
    folder
}

fn session(json: &str) -> String {
    format!("StaticWebAppsAuthCookie={}", BASE64_STANDARD.encode(json))
}

/// The status of the answer to these bytes.
fn status(emulator: &Emulator, request: &str) -> u16 {
    emulator.raw(request.as_bytes(), false).status
}

#[test]
fn the_requests_that_end_the_official_cli_are_answered() {
    let (folder, upstream) = (
        sample(),
        RawUpstream::always("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"),
    );
    let mut emulator = Emulator::start(folder.path(), &["-is", &upstream.url()]);
    let asked = |path: &str, cookie: &str| {
        emulator
            .send("GET", path, &[("Cookie", cookie)], b"")
            .status
    };
    // Malformed escapes.
    for path in [
        "/assets/100%",
        "/assets/%E0%A4%A",
        "/assets/%",
        "/assets/%zz/%c3%28",
    ] {
        assert_eq!(asked(path, ""), 404, "{path}");
    }
    // Cookies that are no session, or one without usable roles.
    for cookie in [
        "StaticWebAppsAuthCookie=bar".to_owned(),
        session("{}"),
        session(r#"{"userRoles":"admin"}"#),
        session("null"),
        session(r#"{"userRoles":[1]}"#),
    ] {
        assert_eq!(asked("/.auth/me", &cookie), 200, "{cookie}");
        assert_eq!(asked("/api/hello", &cookie), 200, "{cookie}");
        assert_eq!(asked("/members/", &cookie), 401, "{cookie}");
    }
    // Hosts that are none.
    for host in [
        "Host: a b\r\n",
        "Host:\r\n",
        "Host: \u{fc}\r\n",
        "Host: [::1\r\n",
        "",
    ] {
        for path in ["/", "/.auth/logout", "/contact/"] {
            let request = format!("GET {path} HTTP/1.1\r\n{host}Connection: close\r\n\r\n");
            let status = status(&emulator, &request);
            assert!((200..500).contains(&status), "{host:?} {path}: {status}");
        }
    }
    // No Data API; a callback that no mock has; the configuration with a query.
    assert_eq!(asked("/data-api/rest/Book", ""), 404);
    assert_eq!(asked("/.auth/complete", ""), 404);
    let hidden = emulator.get("/staticwebapp.config.json?x");
    assert_eq!(hidden.status, 404);
    assert!(!hidden.text().contains("allowedRoles"));
    // The tag that is the same for all files of the official CLI.
    let tagged = emulator.send("GET", "/", &[("If-None-Match", "\"SWA-CLI-ETAG\"")], b"");
    assert_eq!(tagged.status, 200);
    // An override's page, again and again.
    for _ in 0..3 {
        let missing = emulator.get("/drafts/x");
        assert_eq!(missing.status, 404);
        assert_eq!(
            missing.body,
            std::fs::read(folder.path().join("404.html")).unwrap()
        );
    }
    // Upgrades where nobody upgrades.
    for path in [
        "/",
        "/assets/mute.svg",
        "/guide",
        "/.auth/me",
        "/api/hello",
        "/missing.js",
        "/login",
    ] {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            emulator.port
        );
        // The connection closes, or `raw` would wait for ever.
        let status = status(&emulator, &request);
        assert!((200..500).contains(&status), "{path}: {status}");
    }
    assert_eq!(emulator.get("/").status, 200);
    assert!(
        !emulator.output().contains("panicked"),
        "{}",
        emulator.output()
    );
    emulator.signal("TERM");
    assert_eq!(emulator.wait().code(), Some(0));
}

#[test]
fn backends_that_reset_or_truncate_are_told_apart_from_success() {
    let folder = site(None);
    let resetting = RawUpstream::start(|mut stream, _| {
        let _ = crate::support::read_head(&mut stream);
        crate::support::reset(stream);
    });
    let emulator = Emulator::start(folder.path(), &["-is", &resetting.url()]);
    let answer = emulator.get("/api/x");
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (500, "Backend call failure")
    );
    drop(emulator);

    let truncating = RawUpstream::once("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort");
    let emulator = Emulator::start(folder.path(), &["-is", &truncating.url()]);
    let mut stream = emulator.connect();
    let request = format!(
        "GET /api/x HTTP/1.1\r\nHost: localhost:{}\r\n\r\n",
        emulator.port
    );
    stream.write_all(request.as_bytes()).unwrap();
    // The end comes, and it does not look like a whole answer.
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    assert!(!answer.ends_with(&[b'x'; 100]) && answer.len() < 1000);
    assert_eq!(emulator.get("/").status, 200);
}

#[test]
fn dev_servers_of_the_other_scheme_do_not_end_it() {
    let (folder, home) = (site(None), tempfile::tempdir().unwrap());
    let plain = RawUpstream::always("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    let wrong = plain.url().replace("http:", "https:");
    let args = ["--app-devserver-url", &wrong, "--devserver-timeout", "1"];
    let mut emulator = Emulator::start(folder.path(), &args);
    // Nothing is asked of it while it waits for TLS; the built-in endpoints answer.
    assert_eq!(emulator.get("/.auth/me").status, 200);
    emulator.signal("TERM");
    assert_eq!(emulator.wait().code(), Some(0));

    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_cygnet"));
    command
        .args(["--app-devserver-url", &plain.url(), "--ssl"])
        .env("CYGNET_STATE_DIR", home.path());
    let mut emulator = Emulator::run(command, folder.path());
    let mut stream = emulator.connect();
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let mut told = String::new();
    stream.read_to_string(&mut told).unwrap();
    assert!(told.contains("https://localhost:"), "{told}");
    emulator.signal("TERM");
    assert_eq!(emulator.wait().code(), Some(0));
}

const REQUESTS: usize = 10_000;
const CONNECTIONS: usize = 8;
/// How long an answer is awaited: garbage may be an unfinished request, which the emulator rightly waits for.
const GLANCE: Duration = Duration::from_millis(40);

#[test]
fn ten_thousand_random_requests_leave_it_serving() {
    let folder = sample();
    write(folder.path(), "big.bin", vec![7; 3_000_000]);
    let mut emulator = Emulator::start(folder.path(), &[]);
    // Whatever is made once is made now.
    for seed in 0..200 {
        send(&emulator, &request(&mut Random::new(seed), emulator.port));
    }
    let before = memory(emulator.pid());
    let seen = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..CONNECTIONS)
            .map(|lane| {
                let emulator = &emulator;
                scope.spawn(move || {
                    let mut random = Random::new(0xc0ffee + lane as u64);
                    let mut seen = BTreeMap::<u16, usize>::new();
                    for _ in 0..REQUESTS / CONNECTIONS {
                        let bytes = request(&mut random, emulator.port);
                        let status = send(emulator, &bytes).unwrap_or(0);
                        *seen.entry(status).or_default() += 1;
                    }
                    seen
                })
            })
            .collect();
        let mut all = BTreeMap::<u16, usize>::new();
        for thread in threads {
            for (status, count) in thread.join().unwrap() {
                *all.entry(status).or_default() += count;
            }
        }
        all
    });
    // The requests reached what they were made for.
    for expected in [200, 206, 301, 302, 304, 400, 401, 403, 404, 405, 416] {
        assert!(seen.contains_key(&expected), "{expected}: {seen:?}");
    }
    assert!(!seen.keys().any(|&status| status >= 500), "{seen:?}");
    let user = cookie(&["admin"]);
    assert_eq!(
        emulator
            .send("GET", "/admin/", &[("Cookie", &user)], b"")
            .status,
        200
    );
    let grown = memory(emulator.pid()).saturating_sub(before);
    assert!(grown < 48 << 20, "{} MiB more", grown >> 20);
    eventually("closed connections", || descriptors(emulator.pid()) < 64);
    let output = emulator.output();
    assert!(!output.contains("panicked"), "{output}");
    emulator.signal("TERM");
    assert_eq!(emulator.wait().code(), Some(0));
}

/// Resident bytes.
fn memory(pid: u32) -> usize {
    let statm = std::fs::read_to_string(format!("/proc/{pid}/statm")).unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

fn descriptors(pid: u32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/fd"))
        .unwrap()
        .count()
}

/// The status of what comes back at once, if anything does.
fn send(emulator: &Emulator, bytes: &[u8]) -> Option<u16> {
    let mut stream =
        TcpStream::connect(("127.0.0.1", emulator.port)).expect("it accepts connections");
    stream.set_read_timeout(Some(GLANCE)).unwrap();
    stream
        .set_write_timeout(Some(crate::emulator::PATIENCE))
        .unwrap();
    // It may have heard enough before the end.
    let _ = stream.write_all(bytes);
    let mut head = [0; 64];
    let read = match stream.read(&mut head) {
        Ok(read) => read,
        Err(error) => {
            let waits = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
            assert!(
                waits || error.kind() == ErrorKind::ConnectionReset,
                "{error}"
            );
            0
        }
    };
    let _ = stream.shutdown(Shutdown::Both);
    let text = String::from_utf8_lossy(&head[..read]).into_owned();
    text.strip_prefix("HTTP/1.1 ")
        .or(text.strip_prefix("HTTP/1.0 "))?
        .get(..3)?
        .parse()
        .ok()
}

fn request(random: &mut Random, port: u16) -> Vec<u8> {
    let method = *random.pick(&[
        "GET", "GET", "GET", "GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH", "TRACE",
        "CONNECT", "get", "X",
    ]);
    let mut path = (*random.pick(&[
        "/",
        "/index.html",
        "/contact",
        "/contact/",
        "/guide",
        "/sightings",
        "/swans",
        "/mill-pond",
        "/drafts/x",
        "/members",
        "/members/",
        "/admin/",
        "/api/hello",
        "/api/roles",
        "/data-api/rest/x",
        "/assets/mute.svg",
        "/assets/missing.svg",
        "/big.bin",
        "/app.css",
        "/login",
        "/logout",
        "/.auth/me",
        "/.auth/login/github",
        "/.auth/login/aad?post_login_redirect_uri=//evil",
        "/.auth/logout?post_logout_redirect_uri=/x",
        "/.auth/purge/github",
        "/.auth/complete",
        "/staticwebapp.config.json",
        "*",
        "http://localhost/",
        "",
    ]))
    .as_bytes()
    .to_vec();
    while random.one_in(3) {
        random.mutate(&mut path, b"/%2e%2e/%2f..%5c?a=b&c");
        path.retain(|byte| !b"\r\n ".contains(byte));
    }
    let version = *random.pick(&[
        "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/1.", "",
    ]);
    let mut bytes = [
        method.as_bytes(),
        b" ",
        &path,
        b" ",
        version.as_bytes(),
        b"\r\n",
    ]
    .concat();
    let host = match random.below(12) {
        0 => "a b".to_owned(),
        1 => String::new(),
        2 => "evil.example".to_owned(),
        3 => "[::1]:x".to_owned(),
        _ => format!("localhost:{port}"),
    };
    if !random.one_in(20) {
        bytes.extend(format!("Host: {host}\r\n").bytes());
    }
    let body = match method {
        "POST" | "PUT" | "PATCH" => body(random),
        _ => Vec::new(),
    };
    for _ in 0..random.below(5) {
        let line = header(random);
        bytes.extend(&line);
        bytes.extend(b"\r\n");
    }
    match random.below(8) {
        _ if body.is_empty() => {}
        0 => bytes.extend(b"Transfer-Encoding: chunked\r\n"),
        1 => bytes.extend(b"Content-Length: -1\r\n"),
        2 => bytes.extend(b"Content-Length: 5\r\nContent-Length: 6\r\n"),
        3 => bytes.extend(b"Content-Length: 99999999999999999999999\r\n"),
        _ => bytes.extend(format!("Content-Length: {}\r\n", body.len()).bytes()),
    }
    bytes.extend(b"\r\n");
    bytes.extend(body);
    if random.one_in(6) {
        for _ in 0..=random.below(4) {
            random.mutate(
                &mut bytes,
                b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            );
        }
    }
    bytes
}

fn header(random: &mut Random) -> Vec<u8> {
    let (name, values): (&str, &[&str]) = *random.pick(&[
        (
            "Range",
            &[
                "bytes=0-9",
                "bytes=-5",
                "bytes=9-1",
                "bytes=99999999999-",
                "bytes=0-1,3-4",
                "lines=1-2",
            ][..],
        ),
        (
            "If-None-Match",
            &["*", "\"x\"", "W/\"", ",,,", "\"SWA-CLI-ETAG\""],
        ),
        (
            "If-Modified-Since",
            &["Mon, 12 Jan 1970 13:46:40 GMT", "yesterday", ""],
        ),
        ("If-Range", &["\"x\"", "Mon, 12 Jan 1970 13:46:40 GMT"]),
        (
            "Accept-Encoding",
            &["br", "gzip;q=0, br;q=x", "*", "identity;q=0", ",;q=1"],
        ),
        ("Accept", &["text/html", "*/*", ""]),
        (
            "Content-Type",
            &[
                "application/json",
                "application/x-www-form-urlencoded",
                "text/plain",
                ";",
            ],
        ),
        (
            "X-Forwarded-Host",
            &["pond.example.com", "evil.example", "a b"],
        ),
        ("X-Forwarded-For", &["203.0.113.9", "::1", "x"]),
        ("Origin", &["null", "http://evil.example", "://"]),
        ("Sec-Fetch-Site", &["cross-site", "same-origin", "x"]),
        ("Sec-Fetch-Dest", &["document", "iframe"]),
        ("Expect", &["100-continue", "200-ok"]),
        ("Upgrade", &["websocket", "h2c"]),
        (
            "Connection",
            &["close", "Upgrade", "keep-alive, x-ms-client-principal", ","],
        ),
        ("TE", &["trailers", "gzip"]),
        ("X-MS-CLIENT-PRINCIPAL", &["e30=", "x"]),
        ("Cookie", &[]),
    ]);
    let value = match (name, values.is_empty()) {
        ("Cookie", _) | (_, true) => cookies(random),
        _ => random.pick(values).as_bytes().to_vec(),
    };
    let mut line = [name.as_bytes(), b": ", &value].concat();
    if random.one_in(8) {
        random.mutate(&mut line, b"; StaticWebAppsAuthCookie_0=abc");
    }
    line
}

fn cookies(random: &mut Random) -> Vec<u8> {
    match random.below(6) {
        0 => cookie(&["admin", "authenticated"]).into_bytes(),
        1 => cookie(&["authenticated"]).into_bytes(),
        2 => session(random.pick::<&str>(&[
            "{}",
            "null",
            r#"{"userRoles":"x"}"#,
            r#"{"userRoles":[null]}"#,
            "[[[[[",
        ]))
        .into_bytes(),
        3 => b"StaticWebAppsAuthCookie=deleted; StaticWebAppsAuthCookie_1=x".to_vec(),
        _ => {
            let mut bytes = cookie(&["admin"]).into_bytes();
            for _ in 0..=random.below(4) {
                random.mutate(&mut bytes, b"; StaticWebAppsAuthCookie=");
            }
            bytes.retain(|byte| !b"\r\n".contains(byte));
            bytes
        }
    }
}

fn body(random: &mut Random) -> Vec<u8> {
    let mut body = (*random.pick(&[
        &b"userDetails=ada&userRoles=admin"[..],
        br#"{"userDetails":"ada","userRoles":["admin"],"claims":[{"typ":"a","val":"b"}]}"#,
        b"userDetails=%ff&claims=%5b%7b",
        b"5\r\nhello\r\n0\r\n\r\n",
        b"",
    ]))
    .to_vec();
    if random.one_in(40) {
        body = vec![b'a'; 100_000];
    }
    while random.one_in(3) {
        random.mutate(&mut body, b"&post_login_redirect_uri=javascript:x");
    }
    body
}
