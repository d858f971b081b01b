//! What a change of the store must not disturb, and what it must clear away.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::deployed::{App, get, page};
use crate::emulator::{Emulator, eventually};

const API: [&str; 2] = ["--api-location", "api"];

/// The process that answers `/api/who`.
fn worker(serving: &Emulator, host: &str) -> String {
    let answer = get(serving, host, "/api/who");
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text().rsplit(' ').next().unwrap().to_owned()
}

/// Folders of `.cygnet/deployments/run`.
fn copies(app: &App) -> Vec<String> {
    let run = app.folder().join(".cygnet/deployments/run");
    let entries = fs::read_dir(run).unwrap().flatten();
    entries
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn a_call_that_waits_for_a_cold_start_is_answered_by_the_deployment_it_came_to() {
    let app = App::new();
    app.write_functions("old");
    let code = fs::read_to_string(app.folder().join("api/who/index.js")).unwrap();
    // Its start takes until a file says so: there is no doubt that the deployment comes in the middle.
    let go = app.folder().join("go");
    let begun = app.folder().join("begun");
    let slow = format!(
        "const fs = require('fs'); fs.writeFileSync({begun:?}, ''); while (!fs.existsSync({go:?})) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);\n{code}"
    );
    app.write("api/who/index.js", &slow);
    app.deploy(&API);
    let serving = Arc::new(app.serve(&[]));
    let caller = {
        let serving = Arc::clone(&serving);
        std::thread::spawn(move || get(&serving, "localhost", "/api/who"))
    };
    eventually("the start", || begun.exists());
    app.write("dist/index.html", "<h1>new</h1>");
    app.write_functions("new");
    app.deploy(&API);
    eventually("the new deployment", || {
        page(&serving, "localhost") == "<h1>new</h1>"
    });
    let new = get(&serving, "localhost", "/api/who").text();
    assert!(new.starts_with("new "), "{new}");
    fs::write(&go, "").unwrap();
    let answer = caller.join().unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.text().starts_with("old "), "{}", answer.text());
}

#[test]
fn no_call_of_many_is_lost_while_functions_are_replaced() {
    let app = App::new();
    app.write_functions("v0");
    app.deploy(&API);
    let serving = Arc::new(app.serve(&[]));
    let (done, asked) = (Arc::new(AtomicBool::new(false)), Arc::default());
    let callers: Vec<_> = (0..4)
        .map(|_| {
            let (serving, done) = (Arc::clone(&serving), Arc::clone(&done));
            let asked: Arc<AtomicUsize> = Arc::clone(&asked);
            std::thread::spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    // Fails on any answer but 200.
                    worker(&serving, "localhost");
                    asked.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for number in 1..6 {
        let text = format!("v{number} ");
        app.write_functions(text.trim());
        app.deploy(&API);
        eventually("the new functions", || {
            let answer = get(&serving, "localhost", "/api/who").text();
            answer.starts_with(&text)
        });
        let before = asked.load(Ordering::Relaxed);
        eventually("more calls", || asked.load(Ordering::Relaxed) > before + 20);
    }
    done.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.join().unwrap();
    }
}

#[test]
fn functions_run_on_when_only_the_password_changes() {
    let app = App::new();
    app.write_functions("kept");
    app.deploy(&API);
    let serving = app.serve(&[]);
    let first = worker(&serving, "localhost");
    app.json(&["password", "set", "Abcdef1!"]);
    eventually("the door", || get(&serving, "localhost", "/").status == 302);
    app.json(&["password", "clear"]);
    eventually("no door", || get(&serving, "localhost", "/").status == 200);
    assert_eq!(worker(&serving, "localhost"), first);
}

#[test]
fn copies_of_functions_go_when_they_are_served_no_more() {
    let app = App::new();
    app.write_functions("one");
    app.deploy(&API);
    app.deploy(&[&API[..], &["--pr", "7"]].concat());
    let serving = app.serve(&[]);
    worker(&serving, "localhost");
    worker(&serving, "shop-7.localhost");
    app.write_functions("two");
    app.deploy(&API);
    app.json(&["environments", "delete", "7"]);
    eventually("one copy", || copies(&app).len() == 1);
    assert!(
        get(&serving, "localhost", "/api/who")
            .text()
            .starts_with("two ")
    );
    app.json(&["environments", "rollback", "production"]);
    eventually("the first again", || {
        get(&serving, "localhost", "/api/who")
            .text()
            .starts_with("one ")
    });
    eventually("one copy again", || copies(&app).len() == 1);
}

#[test]
fn without_patience_for_silence_every_call_is_still_answered() {
    let app = App::new();
    app.write_functions("brief");
    app.deploy(&API);
    let serving = app.serve(&["--idle", "0"]);
    for _ in 0..3 {
        worker(&serving, "localhost");
    }
}

#[test]
fn functions_that_could_not_start_are_tried_again() {
    let app = App::new();
    app.write_functions("healed");
    let code = fs::read_to_string(app.folder().join("api/who/index.js")).unwrap();
    // As when a database or a registry was away: nothing of the deployment changes.
    let cure = app.folder().join("cure");
    let ill = format!("if (!require('fs').existsSync({cure:?})) process.exit(3);\n{code}");
    app.write("api/who/index.js", &ill);
    app.deploy(&API);
    let serving = app.serve(&[]);
    assert_eq!(get(&serving, "localhost", "/api/who").status, 500);
    fs::write(&cure, "").unwrap();
    eventually("another try", || {
        get(&serving, "localhost", "/api/who").status == 200
    });
}
