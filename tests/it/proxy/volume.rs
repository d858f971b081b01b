//! Large bodies, slow readers, many idle streams: memory stays bounded.

use std::{
    io::{Read, Write},
    net::TcpStream,
    process::Command,
    sync::mpsc,
    time::{Duration, Instant},
};

use crate::support::{
    Edge, RawUpstream, closes_within, header, read_chunk, read_head, read_response,
};
use cygnet::backend::{BackendKind, Limits};

const MIB: usize = 1024 * 1024;
const VOLUME: usize = 1024 * MIB;

/// What a stream of any length may add to the memory of the process: buffers of both sides and of the test itself.
const ALLOWED: usize = 24 * MIB;

/// Set in the process that a test runs in.
const ALONE: &str = "CYGNET_TEST_ALONE";

/// Runs a test of this file in a process of its own, so that nobody else's memory is measured.
fn alone(test: &str, body: impl FnOnce()) {
    if std::env::var_os(ALONE).is_some() {
        return body();
    }
    let (_, path) = module_path!().split_once("::").unwrap();
    let ended = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("{path}::{test}"), "--nocapture"])
        .env(ALONE, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(
        ended.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&ended.stderr)
    );
}

/// Resident memory of this process, in bytes.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<usize>()
        .unwrap()
        * 1024
}

/// The most by which memory grows while `work` runs.
fn growth(work: impl FnOnce()) -> usize {
    let before = resident();
    let (stop, stopped) = mpsc::channel::<()>();
    let watch = std::thread::spawn(move || {
        let mut most = 0;
        while stopped.recv_timeout(Duration::from_millis(10))
            == Err(mpsc::RecvTimeoutError::Timeout)
        {
            most = most.max(resident());
        }
        most.max(resident())
    });
    work();
    stop.send(()).unwrap();
    watch.join().unwrap().saturating_sub(before)
}

/// A body whose every byte tells its position, one megabyte of it.
fn pattern() -> Vec<u8> {
    (0..MIB)
        .map(|index| u8::try_from(index % 251).unwrap())
        .collect()
}

/// Reads `VOLUME` bytes in the pattern; panics on the first that differs.
fn read_pattern(stream: &mut TcpStream) {
    let pattern = pattern();
    let mut piece = vec![0; MIB];
    for _ in 0..VOLUME / MIB {
        stream.read_exact(&mut piece).unwrap();
        assert!(piece == pattern, "bytes differ");
    }
}

fn write_pattern(stream: &mut TcpStream) {
    let pattern = pattern();
    for _ in 0..VOLUME / MIB {
        stream.write_all(&pattern).unwrap();
    }
}

#[test]
fn a_large_download_passes_unchanged_in_bounded_memory() {
    alone(
        "a_large_download_passes_unchanged_in_bounded_memory",
        || {
            let upstream = RawUpstream::start(|mut stream, _| {
                read_head(&mut stream).unwrap();
                write!(
                    stream,
                    "HTTP/1.1 200 OK\r\ncontent-length: {VOLUME}\r\n\r\n"
                )
                .unwrap();
                write_pattern(&mut stream);
            });
            let edge = Edge::before(&upstream.url());
            let grown = growth(|| {
                let mut stream = edge.connect();
                stream
                    .write_all(b"GET /api/x HTTP/1.1\r\nhost: edge\r\n\r\n")
                    .unwrap();
                read_head(&mut stream).unwrap();
                read_pattern(&mut stream);
            });
            assert!(grown < ALLOWED, "{} KiB", grown / 1024);
        },
    );
}

#[test]
fn a_large_upload_passes_unchanged_in_bounded_memory() {
    alone("a_large_upload_passes_unchanged_in_bounded_memory", || {
        let upstream = RawUpstream::start(|mut stream, _| {
            let head = read_head(&mut stream).unwrap();
            assert_eq!(header(&head, "content-length"), Some(&*VOLUME.to_string()));
            read_pattern(&mut stream);
            stream
                .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
                .unwrap();
        });
        let limits = Limits {
            max_request_bytes: u64::MAX,
            ..Limits::default()
        };
        let edge = Edge::start(&upstream.url(), BackendKind::Functions, limits);
        let grown = growth(|| {
            let mut stream = edge.connect();
            write!(
                stream,
                "POST /api/x HTTP/1.1\r\nhost: edge\r\ncontent-length: {VOLUME}\r\n\r\n"
            )
            .unwrap();
            write_pattern(&mut stream);
            assert_eq!(read_response(&mut stream, false).unwrap().status, 204);
        });
        assert!(grown < ALLOWED, "{} KiB", grown / 1024);
    });
}

#[test]
fn a_slow_reader_holds_the_backend_back() {
    alone("a_slow_reader_holds_the_backend_back", || {
        let (report, sent) = mpsc::channel();
        let upstream = RawUpstream::start(move |mut stream, _| {
            read_head(&mut stream).unwrap();
            write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-length: {VOLUME}\r\n\r\n"
            )
            .unwrap();
            stream
                .set_write_timeout(Some(Duration::from_millis(500)))
                .unwrap();
            let chunk = vec![0; 64 * 1024];
            let mut sent = 0;
            while sent < VOLUME {
                match stream.write(&chunk) {
                    Ok(written) if written > 0 => sent += written,
                    _ => break,
                }
            }
            report.send(sent).unwrap();
        });
        let edge = Edge::before(&upstream.url());
        let grown = growth(|| {
            let mut stream = edge.connect();
            stream
                .write_all(b"GET /api/x HTTP/1.1\r\nhost: edge\r\n\r\n")
                .unwrap();
            read_head(&mut stream).unwrap();
            // Nothing is read; the backend gets stuck for half a second.
            let sent = sent.recv_timeout(crate::support::PATIENCE).unwrap();
            assert!(
                sent < VOLUME / 4,
                "{} KiB were taken although nobody reads",
                sent / 1024
            );
        });
        assert!(grown < ALLOWED, "{} KiB", grown / 1024);
    });
}

#[test]
fn two_hundred_idle_event_streams_cost_little_and_delay_nobody() {
    alone(
        "two_hundred_idle_event_streams_cost_little_and_delay_nobody",
        || {
            let (ended, has_ended) = mpsc::channel();
            let upstream = RawUpstream::start(move |mut stream, _| {
                let head = read_head(&mut stream).unwrap();
                if head.starts_with("GET /api/events") {
                    stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: 1\n\n")
                .unwrap();
                    closes_within(&mut stream, Duration::from_secs(9));
                    ended.send(()).unwrap();
                } else {
                    stream
                        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
                        .unwrap();
                }
            });
            let edge = Edge::before(&upstream.url());
            let mut streams = Vec::new();
            let grown = growth(|| {
                for _ in 0..200 {
                    let mut stream = edge.connect();
                    stream
                        .write_all(b"GET /api/events HTTP/1.1\r\nhost: edge\r\n\r\n")
                        .unwrap();
                    read_head(&mut stream).unwrap();
                    assert_eq!(read_chunk(&mut stream).unwrap().unwrap(), b"data: 1\n\n");
                    streams.push(stream);
                }
                let start = Instant::now();
                assert_eq!(edge.get("/api/x").status, 200);
                assert!(start.elapsed() < Duration::from_secs(1));
            });
            assert!(
                grown < 2 * ALLOWED,
                "{} KiB for 200 streams and as many threads of the test",
                grown / 1024
            );
            drop(streams);
            let start = Instant::now();
            for _ in 0..200 {
                has_ended
                    .recv_timeout(Duration::from_secs(2))
                    .expect("each backend connection ends");
            }
            assert!(start.elapsed() < Duration::from_secs(3));
        },
    );
}
