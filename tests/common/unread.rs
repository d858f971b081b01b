//! An emulator whose output nobody reads.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::emulator::PATIENCE;

/// With a debug build and a busy machine; the emulator itself gives up after half a second.
const END: Duration = Duration::from_secs(2);

/// The process, and its port.
pub struct Unread(pub Child, u16);

impl Unread {
    /// Starts `cygnet dist ARGS` with two pipes that nobody reads, and waits until it listens.
    pub fn start(folder: &Path, args: &[&str]) -> Self {
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

    /// Sends requests one after the other on one connection; all are answered with `status`.
    pub fn ask(&self, count: usize, path: &str, cookie: &str, status: u16) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.1)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut answers = BufReader::new(stream.try_clone().unwrap());
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: StaticWebAppsAuthCookie={cookie}\r\n\r\n"
        );
        for _ in 0..count {
            stream.write_all(request.as_bytes()).unwrap();
            let mut head = String::new();
            answers.read_line(&mut head).expect("an answer");
            assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
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

    /// Sends bytes, and waits until they are answered or the connection is closed.
    pub fn send(&self, bytes: &[u8]) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.1)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(bytes).unwrap();
        let _ = stream.read(&mut [0]).expect("an answer, or the end");
    }

    /// Asks it to end.
    pub fn terminate(&self) {
        let kill = Command::new("kill")
            .arg(self.0.id().to_string())
            .status()
            .unwrap();
        assert!(kill.success());
    }

    /// Asks it to end, and waits until it has, which must not take long.
    pub fn ends(mut self) {
        let asked = Instant::now();
        self.terminate();
        assert!(self.0.wait().unwrap().success());
        assert!(asked.elapsed() < END, "{:?}", asked.elapsed());
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
