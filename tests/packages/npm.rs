//! The npm packages, made from the program under test and installed into a new project.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::common::process::is_running;
use crate::emulator::{Emulator, eventually, write};

/// This machine, as npm calls it.
const PLATFORM: &str = match cfg!(target_arch = "aarch64") {
    true => "linux-arm64",
    false => "linux-x64",
};

/// A project that has them.
struct Project(tempfile::TempDir);

fn succeeds(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().expect("npm and node");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (said, told) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{command:?}\n{said}{told}");
    said
}

/// The archives of this platform's package and of the one that people install.
fn pack(folder: &Path) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pack = Command::new("node");
    pack.arg(root.join("npm/pack.mjs")).arg("--out").arg(folder);
    // Without what only debuggers read, which is most of a debug build and takes npm half a minute.
    std::fs::create_dir_all(folder).unwrap();
    let program = folder.join("cygnet");
    let from = env!("CARGO_BIN_EXE_cygnet");
    succeeds(Command::new("strip").arg("-o").arg(&program).arg(from));
    pack.arg(format!("{PLATFORM}={}", program.display()));
    succeeds(&mut pack).lines().map(PathBuf::from).collect()
}

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let manifest = r#"{"private": true, "scripts": {"dev": "cygnet public"}}"#;
        write(folder.path(), "package.json", manifest);
        write(folder.path(), "public/index.html", "<h1>Hello</h1>");
        let archives = pack(&folder.path().join("archives"));
        assert_eq!(archives.len(), 2, "{archives:?}");
        let project = Self(folder);
        // No script may run, as careful people have it.
        let flags = ["install", "--no-audit", "--no-fund", "--ignore-scripts"];
        succeeds(project.command("npm").args(flags).args(archives));
        project
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.0.path());
        command
    }

    fn installed(&self) -> PathBuf {
        self.0.path().join("node_modules/.bin/cygnet")
    }
}

#[test]
fn what_npm_installs_runs_passes_signals_and_exit_codes_and_says_what_is_missing() {
    let project = Project::new();
    let version = succeeds(project.command("npx").args(["cygnet", "--version"]));
    assert!(version.contains(env!("CARGO_PKG_VERSION")), "{version}");

    let mut dev = Command::new("npm");
    dev.args(["run", "dev", "--"]);
    let emulator = Emulator::run(dev, project.0.path());
    assert_eq!(emulator.get("/").status, 200);
    // A terminal's Ctrl-C reaches everybody, but npm passes TERM to its shell alone: the program itself is ended.
    let installed = project.0.path().join("node_modules/@cygnet-swa");
    succeeds(Command::new("pkill").args(["-TERM", "-f"]).arg(installed));
    eventually("the end of what npm runs", || {
        TcpStream::connect(("127.0.0.1", emulator.port)).is_err()
    });

    let mut emulator = Emulator::run(Command::new(project.installed()), project.0.path());
    let (shim, program) = (emulator.pid(), program_of(emulator.pid()));
    emulator.signal("TERM");
    eventually("the end of both", || {
        !is_running(shim) && !is_running(&program)
    });

    let wrong = project
        .command("npx")
        .args(["cygnet", "check", "nowhere"])
        .output();
    assert_eq!(wrong.unwrap().status.code(), Some(2));

    let scope = project.0.path().join("node_modules/@cygnet-swa");
    std::fs::remove_dir_all(scope).unwrap();
    let output = Command::new(project.installed()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    let expected = format!("error: the package @cygnet-swa/{PLATFORM} is not installed");
    assert!(said.contains(&expected), "{said}");
    assert!(said.contains("hint: optional packages"), "{said}");
}

/// The process that the shim started.
fn program_of(shim: u32) -> String {
    let children = Command::new("pgrep")
        .args(["-P", &shim.to_string()])
        .output();
    let children = String::from_utf8(children.unwrap().stdout).unwrap();
    children.trim().to_owned()
}
