//! The life of Python workers: crashes, restarts under load, and that none is left behind (B1).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::support::{App, alive, gone, run, send};

async fn pid(app: &App) -> u64 {
    let setting = app.call("GET", "/api/setting").await.json();
    setting["pid"].as_u64().unwrap()
}

#[test]
fn a_crash_fails_the_calls_in_flight_at_once_and_heals() {
    run(async {
        let app = App::start("python-v2");
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
fn a_restart_under_load_loses_no_call() {
    run(async {
        let app = App::start("python-v2");
        let mut old = pid(&app).await;
        let over = Arc::new(AtomicBool::new(false));
        let count = Arc::new(AtomicUsize::new(0));
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let (host, over, count) = (app.host.clone(), over.clone(), count.clone());
                std::thread::spawn(move || {
                    run(async move {
                        while !over.load(Ordering::Relaxed) {
                            let one = send(&host, "GET", "/api/slow-thread?ms=20", &[], "");
                            let two = send(&host, "GET", "/api/slow?ms=5", &[], "");
                            let (one, two) = tokio::join!(one, two);
                            assert_eq!((one.status, two.status), (200, 200));
                            count.fetch_add(2, Ordering::Relaxed);
                        }
                    });
                })
            })
            .collect();
        for round in 0..2 {
            let long = app.call("GET", "/api/slow-thread?ms=1500");
            app.host.restart(&format!("round {round}"));
            let swapped = async {
                loop {
                    let now = pid(&app).await;
                    if now != old {
                        return now;
                    }
                }
            };
            let (long, now) = tokio::join!(long, swapped);
            assert_eq!(long.status, 200);
            gone(old).await;
            old = now;
        }
        over.store(true, Ordering::Relaxed);
        for thread in threads {
            thread.join().unwrap();
        }
        assert!(count.load(Ordering::Relaxed) > 0);
        app.host.stop().await;
        assert!(!alive(old));
    });
}

#[test]
fn a_change_that_does_not_load_keeps_the_old_worker() {
    run(async {
        let app = App::start("python-v2");
        assert_eq!(app.call("GET", "/api/hello").await.status, 200);
        let file = app.dir.path().join("function_app.py");
        std::fs::write(&file, "this is no Python").unwrap();
        app.host.restart("function_app.py changed");
        app.said("Worker was unable to load \"function_app.py\": SyntaxError")
            .await;
        app.said("the functions keep running as they were").await;
        assert_eq!(app.call("GET", "/api/hello").await.status, 200);
        app.host.stop().await;
    });
}

#[test]
fn stop_and_drop_leave_no_process() {
    run(async {
        let app = App::start("python-v2");
        let pids = app.call("GET", "/api/spawn").await.json();
        let of = |name: &str| pids[name].as_u64().unwrap();
        assert!(alive(of("pid")) && alive(of("child")));
        app.host.stop().await;
        gone(of("pid")).await;
        gone(of("child")).await;
    });
}

#[test]
fn a_caller_that_goes_away_ends_the_call() {
    run(async {
        let app = App::start("python-v2");
        let old = pid(&app).await;
        let endless = app.call("GET", "/api/slow?ms=600000");
        let brief = std::time::Duration::from_millis(200);
        assert!(tokio::time::timeout(brief, endless).await.is_err());
        // Were the call still counted, the old worker would stay for a minute.
        let before = std::time::Instant::now();
        app.host.restart("nobody waits");
        gone(old).await;
        assert!(before.elapsed().as_secs() < 30);
        app.host.stop().await;
    });
}
