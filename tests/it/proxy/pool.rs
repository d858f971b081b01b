//! Connections that are kept, that went stale, that are let go.

use std::{
    io::{Read, Write},
    net::Shutdown,
    sync::{Arc, Mutex, mpsc},
    time::{Duration, Instant},
};

use crate::support::{Edge, RawUpstream, ask, closes_within, read_head, reset, wait_for};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// Serves one exchange on each connection, then closes when the next request arrives: what a stale connection looks like
/// from here. The requests that were sent are counted by whoever reads `seen`.
fn goes_stale(seen: Arc<Mutex<Vec<String>>>, by_reset: bool) -> RawUpstream {
    RawUpstream::start(move |mut stream, index| {
        let head = read_head(&mut stream).unwrap();
        seen.lock()
            .unwrap()
            .push(format!("{index} {}", head.split(' ').next().unwrap()));
        let mut body = vec![
            0;
            crate::support::header(&head, "content-length")
                .map_or(0, |length| length.parse().unwrap())
        ];
        stream.read_exact(&mut body).unwrap();
        stream.write_all(OK).unwrap();
        if index > 0 {
            // Stays, for whatever comes.
            let _ = read_head(&mut stream);
            return;
        }
        let head = read_head(&mut stream).unwrap();
        if !head.is_empty() {
            seen.lock()
                .unwrap()
                .push(format!("{index} {}", head.split(' ').next().unwrap()));
        }
        if by_reset {
            reset(stream);
        }
    })
}

#[test]
fn a_stale_connection_is_tried_again_once_for_idempotent_calls() {
    for by_reset in [false, true] {
        for request in [
            "GET /api/x HTTP/1.1\r\nhost: edge\r\n\r\n",
            "DELETE /api/x HTTP/1.1\r\nhost: edge\r\n\r\n",
            "PUT /api/x HTTP/1.1\r\nhost: edge\r\ncontent-length: 3\r\n\r\nabc",
        ] {
            let method = request.split(' ').next().unwrap();
            let seen = Arc::default();
            let upstream = goes_stale(Arc::clone(&seen), by_reset);
            let edge = Edge::before(&upstream.url());
            assert_eq!(edge.get("/api/x").status, 200);
            let answer = edge.ask(request);
            assert_eq!(
                (answer.status, &*answer.text()),
                (200, "ok"),
                "{method}, {by_reset}"
            );
            let expected = [
                "0 GET".to_owned(),
                format!("0 {method}"),
                format!("1 {method}"),
            ];
            assert_eq!(*seen.lock().unwrap(), expected);
        }
    }
}

#[test]
fn a_post_on_a_stale_connection_is_never_sent_twice() {
    let seen = Arc::default();
    let upstream = goes_stale(Arc::clone(&seen), false);
    let edge = Edge::before(&upstream.url());
    assert_eq!(edge.get("/api/x").status, 200);
    let answer = edge.ask("POST /api/x HTTP/1.1\r\nhost: edge\r\ncontent-length: 3\r\n\r\nabc");
    assert_eq!(
        (answer.status, &*answer.text()),
        (500, "Backend call failure")
    );
    assert_eq!(*seen.lock().unwrap(), ["0 GET", "0 POST"]);
}

#[test]
fn a_connection_that_the_backend_closed_is_not_used() {
    let upstream = RawUpstream::once(OK);
    let edge = Edge::before(&upstream.url());
    let mut stream = edge.connect();
    for _ in 0..5 {
        assert_eq!(
            ask(
                &mut stream,
                "POST /api/x HTTP/1.1\r\nhost: edge\r\ncontent-length: 1\r\n\r\na"
            )
            .status,
            200
        );
        // Until the end of the connection can have been noticed.
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(upstream.connections(), 5);
}

#[test]
fn connections_are_reused_and_let_go_after_four_seconds() {
    let (closed, has_closed) = mpsc::channel();
    let upstream = RawUpstream::start(move |mut stream, _| {
        let mut last = Instant::now();
        while read_head(&mut stream).is_ok_and(|head| !head.is_empty()) {
            stream.write_all(OK).unwrap();
            last = Instant::now();
        }
        closed.send(last.elapsed()).unwrap();
    });
    let edge = Edge::before(&upstream.url());
    for _ in 0..20 {
        assert_eq!(edge.get("/api/x").status, 200);
    }
    assert_eq!(upstream.connections(), 1);
    let idle = has_closed.recv_timeout(crate::support::PATIENCE).unwrap();
    assert!(
        idle > Duration::from_millis(3_500) && idle < Duration::from_millis(4_900),
        "{idle:?}"
    );
}

#[test]
fn a_half_closed_upstream_connection_is_not_kept() {
    let upstream = RawUpstream::start(|mut stream, _| {
        read_head(&mut stream).unwrap();
        stream.write_all(OK).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        assert!(
            closes_within(&mut stream, Duration::from_secs(2)),
            "we close our side too"
        );
    });
    let edge = Edge::before(&upstream.url());
    assert_eq!(edge.get("/api/x").status, 200);
    wait_for("a second connection", || {
        assert_eq!(edge.get("/api/x").status, 200);
        (upstream.connections() > 1).then_some(())
    });
}
