//! Managed functions of several environments (EN-9, EN-13).

use crate::deployed::{App, get, processes};
use crate::emulator::eventually;

const API: [&str; 2] = ["--api-location", "api"];

/// `TEXT WHO PID` of `/api/who`.
fn who(serving: &crate::emulator::Emulator, host: &str) -> Vec<String> {
    let answer = get(serving, host, "/api/who");
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text().split(' ').map(str::to_owned).collect()
}

#[test]
fn each_environment_has_a_copy_of_its_own_with_its_own_settings() {
    // B1-3: the settings are those of the environment.
    let app = App::new();
    app.write_functions("first");
    app.deploy(&API);
    app.json(&["appsettings", "set", "WHO=production"]);
    app.write_functions("second");
    app.deploy(&[&API[..], &["--pr", "17"]].concat());
    app.json(&["appsettings", "set", "WHO=preview", "--environment", "17"]);
    let mut serving = app.serve(&[]);
    let folder = app.folder().display().to_string();
    let workers = || processes(&format!("{folder}/.cygnet/deployments/run"));
    assert_eq!(workers(), 0, "nothing runs before it is called");
    let production = who(&serving, "shop.localhost");
    assert_eq!(production[..2], ["first", "production"]);
    let preview = who(&serving, "shop-17.localhost");
    assert_eq!(preview[..2], ["second", "preview"]);
    assert_ne!(production[2], preview[2]);
    // A new setting is a new process, of that environment only.
    app.json(&["appsettings", "set", "WHO=changed"]);
    eventually("the new setting", || {
        who(&serving, "shop.localhost")[1] == "changed"
    });
    assert_eq!(who(&serving, "shop-17.localhost")[2], preview[2]);
    serving.signal("KILL");
    serving.wait();
    eventually("no worker", || workers() == 0);
}

#[test]
fn what_nobody_calls_is_stopped_and_started_again() {
    let app = App::new();
    app.write_functions("lazy");
    app.deploy(&API);
    let serving = app.serve(&["--idle", "1"]);
    let folder = app.folder().display().to_string();
    let workers = || processes(&format!("{folder}/.cygnet/deployments/run"));
    let first = who(&serving, "localhost");
    assert!(workers() > 0);
    eventually("the end of the worker", || workers() == 0);
    let second = who(&serving, "localhost");
    assert_ne!(first[2], second[2]);
}

#[test]
fn a_new_version_of_the_functions_replaces_the_old_one_without_a_lost_call() {
    // AP-68, B1-14: functions come with the deployment.
    let app = App::new();
    app.write_functions("v0");
    app.deploy(&API);
    let serving = app.serve(&[]);
    assert_eq!(who(&serving, "localhost")[0], "v0");
    for number in 1..4 {
        let text = format!("v{number}");
        app.write_functions(&text);
        app.deploy(&API);
        // `who` fails on any answer but 200.
        eventually("the new version", || who(&serving, "localhost")[0] == text);
    }
}

#[test]
fn start_borrows_settings_of_an_environment() {
    let app = App::new();
    app.write_functions("started");
    app.deploy(&API);
    app.json(&["appsettings", "set", "WHO=production"]);
    let started = app.start(&[
        "dist",
        "--api-location",
        "api",
        "--environment",
        "production",
        "--api-port",
        "0",
    ]);
    assert_eq!(who(&started, "localhost")[..2], ["started", "production"]);
    let unknown = app.run(&["start", "dist", "--environment", "nobody"]);
    assert_eq!(unknown.status.code(), Some(2));
    let said = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(said.contains("cygnet environments list"), "{said}");
}
