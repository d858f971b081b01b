//! Output that nobody reads, or reads late, holds nothing up.
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(20);
/// With a debug build and a busy machine; the emulator itself gives up after half a second.
const END: Duration = Duration::from_secs(2);
/// With a long path, far more than a pipe holds and the emulator keeps.
const MANY: usize = 3_000;

struct Unread(Child, u16);

impl Unread {
    /// Starts `cygnet dist ARGS` with two pipes that nobody reads, and waits until it listens.
    fn start(folder: &Path, args: &[&str]) -> Self {
        let probe = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = probe.local_addr().unwrap().port();
        drop(probe);
        let child = Command::new(env!("CARGO_BIN_EXE_cygnet"))
            .args(["dist", "--port", &port.to_string()])
            .args(args)
            .current_dir(folder)
            .env("CYGNET_STATE_DIR", folder.join("state"))
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let unread = Self(child, port);
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < deadline, "it does not listen");
            thread::sleep(Duration::from_millis(20));
        }
        unread
    }

    /// Sends requests one after the other on one connection.
    fn ask(&self, count: usize, path: &str, cookie: &str) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.1)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut answers = BufReader::new(stream.try_clone().unwrap());
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: StaticWebAppsAuthCookie={cookie}\r\n\r\n"
        );
        for _ in 0..count {
            stream.write_all(request.as_bytes()).unwrap();
            let mut length = 0;
            loop {
                let mut line = String::new();
                assert_ne!(answers.read_line(&mut line).expect("an answer"), 0);
                let line = line.trim_end().to_ascii_lowercase();
                if let Some(value) = line.strip_prefix("content-length: ") {
                    length = value.parse().unwrap();
                }
                if line.is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            answers.read_exact(&mut body).unwrap();
        }
    }

    fn terminate(&self) -> Instant {
        let kill = Command::new("kill")
            .arg(self.0.id().to_string())
            .status()
            .unwrap();
        assert!(kill.success());
        Instant::now()
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn long() -> String {
    format!("/{}", "x".repeat(2_000))
}

fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("dist")).unwrap();
    std::fs::write(folder.path().join("dist/index.html"), "hello").unwrap();
    folder
}

#[test]
fn output_that_nobody_reads_stops_neither_requests_nor_the_end() {
    let folder = project();
    let mut emulator = Unread::start(folder.path(), &[]);
    emulator.ask(MANY, &long(), "bar");
    let asked = emulator.terminate();
    assert!(emulator.0.wait().unwrap().success());
    assert!(asked.elapsed() < END, "{:?}", asked.elapsed());
}

/// What a child prints is relayed by the thread that takes the signals.
#[test]
fn a_child_that_nobody_listens_to_stops_neither_requests_nor_the_end() {
    let folder = project();
    let line = "x".repeat(2_000);
    let flood = format!("yes {line} | head -n {MANY}; echo done > flooded; sleep 60");
    std::fs::write(folder.path().join("flood.sh"), flood).unwrap();
    let mut emulator = Unread::start(folder.path(), &["--run", "sh flood.sh"]);
    let deadline = Instant::now() + PATIENCE;
    // The child has written everything: its lines are read although ours are not.
    while !folder.path().join("flooded").exists() {
        assert!(Instant::now() < deadline, "the child is held up");
        thread::sleep(Duration::from_millis(20));
    }
    emulator.ask(10, "/", "");
    let asked = emulator.terminate();
    assert!(emulator.0.wait().unwrap().success());
    assert!(asked.elapsed() < END, "{:?}", asked.elapsed());
}

#[test]
fn who_reads_late_learns_how_many_lines_there_were() {
    let folder = project();
    let mut emulator = Unread::start(folder.path(), &[]);
    emulator.ask(MANY, &long(), "");
    let mut lines = BufReader::new(emulator.0.stdout.take().unwrap()).lines();
    let (mut shown, mut dropped) = (0, 0);
    while shown + dropped < MANY {
        let line = lines.next().expect("more lines").unwrap();
        if line.starts_with("GET /") {
            shown += 1;
        } else if let Some(count) = line.strip_prefix("… ").and_then(|line| {
            line.strip_suffix(" lines were dropped: the output is read too slowly")
        }) {
            dropped += count.parse::<usize>().unwrap();
        }
    }
    assert!(dropped > 0 && shown > 0, "{shown} {dropped}");
    assert_eq!(shown + dropped, MANY);
    // There is room again.
    emulator.ask(1, "/after", "");
    assert!(lines.next().unwrap().unwrap().starts_with("GET /after 404"));
}

#[test]
fn the_same_warning_again_and_again_is_counted() {
    let folder = project();
    let mut emulator = Unread::start(folder.path(), &[]);
    emulator.ask(50, "/", "bar");
    emulator.terminate();
    let mut log = String::new();
    let mut pipe = emulator.0.stderr.take().unwrap();
    pipe.read_to_string(&mut log).unwrap();
    let lines: Vec<&str> = log
        .lines()
        .filter(|line| line.starts_with("warning: the session cookie is not understood"))
        .collect();
    assert_eq!(lines.len(), 2, "{log}");
    assert!(lines[1].ends_with(" (repeated 49 more times)"), "{log}");
}
