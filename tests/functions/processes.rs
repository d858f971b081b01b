//! What keeps a worker from starting, and the guard that leaves no process behind (B1).

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use crate::common::process::is_running;
use crate::support::{App, copy, run};
use cygnet::functions::{Guard, HostError, HostStatus};

#[test]
fn an_app_that_dies_while_loading_is_reported() {
    run(async {
        let app = App::start("node-v4");
        let hooks = app.dir.path().join("src/functions/hooks.js");
        std::fs::write(hooks, "console.error('last words'); process.exit(7);").unwrap();
        let HostStatus::Failed(HostError { message, .. }) = app.settled().await else {
            panic!("it started");
        };
        assert!(message.contains("exit code 7"), "{message}");
        app.said("last words").await;
        assert_eq!(app.call("GET", "/api/hello").await.status, 500);
        app.host.stop().await;
    });
}

#[test]
fn the_guard_kills_what_is_listed_when_its_input_ends() {
    run(async {
        let sleeper = || {
            Command::new("sleep")
                .arg("1000")
                .process_group(0)
                .spawn()
                .unwrap()
        };
        let (mut listed, mut removed) = (sleeper(), sleeper());
        let mut guard = Command::new(env!("CARGO_BIN_EXE_cygnet"))
            .arg("__guard")
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = guard.stdin.take().unwrap();
        writeln!(
            input,
            "+{}\n+{}\n-{}",
            listed.id(),
            removed.id(),
            removed.id()
        )
        .unwrap();
        input.flush().unwrap();
        assert!(is_running(u64::from(listed.id())));
        drop(input);
        assert!(guard.wait().unwrap().success());
        let status = listed.wait().unwrap();
        assert_eq!(
            std::os::unix::process::ExitStatusExt::signal(&status),
            Some(9)
        );
        assert!(is_running(u64::from(removed.id())));
        removed.kill().unwrap();
        removed.wait().unwrap();
    });
}

#[test]
fn a_guard_that_loses_its_owner_kills_what_the_owner_started() {
    run(async {
        let mut child = Command::new("sleep")
            .arg("1000")
            .process_group(0)
            .spawn()
            .unwrap();
        let guard = Guard::new(Some(env!("CARGO_BIN_EXE_cygnet").into()));
        guard.add(i32::try_from(child.id()).unwrap());
        assert!(is_running(u64::from(child.id())));
        // What the kernel does to its pipe when the owner dies.
        drop(guard);
        let status = child.wait().unwrap();
        assert_eq!(
            std::os::unix::process::ExitStatusExt::signal(&status),
            Some(9)
        );
    });
}

#[test]
fn what_makes_a_start_impossible_is_said_to_callers() {
    run(async {
        let dir = copy("node-v3");
        let host = r#"{"version": "2.0", "extensions": {"http": {"routePrefix": "v1"}}}"#;
        std::fs::write(dir.path().join("host.json"), host).unwrap();
        let app = App::start_in(dir, |_| {});
        let HostStatus::Failed(HostError { message, hint, .. }) = app.settled().await else {
            panic!("started with a wrong prefix");
        };
        // AP-66, CF-98.
        assert_eq!(
            message,
            "the host.json file cannot specify a http.routePrefix value other than 'api'."
        );
        let answer = app.call("GET", "/api/hello").await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (500, Some("text/plain; charset=utf-8"))
        );
        assert_eq!(answer.text(), format!("{message}\nhint: {hint}\n"));

        // It recovers when the file is corrected.
        std::fs::write(app.dir.path().join("host.json"), r#"{"version": "2.0"}"#).unwrap();
        app.host.restart("host.json changed");
        let mut status = app.host.status();
        let ready = status.wait_for(|status| matches!(status, HostStatus::Ready { .. }));
        tokio::time::timeout(crate::support::DEADLINE, ready)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(app.call("GET", "/api/hello").await.status, 200);
        app.host.stop().await;
        assert_eq!(
            app.call("GET", "/api/hello").await.text(),
            "Function host is not running."
        );
    });
}

#[test]
fn a_missing_node_is_said_and_harms_nothing_else() {
    run(async {
        let app = App::start_in(copy("node-v3"), |options| {
            options.node_program = "/no/such/node".into();
        });
        let HostStatus::Failed(HostError { message, hint, .. }) = app.settled().await else {
            panic!("started without Node.js");
        };
        assert!(message.contains("/no/such/node"), "{message}");
        assert!(hint.starts_with("install Node.js"), "{hint}");
        let answer = app.call("GET", "/api/hello").await;
        assert_eq!(answer.status, 500);
        assert_eq!(answer.text(), format!("{message}\nhint: {hint}\n"));
        let line = app.said("Node.js is needed").await;
        assert_eq!(line.hint.as_deref(), Some(&*hint));
    });
}
