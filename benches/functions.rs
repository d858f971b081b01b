//! `cargo bench --bench functions`: from the start of the emulator to the first answer of `/api`; then, for each kind of worker,
//! requests a second through the front door beside the same worker called directly, in one run, and the processor time that a
//! call takes of the emulator and of the worker. Only a custom handler can be called directly; Node.js and Python functions are
//! measured through both doors of the host. Python is left out where `python3` has no `azure-functions`.

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

    file("python/host.json", r#"{"version": "2.0"}"#);
    file(
        "python/hello/function.json",
        &TRIGGER.replace("\"res\"", "\"$return\""),
    );
    file(
        "python/hello/__init__.py",
        "def main(req):\n    return 'hello'\n",
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

    println!(
        "requests a second, front door beside the other way (ratio); processor time a call, in microseconds"
    );
    println!("  worker             other way         ratio   emulator   worker");
    let handler = Emulator::start(root.path(), "custom");
    assert!(get(handler.port).contains("hello"));
    let port = fs::read_to_string(root.path().join("custom/port.txt")).unwrap();
    handler.compare("custom handler", "the handler", port.parse().unwrap());
    drop(handler);
    for (app, name) in [
        ("node", "Node.js functions"),
        ("python", "Python functions"),
    ] {
        if app == "python" && !has_python() {
            println!("  Python functions   left out: `pip install azure-functions` for python3");
            continue;
        }
        let emulator = Emulator::start(root.path(), app);
        assert!(get(emulator.port).contains("hello"));
        emulator.compare(name, "the own port", emulator.own_port);
    }
}

fn has_python() -> bool {
    let asked = Command::new("python3")
        .args(["-c", "import azure.functions"])
        .output();
    asked.is_ok_and(|output| output.status.success())
}

impl Emulator {
    /// Both in turn, so that what else the machine does meets both.
    fn compare(&self, name: &str, way: &str, other: u16) {
        let worker = self.worker();
        let processes = [self.child.id()].into_iter().chain(worker);
        let processes: Vec<u32> = processes.collect();
        let (mut fronts, mut others) = (Vec::new(), Vec::new());
        let mut spent = vec![0.0; processes.len()];
        for _ in 0..ROUNDS {
            let before: Vec<f64> = processes.iter().map(|pid| cpu(*pid)).collect();
            fronts.push(rate(self.port));
            for ((spent, pid), before) in spent.iter_mut().zip(&processes).zip(before) {
                *spent += cpu(*pid) - before;
            }
            others.push(rate(other));
        }
        let calls: f64 = fronts.iter().sum::<f64>() * SECONDS as f64;
        let each: String = spent
            .iter()
            .map(|spent| format!(" {:>8.1}", spent / calls * 1e6))
            .collect();
        println!(
            "  {name:<18} {way:<15} {:>7.2}  {each}",
            median(fronts) / median(others)
        );
    }

    /// The process that runs the functions: the child that has worked most.
    fn worker(&self) -> Option<u32> {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).ok()?;
        let children = tasks.flatten().flat_map(|task| {
            let text = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            let pids = text.split_whitespace().filter_map(|pid| pid.parse().ok());
            pids.collect::<Vec<u32>>()
        });
        children.max_by(|left, right| cpu(*left).total_cmp(&cpu(*right)))
    }
}

/// Processor time of a process, in seconds; 0 where the system does not say.
fn cpu(pid: u32) -> f64 {
    /// `sysconf(_SC_CLK_TCK)`, which is this everywhere.
    const TICKS: f64 = 100.0;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields);
    let times = fields.split(' ').skip(11).take(2);
    let ticks: f64 = times.filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks / TICKS
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
