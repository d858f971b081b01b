//! Environments of Python with real packages, and apps that the fixture's worker runs.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::{Value, json};

use crate::common::process::is_running;
pub use crate::common::python::{environment, pip, run};
use crate::emulator::{Emulator, eventually_within, write};

/// Longer than anything here takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/functions")
}

/// The folder of the fixture's worker.
pub fn worker() -> String {
    fixtures().join("grpc-worker").display().to_string()
}

/// The Python of the fixture's worker: `grpcio`, and messages made from the interface of the repository.
pub fn python() -> PathBuf {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    let make = || {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("proto");
        let interface = std::fs::read_to_string(folder.join("function_rpc.proto")).unwrap();
        environment("grpc-venv", &interface, |python| {
            pip(python, &["grpcio", "grpcio-tools"]);
            let library = "import sysconfig; print(sysconfig.get_paths()['purelib'])";
            let told = Command::new(python).args(["-c", library]).output().unwrap();
            let library = String::from_utf8(told.stdout).unwrap().trim().to_owned();
            run(Command::new(python)
                .args(["-m", "grpc_tools.protoc", "-I"])
                .arg(&folder)
                .args([
                    &format!("--python_out={library}"),
                    &format!("--grpc_python_out={library}"),
                ])
                .arg("function_rpc.proto"));
        })
    };
    PATH.get_or_init(make).clone()
}

/// A site with an API that the fixture's worker runs.
pub struct Site {
    pub dir: tempfile::TempDir,
    pub app: Value,
}

impl Site {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "site/index.html", "home");
        for name in ["host.json", "local.settings.json"] {
            let from = fixtures().join("grpc-app").join(name);
            write(
                dir.path(),
                &format!("api/{name}"),
                std::fs::read(from).unwrap(),
            );
        }
        let app = std::fs::read(fixtures().join("grpc-app/app.json")).unwrap();
        Self {
            dir,
            app: serde_json::from_slice(&app).unwrap(),
        }
    }

    /// The capabilities that the worker says, in place of the fixture's.
    pub fn can(mut self, capabilities: &[&str]) -> Self {
        let map = capabilities
            .iter()
            .map(|name| ((*name).to_owned(), json!("True")));
        self.app["capabilities"] = Value::Object(map.collect());
        self
    }

    pub fn api(&self) -> PathBuf {
        self.dir.path().join("api")
    }

    /// Writes what the worker registers.
    pub fn save(&self) {
        write(&self.api(), "app.json", self.app.to_string());
    }

    /// A command whose arguments may be added to.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cygnet"));
        let state = self.dir.path().join("state");
        command
            .args(["start", "site", "--api-location", "api", "--api-port", "0"])
            .env("CYGNET_STATE_DIR", state)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("languageWorkers__fixture__defaultExecutablePath", python());
        command
    }

    /// Starts it with the worker named by `--functions-worker`.
    pub fn start(&self) -> Emulator {
        let mut command = self.command();
        command.args(["--functions-worker", &worker()]);
        self.started(command)
    }

    /// Starts a command and waits for its functions.
    pub fn started(&self, command: Command) -> Emulator {
        self.save();
        let emulator = Emulator::run(command, self.dir.path());
        emulator.wait_for_output_within("[api] functions:", PATIENCE);
        emulator
    }
}

/// The answer of a function that answers in JSON.
pub fn json_of(emulator: &Emulator, path: &str) -> Value {
    let answer = emulator.get(path);
    serde_json::from_slice(&answer.body).unwrap_or_else(|_| panic!("{answer:?}"))
}

/// The process of the worker.
pub fn pid(emulator: &Emulator) -> u64 {
    json_of(emulator, "/api/setting")["pid"].as_u64().unwrap()
}

/// Waits until a process is gone; a zombie that nobody has reaped yet is.
pub fn gone(pid: u64) {
    let holds = || !is_running(pid);
    eventually_within("the end of the process", PATIENCE, holds, String::new);
}
