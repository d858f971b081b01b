//! The sample app in a real browser: the binary serves it, `tests/browser/tour.mjs` walks through it.
//!
//! Needs Chromium (`/usr/bin/chromium` or `$CHROMIUM`), Node and `npm ci` in `tests/browser`; `tests/run.sh` brings all
//! three. A missing one fails the test with a hint: a browser test that skips itself tests nothing.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};

/// The line that editors' extensions wait for, up to the address.
const READY: &str = "Azure Static Web Apps emulator started at ";
/// How long the emulator may take to listen; it does not wait for the API.
const START: Duration = Duration::from_secs(30);
/// How long it may take to end after SIGTERM.
const STOP: Duration = Duration::from_secs(10);

/// A running `cygnet`, ended with the test whatever its outcome.
struct Emulator {
    child: Child,
    url: String,
    output: Arc<Mutex<Vec<String>>>,
}

impl Emulator {
    /// Starts `cygnet start --port 0` in `folder` and waits for its address.
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cygnet"))
            .args(["start", "--port", "0"])
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("cygnet starts");
        let output = Arc::new(Mutex::new(Vec::new()));
        let (sender, lines) = mpsc::channel();
        read_lines(child.stdout.take().unwrap(), &output, sender.clone());
        read_lines(child.stderr.take().unwrap(), &output, sender);
        let mut emulator = Self {
            child,
            url: String::new(),
            output,
        };

        let deadline = Instant::now() + START;
        while let Ok(line) = lines.recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            if let Some((_, rest)) = line.split_once(READY) {
                let address = rest
                    .split_once(". Press")
                    .map_or(rest, |(address, _)| address);
                emulator.url = address.to_owned();
                return emulator;
            }
        }
        panic!(
            "no line `{READY}…` within {START:?}; cygnet printed:\n{}",
            emulator.printed()
        );
    }

    fn printed(&self) -> String {
        self.output.lock().unwrap().join("\n")
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        // A failure means that it ended by itself, which `try_wait` sees.
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        let deadline = Instant::now() + STOP;
        while Instant::now() < deadline {
            if let Ok(Some(_)) = self.child.try_wait() {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Passes each line on, and keeps it for the message of a failing test.
fn read_lines(
    stream: impl Read + Send + 'static,
    output: &Arc<Mutex<Vec<String>>>,
    sender: mpsc::Sender<String>,
) {
    let output = Arc::clone(output);
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            output.lock().unwrap().push(line.clone());
            // Nobody listens any more once the emulator has said that it is ready.
            let _ = sender.send(line);
        }
    });
}

/// Copies `from` as a fresh clone would have it: without installed packages.
fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_name() == "node_modules" {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_visitor_tours_the_sample_app() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let clone = tempfile::tempdir().unwrap();
    copy_tree(&root.join("sample-app"), &clone.path().join("sample-app"));
    fs::copy(
        root.join("swa-cli.config.json"),
        clone.path().join("swa-cli.config.json"),
    )
    .unwrap();
    let emulator = Emulator::start(clone.path());

    // Kept after the test, to look at: it is the build's own folder.
    let shots = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("tour");
    let tour = Command::new("node")
        .arg(root.join("tests/browser/tour.mjs"))
        .args([Path::new(&emulator.url), &shots])
        .arg(clone.path().join("sample-app/public"))
        .output()
        .expect("node runs; hint: install Node 20 or newer, tests/run.sh says how");
    let steps = String::from_utf8_lossy(&tour.stdout);
    println!("{steps}screenshots: {}", shots.display());

    assert!(
        tour.status.success() && steps.contains("all fine"),
        "the tour ended with {}:\n{steps}{}\ncygnet printed:\n{}",
        tour.status,
        String::from_utf8_lossy(&tour.stderr),
        emulator.printed()
    );
}
