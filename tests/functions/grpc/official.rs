//! The official Python worker, release 1.1.9: the only official worker that a package registry has (PyPI; MIT). It runs
//! the fixture of the v1 model.

use std::process::Command;

use super::support::{PATIENCE, environment, fixtures, pip, run};
use crate::emulator::{Emulator, site, write};

/// What the packaged worker has around it; this release knows only the first half of the arguments' names.
const LAUNCHER: &str = "\
import os, sys
sys.argv = sys.argv[: sys.argv.index('--functions-uri')]
sys.path.append(os.environ['AzureWebJobsScriptRoot'])
from azure_functions_worker.main import main
main()
";

#[test]
fn the_official_python_worker_runs_a_v1_app() {
    let versions = ["azure-functions==1.11.2", "azure-functions-worker==1.1.9"];
    let python = environment("official-worker-venv", &versions.join(" "), |python| {
        // It asks for a release of grpcio that has no build for today's Python.
        pip(python, &["--no-deps", versions[0], versions[1]]);
        pip(python, &["grpcio", "protobuf<3.21"]);
    });
    let folder = site(None);
    write(folder.path(), "worker/worker.py", LAUNCHER);
    let description = serde_json::json!({"language": "python", "defaultExecutablePath": python, "defaultWorkerPath": "worker.py"});
    let file = serde_json::json!({"description": description});
    write(folder.path(), "worker/worker.config.json", file.to_string());
    run(Command::new("cp")
        .arg("-r")
        .arg(fixtures().join("python-v1"))
        .arg(folder.path().join("api")));
    let mut command = Command::new(env!("CARGO_BIN_EXE_cygnet"));
    command
        .args([
            "start",
            ".",
            "--api-location",
            "api",
            "--api-port",
            "0",
            "--functions-worker",
            "worker",
        ])
        .env("CYGNET_STATE_DIR", folder.path().join("state"))
        // Its messages were generated for a protobuf of 2020.
        .env("PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION", "python")
        .env("PYTHON_THREADPOOL_THREAD_COUNT", "8");
    let emulator = Emulator::run(command, folder.path());
    emulator.wait_for_output_within("[api] functions:", PATIENCE);
    emulator.wait_for_output("in python by its language worker because --functions-worker names");

    let hello = emulator.get("/api/hello?name=x");
    assert_eq!(
        (hello.status, hello.text().as_str()),
        (200, "Hello from v1, x!")
    );
    emulator.wait_for_output("[api] hello: error: and says an error");
    let params = emulator.get("/api/things/7");
    assert_eq!(
        (params.status, params.header("content-type")),
        (203, Some("application/json"))
    );
    let seen: serde_json::Value = serde_json::from_slice(&params.body).unwrap();
    assert_eq!(
        (&seen["params"]["id"], &seen["name"]),
        (&"7".into(), &"params".into())
    );
    assert_eq!(emulator.get("/api/returns").text(), "{\n  \"a\": 1\n}");
    let missing = emulator.get("/api/missing");
    assert_eq!((missing.status, missing.body.len()), (500, 0));
    emulator.wait_for_output(
        "the function 'missing' cannot be loaded, its calls fail: ModuleNotFoundError",
    );
    emulator.wait_for_output("the function 'unfit' cannot be loaded");
}
