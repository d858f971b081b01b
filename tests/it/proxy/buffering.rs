//! AP-10: what the edge of Azure collects before it sends it, under `--strict`; a word about it otherwise.

use std::{
    io::Write,
    sync::{
        Arc, Mutex,
        mpsc::{self, Sender},
    },
    time::Duration,
};

use crate::support::{Edge, RawUpstream, logged, read_chunk, read_head, read_response, wait_for};
use cygnet::backend::{BackendKind, Limits};

/// A backend that sends one piece of its body and the other one when it is told to.
fn in_two_pieces(kind: &str) -> (RawUpstream, Sender<()>) {
    let (go, told) = mpsc::channel();
    let told = Mutex::new(told);
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n"
    );
    let upstream = RawUpstream::start(move |mut stream, _| {
        while read_head(&mut stream).is_ok() {
            stream.write_all(head.as_bytes()).unwrap();
            told.lock().unwrap().recv().unwrap();
            stream.write_all(b"6\r\nsecond\r\n0\r\n\r\n").unwrap();
        }
    });
    (upstream, go)
}

fn strict(upstream: &RawUpstream) -> Edge {
    let limits = Limits {
        is_strict: true,
        ..Limits::default()
    };
    Edge::start(&upstream.url(), BackendKind::Functions, limits)
}

#[test]
fn under_strict_nothing_is_sent_before_the_whole_is_there() {
    // AP-10, B1-11.
    let (upstream, go) = in_two_pieces("text/html");
    let edge = strict(&upstream);
    let mut stream = edge.connect();
    write!(stream, "GET /api/page HTTP/1.1\r\nhost: edge\r\n\r\n").unwrap();
    stream.set_nonblocking(true).unwrap();
    let told = Arc::new(Mutex::new(false));
    let watcher = {
        let told = Arc::clone(&told);
        let stream = stream.try_clone().unwrap();
        std::thread::spawn(move || {
            let mut byte = [0];
            // Until the first byte of the answer: was the backend told to go on by then?
            wait_for("an answer", || match stream.peek(&mut byte) {
                Ok(length) if length > 0 => Some(*told.lock().unwrap()),
                _ => None,
            })
        })
    };
    // Time enough for a first piece to come through, were it let through; the assertion does not depend on it.
    std::thread::sleep(Duration::from_millis(100));
    *told.lock().unwrap() = true;
    go.send(()).unwrap();
    assert!(watcher.join().unwrap(), "sent before the backend had ended");
    stream.set_nonblocking(false).unwrap();
    let answer = read_response(&mut stream, false).unwrap();
    assert_eq!(answer.text(), "firstsecond");
    assert_eq!(answer.header("content-length"), Some("11"));
}

#[test]
fn under_strict_event_streams_and_octet_streams_still_stream() {
    for kind in [
        "text/event-stream; charset=utf-8",
        "application/octet-stream",
    ] {
        let (upstream, go) = in_two_pieces(kind);
        let edge = strict(&upstream);
        let mut stream = edge.connect();
        write!(stream, "GET /api/events HTTP/1.1\r\nhost: edge\r\n\r\n").unwrap();
        let head = read_head(&mut stream).unwrap();
        assert!(head.contains("200"), "{head}");
        assert_eq!(read_chunk(&mut stream).unwrap().unwrap(), b"first");
        go.send(()).unwrap();
        assert_eq!(read_chunk(&mut stream).unwrap().unwrap(), b"second");
    }
}

#[test]
fn under_strict_a_truncated_answer_is_a_failed_call() {
    let upstream =
        RawUpstream::once("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n");
    let edge = strict(&upstream);
    let answer = edge.get("/api/broken");
    assert_eq!(answer.status, 500);
    assert_eq!(answer.text(), "Backend call failure");
    edge.note("the response broke off");
}

#[test]
fn under_strict_a_head_keeps_its_length() {
    let upstream = RawUpstream::always("HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n");
    let edge = strict(&upstream);
    let mut stream = edge.connect();
    write!(stream, "HEAD /api/x HTTP/1.1\r\nhost: edge\r\n\r\n").unwrap();
    let answer = read_response(&mut stream, true).unwrap();
    assert_eq!(answer.header("content-length"), Some("12"));
}

#[test]
fn otherwise_it_streams_and_is_told_once_for_each_path() {
    let (upstream, go) = in_two_pieces("text/html");
    let edge = Edge::before(&upstream.url());
    for _ in 0..2 {
        let mut stream = edge.connect();
        write!(stream, "GET /api/told?n=1 HTTP/1.1\r\nhost: edge\r\n\r\n").unwrap();
        read_head(&mut stream).unwrap();
        assert_eq!(read_chunk(&mut stream).unwrap().unwrap(), b"first");
        // The pause is the thing that is tested.
        std::thread::sleep(Duration::from_millis(250));
        go.send(()).unwrap();
        assert_eq!(read_chunk(&mut stream).unwrap().unwrap(), b"second");
    }
    assert_eq!(logged("GET /api/told: the response is streamed here"), 1);
}
