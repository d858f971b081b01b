//! What holds for managed functions in whichever language, on the real Node.js and Python with the real libraries (B1).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use cygnet::functions::{Level, Stream};

use crate::common::process::is_running;
use crate::support::{App, gone, run, send};

/// The same app in one language; what differs between them.
struct Language {
    fixture: &'static str,
    /// The file with the functions, relative to the app.
    code: &'static str,
    /// What greets, in that file.
    greeting: &'static str,
    /// What is said of that file when it cannot be loaded.
    unloadable: &'static str,
    /// Functions that take as long as they are asked to, and nothing of the worker's own thread.
    slow: [&'static str; 2],
}

const NODE: Language = Language {
    fixture: "node-v4",
    code: "src/functions/http.js",
    greeting: "Hello, ",
    unloadable: "Worker was unable to load entry point \"src/functions/http.js\"",
    slow: ["/api/slow?ms=20", "/api/hello?name=x"],
};
const PYTHON: Language = Language {
    fixture: "python-v2",
    code: "function_app.py",
    greeting: "{events.GREETING}, ",
    unloadable: "Worker was unable to load \"function_app.py\": SyntaxError",
    slow: ["/api/slow-thread?ms=20", "/api/slow?ms=5"],
};

impl Language {
    fn start(&self) -> App {
        App::start(self.fixture)
    }
}

/// Each function of the module below is a test for each language.
macro_rules! for_each_language {
    ($($name:ident)*) => {
        mod node {
            $(#[test] fn $name() { crate::support::run(super::$name(&super::NODE)); })*
        }
        mod python {
            $(#[test] fn $name() { crate::support::run(super::$name(&super::PYTHON)); })*
        }
    };
}

for_each_language! {
    requests_and_cookies
    binary_bodies_pass_unharmed
    what_is_not_declared_is_404_and_never_405
    logs_keep_their_level_and_function
    settings_reach_the_worker_only
    a_crash_fails_the_calls_in_flight_at_once_and_heals
    a_restart_under_load_from_several_threads_loses_no_call
    a_change_that_does_not_load_keeps_the_old_worker
    stop_and_drop_leave_no_process
    a_caller_that_goes_away_ends_the_call
}

async fn pid(app: &App) -> u64 {
    let setting = app.call("GET", "/api/setting").await.json();
    setting["pid"].as_u64().unwrap()
}

async fn requests_and_cookies(language: &Language) {
    let app = language.start();
    let hello = app.call("GET", "/api/hello?name=Ada%20L").await;
    assert_eq!((hello.status, hello.text()), (200, "Hello, Ada L!"));
    let content_type = hello.header("content-type").unwrap();
    let content_type = content_type.replace("; ", ";").to_lowercase();
    assert_eq!(content_type, "text/plain;charset=utf-8");
    assert_eq!(hello.header("x-from-host-json"), Some("yes"));
    let posted = app.send("POST", "/API/Hello/", &[], "body").await;
    assert_eq!(posted.text(), "Hello, body!");

    let headers = [("x-agent", "one"), ("X-Agent", "two")];
    let target = "/api/items/7/a%20b?q=1&q=2";
    let item = app.send("GET", target, &headers, Bytes::new()).await.json();
    let params = serde_json::json!({"id": "7", "rest": "a b"});
    assert_eq!(item["params"], params);
    assert_eq!(item["query"], serde_json::json!({"q": "1,2"}));
    assert_eq!(item["url"], format!("http://app.test:4280{target}"));
    assert_eq!(item["agent"], "one,two");

    let cookie = [("cookie", "k=v")];
    let cookies = app.send("GET", "/api/cookies", &cookie, Bytes::new()).await;
    let got = (cookies.status, cookies.header("x-got"));
    assert_eq!(got, (201, Some("k=v")));
    let set = cookies.headers.get_all("set-cookie").iter();
    let set: Vec<&str> = set.map(|value| value.to_str().unwrap()).collect();
    let first = "; path=/; samesite=strict; httponly";
    assert!(set[0].starts_with("a=x") && set[0].ends_with(first));
    assert_eq!(set[1..], ["b=2; max-age=60; path=/p"]);
    app.host.stop().await;
}

async fn binary_bodies_pass_unharmed(language: &Language) {
    let app = language.start();
    let bytes: Vec<u8> = (0..5 * 1024 * 1024u32)
        .map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let echo = app.send("POST", "/api/echo", &[], bytes.clone()).await;
    let content_type = echo.header("content-type");
    assert_eq!(content_type, Some("application/octet-stream"));
    assert!(echo.status == 200 && echo.body == bytes);
    app.host.stop().await;
}

async fn what_is_not_declared_is_404_and_never_405(language: &Language) {
    let app = language.start();
    for (method, path) in [
        ("GET", "/api/unknown"),
        ("GET", "/api"),
        ("GET", "/api/items/seven"),
        ("HEAD", "/api/items/7"),
        ("DELETE", "/api/hello"),
        ("OPTIONS", "/api/hello"),
        ("GET", "/api/tick"),
    ] {
        let answer = app.call(method, path).await;
        let (status, length) = (answer.status, answer.body.len());
        assert_eq!((status, length), (404, 0), "{method} {path}");
    }
    app.host.stop().await;
}

async fn logs_keep_their_level_and_function(language: &Language) {
    let app = language.start();
    app.call("GET", "/api/hello").await;
    let printed = app.said("plain console line").await;
    assert_eq!(printed.stream, Stream::Stdout);
    assert_eq!(printed.render(), "[api] plain console line");
    assert_eq!(app.said("plain console error").await.stream, Stream::Stderr);
    let info = app.said("hello was called").await;
    assert_eq!(info.level, Level::Information);
    assert_eq!(info.function.as_deref(), Some("hello"));
    assert_eq!(info.invocation.map(|id| id.len()), Some(36));
    let warning = app.said("be careful").await;
    let (level, stream) = (warning.level, warning.stream);
    assert_eq!((level, stream), (Level::Warning, Stream::Stderr));
    assert!(!app.terminal().contains("too detailed"));
    app.host.stop().await;
}

async fn settings_reach_the_worker_only(language: &Language) {
    let app = language.start();
    let setting = app.call("GET", "/api/setting").await.json();
    assert_eq!(setting["setting"], "from the file");
    assert_eq!(setting["environment"], "Development");
    assert_eq!(setting["token"], true);
    let cwd = std::path::PathBuf::from(setting["cwd"].as_str().unwrap());
    assert_eq!(cwd, app.dir.path().canonicalize().unwrap());
    assert!(std::env::var_os("FIXTURE_SETTING").is_none());
    app.host.stop().await;
}

async fn a_crash_fails_the_calls_in_flight_at_once_and_heals(language: &Language) {
    let app = language.start();
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
}

async fn a_restart_under_load_from_several_threads_loses_no_call(language: &Language) {
    let app = language.start();
    let mut old = pid(&app).await;
    let over = Arc::new(AtomicBool::new(false));
    let count = Arc::new(AtomicUsize::new(0));
    let [one, two] = language.slow;
    let threads: Vec<_> = (0..3)
        .map(|_| {
            let (host, over, count) = (app.host.clone(), over.clone(), count.clone());
            std::thread::spawn(move || {
                run(async move {
                    while !over.load(Ordering::Relaxed) {
                        let one = send(&host, "GET", one, &[], "");
                        let two = send(&host, "GET", two, &[], "");
                        let (one, two) = tokio::join!(one, two);
                        assert_eq!((one.status, two.status), (200, 200));
                        count.fetch_add(2, Ordering::Relaxed);
                    }
                });
            })
        })
        .collect();
    let long = language.slow[0].replace("ms=20", "ms=1500");
    for round in 0..2 {
        let long = app.call("GET", &long);
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
    assert!(!is_running(old));
}

async fn a_change_that_does_not_load_keeps_the_old_worker(language: &Language) {
    let app = language.start();
    assert_eq!(app.call("GET", "/api/hello").await.status, 200);
    let file = app.dir.path().join(language.code);
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, "this is no program").unwrap();
    app.host.restart("the code changed");
    app.said(language.unloadable).await;
    app.said("the functions keep running as they were").await;
    assert_eq!(app.call("GET", "/api/hello").await.status, 200);

    let changed = text.replace(language.greeting, "Good day, ");
    assert_ne!(changed, text);
    std::fs::write(&file, changed).unwrap();
    let mut status = app.host.status();
    status.mark_unchanged();
    app.host.restart("the code changed");
    tokio::time::timeout(crate::support::DEADLINE, status.changed())
        .await
        .unwrap()
        .unwrap();
    let hello = app.call("GET", "/api/hello").await;
    assert!(hello.text().starts_with("Good day, "), "{}", hello.text());
    app.host.stop().await;
}

async fn stop_and_drop_leave_no_process(language: &Language) {
    for stops in [true, false] {
        let app = language.start();
        let pids = app.call("GET", "/api/spawn").await.json();
        let [worker, child] = ["pid", "child"].map(|name| pids[name].as_u64().unwrap());
        assert!(is_running(worker) && is_running(child));
        if stops {
            app.host.stop().await;
            assert!(!is_running(worker));
        }
        drop(app);
        gone(worker).await;
        gone(child).await;
    }
}

async fn a_caller_that_goes_away_ends_the_call(language: &Language) {
    let app = language.start();
    let old = pid(&app).await;
    let endless = app.call("GET", "/api/slow?ms=600000");
    let brief = Duration::from_millis(200);
    assert!(tokio::time::timeout(brief, endless).await.is_err());
    // Were the call still counted, the old worker would stay for a minute.
    let before = Instant::now();
    app.host.restart("nobody waits");
    gone(old).await;
    assert!(before.elapsed() < Duration::from_secs(30));
    app.host.stop().await;
}
