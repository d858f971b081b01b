//! `cygnet doctor`: what it says of a machine whose programs the test has made, and how it ends.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::common::process::is_running;
use crate::emulator::{Emulator, eventually, free_port, write};

/// A machine with a project, a home, and the programs of one folder only.
struct Machine {
    root: TempDir,
    port: u16,
}

impl Machine {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        for folder in ["app", "bin", "home"] {
            std::fs::create_dir(root.path().join(folder)).unwrap();
        }
        Self {
            root,
            port: free_port(),
        }
    }

    fn app(&self) -> std::path::PathBuf {
        self.root.path().join("app")
    }

    /// A program on the PATH.
    fn program(&self, name: &str, script: &str) {
        let script = format!("#!/bin/sh\n{script}\n");
        let path = write(self.root.path(), &format!("bin/{name}"), script);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cygnet"));
        command
            .args(words)
            .current_dir(self.app())
            .env_clear()
            .env("PATH", self.root.path().join("bin"))
            .env("HOME", self.root.path().join("home"))
            .env("SWA_CLI_PORT", self.port.to_string())
            .env("SWA_CLI_API_PORT", free_port().to_string());
        command
    }

    fn run(&self, words: &[&str]) -> Output {
        self.command(&[&["doctor"], words].concat())
            .output()
            .unwrap()
    }

    /// What `--json` prints, and the exit code.
    fn told(&self, words: &[&str]) -> (Value, i32) {
        let output = self.run(&[words, &["--json"]].concat());
        let told = serde_json::from_slice(&output.stdout);
        let told = told.unwrap_or_else(|_| panic!("{output:?}"));
        (told, output.status.code().unwrap())
    }
}

/// State, what was found, and the hint of a thing.
fn of<'a>(told: &'a Value, name: &str) -> (&'a str, &'a str, &'a str) {
    let checks = told["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["name"] == name);
    let check = check.unwrap_or_else(|| panic!("{name} in {told:#}"));
    let text = |key: &str| check[key].as_str().unwrap_or_default();
    (text("state"), text("found"), text("hint"))
}

#[test]
fn a_bare_machine_is_enough_for_static_files() {
    let machine = Machine::new();
    let (told, code) = machine.told(&[]);
    assert_eq!(code, 1, "a folder without a page cannot be deployed");
    assert_eq!(of(&told, "configuration").0, "problem");
    write(&machine.app(), "index.html", "home");
    let (told, code) = machine.told(&[]);
    assert_eq!((code, &told["ok"]), (0, &true.into()), "{told:#}");
    assert_eq!(told["version"], 1);
    for name in [
        "Node.js",
        "npm",
        "Python",
        ".NET",
        "Core Tools",
        "uv",
        "browser",
        "HTTPS",
    ] {
        let (state, found, _) = of(&told, name);
        assert_eq!(state, "note", "{name}: {found}");
    }
    for name in [
        "settings",
        "configuration",
        "state folder",
        "watching",
        "disk",
        "open files",
    ] {
        let (state, found, _) = of(&told, name);
        assert_eq!(state, "ok", "{name}: {found}");
    }
    let port = format!("port {}", machine.port);
    assert_eq!(of(&told, &port), ("ok", "free on localhost", ""));
    let home = std::fs::read_dir(machine.root.path().join("home")).unwrap();
    assert_eq!(home.count(), 0, "nothing is made");
    let text = machine.run(&[]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.ends_with("\n0 problems, 0 warnings\n"), "{text}");
    assert!(text.contains("note     Node.js"), "{text}");
}

#[test]
fn programs_are_those_of_a_start_and_one_that_hangs_holds_nothing_up() {
    let machine = Machine::new();
    write(&machine.app(), "index.html", "home");
    machine.program("node", "echo v22.11.0");
    machine.program("dotnet", "echo no SDK >&2; exit 145");
    let pid = machine.root.path().join("pid");
    let hang = format!("/bin/sleep 1000 & echo $! > {}; wait", pid.display());
    machine.program("npm", &hang);
    write(&machine.app(), "package.json", "{}");
    let asked = Instant::now();
    let (told, code) = machine.told(&[]);
    assert!(
        asked.elapsed() < Duration::from_secs(15),
        "{:?}",
        asked.elapsed()
    );
    let node = machine.root.path().join("bin/node");
    let expected = format!("v22.11.0 ({})", node.display());
    assert_eq!(of(&told, "Node.js"), ("ok", &*expected, ""));
    let (state, found, _) = of(&told, ".NET");
    assert_eq!(state, "note");
    assert!(found.starts_with("none that works"), "{found}");
    let why = told["checks"].to_string();
    assert!(why.contains("exit code 145: no SDK"), "{why}");
    assert_eq!(of(&told, "npm").0, "warning");
    assert_eq!(code, 0, "{told:#}");
    let sleeper = std::fs::read_to_string(pid).unwrap();
    eventually("the end of what hung", || !is_running(sleeper.trim()));
}

#[test]
fn what_the_functions_need_is_a_problem_when_it_is_missing() {
    let machine = Machine::new();
    write(&machine.app(), "index.html", "home");
    write(&machine.app(), "api/host.json", r#"{"version": "2.0"}"#);
    write(&machine.app(), "api/function_app.py", "");
    let (told, code) = machine.told(&["--api-location", "api"]);
    assert_eq!(code, 1);
    let (state, found, hint) = of(&told, "Python");
    assert_eq!(state, "problem");
    assert!(found.contains("`python3`"), "{found}");
    assert!(hint.contains("https://www.python.org"), "{hint}");
    assert_eq!(of(&told, "Node.js").0, "note", "nobody asks for it");
    // That of the app's own virtual environment is the one that a start takes.
    let venv = machine.app().join("api/.venv/bin");
    std::fs::create_dir_all(&venv).unwrap();
    machine.program("python", "echo 3.12; echo 24.0");
    std::fs::rename(machine.root.path().join("bin/python"), venv.join("python")).unwrap();
    let (told, code) = machine.told(&["--api-location", "api"]);
    let expected = format!(
        "3.12 ({})",
        venv.join("python").canonicalize().unwrap().display()
    );
    assert_eq!(of(&told, "Python").1, expected);
    assert_eq!(code, 0, "{told:#}");
}

#[test]
fn who_has_the_port_is_named() {
    let machine = Machine::new();
    write(&machine.app(), "index.html", "home");
    let name = format!("port {}", machine.port);
    let listener = TcpListener::bind(("127.0.0.1", machine.port)).unwrap();
    let (told, code) = machine.told(&[]);
    let (state, found, hint) = of(&told, &name);
    assert_eq!((state, code), ("problem", 1));
    #[cfg(target_os = "linux")]
    assert!(
        found.contains(&format!("(process {})", std::process::id())),
        "{found}"
    );
    assert!(hint.contains("--port"), "{hint} {found}");
    drop(listener);
    // Another emulator is what one wants, perhaps.
    let mut command = machine.command(&["start"]);
    command.env(
        "CYGNET_STATE_DIR",
        machine.root.path().join("home/.local/state/cygnet"),
    );
    let emulator = Emulator::run(command, &machine.app());
    let taken = emulator.port.to_string();
    let mut asked = machine.command(&["doctor", "--json"]);
    let output = asked.env("SWA_CLI_PORT", &taken).output().unwrap();
    let told = serde_json::from_slice(&output.stdout).unwrap();
    let (state, found, hint) = of(&told, &format!("port {taken}"));
    assert_eq!(
        (state, output.status.code()),
        ("warning", Some(0)),
        "{found}"
    );
    assert!(
        found.contains(&format!("process {}", emulator.pid())),
        "{found}"
    );
    assert!(hint.contains("cygnet stop"), "{hint}");
}

#[test]
fn what_keeps_a_start_from_working_is_said_and_the_rest_all_the_same() {
    let machine = Machine::new();
    write(&machine.app(), "index.html", "home");
    write(
        &machine.app(),
        "staticwebapp.config.json",
        r#"{"routes": [{"route": "/a", "methods": ["GTE"]}, {}]}"#,
    );
    let (told, code) = machine.told(&[]);
    let (state, found, hint) = of(&told, "configuration");
    assert_eq!((state, code), ("problem", 1));
    assert!(
        found.starts_with("staticwebapp.config.json: 2 errors"),
        "{found}"
    );
    assert!(hint.contains("cygnet check"), "{hint}");
    let (told, code) = machine.told(&["--config-name", "none"]);
    assert_eq!((of(&told, "settings").0, code), ("problem", 1));
    assert!(!of(&told, "port 4280").1.is_empty(), "defaults hold");
}

#[test]
fn a_folder_that_cannot_be_written_is_no_state_folder() {
    let machine = Machine::new();
    let file = machine.root.path().join("home/file");
    std::fs::write(&file, "").unwrap();
    let mut asked = machine.command(&["doctor", "--json"]);
    let output = asked.env("CYGNET_STATE_DIR", &file).output().unwrap();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let (state, found, hint) = of(&told, "state folder");
    assert_eq!(state, "problem", "{found}");
    assert!(hint.contains("CYGNET_STATE_DIR"), "{hint}");
    assert_eq!(Path::new(found.split(' ').next().unwrap()), file);
}
