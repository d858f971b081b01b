//! A project, `cygnet` in it, and requests to its hosts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use super::emulator::{self, Emulator, Response};
use super::http;

pub struct App {
    root: TempDir,
}

impl App {
    /// Named `shop`, with a page in `dist`, not deployed yet.
    pub fn new() -> Self {
        let app = Self {
            root: tempfile::tempdir().unwrap(),
        };
        app.write("dist/index.html", "<h1>one</h1>");
        app
    }

    pub fn folder(&self) -> PathBuf {
        self.root.path().join("shop")
    }

    pub fn state(&self) -> PathBuf {
        self.root.path().join("state")
    }

    pub fn write(&self, path: &str, text: &str) {
        emulator::write(&self.folder(), path, text);
    }

    /// A function at `/api/who` that tells the setting `WHO` and the deployment's own `text`.
    pub fn write_functions(&self, text: &str) {
        self.write("api/host.json", r#"{"version": "2.0"}"#);
        self.write("api/package.json", "{}");
        let trigger = r#"{"bindings": [
            {"type": "httpTrigger", "authLevel": "anonymous", "direction": "in", "name": "req", "methods": ["get"]},
            {"type": "http", "direction": "out", "name": "res"}]}"#;
        self.write("api/who/function.json", trigger);
        let code = format!(
            "module.exports = async (context) => {{ context.res = {{ body: `{text} ${{process.env.WHO}} ${{process.pid}}` }}; }};"
        );
        self.write("api/who/index.js", &code);
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cygnet"));
        command
            .env("CYGNET_STATE_DIR", self.state())
            .env_remove("WHO");
        command
    }

    pub fn run(&self, words: &[&str]) -> Output {
        let folder = self.folder();
        self.command()
            .args(words)
            .current_dir(folder)
            .output()
            .unwrap()
    }

    /// It must succeed and print JSON.
    pub fn json(&self, words: &[&str]) -> Value {
        let output = self.run(&[words, &["--json"]].concat());
        assert!(output.status.success(), "{words:?}: {output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Links a backend.
    pub fn link(&self, kind: &str, url: &str, words: &[&str]) -> Value {
        self.json(&[&["backends", "link", "--kind", kind, "--url", url], words].concat())
    }

    pub fn deploy(&self, words: &[&str]) -> Value {
        self.json(&[&["deploy", "dist"], words].concat())
    }

    pub fn serve(&self, words: &[&str]) -> Emulator {
        let mut command = self.command();
        command.arg("serve").args(words);
        Emulator::run(command, &self.folder())
    }

    pub fn start(&self, words: &[&str]) -> Emulator {
        let mut command = self.command();
        command.arg("start").args(words);
        Emulator::run(command, &self.folder())
    }
}

/// A request to one of the hosts.
pub fn send(
    emulator: &Emulator,
    host: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Response {
    let authority = format!("{host}:{}", emulator.port);
    let request = http::request(&authority, method, path, headers, body.as_bytes());
    emulator.raw(&request, method == "HEAD")
}

pub fn get(emulator: &Emulator, host: &str, path: &str) -> Response {
    send(emulator, host, "GET", path, &[], "")
}

/// The body at the root of a host.
pub fn page(emulator: &Emulator, host: &str) -> String {
    get(emulator, host, "/").text()
}

/// The name and value of each cookie that a response sets, for a `Cookie` header.
pub fn cookies(response: &Response) -> String {
    let all: Vec<&str> = response
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
        .filter_map(|(_, value)| value.split(';').next())
        .collect();
    all.join("; ")
}

/// How many processes have a text in their command line.
pub fn processes(text: &str) -> usize {
    let Ok(entries) = fs::read_dir(Path::new("/proc")) else {
        return 0;
    };
    entries
        .flatten()
        .filter(|entry| {
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let folder = fs::read_link(entry.path().join("cwd")).unwrap_or_default();
            let is_ours = String::from_utf8_lossy(&line).contains(text)
                || folder.to_string_lossy().contains(text);
            is_ours && entry.file_name().to_string_lossy().parse::<u32>().is_ok()
        })
        .count()
}
