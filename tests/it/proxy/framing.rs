//! How responses are framed on their way back.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use crate::support::{Edge, RawUpstream, Response, ask, logged, read_head, read_response};

const GET: &str = "GET /api/x HTTP/1.1\r\nhost: edge\r\n\r\n";

/// Sends a request, then a second one on the same connection: what the first leaves behind would corrupt it.
fn twice(edge: &Edge, first: &str) -> (Response, Response) {
    let mut stream = edge.connect();
    let one = ask(&mut stream, first);
    let two = ask(&mut stream, GET);
    (one, two)
}

/// Answers the first request of the test with `first` and all others with `ok`, whatever the connection.
fn first_then_ok(first: &'static str) -> RawUpstream {
    RawUpstream::start(move |mut stream: TcpStream, _| {
        while let Ok(head) = read_head(&mut stream) {
            let answer = if head.starts_with("GET /api/x ") {
                "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
            } else {
                first
            };
            if head.is_empty() || stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    })
}

fn is_ok(answer: &Response) -> bool {
    answer.status == 200 && answer.body == b"ok"
}

#[test]
fn status_204_and_304_leave_no_bytes_behind() {
    for (first, status) in [
        (
            "HTTP/1.1 204 No Content\r\naccess-control-allow-origin: *\r\n\r\n",
            204,
        ),
        ("HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n", 204),
        ("HTTP/1.1 304 Not Modified\r\netag: \"x\"\r\n\r\n", 304),
    ] {
        let upstream = first_then_ok(first);
        let edge = Edge::before(&upstream.url());
        let (one, two) = twice(&edge, "OPTIONS /api/first HTTP/1.1\r\nhost: edge\r\n\r\n");
        assert_eq!(one.status, status);
        assert_eq!(one.header("transfer-encoding"), None, "{first}");
        assert_eq!(one.header("content-length"), None, "{first}");
        assert!(is_ok(&two), "{two:?}");
    }
}

#[test]
fn status_304_keeps_the_length_that_the_backend_told() {
    let upstream = first_then_ok("HTTP/1.1 304 Not Modified\r\ncontent-length: 1234\r\n\r\n");
    let edge = Edge::before(&upstream.url());
    let (one, two) = twice(&edge, "GET /api/first HTTP/1.1\r\nhost: edge\r\n\r\n");
    assert_eq!(one.header("content-length"), Some("1234"));
    assert!(is_ok(&two));
}

#[test]
fn no_content_type_is_invented() {
    for framing in [
        "content-length: 2\r\n\r\nok",
        "transfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    ] {
        let upstream = RawUpstream::always(format!("HTTP/1.1 200 OK\r\n{framing}"));
        let answer = Edge::before(&upstream.url()).get("/api/x");
        assert!(is_ok(&answer));
        assert_eq!(answer.header("content-type"), None);
    }
}

#[test]
fn a_body_that_ends_with_its_connection_arrives_whole() {
    for version in ["1.1", "1.0"] {
        let upstream = RawUpstream::start(move |mut stream, _| {
            read_head(&mut stream).unwrap();
            write!(stream, "HTTP/{version} 200 OK\r\n\r\nfirst ").unwrap();
            // Not in one piece with the head.
            std::thread::sleep(Duration::from_millis(50));
            stream.write_all(b"second").unwrap();
        });
        let answer = Edge::before(&upstream.url()).get("/api/x");
        assert_eq!((answer.status, &*answer.text()), (200, "first second"));
        assert_eq!(answer.framing, "chunked");
    }
}

#[test]
fn a_truncated_body_never_ends_cleanly() {
    for (what, answer) in [
        ("length", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"),
        (
            "chunk",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab",
        ),
        (
            "last chunk",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n",
        ),
    ] {
        let upstream = RawUpstream::start(move |mut stream, _| {
            read_head(&mut stream).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let edge = Edge::before(&upstream.url());
        let mut stream = edge.connect();
        stream.write_all(GET.as_bytes()).unwrap();
        assert!(read_response(&mut stream, false).is_err(), "{what}");
        crate::support::wait_for("the cause in the log", || {
            (logged(&format!("broke off: {}", upstream.url())) > 0).then_some(())
        });
    }
}

#[test]
fn interim_responses_are_not_the_answer() {
    for interim in [
        "HTTP/1.1 103 Early Hints\r\nlink: </x.css>\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n",
    ] {
        let upstream = RawUpstream::always(format!(
            "{interim}HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
        ));
        let edge = Edge::before(&upstream.url());
        let (one, two) = twice(&edge, GET);
        assert!(is_ok(&one) && is_ok(&two), "{interim}");
    }
}

#[test]
fn each_of_several_cookies_arrives_in_order() {
    let upstream = RawUpstream::always(
        "HTTP/1.1 200 OK\r\nset-cookie: a=1\r\nx-a: 1\r\nset-cookie: b=2\r\nx-a: 2\r\nset-cookie: a=3\r\ncontent-length: 0\r\n\r\n",
    );
    let answer = Edge::before(&upstream.url()).get("/api/x");
    assert_eq!(answer.values("set-cookie"), ["a=1", "b=2", "a=3"]);
    assert_eq!(answer.values("x-a"), ["1", "2"]);
}

#[test]
fn head_keeps_the_length_and_sends_no_byte() {
    for (first, length) in [
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 1234\r\n\r\n",
            Some("1234"),
        ),
        ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", Some("0")),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
            None,
        ),
        ("HTTP/1.1 200 OK\r\nx: y\r\n\r\n", None),
    ] {
        let upstream = first_then_ok(first);
        let edge = Edge::before(&upstream.url());
        let (one, two) = twice(&edge, "HEAD /api/first HTTP/1.1\r\nhost: edge\r\n\r\n");
        assert_eq!(one.header("content-length"), length, "{first}");
        assert_eq!(one.header("transfer-encoding"), None, "{first}");
        assert!(is_ok(&two), "{first}");
    }
}

#[test]
fn many_headers_and_long_heads_pass() {
    let many: String = (0..300)
        .map(|index| format!("x-{index}: {index}\r\n"))
        .collect();
    let long = format!("x-long: {}\r\n", "y".repeat(128 * 1024));
    for (headers, name, length) in [(many, "x-299", 3), (long, "x-long", 128 * 1024)] {
        let upstream = RawUpstream::always(format!(
            "HTTP/1.1 200 OK\r\n{headers}content-length: 2\r\n\r\nok"
        ));
        let answer = Edge::before(&upstream.url()).get("/api/x");
        assert!(is_ok(&answer));
        assert_eq!(answer.header(name).map(str::len), Some(length));
    }
}

#[test]
fn an_endless_head_is_refused_with_its_cause() {
    let upstream = RawUpstream::start(|mut stream, _| {
        read_head(&mut stream).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\n").unwrap();
        let line = format!("x: {}\r\n", "y".repeat(4000));
        while stream.write_all(line.as_bytes()).is_ok() {}
    });
    let edge = Edge::before(&upstream.url());
    let answer = edge.get("/api/x");
    assert_eq!(
        (answer.status, &*answer.text()),
        (500, "Backend call failure")
    );
    edge.note("head is too large");
}

#[test]
fn the_target_arrives_as_it_was_sent() {
    let upstream = RawUpstream::start(|mut stream, _| {
        let head = read_head(&mut stream).unwrap();
        let target = head.split(' ').nth(1).unwrap();
        write!(
            stream,
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{target}",
            target.len()
        )
        .unwrap();
    });
    let edge = Edge::before(&upstream.url());
    for target in [
        "/api/a%2Fb%20c/%C3%A9",
        "/api/../x/./y//z",
        "/api/x?a=1&b=%26&c=a+b&&d",
        "/api/x?",
        "/api/%zz?q='[]|{}",
    ] {
        assert_eq!(edge.get(target).text(), target);
    }
}

#[test]
fn known_lengths_stay_and_unknown_ones_are_chunked() {
    let whole = "x".repeat(100_000);
    let known = RawUpstream::always(format!(
        "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n{whole}"
    ));
    let answer = Edge::before(&known.url()).get("/api/x");
    assert_eq!((answer.framing, &*answer.text()), ("length", &*whole));

    let chunked = RawUpstream::always(format!(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-t\r\n\r\n186A0;ext=1\r\n{whole}\r\n0\r\nx-t: 1\r\n\r\n"
    ));
    let edge = Edge::before(&chunked.url());
    let (one, two) = twice(&edge, GET);
    for answer in [one, two] {
        assert_eq!((answer.framing, &*answer.text()), ("chunked", &*whole));
        assert_eq!(answer.header("trailer"), None);
    }
}

#[test]
fn http_1_0_callers_get_a_body_that_ends_with_the_connection() {
    let upstream = RawUpstream::always(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
    );
    let edge = Edge::before(&upstream.url());
    let mut stream = edge.connect();
    stream
        .write_all(b"GET /api/x HTTP/1.0\r\nhost: edge\r\nconnection: keep-alive\r\n\r\n")
        .unwrap();
    let mut all = String::new();
    stream.read_to_string(&mut all).unwrap();
    assert!(all.starts_with("HTTP/1.0 200"), "{all}");
    assert!(
        !all.to_ascii_lowercase().contains("transfer-encoding"),
        "{all}"
    );
    assert!(all.ends_with("\r\n\r\nabcde"), "{all}");
}

#[test]
fn ap_5_an_upstream_that_switches_protocols_is_a_failure() {
    let upstream = RawUpstream::once(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
    );
    let edge = Edge::before(&upstream.url());
    let answer = edge.get("/api/x");
    assert_eq!(
        (answer.status, &*answer.text()),
        (500, "Backend call failure")
    );
    edge.note("switched protocols");
}

#[test]
fn ap_45_and_ap_13_errors_pass_as_they_are_and_nothing_is_added() {
    let upstream = RawUpstream::always(
        "HTTP/1.1 503 Service Unavailable\r\ndate: Thu, 01 Jan 1970 00:00:00 GMT\r\nserver: mine\r\nretry-after: 3\r\ncontent-length: 4\r\n\r\nbusy",
    );
    let answer = Edge::before(&upstream.url()).get("/api/x");
    assert_eq!((answer.status, &*answer.text()), (503, "busy"));
    let mut names: Vec<_> = answer
        .headers
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["content-length", "date", "retry-after", "server"]);
    assert_eq!(answer.header("date"), Some("Thu, 01 Jan 1970 00:00:00 GMT"));
}

#[test]
fn the_first_event_of_a_stream_is_delivered_at_once() {
    let (go_on, wait) = std::sync::mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let upstream = RawUpstream::start(move |mut stream, _| {
        read_head(&mut stream).unwrap();
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n")
            .unwrap();
        wait.lock().unwrap().recv().unwrap();
        stream.write_all(b"9\r\ndata: 2\n\n\r\n0\r\n\r\n").unwrap();
    });
    let edge = Edge::before(&upstream.url());
    let mut stream = edge.connect();
    stream.write_all(GET.as_bytes()).unwrap();
    let head = read_head(&mut stream).unwrap();
    assert!(head.contains("text/event-stream"));
    assert_eq!(
        crate::support::read_chunk(&mut stream).unwrap().unwrap(),
        b"data: 1\n\n"
    );
    // Only now is the second event sent: the first did not wait for it.
    go_on.send(()).unwrap();
    assert_eq!(
        crate::support::read_chunk(&mut stream).unwrap().unwrap(),
        b"data: 2\n\n"
    );
    assert_eq!(crate::support::read_chunk(&mut stream).unwrap(), None);
}

#[test]
fn a_head_alone_is_delivered_before_the_first_byte_of_its_body() {
    let (go_on, wait) = std::sync::mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let upstream = RawUpstream::start(move |mut stream, _| {
        read_head(&mut stream).unwrap();
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
            .unwrap();
        wait.lock().unwrap().recv().unwrap();
        stream.write_all(b"data: 1\n\n").unwrap();
    });
    let edge = Edge::before(&upstream.url());
    let mut stream = edge.connect();
    stream.write_all(GET.as_bytes()).unwrap();
    assert!(read_head(&mut stream).unwrap().starts_with("HTTP/1.1 200"));
    go_on.send(()).unwrap();
    assert_eq!(
        crate::support::read_chunk(&mut stream).unwrap().unwrap(),
        b"data: 1\n\n"
    );
}

#[test]
fn a_transfer_coding_that_would_be_lost_on_the_way_is_a_failure() {
    for coding in ["gzip, chunked", "gzip", "identity"] {
        let upstream = RawUpstream::once(format!(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: {coding}\r\n\r\n2\r\n\x1f\r\n0\r\n\r\n"
        ));
        let edge = Edge::before(&upstream.url());
        let answer = edge.get("/api/x");
        assert_eq!(
            (answer.status, &*answer.text()),
            (500, "Backend call failure"),
            "{coding}"
        );
        edge.note("transfer coding");
    }
}
