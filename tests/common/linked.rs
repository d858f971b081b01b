//! An app, a backend that tells what it was sent, and `cygnet backends` between them.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::{Value, json};

use super::emulator::{self, Emulator};
use super::http::{self, Response};

/// A folder for apps, and the state folder that they share.
pub struct Site {
    pub root: tempfile::TempDir,
}

impl Site {
    pub fn new() -> Self {
        let site = Self {
            root: tempfile::tempdir().unwrap(),
        };
        site.app("app");
        site
    }

    /// Makes an app.
    pub fn app(&self, name: &str) -> PathBuf {
        let folder = self.root.path().join(name);
        emulator::write(&folder, "index.html", "<h1>home</h1>");
        folder
    }

    pub fn state(&self) -> PathBuf {
        self.root.path().join("state")
    }

    pub fn links_file(&self) -> PathBuf {
        self.root.path().join("app/.cygnet/links.json")
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cygnet"));
        command
            .env("CYGNET_STATE_DIR", self.state())
            .env_remove("RUST_LOG");
        command
    }

    /// `cygnet backends WORDS` in an app.
    pub fn backends_in(&self, app: &str, words: &[&str]) -> Output {
        self.command()
            .arg("backends")
            .args(words)
            .current_dir(self.root.path().join(app))
            .output()
            .unwrap()
    }

    pub fn backends(&self, words: &[&str]) -> Output {
        self.backends_in("app", words)
    }

    /// The same, which must succeed and print JSON.
    pub fn json(&self, words: &[&str]) -> Value {
        let output = self.backends(&[words, &["--json"]].concat());
        assert!(output.status.success(), "{words:?}: {output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    pub fn link(&self, kind: &str, url: &str, words: &[&str]) -> Value {
        self.json(&[&["link", "--kind", kind, "--url", url], words].concat())
    }

    pub fn start(&self, words: &[&str]) -> Emulator {
        self.start_in("app", words)
    }

    pub fn start_in(&self, app: &str, words: &[&str]) -> Emulator {
        let mut command = self.command();
        command.args(["start", "."]).args(words);
        Emulator::run(command, &self.root.path().join(app))
    }
}

/// Standard error as text.
pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A request to any address.
pub fn ask(url: &str, path: &str, headers: &[(&str, &str)]) -> Response {
    send("GET", url, path, headers)
}

/// The same as a `POST` without a body.
pub fn post(url: &str, path: &str, headers: &[(&str, &str)]) -> Response {
    let headers = [headers, &[("Content-Length", "0")]].concat();
    send("POST", url, path, &headers)
}

fn send(method: &str, url: &str, path: &str, headers: &[(&str, &str)]) -> Response {
    let (_, authority) = url.split_once("://").unwrap();
    let request = http::request(authority, method, path, headers, b"");
    Response::parse(&http::exchange(authority, &request).unwrap(), false).unwrap()
}

/// The status alone.
pub fn status(url: &str, path: &str) -> u16 {
    ask(url, path, &[]).status
}

/// A process that answers every request with what it was sent, as JSON: `path`, `headers`.
pub struct Echo {
    pub url: String,
}

impl Echo {
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                std::thread::spawn(move || echo(stream));
            }
        });
        Self { url }
    }
}

fn echo(stream: TcpStream) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(30)));
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    loop {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            match reader.read_line(&mut line) {
                Ok(0) | Err(_) => return,
                Ok(_) if line.trim().is_empty() => break,
                Ok(_) => lines.push(line.trim().to_owned()),
            }
        }
        let headers: serde_json::Map<String, Value> = lines[1..]
            .iter()
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_lowercase(), json!(value.trim())))
            .collect();
        let path = lines[0].split(' ').nth(1).unwrap_or_default();
        let body = json!({ "path": path, "headers": headers }).to_string();
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length:";
        if write!(writer, "{head} {}\r\n\r\n{body}", body.len()).is_err() {
            return;
        }
    }
}

/// Whether a folder holds a file whose name contains a text.
pub fn holds(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder)
        .unwrap()
        .flatten()
        .any(|entry| entry.file_name().to_string_lossy().contains(text))
}
