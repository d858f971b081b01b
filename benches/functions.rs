//! `cargo bench --bench functions`: from the start of the emulator to the first answer of `/api`, and requests a second through
//! the front door beside the same worker called directly, in one run. The worker is a custom handler in Node.js, since that
//! is one that can be called both ways; Node.js functions are measured through both doors of the host.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::zombie_processes,
    clippy::disallowed_methods,
    reason = "a program for developers"
)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const CLIENTS: usize = 8;
const SECONDS: u64 = 4;
const ROUNDS: usize = 3;

const TRIGGER: &str = r#"{"bindings": [{"type": "httpTrigger", "authLevel": "anonymous", "direction": "in", "name": "req"}, {"type": "http", "direction": "out", "name": "res"}]}"#;
const HANDLER: &str = "const http = require('http'), fs = require('fs'); const port = process.env.FUNCTIONS_CUSTOMHANDLER_PORT; fs.writeFileSync('port.txt', port); http.createServer((request, response) => { response.setHeader('content-type', 'text/plain'); response.end('hello'); }).listen(port, '127.0.0.1');";

fn main() {
    let root = tempfile::tempdir().unwrap();
    let file = |path: &str, text: &str| {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    file("dist/index.html", "x");
    file(
        "custom/host.json",
        r#"{"version": "2.0", "customHandler": {"description": {"defaultExecutablePath": "node", "arguments": ["handler.js"]}, "enableForwardingHttpRequest": true}}"#,
    );
    file("custom/handler.js", HANDLER);
    file("custom/hello/function.json", TRIGGER);
    file("node/host.json", r#"{"version": "2.0"}"#);
    file("node/package.json", "{}");
    file("node/hello/function.json", TRIGGER);
    file(
        "node/hello/index.js",
        "module.exports = async (context) => { context.res = { body: 'hello' }; };",
    );

    println!("start to the first answer of /api, beside `node -e 0` (ratio)");
    let node: Vec<f64> = (0..5)
        .map(|_| timed(|| drop(Command::new("node").args(["-e", "0"]).output())))
        .collect();
    let first: Vec<f64> = (0..5)
        .map(|_| {
            let begun = Instant::now();
            let emulator = Emulator::start(root.path(), "node");
            assert!(get(emulator.port).contains("hello"));
            begun.elapsed().as_secs_f64()
        })
        .collect();
    println!("  Node.js functions   {:.2}", median(first) / median(node));

    println!("requests a second, front door beside the worker called directly (ratio)");
    let emulator = Emulator::start(root.path(), "custom");
    assert!(get(emulator.port).contains("hello"));
    let direct: u16 = fs::read_to_string(root.path().join("custom/port.txt"))
        .unwrap()
        .parse()
        .unwrap();
    println!("  custom handler      {:.2}", ratio(emulator.port, direct));
    drop(emulator);

    println!("requests a second, front door beside the host's own port (ratio)");
    let emulator = Emulator::start(root.path(), "node");
    assert!(get(emulator.port).contains("hello"));
    println!(
        "  Node.js functions   {:.2}",
        ratio(emulator.port, emulator.own_port)
    );
}

/// Both in turn, so that what else the machine does meets both.
fn ratio(front: u16, direct: u16) -> f64 {
    let (mut fronts, mut directs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        fronts.push(rate(front));
        directs.push(rate(direct));
    }
    median(fronts) / median(directs)
}

fn rate(port: u16) -> f64 {
    let (over, count) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (over, count) = (Arc::clone(&over), Arc::clone(&count));
            std::thread::spawn(move || {
                let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
                let mut block = [0; 8192];
                while !over.load(Ordering::Relaxed) {
                    stream
                        .write_all(b"GET /api/hello HTTP/1.1\r\nHost: localhost\r\n\r\n")
                        .unwrap();
                    let mut seen = Vec::new();
                    while !seen.ends_with(b"hello") && !seen.ends_with(b"0\r\n\r\n") {
                        let length = stream.read(&mut block).unwrap();
                        assert!(length > 0);
                        seen.extend_from_slice(&block[..length]);
                    }
                    count.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    std::thread::sleep(Duration::from_secs(SECONDS));
    over.store(true, Ordering::Relaxed);
    for client in clients {
        client.join().unwrap();
    }
    count.load(Ordering::Relaxed) as f64 / SECONDS as f64
}

struct Emulator {
    child: Child,
    port: u16,
    own_port: u16,
}

impl Emulator {
    fn start(root: &Path, api: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cygnet"))
            .args([
                "start",
                "dist",
                "--api-location",
                api,
                "--api-port",
                "0",
                "--port",
                "0",
                "--host",
                "localhost",
            ])
            .current_dir(root)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (mut port, mut own_port) = (0, 0);
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        while port == 0 {
            let mut line = String::new();
            assert!(lines.read_line(&mut line).unwrap() > 0, "it ended");
            let after = |text: &str| {
                let rest = line.split_once(text)?.1;
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                digits.parse().ok()
            };
            own_port = after("also at http://localhost:").unwrap_or(own_port);
            port = after("started at http://localhost:").unwrap_or(0);
        }
        // What it says later is read by nobody, and must not hold it up.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Self {
            child,
            port,
            own_port,
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = Command::new("kill")
            .arg("-TERM")
            .arg(self.child.id().to_string())
            .status();
        let _ = self.child.wait();
    }
}

fn get(port: u16) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream
        .write_all(b"GET /api/hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn timed(work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    work();
    begun.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
