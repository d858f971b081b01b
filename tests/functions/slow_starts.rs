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

#[test]
fn a_worker_has_the_time_that_its_own_file_gives_it() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "app/host.json", r#"{"version": "2.0"}"#);
        let program = write(dir.path(), "worker/wait.sh", "#!/bin/sh\nexec sleep 1000\n");
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let description = r#"{"description": {"language": "slow", "defaultExecutablePath": "./wait.sh"},
            "processOptions": {"processStartupTimeout": "00:00:00.5", "initializationTimeout": "00:00:01"}}"#;
        let folder = dir.path().join("worker");
        write(&folder, "worker.config.json", description);
        let app_dir = dir.path().join("app");
        let app = App::start_in(dir, |options| {
            options.app_dir = app_dir;
            options.functions_worker = Some(WorkerFolder {
                folder,
                named_by: "the test".to_owned(),
            });
        });
        let HostStatus::Failed(HostError { message, .. }) = app.settled().await else {
            panic!("it started");
        };
        assert_eq!(message, "the slow worker did not connect within 0.5 s");
        app.host.stop().await;
    });
}
