//! Starts that take long say what they wait for, to the terminal and to callers; those of others obey their own limits.

use std::os::unix::fs::PermissionsExt as _;

use cygnet::functions::{HostError, HostStatus, WorkerFolder};

use crate::emulator::write;
use crate::support::{App, packages, run};

#[test]
fn who_waits_for_a_start_hears_what_it_waits_for() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "package.json", r#"{"main": "index.mjs"}"#);
        write(
            dir.path(),
            "index.mjs",
            "setInterval(() => {}, 1000); await new Promise(() => {});",
        );
        std::os::unix::fs::symlink(packages(), dir.path().join("node_modules")).unwrap();
        let app = App::start_in(dir, |_| {});
        let answer = app.call("GET", "/api/hello").await;
        assert_eq!(answer.status, 503);
        let expected = "The functions are still starting: waiting for the app to load (does something at its top level wait?) for ";
        assert!(answer.text().starts_with(expected), "{}", answer.text());
        app.said("the functions are still starting: waiting for the app to load")
            .await;
        app.host.stop().await;
    });
}

/// Starts an app by a worker that tells its command line and never connects; why it failed is answered.
async fn by_a_silent_worker(language: &str, debug: Option<u16>) -> (App, String) {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "app/host.json", r#"{"version": "2.0"}"#);
    let script = "#!/bin/sh\necho \"arguments: $*\"\nexec sleep 1000\n";
    let program = write(dir.path(), "worker/wait.sh", script);
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let description = format!(
        r#"{{"description": {{"language": "{language}", "defaultExecutablePath": "./wait.sh"}},
            "processOptions": {{"processStartupTimeout": "00:00:00.5", "initializationTimeout": "00:00:01"}}}}"#
    );
    let folder = dir.path().join("worker");
    write(&folder, "worker.config.json", description);
    let app_dir = dir.path().join("app");
    let app = App::start_in(dir, |options| {
        options.app_dir = app_dir;
        options.run.debug = debug;
        options.functions_worker = Some(WorkerFolder {
            folder,
            named_by: "the test".to_owned(),
        });
    });
    let HostStatus::Failed(HostError { message, .. }) = app.settled().await else {
        panic!("it started");
    };
    (app, message)
}

#[test]
fn a_worker_has_the_time_that_its_own_file_gives_it() {
    run(async {
        let (app, why) = by_a_silent_worker("slow", None).await;
        assert_eq!(why, "the slow worker did not connect within 0.5 s");
        app.host.stop().await;
    });
}

#[test]
fn workers_of_azure_run_under_the_debugger_of_their_language_or_say_that_they_do_not() {
    run(async {
        for (language, said) in [
            ("node", "arguments: --inspect=127.0.0.1:9230 --host"),
            (
                "python",
                "arguments: -m debugpy --listen 127.0.0.1:9230 --host",
            ),
            ("slow", "--api-debug does nothing for a worker of slow"),
        ] {
            let (app, _) = by_a_silent_worker(language, Some(9230)).await;
            app.said(said).await;
            app.host.stop().await;
        }
    });
}
