//! The real binary, started on a free port and ended with the test, and a small client over plain sockets.

use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use super::http;
pub use super::http::Response;

/// No wait lasts longer, installs aside.
pub const PATIENCE: Duration = Duration::from_secs(20);
const READY: &str = "Azure Static Web Apps emulator started at http";

/// Whether the program that is tested is one of Windows: there, or by Wine (`tests/windows.sh`).
pub fn is_of_windows() -> bool {
    cfg!(windows) || std::env::var_os("CYGNET_TEST_PROGRAM").is_some()
}

/// A running emulator.
pub struct Emulator {
    child: Child,
    pub port: u16,
    output: Arc<Mutex<String>>,
}

impl Emulator {
    /// Starts `cygnet ARGS --port 0` in `folder` and waits until it listens.
    pub fn start(folder: &Path, args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cygnet"));
        command.args(args);
        Self::run(command, folder)
    }

    /// The same with a command of the test's own, which must end in the emulator's arguments.
    pub fn run(mut command: Command, folder: &Path) -> Self {
        // Tests leave nothing in the user's state folder.
        if !command
            .get_envs()
            .any(|(name, _)| name == "CYGNET_STATE_DIR")
        {
            command.env(
                "CYGNET_STATE_DIR",
                Path::new(env!("CARGO_TARGET_TMPDIR")).join("state"),
            );
        }
        command
            .args(["--port", "0", "--host", "localhost"])
            .current_dir(folder)
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the emulator starts");
        let output = Arc::new(Mutex::new(String::new()));
        let (found, port) = mpsc::channel();
        collect(
            child.stdout.take().unwrap(),
            Arc::clone(&output),
            found.clone(),
        );
        collect(child.stderr.take().unwrap(), Arc::clone(&output), found);
        let Ok(port) = port.recv_timeout(Duration::from_secs(300)) else {
            let _ = child.kill();
            panic!("no start line:\n{}", output.lock().unwrap());
        };
        Self {
            child,
            port,
            output,
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its address, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// All that was printed so far.
    pub fn output(&self) -> String {
        self.output.lock().unwrap().clone()
    }

    /// Waits until the output holds a text.
    pub fn wait_for_output(&self, text: &str) {
        self.wait_for_output_within(text, PATIENCE);
    }

    pub fn wait_for_output_within(&self, text: &str, patience: Duration) {
        eventually_within(
            &format!("{text:?} in the output"),
            patience,
            || self.output().contains(text),
            || self.output(),
        );
    }

    pub fn get(&self, path: &str) -> Response {
        self.send("GET", path, &[], b"")
    }

    /// The same from functions that wait for their packages.
    pub fn get_once_installed(&self, path: &str) -> Response {
        self.send_within(http::INSTALL, "GET", path, &[], b"")
    }

    pub fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Response {
        self.send_within(http::ANSWER, method, path, headers, body)
    }

    fn send_within(
        &self,
        patience: Duration,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Response {
        let authority = format!("localhost:{}", self.port);
        let request = http::request(&authority, method, path, headers, body);
        let came = http::exchange_within(patience, ("127.0.0.1", self.port), &request).unwrap();
        Response::parse(&came, method == "HEAD")
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// Sends bytes as they are and reads the first response that comes until the connection closes.
    pub fn raw(&self, bytes: &[u8], is_head: bool) -> Response {
        let came = http::exchange(("127.0.0.1", self.port), bytes).unwrap();
        http::read_response(&mut came.as_slice(), is_head).unwrap()
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends a signal by its name, such as `TERM`.
    #[cfg(unix)]
    pub fn signal(&mut self, name: &str) {
        use rustix::process::{Pid, Signal, kill_process};
        let signal = match name {
            "INT" => Signal::INT,
            "KILL" => Signal::KILL,
            "TERM" => Signal::TERM,
            other => panic!("SIG{other} is not one that the tests send"),
        };
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// There are no signals: it is ended as by `KILL`, whatever the name.
    #[cfg(windows)]
    pub fn signal(&mut self, _name: &str) {
        // One that has just ended is what we want.
        let _ = self.child.kill();
    }

    /// Asks it to end in order, as `TERM` does; what Wine passes on to a program of Windows is Ctrl-C alone.
    pub fn end(&mut self) {
        self.signal(if is_of_windows() { "INT" } else { "TERM" });
    }

    /// Waits for the end.
    pub fn wait(&mut self) -> ExitStatus {
        end_of(&mut self.child, || self.output.lock().unwrap().clone())
    }
}

#[allow(
    clippy::print_stderr,
    reason = "the test runner shows it with the failure"
)]
impl Drop for Emulator {
    fn drop(&mut self) {
        if self.child.try_wait().ok().flatten().is_none() {
            self.signal("TERM");
            let deadline = Instant::now() + Duration::from_secs(5);
            while self.child.try_wait().ok().flatten().is_none() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(10));
            }
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- the emulator said:\n{}", self.output());
        }
    }
}

fn collect(
    stream: impl Read + Send + 'static,
    output: Arc<Mutex<String>>,
    found: mpsc::Sender<u16>,
) {
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines() {
            let Ok(line) = line else { return };
            {
                let mut output = output.lock().unwrap();
                output.push_str(&line);
                output.push('\n');
            }
            if let Some((_, rest)) = line.split_once(READY)
                && let Some(port) = rest
                    .split('.')
                    .find_map(|part| part.rsplit_once(':')?.1.parse().ok())
            {
                let _ = found.send(port);
            }
        }
    });
}

/// Polls until something holds; there is no event to wait for in another process.
pub fn eventually(what: &str, holds: impl FnMut() -> bool) {
    eventually_within(what, PATIENCE, holds, String::new);
}

pub fn eventually_within(
    what: &str,
    patience: Duration,
    mut holds: impl FnMut() -> bool,
    context: impl Fn() -> String,
) {
    let deadline = Instant::now() + patience;
    while !holds() {
        assert!(
            Instant::now() < deadline,
            "never came: {what}\n{}",
            context()
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until a program ends by itself; `said` tells what it printed, should it not.
pub fn end_of(child: &mut Child, said: impl Fn() -> String) -> ExitStatus {
    let mut status = None;
    let has_ended = || {
        status = child.try_wait().unwrap();
        status.is_some()
    };
    eventually_within("the end", PATIENCE, has_ended, said);
    status.unwrap()
}

/// A port that nobody listens on; the system hands it out to nobody else for a while.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Writes a file below a folder, with the folders above it.
pub fn write(root: &Path, relative: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = root.join(relative);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, content).unwrap();
    path
}

/// Copies a folder as a fresh clone would have it: without installed packages and what Python compiled.
pub fn copy_tree(from: &Path, to: &Path) {
    let is_source = |entry: &walkdir::DirEntry| {
        entry.file_name() != "node_modules" && entry.file_name() != "__pycache__"
    };
    for entry in walkdir::WalkDir::new(from)
        .into_iter()
        .filter_entry(is_source)
    {
        let entry = entry.unwrap();
        let target = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(target).unwrap();
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A folder with a home page and perhaps a configuration.
pub fn site(configuration: Option<&str>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "index.html", "<h1>home</h1>");
    if let Some(configuration) = configuration {
        write(folder.path(), "staticwebapp.config.json", configuration);
    }
    folder
}

/// A session cookie as test suites set it.
pub fn cookie(roles: &[&str]) -> String {
    use base64::Engine;
    let principal = serde_json::json!({
        "identityProvider": "github", "userId": "u1", "userDetails": "ines", "userRoles": roles, "claims": []
    });
    format!(
        "StaticWebAppsAuthCookie={}",
        base64::engine::general_purpose::STANDARD.encode(principal.to_string())
    )
}
