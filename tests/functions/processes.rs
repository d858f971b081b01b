//! The life of worker processes: crashes, restarts, and that none is left behind (production rules B1).

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::support::{App, alive, copy, gone, run, send};
use cygnet::functions::{Guard, HostError, HostStatus};

#[test]
fn a_crash_fails_the_calls_in_flight_at_once_and_heals() {
    run(async {
        let app = App::start("node-v4");
        app.settled().await;
        let slow = app.call("GET", "/api/slow?ms=600000");
        let crash = app.call("GET", "/api/crash");
        let (slow, crash) = tokio::join!(slow, crash);
        assert_eq!((slow.status, slow.body.len()), (500, 0));
        assert_eq!((crash.status, crash.body.len()), (500, 0));
        app.said("outside of every function").await;
        app.said("the worker ended with exit code 1").await;
        assert_eq!(app.call("GET", "/api/hello").await.status, 200);
        app.host.stop().await;
    });
}

#[test]
fn a_restart_under_load_from_several_threads_loses_no_call() {
    run(async {
        let app = App::start("node-v4");
        let mut pid = app.call("GET", "/api/setting").await.json()["pid"]
            .as_u64()
            .unwrap();
        let over = Arc::new(AtomicBool::new(false));
        let count = Arc::new(AtomicUsize::new(0));
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let (host, over, count) = (app.host.clone(), over.clone(), count.clone());
                std::thread::spawn(move || {
                    run(async move {
                        while !over.load(Ordering::Relaxed) {
                            let one = send(&host, "GET", "/api/slow?ms=20", &[], "");
                            let two = send(&host, "GET", "/api/hello?name=x", &[], "");
                            let (one, two) = tokio::join!(one, two);
                            assert_eq!((one.status, two.status), (200, 200));
                            count.fetch_add(2, Ordering::Relaxed);
                        }
                    });
                })
            })
            .collect();
        for round in 0..2 {
            let long = app.call("GET", "/api/slow?ms=1500");
            app.host.restart(&format!("round {round}"));
            let swapped = async {
                loop {
                    let now = app.call("GET", "/api/setting").await.json()["pid"]
                        .as_u64()
                        .unwrap();
                    if now != pid {
                        return now;
                    }
                }
            };
            let (long, now) = tokio::join!(long, swapped);
            assert_eq!(long.status, 200);
            gone(pid).await;
            pid = now;
        }
        over.store(true, Ordering::Relaxed);
        for thread in threads {
            thread.join().unwrap();
        }
        assert!(count.load(Ordering::Relaxed) > 0);
        app.host.stop().await;
        assert!(!alive(pid));
    });
}

#[test]
fn a_change_that_does_not_load_keeps_the_old_worker() {
    run(async {
        let app = App::start("node-v4");
        assert_eq!(app.call("GET", "/api/hello").await.status, 200);
        let file = app.dir.path().join("src/functions/http.js");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, "this is no JavaScript").unwrap();
        app.host.restart("http.js changed");
        app.said("Worker was unable to load entry point \"src/functions/http.js\"")
            .await;
        app.said("the functions keep running as they were").await;
        assert_eq!(app.call("GET", "/api/hello").await.status, 200);

        std::fs::write(&file, text.replace("Hello, ", "Good day, ")).unwrap();
        app.host.restart("http.js changed");
        let mut status = app.host.status();
        status.mark_unchanged();
        tokio::time::timeout(crate::support::DEADLINE, status.changed())
            .await
            .unwrap()
            .unwrap();
        assert!(
            app.call("GET", "/api/hello")
                .await
                .text()
                .starts_with("Good day, ")
        );
        app.host.stop().await;
    });
}

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
fn stop_and_drop_leave_no_process() {
    run(async {
        let app = App::start("node-v4");
        let pids = app.call("GET", "/api/spawn").await.json();
        let (worker, child) = (
            pids["pid"].as_u64().unwrap(),
            pids["child"].as_u64().unwrap(),
        );
        assert!(alive(worker) && alive(child));
        app.host.stop().await;
        assert!(!alive(worker));
        gone(child).await;

        let app = App::start("node-v4");
        let pids = app.call("GET", "/api/spawn").await.json();
        drop(app);
        gone(pids["pid"].as_u64().unwrap()).await;
        gone(pids["child"].as_u64().unwrap()).await;
    });
}

#[test]
fn a_caller_that_goes_away_ends_the_call() {
    run(async {
        let app = App::start("node-v4");
        let pid = app.call("GET", "/api/setting").await.json()["pid"]
            .as_u64()
            .unwrap();
        let endless = app.call("GET", "/api/slow?ms=600000");
        assert!(
            tokio::time::timeout(std::time::Duration::from_millis(200), endless)
                .await
                .is_err()
        );
        // Were the call still counted, the old worker would stay for a minute.
        let before = std::time::Instant::now();
        app.host.restart("nobody waits");
        gone(pid).await;
        assert!(before.elapsed().as_secs() < 30);
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
        assert!(alive(u64::from(listed.id())));
        drop(input);
        assert!(guard.wait().unwrap().success());
        let status = listed.wait().unwrap();
        assert_eq!(
            std::os::unix::process::ExitStatusExt::signal(&status),
            Some(9)
        );
        assert!(alive(u64::from(removed.id())));
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
        assert!(alive(u64::from(child.id())));
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
