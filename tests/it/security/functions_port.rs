//! Callers of the functions' own port who are slow, or many.

use std::io::{Read, Write};
use std::net::{Ipv6Addr, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::functions_app::{A_WHILE, ARGS, FunctionsApp, folder};
use crate::emulator::{Emulator, eventually};

const SETTINGS: &str = r#"{"IsEncrypted": false}"#;

/// Longer than a head may take, with a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn a_head_that_does_not_end_ends_its_connection() {
    let app = FunctionsApp::start(SETTINGS, &[]);
    let mut slow = ["", "GET /api/echo HTTP/1.1\r\nHost: local"].map(|start| {
        let mut stream = TcpStream::connect(("127.0.0.1", app.own_port)).unwrap();
        stream.write_all(start.as_bytes()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    });
    // They hold nobody up.
    assert_eq!(app.ask("GET", "/api/echo", &[], "").status, 200);
    for stream in &mut slow {
        let mut rest = Vec::new();
        stream
            .read_to_end(&mut rest)
            .expect("the connection is closed");
    }
}

#[test]
fn both_families_of_localhost_are_answered() {
    if std::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        return; // A machine without IPv6.
    }
    let app = FunctionsApp::start(SETTINGS, &[]);
    let mut stream = TcpStream::connect((Ipv6Addr::LOCALHOST, app.own_port)).unwrap();
    let request = b"GET /admin/host/ping HTTP/1.1\r\nHost: [::1]\r\nConnection: close\r\n\r\n";
    stream.write_all(request).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[test]
fn more_connections_than_it_serves_wait() {
    /// As many as it serves at a time.
    const PLACES: usize = 512;
    // This process holds them too.
    let limit = getrlimit(Resource::Nofile);
    let current = limit.maximum;
    setrlimit(Resource::Nofile, Rlimit { current, ..limit }).unwrap();
    let app = FunctionsApp::start(SETTINGS, &[]);
    let connect = |_| TcpStream::connect(("127.0.0.1", app.own_port)).unwrap();
    let held: Vec<TcpStream> = (0..PLACES).map(connect).collect();
    let mut late = connect(0);
    let request = b"GET /api/echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    late.write_all(request).unwrap();
    late.set_read_timeout(Some(A_WHILE)).unwrap();
    assert!(late.read(&mut [0]).is_err(), "it waits");
    drop(held);
    late.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut answer = String::new();
    late.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

/// Processor time that a process has used, in ticks of 10 ms.
fn ticks(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let (_, rest) = stat.rsplit_once(") ").unwrap();
    let fields: Vec<&str> = rest.split(' ').collect();
    [11, 12]
        .map(|at| fields[at].parse::<u64>().unwrap())
        .iter()
        .sum()
}

#[test]
fn without_descriptors_it_waits_for_some() {
    let limited = |folder: &std::path::Path| {
        let mut command = Command::new("sh");
        let start = "ulimit -n 80; exec \"$0\" \"$@\"";
        command
            .args(["-c", start, env!("CARGO_BIN_EXE_cygnet")])
            .args(ARGS);
        Emulator::run(command, folder)
    };
    let app = FunctionsApp::run(folder(SETTINGS), limited);
    let pid = app.emulator.pid();
    let connect = |_| TcpStream::connect(("127.0.0.1", app.own_port)).unwrap();
    let held: Vec<TcpStream> = (0..100).map(connect).collect();
    app.emulator
        .wait_for_output("no connection to the port of the functions is accepted");
    let (before, start) = (ticks(pid), Instant::now());
    std::thread::sleep(Duration::from_secs(2));
    let used = ticks(pid) - before;
    assert!(used < 50, "{used} ticks in {:?}", start.elapsed());
    drop(held);
    eventually("an answer", || {
        app.ask("GET", "/api/echo", &[], "").status == 200
    });
}

#[test]
fn the_limit_of_descriptors_is_raised_to_what_the_system_allows() {
    let folder = crate::emulator::site(None);
    let mut command = Command::new("sh");
    let start = "ulimit -Sn 100; ulimit -Hn 400; exec \"$0\" \"$@\"";
    command.args(["-c", start, env!("CARGO_BIN_EXE_cygnet")]);
    let emulator = Emulator::run(command, folder.path());
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", emulator.pid())).unwrap();
    let files = limits
        .lines()
        .find(|line| line.starts_with("Max open files"));
    let words: Vec<&str> = files.unwrap().split_whitespace().collect();
    assert_eq!(words[3..5], ["400", "400"]);
}
