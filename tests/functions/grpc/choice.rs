//! Which worker runs an app, and that the summary says why.

use super::support::{PATIENCE, Site, worker};
use crate::emulator::{Emulator, write};

#[test]
fn the_flag_names_a_worker() {
    let site = Site::new();
    let emulator = site.start();
    emulator.wait_for_output(&format!(
        "in fixture by its language worker because --functions-worker names {}",
        worker()
    ));
    assert_eq!(emulator.get("/api/hello").status, 200);
}

#[test]
fn the_environment_and_the_file_of_the_command_line_name_it_too() {
    let site = Site::new();
    let mut command = site.command();
    command.env("CYGNET_FUNCTIONS_WORKER", worker());
    let emulator = site.started(command);
    emulator.wait_for_output("because CYGNET_FUNCTIONS_WORKER names");
    assert_eq!(emulator.get("/api/hello").status, 200);
    drop(emulator);
    let file = serde_json::json!({"configurations": {"a": {"functionsWorker": worker()}}});
    write(site.dir.path(), "swa-cli.config.json", file.to_string());
    let emulator = site.started(site.command());
    emulator.wait_for_output("because swa-cli.config.json:1:");
    assert_eq!(emulator.get("/api/hello").status, 200);
}

#[test]
fn settings_of_the_real_host_name_it() {
    let why = "because languageWorkers:fixture:workerDirectory names";
    let site = Site::new();
    let mut command = site.command();
    command
        .env("FUNCTIONS_WORKER_RUNTIME", "fixture")
        .env("languageWorkers__fixture__workerDirectory", worker());
    let emulator = site.started(command);
    emulator.wait_for_output(why);
    assert_eq!(emulator.get("/api/hello").status, 200);
    drop(emulator);

    let values = serde_json::json!({"FUNCTIONS_WORKER_RUNTIME": "fixture", "languageWorkers:fixture:workerDirectory": worker()});
    let settings = serde_json::json!({"IsEncrypted": false, "Values": values});
    write(&site.api(), "local.settings.json", settings.to_string());
    let emulator = site.started(site.command());
    emulator.wait_for_output(why);
    drop(emulator);

    let values = serde_json::json!({"FUNCTIONS_WORKER_RUNTIME": "fixture"});
    let settings = serde_json::json!({"IsEncrypted": false, "Values": values});
    write(&site.api(), "local.settings.json", settings.to_string());
    let workers = serde_json::json!({"fixture": {"workerDirectory": worker()}});
    let host = serde_json::json!({"version": "2.0", "languageWorkers": workers});
    write(&site.api(), "host.json", host.to_string());
    let emulator = site.started(site.command());
    emulator.wait_for_output(why);
    assert_eq!(emulator.get("/api/hello").status, 200);
}

#[test]
fn a_folder_without_a_worker_is_said() {
    let site = Site::new();
    let refused = |folder: &str| {
        let mut command = site.command();
        command.args(["--functions-worker", folder]);
        Emulator::run(command, site.dir.path())
    };
    let emulator = refused("api");
    emulator.wait_for_output_within("api` has no worker.config.json", PATIENCE);
    assert!(
        emulator
            .output()
            .contains("hint: point at the folder of a language worker")
    );
    assert_eq!(emulator.get("/").status, 200, "static files work without");
    drop(emulator);

    let file = r#"{"description": {"language": "x", "defaultExecutablePath": "no-such-program"}}"#;
    write(site.dir.path(), "broken/worker.config.json", file);
    let emulator = refused("broken");
    emulator.wait_for_output_within(
        "the x worker needs `no-such-program`, which cannot be started",
        PATIENCE,
    );
    emulator.wait_for_output("`languageWorkers__x__defaultExecutablePath`");
    drop(emulator);

    let file = r#"{"description": {"language": "x", "defaultExecutablePath": "sh", "arguments": ["-c", "exit", "7"]}}"#;
    write(site.dir.path(), "broken/worker.config.json", file);
    let emulator = refused("broken");
    emulator.wait_for_output_within(
        "the worker ended with exit code 0 while the app was loading",
        PATIENCE,
    );
}

#[test]
fn a_worker_may_leave_the_list_to_files() {
    // FR-2.
    let mut site = Site::new();
    let function =
        serde_json::json!({"bindings": site.app["functions"][0]["bindings"], "entryPoint": "main"});
    write(&site.api(), "hello/function.json", function.to_string());
    write(&site.api(), "hello/code.py", "");
    let emulator = site.start();
    emulator.wait_for_output("has function.json files too; as in Azure the files are ignored");
    drop(emulator);

    site.app["files"] = true.into();
    let emulator = site.start();
    assert_eq!(emulator.get("/api/hello").text(), "hello from gRPC");
    assert_eq!(
        emulator.get("/api/echo").status,
        404,
        "only what files describe"
    );
}
