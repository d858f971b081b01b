//! Heads in both directions, over the wire: hop-by-hop, identity, upgrades, what is told once in the log.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use crate::support::{Edge, RawUpstream, header, logged, read_head};
use cygnet::backend::{BackendKind, Limits};

/// Notes each request head, answers 200 with `headers`.
fn recorder(headers: &str) -> (RawUpstream, Arc<Mutex<Vec<String>>>) {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&heads);
    let answer = format!("HTTP/1.1 200 OK\r\n{headers}content-length: 2\r\n\r\nok");
    let upstream = RawUpstream::start(move |mut stream, _| {
        while let Ok(head) = read_head(&mut stream) {
            if head.is_empty() {
                return;
            }
            notes.lock().unwrap().push(head);
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    (upstream, heads)
}

fn names(head: &str) -> Vec<String> {
    let mut names: Vec<_> = head
        .lines()
        .skip(1)
        .filter_map(|line| Some(line.split_once(':')?.0.to_ascii_lowercase()))
        .collect();
    names.sort_unstable();
    names
}

#[test]
fn hop_by_hop_headers_stay_on_their_hop_both_ways() {
    let (upstream, heads) = recorder(
        "connection: keep-alive, x-hop\r\nkeep-alive: timeout=5\r\nx-hop: 1\r\nproxy-authenticate: x\r\ntrailer: x\r\nupgrade: h2c\r\nx-end: 1\r\n",
    );
    let edge = Edge::before(&upstream.url());
    let answer = edge.ask(
        "GET /api/x HTTP/1.1\r\nhost: edge\r\nconnection: x-hop, close\r\nX-Hop: 1\r\nkeep-alive: 5\r\nte: trailers\r\ntrailer: x\r\nproxy-authorization: x\r\nproxy-connection: close\r\nx-end: 1\r\n\r\n",
    );
    for name in [
        "keep-alive",
        "x-hop",
        "proxy-authenticate",
        "trailer",
        "upgrade",
    ] {
        assert_eq!(answer.header(name), None, "{name}");
    }
    assert_eq!(answer.header("x-end"), Some("1"));
    let head = heads.lock().unwrap().pop().unwrap();
    for name in [
        "connection",
        "x-hop",
        "keep-alive",
        "te",
        "trailer",
        "proxy-authorization",
        "proxy-connection",
    ] {
        assert_eq!(header(&head, name), None, "{name}");
    }
    assert_eq!(header(&head, "x-end"), Some("1"));
}

#[test]
fn ap_20_to_30_an_anonymous_caller_cannot_pass_for_another() {
    // B2-8: none has a function key. B1-7, B5-7: neither list has `x-forwarded-host`, that of Container Apps has `disguised-host`.
    let forged = "x-ms-client-principal: Zm9yZ2Vk\r\nX-MS-CLIENT-PRINCIPAL-ID: forged\r\nx-ms-client-principal-name: forged\r\nx-ms-client-principal-idp: forged\r\nx-ms-auth-token: Bearer forged\r\nx-ms-original-url: forged\r\nx-ms-request-id: forged\r\nx-forwarded-host: forged\r\nx-forwarded-for: forged\r\nclient-ip: forged\r\n";
    for (kind, expected) in [
        (
            BackendKind::Managed,
            &[
                "authorization",
                "host",
                "x-ms-original-url",
                "x-ms-request-id",
            ][..],
        ),
        (
            BackendKind::Functions,
            &[
                "client-ip",
                "disguised-host",
                "host",
                "max-forwards",
                "was-default-hostname",
                "x-arr-log-id",
                "x-forwarded-for",
                "x-forwarded-proto",
                "x-ms-original-url",
                "x-ms-request-id",
                "x-original-url",
                "x-waws-unencoded-url",
            ],
        ),
        (
            BackendKind::ContainerApps,
            &[
                "disguised-host",
                "host",
                "x-ms-original-url",
                "x-ms-request-id",
            ],
        ),
        (
            BackendKind::ApiManagement,
            &["host", "x-ms-original-url", "x-ms-request-id"],
        ),
    ] {
        let (upstream, heads) = recorder("");
        let edge = Edge::start(&upstream.url(), kind, Limits::default());
        let answer = edge.ask(&format!(
            "GET /api/x?y HTTP/1.1\r\nhost: edge\r\n{forged}\r\n"
        ));
        assert_eq!(answer.status, 200);
        let head = heads.lock().unwrap().pop().unwrap();
        assert_eq!(names(&head), expected, "{kind}");
        assert!(!head.contains("forged"), "{head}");
        assert_eq!(
            header(&head, "x-ms-original-url"),
            Some("http://edge.example/api/x?y")
        );
    }
}

#[test]
fn ap_20_the_backend_sees_its_own_host() {
    let (upstream, heads) = recorder("");
    Edge::before(&upstream.url()).get("/api/x");
    let head = heads.lock().unwrap().pop().unwrap();
    assert_eq!(header(&head, "host"), Some(&*upstream.address.to_string()));
    assert_eq!(
        head.matches("host: ").count(),
        2,
        "host and disguised-host: {head}"
    );
}

#[test]
fn ap_25_authorization_is_replaced_for_managed_functions_only() {
    for (kind, replaced) in [
        (BackendKind::Managed, true),
        (BackendKind::Functions, false),
        (BackendKind::AppService, false),
        (BackendKind::ContainerApps, false),
        (BackendKind::ApiManagement, false),
    ] {
        let (upstream, heads) = recorder("");
        let edge = Edge::start(&upstream.url(), kind, Limits::default());
        edge.ask("GET /api/x HTTP/1.1\r\nhost: edge\r\nauthorization: Bearer mine\r\n\r\n");
        let head = heads.lock().unwrap().pop().unwrap();
        let seen = header(&head, "authorization").unwrap();
        assert_eq!(seen != "Bearer mine", replaced, "{kind}");
        assert_eq!(
            head.to_ascii_lowercase().matches("authorization:").count(),
            1
        );
    }
}

#[test]
fn ap_29_and_ap_55_the_callers_own_headers_and_all_cookies_pass() {
    let passing = "user-agent: test\r\norigin: http://o\r\nreferer: http://r\r\nsec-fetch-mode: cors\r\ntraceparent: 00-1\r\naccept-encoding: br\r\nrange: bytes=0-1\r\nif-none-match: \"x\"\r\ncookie: StaticWebAppsAuthCookie=x; a=1\r\ncookie: b=2\r\nx-utf8: caf\u{e9}\r\n";
    let (upstream, heads) = recorder("");
    Edge::before(&upstream.url()).ask(&format!(
        "GET /api/x HTTP/1.1\r\nhost: edge\r\n{passing}\r\n"
    ));
    let head = heads.lock().unwrap().pop().unwrap();
    for line in passing.lines() {
        assert!(head.contains(line), "{line}\n{head}");
    }
}

#[test]
fn ap_5_websocket_upgrades_are_refused_with_the_reason() {
    // B4-7
    let (upstream, _) = recorder("");
    let edge = Edge::before(&upstream.url());
    for upgrade in ["websocket", "WebSocket", "h2c, websocket"] {
        let answer = edge.ask(&format!(
            "GET /api/x HTTP/1.1\r\nhost: edge\r\nconnection: upgrade\r\nupgrade: {upgrade}\r\nsec-websocket-version: 13\r\nsec-websocket-key: eA==\r\n\r\n"
        ));
        assert_eq!(answer.status, 400, "{upgrade}");
        assert_eq!(
            answer.header("content-type"),
            Some("text/plain; charset=utf-8")
        );
        assert!(answer.text().contains("WebSocket"), "{}", answer.text());
    }
    edge.note("WebSocket");
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn ap_5_other_upgrade_offers_are_dropped_and_the_call_goes_on() {
    let (upstream, heads) = recorder("");
    let edge = Edge::before(&upstream.url());
    for _ in 0..2 {
        let answer = edge.ask(
            "GET /api/x HTTP/1.1\r\nhost: edge\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMA\r\n\r\n",
        );
        assert_eq!((answer.status, &*answer.text()), (200, "ok"));
        assert_eq!(answer.header("connection"), Some("close"));
        let head = heads.lock().unwrap().pop().unwrap();
        for name in ["upgrade", "connection", "http2-settings"] {
            assert_eq!(header(&head, name), None, "{head}");
        }
    }
}

#[test]
fn a_tunnel_is_refused() {
    let (upstream, _) = recorder("");
    let edge = Edge::before(&upstream.url());
    let answer = edge.ask("CONNECT /api/x HTTP/1.1\r\nhost: edge\r\n\r\n");
    assert_eq!(answer.status, 405);
    assert_eq!(upstream.connections(), 0);
}

#[test]
fn ap_9_all_other_methods_are_forwarded() {
    let (upstream, heads) = recorder("");
    let edge = Edge::before(&upstream.url());
    for method in [
        "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "PURGE",
    ] {
        assert_eq!(
            edge.ask(&format!("{method} /api/x HTTP/1.1\r\nhost: edge\r\n\r\n"))
                .status,
            200
        );
        let head = heads.lock().unwrap().pop().unwrap();
        assert!(
            head.starts_with(&format!("{method} /api/x HTTP/1.1")),
            "{head}"
        );
    }
}

#[test]
fn ap_12_troubled_cookies_pass_unchanged_and_are_told_once() {
    // B4-6.
    let cookie =
        "troubled=1; Domain=example.org; SameSite=None; Expires=Thu, 01 Jan 1970 00:00:00 GMT";
    let (upstream, _) = recorder(&format!("set-cookie: {cookie}\r\nset-cookie: plain=1\r\n"));
    let edge = Edge::before(&upstream.url());
    for _ in 0..3 {
        assert_eq!(edge.get("/api/x").values("set-cookie"), [cookie, "plain=1"]);
    }
    assert_eq!(logged("cookie `troubled`"), 1);
    assert_eq!(logged("cookie `plain`"), 0);
}

#[test]
fn b4_5_a_redirect_to_the_backends_own_host_passes_and_is_told_once() {
    let upstream = RawUpstream::start(|mut stream, _| {
        let own = stream.local_addr().unwrap();
        while read_head(&mut stream).is_ok_and(|head| !head.is_empty()) {
            write!(stream, "HTTP/1.1 302 Found\r\nlocation: http://{own}/elsewhere\r\ncontent-length: 0\r\n\r\n").unwrap();
        }
    });
    let edge = Edge::before(&upstream.url());
    for _ in 0..2 {
        let answer = edge.get("/api/x");
        assert_eq!(answer.status, 302, "redirects are the caller's to follow");
        assert_eq!(
            answer.header("location"),
            Some(&*format!("{}/elsewhere", upstream.url()))
        );
    }
    assert_eq!(
        logged(&format!("redirects to its own address {}", upstream.url())),
        1
    );
}

#[test]
fn a_compressed_body_passes_as_it_is() {
    let upstream = RawUpstream::always(
        &b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\n\x1f\x8b\x08"[..],
    );
    let answer = Edge::before(&upstream.url()).get("/api/x");
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    assert_eq!(answer.body, b"\x1f\x8b\x08");
}

#[test]
fn ap_84_pre_flights_are_forwarded_with_one_notice_and_refused_strictly() {
    const PREFLIGHT: &str = "OPTIONS /api/x HTTP/1.1\r\nhost: edge\r\norigin: https://other.test\r\naccess-control-request-method: PUT\r\n\r\n";
    let (upstream, heads) = recorder("access-control-allow-origin: *\r\n");
    let edge = Edge::before(&upstream.url());
    assert_eq!(edge.ask(PREFLIGHT).status, 200);
    assert_eq!(
        edge.ask(PREFLIGHT).header("access-control-allow-origin"),
        Some("*")
    );
    assert_eq!(logged("(AP-84)"), 1);
    let kind = BackendKind::ApiManagement;
    let policies = Edge::start(&upstream.url(), kind, Limits::default()).ask(PREFLIGHT);
    assert_eq!(
        policies.header("access-control-allow-origin"),
        Some("*"),
        "B3-8"
    );

    let limits = Limits {
        is_strict: true,
        ..Limits::default()
    };
    let strict = Edge::start(&upstream.url(), BackendKind::Functions, limits);
    let before = heads.lock().unwrap().len();
    assert_eq!(strict.ask(PREFLIGHT).status, 405);
    assert_eq!(heads.lock().unwrap().len(), before);
    let plain = "OPTIONS /api/x HTTP/1.1\r\nhost: edge\r\n\r\n";
    assert_eq!(
        strict.ask(plain).status,
        200,
        "OPTIONS by itself is no pre-flight"
    );
}
