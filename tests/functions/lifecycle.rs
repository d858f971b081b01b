//! What is left when the emulator has gone, however and whenever it went: nothing that runs, nothing on the disk.
//!
//! A few cycles by default; `CYGNET_CYCLES=200` for the long run.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use walkdir::WalkDir;

use crate::emulator::{Emulator, eventually_within, site, write};
use crate::support::{DEADLINE, packages};

const API: &str = "const { app } = require('@azure/functions');
app.http('hello', { authLevel: 'anonymous', handler: () => ({ body: 'hello' }) });";

fn cycles() -> u64 {
    let wanted = std::env::var("CYGNET_CYCLES").ok();
    wanted.map_or(8, |text| text.parse().expect("CYGNET_CYCLES is a number"))
}

/// An app with functions, and places of its own for whatever a run puts on the disk.
struct Project {
    folder: tempfile::TempDir,
    /// In the environment of all that descends from a run.
    mark: String,
}

impl Project {
    fn new() -> Self {
        let folder = site(None);
        let root = folder.path();
        for place in ["tmp", "state", "state/running"] {
            fs::create_dir(root.join(place)).unwrap();
        }
        write(root, "dist/index.html", "<h1>home</h1>");
        write(root, "api/host.json", r#"{"version": "2.0"}"#);
        write(root, "api/package.json", r#"{"main": "index.js"}"#);
        write(root, "api/index.js", API);
        std::os::unix::fs::symlink(packages(), root.join("api/node_modules")).unwrap();
        let mark = format!("CYGNET_TEST_RUN={}", root.display());
        Self { folder, mark }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cygnet"));
        let (name, value) = self.mark.split_once('=').unwrap();
        command
            .args(["start", "dist", "--api-location", "api", "--api-port", "0"])
            .env(name, value)
            .env("TMPDIR", self.folder.path().join("tmp"))
            .env("CYGNET_STATE_DIR", self.folder.path().join("state"))
            .current_dir(self.folder.path());
        command
    }

    /// What runs and descends from a run: nobody takes the mark away.
    fn processes(&self) -> Vec<String> {
        let of = |entry: fs::DirEntry| {
            let environ = fs::read(entry.path().join("environ")).ok()?;
            let is_marked = environ
                .split(|byte| *byte == 0)
                .any(|each| each == self.mark.as_bytes());
            let command = || fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default();
            is_marked.then(|| format!("{:?}: {}", entry.file_name(), command().replace('\0', " ")))
        };
        fs::read_dir("/proc")
            .unwrap()
            .flatten()
            .filter_map(of)
            .collect()
    }

    fn assert_nothing_runs(&self) {
        let gone = || self.processes().is_empty();
        eventually_within("the end of all processes", DEADLINE, gone, || {
            format!("{:#?}", self.processes())
        });
    }

    fn files(&self) -> BTreeSet<PathBuf> {
        files_below(self.folder.path())
    }
}

fn files_below(root: &Path) -> BTreeSet<PathBuf> {
    let entries = WalkDir::new(root).into_iter().flatten();
    entries.map(|entry| entry.into_path()).collect()
}

#[test]
fn start_and_stop_leave_no_process_no_socket_no_file() {
    let project = Project::new();
    let before = project.files();
    for cycle in 0..cycles() {
        let mut emulator = Emulator::run(project.command(), project.folder.path());
        let port = emulator.port;
        // Sometimes with a worker that runs, sometimes while it starts.
        if cycle % 2 == 0 {
            assert_eq!(emulator.get("/api/hello").text(), "hello");
        }
        emulator.signal(if cycle % 3 == 0 { "INT" } else { "TERM" });
        assert!(emulator.wait().success(), "{}", emulator.output());
        project.assert_nothing_runs();
        assert_eq!(project.files(), before, "cycle {cycle}");
        TcpListener::bind(("127.0.0.1", port)).unwrap();
    }
}

#[test]
fn killed_at_any_moment_it_leaves_no_process_and_starts_again() {
    let project = Project::new();
    let mut random = crate::common::random::Random::new(7);
    for cycle in 0..cycles() {
        let moment = Duration::from_millis(random.next() % 600);
        let mut child = project
            .command()
            .args(["--port", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Any moment is the point: of a start, or of the reload that the next edit asks for.
        std::thread::sleep(moment);
        write(
            project.folder.path(),
            "api/index.js",
            format!("{API}\n// {cycle}"),
        );
        std::thread::sleep(Duration::from_millis(random.next() % 200));
        child.kill().unwrap();
        child.wait().unwrap();
        project.assert_nothing_runs();
    }
    let emulator = Emulator::run(project.command(), project.folder.path());
    assert_eq!(emulator.get("/api/hello").text(), "hello");
}
