//! The real binary under everything at once, while configuration, content and API change every second: static files,
//! ranges, sign-in, Node.js functions, event streams, bodies that are too large, requests that are dropped half way, and
//! peers that read or write slowly. Every answer is checked, and none may be lost.
//!
//! A few seconds by default. The long run, with its report:
//!
//! ```text
//! CYGNET_LOAD_SECONDS=600 cargo test --test functions load:: -- --nocapture --test-threads 1
//! ```

mod client;
mod measure;
mod report;
mod site;
mod traffic;

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, Mutex};
use std::time::{Duration, Instant};

use self::client::{Client, signed_in};
use self::measure::{Samples, open_files};
use self::report::Report;
use self::site::Site;
use self::traffic::Visitor;
use crate::emulator::{PATIENCE, eventually};

/// How many ask as fast as they can.
const VISITORS: usize = 6;

/// How long the mixed traffic lasts.
fn duration() -> Duration {
    let seconds = std::env::var("CYGNET_LOAD_SECONDS").ok();
    let seconds = seconds.map_or(5, |text| {
        text.parse().expect("CYGNET_LOAD_SECONDS is a number")
    });
    Duration::from_secs(seconds)
}

#[test]
fn no_answer_is_wrong_or_lost_while_everything_is_reloaded_every_second() {
    let site = Site::new();
    let emulator = site.start();
    let (port, pid) = (emulator.port, emulator.pid());
    let (done, report) = (AtomicBool::new(false), Mutex::new(Report::default()));
    let mut samples = Samples::default();
    std::thread::scope(|scope| {
        for number in 0..VISITORS {
            let (site, done, report) = (&site, &done, &report);
            scope.spawn(move || {
                let mut visitor = Visitor::new(port, site, number);
                let mut own = Report::default();
                while !done.load(Ordering::Relaxed) {
                    visitor.next(&mut own);
                }
                report.lock().unwrap().add(own);
            });
        }
        for slow in [traffic::slow_reader, traffic::slow_writer] {
            let (site, done, report) = (&site, &done, &report);
            scope.spawn(move || {
                let mut own = Report::default();
                while !done.load(Ordering::Relaxed) {
                    slow(port, site, &mut own);
                }
                report.lock().unwrap().add(own);
            });
        }
        // A reload a second is what is asked for: the pace is the load, nothing is waited for.
        let end = Instant::now() + duration();
        while Instant::now() < end {
            site.publish_next();
            samples.take(pid);
            std::thread::sleep(Duration::from_secs(1));
        }
        done.store(true, Ordering::Relaxed);
    });
    let report = report.into_inner().unwrap();
    println!("{report}\n{samples}");
    report.assert_sound();
    samples.assert_steady();

    // The last state of everything arrives.
    let last = site.published();
    let mut client = Client::new(port);
    eventually("the last configuration", || {
        site::generation_of_header(&client.get("/", "")) == Some(last)
    });
    eventually("the last code of the API", || {
        site::generation_of_json(&client.get("/api/who", "")) == Some(last)
    });
}

#[test]
fn users_never_see_each_other() {
    const USERS: usize = 256;
    let site = Site::new();
    let emulator = site.start();
    let port = emulator.port;
    let together = Barrier::new(USERS);
    std::thread::scope(|scope| {
        for number in 0..USERS {
            let (together, site) = (&together, &site);
            let thread = std::thread::Builder::new().stack_size(256 << 10);
            let visit = move || {
                let name = format!("user-{number}");
                together.wait();
                let mut client = Client::new(port);
                let cookie = signed_in(&mut client, &name);
                for _ in 0..4 {
                    site.check_principal(&client.get("/.auth/me", &cookie), &name)
                        .unwrap();
                    site.check_principal(&client.get("/api/who", &cookie), &name)
                        .unwrap();
                }
            };
            thread.spawn_scoped(scope, visit).unwrap();
        }
    });
}

#[test]
fn ten_thousand_connections_leave_nothing_behind() {
    let site = Site::new();
    let emulator = site.start();
    let pid = emulator.pid();
    Client::new(emulator.port).get("/api/who", "");
    let before = open_files(pid);
    for number in 0..10_000 {
        let mut stream = TcpStream::connect(("127.0.0.1", emulator.port)).unwrap();
        match number % 4 {
            0 => {}
            1 => stream.write_all(b"GET / HTTP/1.1\r\nHost: loc").unwrap(),
            2 => stream
                .write_all(b"GET /big.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
                .unwrap(),
            _ => stream
                .write_all(
                    b"POST /api/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf",
                )
                .unwrap(),
        }
        // Reset instead of closed: the port is free at once.
        socket2::SockRef::from(&stream)
            .set_linger(Some(Duration::ZERO))
            .unwrap();
    }
    eventually("as few open files as before", || {
        open_files(pid) <= before + 4
    });
    let asked = Instant::now();
    assert_eq!(Client::new(emulator.port).get("/", "").status, 200);
    assert!(asked.elapsed() < PATIENCE);
}
