//! How often memory is taken for one decision and one request. The counts are the same on every machine, and nothing adds to
//! them unseen.
//!
//! All threads of a process are counted, so the emulator runs in one of its own, whose other end, client and backend, takes
//! none: this program once more, with the arguments of `cygnet start`.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program of tests"
)]

use std::alloc::System;
use std::env;
use std::hint::black_box;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use cygnet::config;
use cygnet::finding::Source;
use cygnet::routing::{RequestFacts, Rules, decide};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static MEMORY: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Set where the emulator runs and is counted; its value is the port that it is told.
const COUNTED: &str = "COUNTED_AT_PORT";
/// Requests of one round.
const REQUESTS: usize = 100;
const ROUNDS: usize = 20;
/// More requests than the inspector keeps before somebody looks.
const KEPT: usize = 1100;
/// A file that was written less than two seconds ago is read for each request.
const SETTLED: Duration = Duration::from_secs(4);
const PATIENCE: Duration = Duration::from_secs(60);
const PAGE: &str = "<!doctype html><title>Home</title>";
const ANSWER: &str = r#"{"message":"hello"}"#;

/// Requests, and how often memory is taken for one of them at most: with the inspector, and without.
const LIMITS: [(&str, &str, [usize; 2]); 4] = [
    ("page", "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n", [5, 5]),
    (
        "page, as a browser asks",
        "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: keep-alive\r\ncache-control: max-age=0\r\nupgrade-insecure-requests: 1\r\n\
         user-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\r\naccept: text/html,application/xhtml+xml,*/*;q=0.8\r\n\
         sec-fetch-site: none\r\nsec-fetch-mode: navigate\r\nsec-fetch-dest: document\r\naccept-language: en-US,en;q=0.9\r\n\r\n",
        [18, 18],
    ),
    (
        "API call",
        "GET /api/hello HTTP/1.1\r\nhost: localhost\r\n\r\n",
        [21, 18],
    ),
    (
        "API call with a body",
        "POST /api/hello HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\n\r\nhello",
        [26, 23],
    ),
];

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let first = arguments.next();
    match (env::var(COUNTED), first.as_deref()) {
        (Ok(port), Some("start")) => {
            thread::spawn(cygnet::cli::main);
            count(port.parse().expect("a port"));
        }
        // What the emulator starts of itself.
        (Ok(_), _) => return cygnet::cli::main(),
        (Err(_), Some("--list")) => {}
        (Err(_), _) => {
            a_decision_takes_no_memory();
            let backend = backend();
            requests_take_memory_so_many_times(backend, 0, &[]);
            requests_take_memory_so_many_times(backend, 1, &["--no-inspect"]);
        }
    }
    ExitCode::SUCCESS
}

fn a_decision_takes_no_memory() {
    let text = r#"{
        "navigationFallback": { "rewrite": "/index.html", "exclude": ["/img/*.{png,jpg}"] },
        "routes": [
            { "route": "/old", "redirect": "/new" },
            { "route": "/docs/*", "headers": { "x-doc": "1" } },
            { "route": "/secure/*", "allowedRoles": ["admin"] },
            { "route": "/assets/*.{css,js}", "rewrite": "/index.html" }
        ]
    }"#;
    let read = config::read(&Source::new("staticwebapp.config.json", text));
    let rules = Rules::new(Arc::new(read.config.expect("it is valid")));
    for path in [
        "/",
        "/old",
        "/docs/a/b",
        "/secure/x",
        "/assets/app.js",
        "/api/x",
        "/no/such/page",
    ] {
        let facts = RequestFacts::of_get(path);
        let region = Region::new(MEMORY);
        black_box(decide(black_box(&rules), black_box(&facts)));
        assert_eq!(region.change().allocations, 0, "{path}");
    }
}

/// Starts the emulator in a process of its own, which prints its counts.
fn requests_take_memory_so_many_times(backend: u16, mode: usize, options: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("index.html"), PAGE).unwrap();
    let free = TcpListener::bind("localhost:0").unwrap().local_addr();
    let port = free.unwrap().port();
    let output = Command::new(env::current_exe().unwrap())
        .args(["start", ".", "--host", "localhost", "--verbose", "silent"])
        .args(["--port", &port.to_string()])
        .args([
            "--api-devserver-url",
            &format!("http://localhost:{backend}"),
        ])
        .args(options)
        .current_dir(folder.path())
        .env("CYGNET_STATE_DIR", folder.path().join(".state"))
        .env(COUNTED, port.to_string())
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    let counts: Vec<usize> = printed
        .lines()
        .filter_map(|line| line.parse().ok())
        .collect();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(counts.len(), LIMITS.len(), "{printed}\n{errors}");
    println!("with {options:?}: {counts:?}");
    let more: Vec<String> = LIMITS
        .iter()
        .zip(counts.iter().copied())
        .filter(|((.., limits), count)| *count > limits[mode])
        .map(|((name, _, limits), count)| format!("{name}: {count}, not {}", limits[mode]))
        .collect();
    assert!(more.is_empty(), "with {options:?}: {more:?}");
}

/// Prints how often memory is taken for each kind of request.
fn count(port: u16) {
    let started = Instant::now();
    let mut stream = loop {
        match TcpStream::connect(("localhost", port)) {
            Ok(stream) => break stream,
            Err(error) => assert!(started.elapsed() < PATIENCE, "{error}"),
        }
        thread::sleep(Duration::from_millis(10));
    };
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    for (_, request, _) in LIMITS {
        let mut asked = 0;
        while asked < KEPT || started.elapsed() < SETTLED {
            ask(&mut stream, request);
            asked += 1;
        }
        // What other threads do meanwhile is no part of a request: the quietest round tells.
        let counts = (0..ROUNDS).map(|_| {
            let region = Region::new(MEMORY);
            for _ in 0..REQUESTS {
                ask(&mut stream, request);
            }
            let taken = region.change();
            (taken.allocations + taken.reallocations) / REQUESTS
        });
        println!("{}", counts.min().unwrap_or_default());
    }
}

fn ask(stream: &mut TcpStream, request: &str) {
    stream.write_all(request.as_bytes()).unwrap();
    let (mut buffer, mut length) = ([0; 16 * 1024], 0);
    while !is_whole(&buffer[..length]) {
        let read = stream.read(&mut buffer[length..]).unwrap();
        assert!(read > 0, "{}", String::from_utf8_lossy(&buffer[..length]));
        length += read;
    }
    assert!(
        buffer.starts_with(b"HTTP/1.1 200"),
        "{}",
        String::from_utf8_lossy(&buffer[..length])
    );
}

/// Whether a response has come with all of its body.
fn is_whole(response: &[u8]) -> bool {
    const LENGTH: &[u8] = b"\r\ncontent-length: ";
    let find = |text: &[u8]| response.windows(text.len()).position(|part| part == text);
    let (Some(head), Some(length)) = (find(b"\r\n\r\n"), find(LENGTH)) else {
        return false;
    };
    let digits = response[length + LENGTH.len()..].iter();
    let digits = digits.take_while(|byte| byte.is_ascii_digit());
    let length = digits.fold(0, |length, digit| 10 * length + usize::from(digit - b'0'));
    response.len() >= head + 4 + length
}

/// Answers every request on every connection; its port.
fn backend() -> u16 {
    let listener = TcpListener::bind("localhost:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || answer_all(stream.unwrap()));
        }
    });
    port
}

fn answer_all(mut stream: TcpStream) {
    let length = ANSWER.len();
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{ANSWER}"
    );
    let mut seen = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        seen.extend_from_slice(&buffer[..read]);
        // Bodies are short and come with their heads, or are what is left.
        let Some(head) = seen.windows(4).position(|end| end == b"\r\n\r\n") else {
            continue;
        };
        let has_body = seen.starts_with(b"POST");
        if !has_body || seen.len() > head + 4 {
            seen.clear();
            stream.write_all(answer.as_bytes()).unwrap();
        }
    }
}
