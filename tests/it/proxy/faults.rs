//! Backends that refuse, reset, stall, drip or talk garbage; callers that leave.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::mpsc,
    time::{Duration, Instant},
};

use crate::support::{
    Edge, RawUpstream, Response, closes_within, logged, read_head, read_response, reset, wait_for,
};

const GET: &str = "GET /api/x HTTP/1.1\r\nhost: edge\r\n\r\n";
const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// AP-41, AP-42.
fn is_backend_call_failure(answer: &Response) -> bool {
    answer.status == 500
        && answer.body == b"Backend call failure"
        && answer.header("content-type") == Some("text/plain; charset=utf-8")
}

/// The address of nobody.
fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

#[test]
fn ap_42_refused() {
    let url = format!("http://127.0.0.1:{}", closed_port());
    let edge = Edge::before(&url);
    assert!(is_backend_call_failure(&edge.get("/api/x")));
    assert_eq!(edge.note("refused"), format!("connection refused by {url}"));
    assert_eq!(
        logged(&format!("GET /api/x: connection refused by {url}\nhint: ")),
        1
    );
}

#[test]
fn ap_42_an_unknown_host() {
    // A label of more than 63 letters is refused by the resolver itself: the test needs no network.
    let url = format!("http://{}.invalid", "x".repeat(64));
    let edge = Edge::before(&url);
    assert!(is_backend_call_failure(&edge.get("/api/x")));
    edge.note(&format!("cannot connect to {url}: "));
}

#[test]
fn ap_42_reset_before_the_answer() {
    let upstream = RawUpstream::start(|mut stream, _| {
        read_head(&mut stream).unwrap();
        reset(stream);
    });
    let edge = Edge::before(&upstream.url());
    assert!(is_backend_call_failure(&edge.get("/api/x")));
    edge.note("reset the connection");
    assert_eq!(
        upstream.connections(),
        1,
        "a fresh connection is not tried twice"
    );
}

#[test]
fn ap_42_closed_before_the_answer_and_within_its_head() {
    for part in ["", "HTTP/1.1 200 OK\r\ncontent-le"] {
        let upstream = RawUpstream::once(part);
        let edge = Edge::before(&upstream.url());
        assert!(is_backend_call_failure(&edge.get("/api/x")), "{part:?}");
        edge.note("closed the connection before it answered");
        assert_eq!(upstream.connections(), 1);
    }
}

#[test]
fn ap_42_garbage() {
    for garbage in [
        "SSH-2.0-OpenSSH_9.2\r\n",
        "\x16\x03\x01\x02\x00\x01",
        "HTTP/1.1 abc OK\r\n\r\n",
        "HTTP/3.0 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\nbad name: 1\r\n\r\n",
    ] {
        let upstream = RawUpstream::once(garbage);
        let edge = Edge::before(&upstream.url());
        let answer = edge.get("/api/x");
        assert!(is_backend_call_failure(&answer), "{garbage:?}: {answer:?}");
        edge.note(&upstream.url());
    }
}

#[test]
fn ap_41_silence_ends_at_the_limit() {
    // B1-9, B2-11, B4-9: one text for every kind. B5-11: a cold start is such a silence.
    let upstream = RawUpstream::start(|mut stream, _| {
        read_head(&mut stream).unwrap();
        let _ = stream.read(&mut [0]);
    });
    let edge = Edge::with_timeout(&upstream.url(), Duration::from_millis(300));
    let start = Instant::now();
    assert!(is_backend_call_failure(&edge.get("/api/x")));
    let took = start.elapsed();
    assert!(
        took >= Duration::from_millis(300) && took < Duration::from_secs(3),
        "{took:?}"
    );
    edge.note("did not answer within 0.3 s");
    assert!(logged(&format!("{} did not answer within", upstream.url())) > 0);
}

#[test]
fn ap_41_a_head_that_drips_does_not_outlast_the_limit() {
    let upstream = RawUpstream::start(|mut stream, _| {
        read_head(&mut stream).unwrap();
        for byte in b"HTTP/1.1 200 OK\r\nx: "
            .iter()
            .chain(std::iter::repeat(&b'y'))
        {
            if stream.write_all(&[*byte]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    let edge = Edge::with_timeout(&upstream.url(), Duration::from_millis(300));
    let start = Instant::now();
    assert!(is_backend_call_failure(&edge.get("/api/x")));
    assert!(start.elapsed() < Duration::from_secs(3));
}

#[test]
fn ap_6_a_body_that_drips_is_broken_off_at_the_limit() {
    // B4-7
    for framing in ["content-length: 1000", "transfer-encoding: chunked"] {
        let (ended, has_ended) = mpsc::channel();
        let upstream = RawUpstream::start(move |mut stream, _| {
            read_head(&mut stream).unwrap();
            write!(stream, "HTTP/1.1 200 OK\r\n{framing}\r\n\r\n").unwrap();
            while stream.write_all(b"1\r\nx\r\n").is_ok() {
                std::thread::sleep(Duration::from_millis(20));
            }
            ended.send(()).unwrap();
        });
        let edge = Edge::with_timeout(&upstream.url(), Duration::from_millis(300));
        let start = Instant::now();
        let mut stream = edge.connect();
        stream.write_all(GET.as_bytes()).unwrap();
        assert!(
            read_response(&mut stream, false).is_err(),
            "{framing}: not a clean end"
        );
        let took = start.elapsed();
        assert!(
            took >= Duration::from_millis(300) && took < Duration::from_secs(3),
            "{took:?}"
        );
        has_ended
            .recv_timeout(crate::support::PATIENCE)
            .expect("the backend's connection ends too");
        wait_for("the cause in the log", || {
            (logged(&format!("{}: the time limit", upstream.url())) > 0).then_some(())
        });
    }
}

#[test]
fn a_slow_answer_within_the_limit_is_an_answer() {
    let upstream = RawUpstream::start(|mut stream, _| {
        read_head(&mut stream).unwrap();
        for part in OK.chunks(10) {
            stream.write_all(part).unwrap();
            std::thread::sleep(Duration::from_millis(10));
        }
    });
    let answer = Edge::with_timeout(&upstream.url(), Duration::from_secs(5)).get("/api/x");
    assert_eq!((answer.status, &*answer.text()), (200, "ok"));
}

#[test]
fn a_caller_that_leaves_is_known_to_the_backend_within_a_second() {
    for (what, begin) in [
        ("silent", ""),
        (
            "idle events",
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: 1\n\n",
        ),
        (
            "idle length",
            "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc",
        ),
    ] {
        for by_reset in [false, true] {
            let (begun, has_begun) = mpsc::channel();
            let (ended, has_ended) = mpsc::channel();
            let upstream = RawUpstream::start(move |mut stream, _| {
                read_head(&mut stream).unwrap();
                stream.write_all(begin.as_bytes()).unwrap();
                begun.send(()).unwrap();
                if closes_within(&mut stream, Duration::from_secs(5)) {
                    ended.send(()).unwrap();
                }
            });
            let edge = Edge::before(&upstream.url());
            let mut stream = edge.connect();
            stream.write_all(GET.as_bytes()).unwrap();
            has_begun.recv_timeout(crate::support::PATIENCE).unwrap();
            if !begin.is_empty() {
                read_head(&mut stream).unwrap();
            }
            if by_reset {
                reset(stream);
            } else {
                drop(stream);
            }
            has_ended
                .recv_timeout(Duration::from_secs(1))
                .unwrap_or_else(|_| panic!("{what}, by reset: {by_reset}"));
        }
    }
}

#[test]
fn localhost_is_found_on_either_family() {
    for bind in ["127.0.0.1:0", "[::1]:0"] {
        let upstream = RawUpstream::on(bind, |mut stream, _| {
            read_head(&mut stream).unwrap();
            stream.write_all(OK).unwrap();
        });
        let edge = Edge::before(&format!("http://localhost:{}", upstream.address.port()));
        let start = Instant::now();
        assert_eq!(edge.get("/api/x").status, 200, "{bind}");
        assert!(start.elapsed() < Duration::from_secs(1), "{bind}");
    }
}

#[test]
fn no_descriptor_is_leaked_by_faults() {
    let upstream = RawUpstream::start(|mut stream, index| {
        if read_head(&mut stream).is_err() {
            return;
        }
        match index % 4 {
            0 => reset(stream),
            1 => drop(stream.write_all(b"garbage\r\n\r\n")),
            2 => drop(stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx")),
            _ => {
                closes_within(&mut stream, Duration::from_secs(5));
            }
        }
    });
    let edge = Edge::with_timeout(&upstream.url(), Duration::from_millis(50));
    let port = upstream.address.port();
    for _ in 0..40 {
        let mut stream = edge.connect();
        stream.write_all(GET.as_bytes()).unwrap();
        let _ = read_response(&mut stream, false);
    }
    let needle = format!(":{port:04X} 01");
    let open = || {
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
        table
            .lines()
            .map(|line| {
                line.split_whitespace()
                    .skip(2)
                    .take(2)
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .filter(|line| line.ends_with(&needle))
            .count()
    };
    // One of our own shows that an open connection would be seen.
    let control = std::net::TcpStream::connect(upstream.address).unwrap();
    assert!(open() >= 1);
    drop(control);
    wait_for("all connections to the backend to be closed", || {
        (open() == 0).then_some(())
    });
}
