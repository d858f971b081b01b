//! A Functions app in a folder of its own, its host in this process, and what it said.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use cygnet::functions::{FunctionsHost, Guard, HostConfig, HostStatus, Line, Output};
use cygnet::http::body;
use http_body_util::BodyExt as _;
use tokio::sync::watch;

use crate::common::process::is_running;
use crate::common::python::{environment, pip};
use crate::emulator::copy_tree;

/// Longer than anything here takes on a busy machine, an `npm install` included.
pub(crate) const DEADLINE: Duration = Duration::from_secs(120);

pub(crate) struct App {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) host: FunctionsHost,
    lines: watch::Receiver<Vec<Line>>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

/// Methods and route of each function.
pub(crate) fn routes(status: &HostStatus) -> Vec<String> {
    let functions = status.functions();
    let functions = functions.unwrap_or_else(|| panic!("not ready: {status:?}"));
    functions
        .iter()
        .map(|each| format!("{} {}", each.methods.join(","), each.route))
        .collect()
}

/// Runs a test on the kind of thread that the host is started on.
pub(crate) fn run<T>(test: impl Future<Output = T>) -> T {
    actix_web::rt::System::new().block_on(test)
}

/// A copy of a fixture; nothing is started yet.
pub(crate) fn copy(fixture: &str) -> tempfile::TempDir {
    let from = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/functions")
        .join(fixture);
    let dir = tempfile::tempdir().unwrap();
    copy_tree(&from, dir.path());
    dir
}

/// `@azure/functions` from npm, installed once for all tests that do not test installing.
pub(crate) fn packages() -> PathBuf {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    let dir = DIR.get_or_init(|| {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("azure-functions");
        if !dir
            .join("node_modules/@azure/functions/package.json")
            .is_file()
        {
            std::fs::create_dir_all(&dir).unwrap();
            std::fs::write(dir.join("package.json"), r#"{"private": true}"#).unwrap();
            let mut npm = Command::new("npm");
            let done = npm
                .args(["install", "@azure/functions@^4.5.0"])
                .current_dir(&dir)
                .output()
                .unwrap();
            assert!(
                done.status.success(),
                "{}",
                String::from_utf8_lossy(&done.stderr)
            );
        }
        dir
    });
    dir.join("node_modules")
}

/// A virtual environment with `azure-functions` from PyPI, made once for all tests that do not test installing.
pub(crate) fn venv() -> PathBuf {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    let make = || {
        let package = "azure-functions>=1.21";
        let python = environment("python-venv", package, |python| pip(python, &[package]));
        python.ancestors().nth(2).unwrap().to_owned()
    };
    DIR.get_or_init(make).clone()
}

pub(crate) fn options(dir: &Path, output: Output) -> HostConfig {
    HostConfig {
        guard: Guard::new(Some(env!("CARGO_BIN_EXE_cygnet").into())),
        output,
        ..HostConfig::new(dir)
    }
}

impl App {
    /// The fixture with its packages, started.
    pub(crate) fn start(fixture: &str) -> Self {
        Self::with_packages(copy(fixture), fixture)
    }

    /// The app of a folder with the packages that the fixture needs, started.
    pub(crate) fn with_packages(dir: tempfile::TempDir, fixture: &str) -> Self {
        Self::with_packages_and(dir, fixture, |_| {})
    }

    /// The same, with options of one's own.
    pub(crate) fn with_packages_and(
        dir: tempfile::TempDir,
        fixture: &str,
        adapt: impl FnOnce(&mut HostConfig),
    ) -> Self {
        let (packages, name) = if fixture.starts_with("python") {
            (venv(), ".venv")
        } else {
            (packages(), "node_modules")
        };
        std::os::unix::fs::symlink(packages, dir.path().join(name)).unwrap();
        Self::start_in(dir, adapt)
    }

    /// The app of a folder as it is, started.
    pub(crate) fn start_in(dir: tempfile::TempDir, adapt: impl FnOnce(&mut HostConfig)) -> Self {
        let (sender, lines) = watch::channel(Vec::new());
        let output =
            Output::new(move |line| sender.send_modify(|lines: &mut Vec<Line>| lines.push(line)));
        let mut options = options(dir.path(), output);
        adapt(&mut options);
        Self {
            host: FunctionsHost::start(options),
            dir,
            lines,
        }
    }

    pub(crate) async fn call(&self, method: &str, target: &str) -> Answer {
        self.send(method, target, &[], Bytes::new()).await
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        send(&self.host, method, target, headers, body).await
    }

    /// Waits until the host is neither starting nor of the given status.
    pub(crate) async fn settled(&self) -> HostStatus {
        let mut status = self.host.status();
        let settled = status.wait_for(|status| !status.is_starting());
        tokio::time::timeout(DEADLINE, settled)
            .await
            .unwrap()
            .unwrap()
            .clone()
    }

    /// Waits for a line that holds the text.
    pub(crate) async fn said(&self, text: &str) -> Line {
        let mut lines = self.lines.clone();
        let found = lines.wait_for(|lines| lines.iter().any(|line| line.render().contains(text)));
        let waited = tokio::time::timeout(DEADLINE, found).await;
        let Ok(Ok(lines)) = waited else {
            panic!("nobody said {text:?}: {:#?}", self.all_lines());
        };
        lines
            .iter()
            .find(|line| line.render().contains(text))
            .unwrap()
            .clone()
    }

    pub(crate) fn all_lines(&self) -> Vec<Line> {
        self.lines.borrow().clone()
    }

    /// Everything that was said, as the terminal shows it.
    pub(crate) fn terminal(&self) -> String {
        self.all_lines()
            .iter()
            .map(|line| line.render() + "\n")
            .collect()
    }
}

pub(crate) fn request(
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: body::Body,
) -> http::Request<body::Body> {
    let mut request = http::Request::builder()
        .method(method)
        .uri(target)
        .header("host", "app.test:4280");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body).unwrap()
}

pub(crate) async fn send(
    host: &FunctionsHost,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Answer {
    let body = body.into();
    let body = if body.is_empty() {
        body::empty()
    } else {
        body::full(body)
    };
    let handled = host.handle(request(method, target, headers, body));
    let (parts, body) = tokio::time::timeout(DEADLINE, handled)
        .await
        .unwrap()
        .into_parts();
    Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: body.collect().await.unwrap().to_bytes(),
    }
}

/// Waits until a process is gone; the kernel tells only parents.
pub(crate) async fn gone(pid: u64) {
    let end = tokio::time::Instant::now() + DEADLINE;
    while is_running(pid) {
        assert!(
            tokio::time::Instant::now() < end,
            "process {pid} still runs"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
