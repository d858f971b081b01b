//! An app with a function whose program is the test itself: the handler that the emulator starts only tells its port.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common::http::{self, Response};
use crate::emulator::{Emulator, eventually, write};
use crate::support::{RawUpstream, read_head};

const HOST: &str = r#"{"version": "2.0", "customHandler": {"enableForwardingHttpRequest": true,
    "description": {"defaultExecutablePath": "sh", "arguments": ["handler.sh"]}}}"#;
const TRIGGER: &str = r#"{"bindings": [
    {"type": "httpTrigger", "authLevel": "anonymous", "direction": "in", "name": "req", "route": "echo"},
    {"type": "http", "direction": "out", "name": "res"}]}"#;

/// A running emulator of the app.
pub struct FunctionsApp {
    pub emulator: Emulator,
    /// Where the functions answer directly.
    pub own_port: u16,
    _folder: tempfile::TempDir,
    heads: Arc<Mutex<Vec<String>>>,
    _program: RawUpstream,
}

/// The folder of the app, not started; `settings` is its `local.settings.json`.
pub fn folder(settings: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in [
        ("dist/index.html", "<h1>home</h1>"),
        ("api/host.json", HOST),
        ("api/echo/function.json", TRIGGER),
        ("api/local.settings.json", settings),
        (
            "api/handler.sh",
            "echo $FUNCTIONS_CUSTOMHANDLER_PORT > port.new; mv port.new port; exec sleep 1000",
        ),
    ] {
        write(folder.path(), path, text);
    }
    folder
}

/// The arguments that serve it.
pub const ARGS: [&str; 6] = ["start", "dist", "--api-location", "api", "--api-port", "0"];

impl FunctionsApp {
    pub fn start(settings: &str, args: &[&str]) -> Self {
        Self::run(folder(settings), |folder| {
            Emulator::start(folder, &[&ARGS, args].concat())
        })
    }

    /// The app of a [`folder`], started by `start`.
    pub fn run(
        folder: tempfile::TempDir,
        start: impl FnOnce(&std::path::Path) -> Emulator,
    ) -> Self {
        let emulator = start(folder.path());
        let file = folder.path().join("api/port");
        eventually("the handler's port", || file.exists());
        let port = std::fs::read_to_string(file).unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&heads);
        let program = RawUpstream::on(
            &format!("127.0.0.1:{}", port.trim()),
            move |mut stream, _| {
                let head = read_head(&mut stream).unwrap_or_default();
                if head.is_empty() {
                    return;
                }
                // The handler is asked whether it is there.
                if !head.starts_with("GET / ") {
                    notes.lock().unwrap().push(head);
                }
                let answer =
                    b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\nconnection: close\r\n\r\nran";
                let _ = std::io::Write::write_all(&mut stream, answer);
            },
        );
        emulator.wait_for_output("also at http://localhost:");
        let output = emulator.output();
        let (_, rest) = output.split_once("also at http://localhost:").unwrap();
        let digits = rest.split(|digit: char| !digit.is_ascii_digit()).next();
        let app = Self {
            own_port: digits.unwrap().parse().unwrap(),
            emulator,
            _folder: folder,
            heads,
            _program: program,
        };
        eventually("the function", || {
            app.ask("GET", "/api/echo", &[], "").status == 200
        });
        app.heads();
        app
    }

    /// A request to the functions' own port.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
        let authority = format!("localhost:{}", self.own_port);
        let request = http::request(&authority, method, path, headers, body.as_bytes());
        let came = http::exchange(("127.0.0.1", self.own_port), &request).unwrap();
        Response::parse(&came, method == "HEAD").unwrap()
    }

    /// The heads that the function was called with since this was last asked.
    pub fn heads(&self) -> Vec<String> {
        std::mem::take(&mut self.heads.lock().unwrap())
    }

    /// The same, once there is one: what `/admin` starts runs on its own.
    pub fn heads_later(&self) -> Vec<String> {
        let mut heads = Vec::new();
        eventually("a call", || {
            heads.extend(self.heads());
            !heads.is_empty()
        });
        heads
    }
}

/// Long enough for what must not happen.
pub const A_WHILE: Duration = Duration::from_millis(300);
