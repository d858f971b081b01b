//! Request bodies on their way to a backend: framing, limits, early answers, broken senders.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use crate::support::{
    Edge, RawUpstream, ask, closes_within, header, read_chunk, read_head, read_response, reset,
    wait_for,
};
use cygnet::backend::{BackendKind, Limits};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/// What an upstream got: head and body.
type Got = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// Reads whole requests, notes them, answers `ok`.
fn recorder() -> (RawUpstream, Got) {
    let got = Got::default();
    let notes = Arc::clone(&got);
    let upstream = RawUpstream::start(move |mut stream, _| {
        while let Ok(head) = read_head(&mut stream) {
            if head.is_empty() {
                return;
            }
            let mut body = Vec::new();
            if header(&head, "transfer-encoding").is_some() {
                while let Ok(Some(chunk)) = read_chunk(&mut stream) {
                    body.extend(chunk);
                }
            } else if let Some(length) = header(&head, "content-length") {
                body = vec![0; length.parse().unwrap()];
                if stream.read_exact(&mut body).is_err() {
                    body = b"truncated".to_vec();
                }
            }
            notes.lock().unwrap().push((head, body));
            if stream.write_all(OK).is_err() {
                return;
            }
        }
    });
    (upstream, got)
}

fn with_limit(upstream: &RawUpstream, max_request_bytes: u64) -> Edge {
    let limits = Limits {
        max_request_bytes,
        ..Limits::default()
    };
    Edge::start(&upstream.url(), BackendKind::Functions, limits)
}

fn post(length: usize) -> String {
    format!(
        "POST /api/x HTTP/1.1\r\nhost: edge\r\ncontent-type: a/b\r\ncontent-length: {length}\r\n\r\n"
    )
}

#[test]
fn content_length_is_kept_for_small_and_for_large_bodies() {
    let (upstream, got) = recorder();
    let edge = Edge::before(&upstream.url());
    for length in [1, 64 * 1024, 64 * 1024 + 1, 3_000_000] {
        let body: String = "abcdefghij".chars().cycle().take(length).collect();
        assert_eq!(edge.ask(&format!("{}{body}", post(length))).status, 200);
        let (head, received) = got.lock().unwrap().pop().unwrap();
        assert_eq!(header(&head, "content-length"), Some(&*length.to_string()));
        assert_eq!(header(&head, "transfer-encoding"), None);
        assert_eq!(header(&head, "content-type"), Some("a/b"));
        assert!(received == body.as_bytes(), "{length} bytes differ");
    }
}

#[test]
fn a_chunked_upload_stays_chunked() {
    let (upstream, got) = recorder();
    let edge = Edge::before(&upstream.url());
    let mut stream = edge.connect();
    for _ in 0..2 {
        let answer = ask(
            &mut stream,
            "PUT /api/x HTTP/1.1\r\nhost: edge\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n",
        );
        assert_eq!(answer.status, 200);
        let (head, received) = got.lock().unwrap().pop().unwrap();
        assert_eq!(header(&head, "transfer-encoding"), Some("chunked"));
        assert_eq!(header(&head, "content-length"), None);
        assert_eq!(received, b"abcdefg");
    }
}

#[test]
fn a_get_without_a_body_says_nothing_of_one() {
    let (upstream, got) = recorder();
    Edge::before(&upstream.url()).get("/api/x");
    let (head, _) = got.lock().unwrap().pop().unwrap();
    for name in [
        "content-length",
        "transfer-encoding",
        "date",
        "accept-encoding",
        "user-agent",
    ] {
        assert_eq!(header(&head, name), None, "{head}");
    }
}

#[test]
fn ap_11_an_empty_post_loses_its_content_type() {
    let (upstream, got) = recorder();
    let edge = Edge::before(&upstream.url());
    edge.ask(&post(0));
    let (head, _) = got.lock().unwrap().pop().unwrap();
    assert_eq!(header(&head, "content-type"), None);
    assert_eq!(header(&head, "content-length"), Some("0"));
}

#[test]
fn an_early_answer_arrives_while_the_caller_still_sends() {
    for round in 0..20 {
        let upstream = RawUpstream::start(|mut stream, _| {
            read_head(&mut stream).unwrap();
            stream
                .write_all(b"HTTP/1.1 413 Payload Too Large\r\nconnection: close\r\ncontent-length: 7\r\n\r\ntoo big")
                .unwrap();
            // Closed with bytes unread: the sender gets a reset.
        });
        let edge = Edge::before(&upstream.url());
        let mut stream = edge.connect();
        let mut sender = stream.try_clone().unwrap();
        let sending = std::thread::spawn(move || {
            let _ = sender.write_all(post(5_000_000).as_bytes());
            let _ = sender.write_all(&vec![b'x'; 5_000_000]);
        });
        let answer = read_response(&mut stream, false).unwrap();
        assert_eq!(
            (answer.status, &*answer.text()),
            (413, "too big"),
            "round {round}"
        );
        drop(stream);
        sending.join().unwrap();
    }
}

#[test]
fn expect_is_answered_here_and_never_forwarded() {
    let (upstream, got) = recorder();
    let edge = Edge::before(&upstream.url());
    let mut stream = edge.connect();
    stream
        .write_all(b"POST /api/x HTTP/1.1\r\nhost: edge\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n")
        .unwrap();
    assert!(read_head(&mut stream).unwrap().starts_with("HTTP/1.1 100"));
    stream.write_all(b"abc").unwrap();
    assert_eq!(read_response(&mut stream, false).unwrap().status, 200);
    let (head, body) = got.lock().unwrap().pop().unwrap();
    assert_eq!(header(&head, "expect"), None);
    assert_eq!(body, b"abc");
}

#[test]
fn ap_7_an_announced_body_beyond_the_limit_never_reaches_the_backend() {
    // EN-36, B1-9: 413 above 30 MB.
    let (upstream, _) = recorder();
    let edge = with_limit(&upstream, 1_000);
    let answer = edge.ask(&post(1_001));
    assert_eq!(answer.status, 413);
    assert!(answer.text().contains("1000 bytes"), "{}", answer.text());
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    edge.note("larger than the 1000 bytes");
    assert_eq!(upstream.connections(), 0);
    assert_eq!(
        edge.ask(&format!("{}{}", post(1_000), "x".repeat(1_000)))
            .status,
        200
    );
}

#[test]
fn ap_7_a_chunked_body_is_counted_while_it_streams() {
    let (upstream, got) = recorder();
    let edge = with_limit(&upstream, 1_000);
    let chunk = format!("190\r\n{}\r\n", "x".repeat(400));
    let head = "POST /api/x HTTP/1.1\r\nhost: edge\r\ntransfer-encoding: chunked\r\n\r\n";
    assert_eq!(
        edge.ask(&format!("{head}{chunk}{chunk}{chunk}0\r\n\r\n"))
            .status,
        413
    );
    assert_eq!(
        edge.ask(&format!("{head}{chunk}{chunk}0\r\n\r\n")).status,
        200
    );
    // What the backend saw of the first never ended well.
    assert_eq!(got.lock().unwrap().last().unwrap().1.len(), 800);
}

#[test]
fn ap_7_beyond_the_limit_after_the_answer_began_the_connection_breaks() {
    let upstream = RawUpstream::start(|mut stream, _| {
        read_head(&mut stream).unwrap();
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n")
            .unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
    });
    let edge = with_limit(&upstream, 1_000);
    let mut stream = edge.connect();
    stream
        .write_all(
            b"POST /api/x HTTP/1.1\r\nhost: edge\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n",
        )
        .unwrap();
    assert!(read_head(&mut stream).unwrap().starts_with("HTTP/1.1 200"));
    let chunk = format!("7d0\r\n{}\r\n", "x".repeat(2_000));
    stream.write_all(chunk.as_bytes()).unwrap();
    assert_eq!(read_chunk(&mut stream).unwrap().unwrap(), b"hi");
    assert!(read_chunk(&mut stream).is_err(), "not a clean end");
}

/// An upstream that reports when its connection ends, after how many bytes of body, and whether that was the end of the body.
fn watcher() -> (RawUpstream, mpsc::Receiver<()>, mpsc::Receiver<()>) {
    let (begun, has_begun) = mpsc::channel();
    let (ended, has_ended) = mpsc::channel();
    let upstream = RawUpstream::start(move |mut stream: TcpStream, _| {
        read_head(&mut stream).unwrap();
        begun.send(()).unwrap();
        if closes_within(&mut stream, Duration::from_secs(5)) {
            ended.send(()).unwrap();
        }
    });
    (upstream, has_begun, has_ended)
}

#[test]
fn a_caller_that_breaks_off_its_upload_breaks_off_the_backends_request() {
    for by_reset in [false, true] {
        for head in [
            post(1_000_000),
            post(0).replace("content-length: 0", "transfer-encoding: chunked"),
        ] {
            let (upstream, begun, ended) = watcher();
            let edge = Edge::before(&upstream.url());
            let mut stream = edge.connect();
            stream
                .write_all(format!("{head}5\r\nabcde\r\n").as_bytes())
                .unwrap();
            begun.recv_timeout(crate::support::PATIENCE).unwrap();
            if by_reset {
                reset(stream);
            } else {
                drop(stream);
            }
            ended
                .recv_timeout(Duration::from_secs(1))
                .expect("the backend learns of it within a second");
        }
    }
}

#[test]
fn a_short_body_that_never_completes_never_reaches_the_backend() {
    let (upstream, _) = recorder();
    let edge = Edge::before(&upstream.url());
    let mut stream = edge.connect();
    stream
        .write_all(format!("{}abc", post(10)).as_bytes())
        .unwrap();
    drop(stream);
    // A later call is answered, the broken one left nothing.
    assert_eq!(edge.get("/api/x").status, 200);
    assert_eq!(upstream.connections(), 1);
}

#[test]
fn a_slow_backend_holds_the_caller_back() {
    let (go_on, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let upstream = RawUpstream::start(move |mut stream, _| {
        read_head(&mut stream).unwrap();
        wait.lock().unwrap().recv().unwrap();
        let mut body = vec![0; 20_000_000];
        stream.read_exact(&mut body).unwrap();
        stream.write_all(OK).unwrap();
    });
    let edge = Edge::before(&upstream.url());
    let mut stream = edge.connect();
    stream.write_all(post(20_000_000).as_bytes()).unwrap();
    stream.set_nonblocking(true).unwrap();
    let chunk = vec![b'x'; 64 * 1024];
    let mut sent = 0;
    let mut quiet = 0;
    // Until nothing moves for a while: what fits is in buffers of sockets and a few of ours.
    while quiet < 20 {
        match stream.write(&chunk[..chunk.len().min(20_000_000 - sent)]) {
            Ok(written) if written > 0 => (sent, quiet) = (sent + written, 0),
            _ => {
                quiet += 1;
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    }
    assert!(
        sent < 19_000_000,
        "{sent} bytes were taken although the backend reads none"
    );
    stream.set_nonblocking(false).unwrap();
    go_on.send(()).unwrap();
    while sent < 20_000_000 {
        sent += stream
            .write(&chunk[..chunk.len().min(20_000_000 - sent)])
            .unwrap();
    }
    assert_eq!(read_response(&mut stream, false).unwrap().status, 200);
}

#[test]
fn calls_after_an_upload_share_its_connection() {
    let (upstream, got) = recorder();
    let edge = Edge::before(&upstream.url());
    let mut stream = edge.connect();
    for _ in 0..5 {
        assert_eq!(
            ask(
                &mut stream,
                &format!("{}{}", post(100_000), "x".repeat(100_000))
            )
            .status,
            200
        );
        assert_eq!(
            ask(&mut stream, &format!("{}{}", post(3), "abc")).status,
            200
        );
    }
    wait_for("ten requests", || {
        (got.lock().unwrap().len() == 10).then_some(())
    });
    assert_eq!(upstream.connections(), 1);
}

#[test]
fn ap_6_a_caller_that_does_not_send_its_body_in_time_is_told_so() {
    let (upstream, _) = recorder();
    let edge = Edge::with_timeout(&upstream.url(), Duration::from_millis(200));
    let answer = edge.ask(&post(10));
    assert_eq!(answer.status, 408);
    edge.note("the request body did not arrive within 0.2 s");
    assert_eq!(upstream.connections(), 0);
}
