//! Small pieces of an answer reach the caller when they are sent, not when the one before them is acknowledged.

use std::io::Write;
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

use crate::emulator::{Emulator, site};
use crate::support::{RawUpstream, read_chunk, read_head};

/// A client acknowledges a lonely piece after 40 ms, and a sender that waits for that delays each following one.
const HELD_BACK: Duration = Duration::from_millis(35);

#[test]
fn the_second_piece_of_an_answer_is_not_held_back() {
    let (go, told) = mpsc::channel();
    let told = Mutex::new(told);
    let upstream = RawUpstream::start(move |mut stream, _| {
        let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n";
        // What is held back shall be the emulator's.
        stream.set_nodelay(true).unwrap();
        while read_head(&mut stream).is_ok_and(|head| !head.is_empty()) {
            stream.write_all(head).unwrap();
            told.lock().unwrap().recv().unwrap();
            stream.write_all(b"3\r\ntwo\r\n0\r\n\r\n").unwrap();
        }
    });
    let folder = site(None);
    let words = ["start", ".", "--api-devserver-url", &upstream.url()];
    let emulator = Emulator::start(folder.path(), &words);
    let mut caller = emulator.connect();
    // On a new connection the first pieces are acknowledged at once.
    let gaps = (0..40).map(|_| {
        write!(
            caller,
            "GET /api/tokens HTTP/1.1\r\nHost: localhost\r\n\r\n"
        )
        .unwrap();
        read_head(&mut caller).unwrap();
        assert_eq!(read_chunk(&mut caller).unwrap().unwrap(), b"one");
        let sent = Instant::now();
        go.send(()).unwrap();
        assert_eq!(read_chunk(&mut caller).unwrap().unwrap(), b"two");
        let gap = sent.elapsed();
        assert_eq!(read_chunk(&mut caller).unwrap(), None);
        gap
    });
    // However busy the machine is, some pieces are quick unless all are held back.
    let gaps: Vec<Duration> = gaps.skip(20).collect();
    assert!(gaps.iter().min().unwrap() < &HELD_BACK, "{gaps:?}");
}
