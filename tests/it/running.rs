//! `cygnet status`, `wait` and `stop`, and what finds a running `cygnet serve` by itself.

use std::path::PathBuf;
use std::process::Output;

use serde_json::Value;

use crate::common::process::is_running;
use crate::common::program::with_slashes;
use crate::deployed::{App, page, send};
use crate::emulator::{eventually, free_port, is_of_windows};

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

fn said(output: &Output) -> String {
    let all = [output.stdout.clone(), output.stderr.clone()].concat();
    String::from_utf8_lossy(&all).into_owned()
}

/// What `status --json` prints, whatever its exit code.
fn status(app: &App) -> Value {
    let output = app.run(&["status", "--json"]);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

/// The files of those that run.
fn files(app: &App) -> Vec<PathBuf> {
    let folder = std::fs::read_dir(app.state().join("running"));
    let paths = folder
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension() == Some("json".as_ref()))
        .collect()
}

fn locator(app: &App) -> Value {
    let files = files(app);
    serde_json::from_slice(&std::fs::read(&files[0]).unwrap()).unwrap()
}

#[test]
fn status_says_what_runs_and_stop_ends_it() {
    let app = App::new();
    assert_eq!(code(&app.run(&["status"])), Some(3));
    assert_eq!(status(&app)["running"], false);
    let mut emulator = app.start(&["dist"]);
    let shown = status(&app);
    assert_eq!(shown["running"], true);
    let one = &shown["emulators"][0];
    assert_eq!(one["url"], format!("http://localhost:{}", emulator.port));
    assert_eq!(one["port"], emulator.port);
    // Wine counts its processes by itself.
    if !is_of_windows() {
        assert_eq!(one["pid"], emulator.pid());
    }
    assert_eq!(one["verb"], "start");
    assert_eq!(one["ready"], true);
    assert_eq!(one["parts"][0]["name"], "configuration");
    let served = with_slashes(one["app"].as_str().unwrap());
    assert!(served.ends_with("shop/dist"), "{one}");
    #[cfg(unix)]
    if !is_of_windows() {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = files(&app)[0].metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "it holds a secret");
    }
    let text = app.run(&["status"]);
    assert_eq!(code(&text), Some(0));
    let secret = locator(&app)["secret"].as_str().unwrap().to_owned();
    assert!(!said(&text).contains(&secret) && !shown.to_string().contains(&secret));
    let stopped = app.run(&["stop"]);
    assert_eq!(code(&stopped), Some(0), "{}", said(&stopped));
    // `stop` returns when it is gone; the process of Wine in which it was may still be ending.
    assert!(is_of_windows() || !is_running(emulator.pid()));
    assert_eq!(emulator.wait().code(), Some(0), "as by a signal");
    assert!(files(&app).is_empty());
    assert_eq!(code(&app.run(&["stop"])), Some(3));
}

#[test]
fn of_several_one_is_named() {
    let app = App::new();
    let (mut one, mut two) = (app.start(&["dist"]), app.start(&["dist"]));
    let mut three = app.start(&["dist"]);
    assert_eq!(status(&app)["emulators"].as_array().unwrap().len(), 3);
    let refused = app.run(&["stop"]);
    assert_eq!(code(&refused), Some(2));
    for emulator in [&one, &two, &three] {
        let port = emulator.port.to_string();
        assert!(said(&refused).contains(&port), "{}", said(&refused));
        assert!(is_running(emulator.pid()));
    }
    let port = two.port.to_string();
    assert_eq!(code(&app.run(&["stop", "--port", &port])), Some(0));
    two.wait();
    assert_eq!(code(&app.run(&["status", "--port", &port])), Some(3));
    assert_eq!(code(&app.run(&["status"])), Some(0));
    assert_eq!(code(&app.run(&["stop", "--all"])), Some(0));
    one.wait();
    three.wait();
    // Those of another project are nobody's business.
    let other = App::new();
    let _running = other.start(&["dist"]);
    assert_eq!(code(&app.run(&["status"])), Some(3));
}

#[test]
fn what_a_killed_emulator_left_is_no_emulator() {
    let app = App::new();
    let mut emulator = app.start(&["dist"]);
    // As if its number had been given to somebody else: to us.
    let mut left = locator(&app);
    left["pid"] = std::process::id().into();
    std::fs::write(&files(&app)[0], left.to_string()).unwrap();
    emulator.signal("KILL");
    emulator.wait();
    assert_eq!(files(&app).len(), 1, "nobody could remove it");
    assert_eq!(code(&app.run(&["stop"])), Some(3));
    assert!(files(&app).is_empty());
    assert_eq!(status(&app)["running"], false);
}

#[test]
fn wait_returns_when_everything_answers() {
    let app = App::new();
    assert_eq!(code(&app.run(&["wait", "--timeout", "0"])), Some(3));
    let api = free_port();
    let url = format!("http://127.0.0.1:{api}");
    let _emulator = app.start(&["dist", "--api-devserver-url", &url]);
    let early = app.run(&["wait", "--timeout", "0", "--json"]);
    assert_eq!(code(&early), Some(4));
    let shown: Value = serde_json::from_slice(&early.stdout).unwrap();
    let part = &shown["emulators"][0]["parts"][1];
    assert_eq!(
        (&part["name"], &part["state"]),
        (&"api".into(), &"starting".into())
    );
    assert!(part["why"].as_str().unwrap().contains(&url), "{part}");
    assert_eq!(code(&app.run(&["status"])), Some(4));
    let waiting = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| app.run(&["wait", "--timeout", "30"]));
        let _api = std::net::TcpListener::bind(("127.0.0.1", api)).unwrap();
        waiting.join().unwrap()
    });
    assert_eq!(code(&waiting), Some(0), "{}", said(&waiting));
}

#[test]
fn wait_waits_for_an_emulator_that_starts_later_and_not_for_a_hopeless_one() {
    let app = App::new();
    let (waited, _emulator) = std::thread::scope(|scope| {
        let waiting = scope.spawn(|| app.run(&["wait", "--timeout", "30"]));
        let emulator = app.start(&["dist"]);
        (waiting.join().unwrap(), emulator)
    });
    assert_eq!(code(&waited), Some(0), "{}", said(&waited));
    let broken = App::new();
    broken.write("dist/staticwebapp.config.json", "{");
    let _emulator = broken.start(&["dist"]);
    let output = broken.run(&["wait", "--timeout", "600"]);
    assert_eq!(code(&output), Some(4));
    assert!(
        said(&output).contains("the configuration is invalid"),
        "{}",
        said(&output)
    );
}

#[test]
fn only_the_secret_ends_an_emulator() {
    let app = App::new();
    app.write("dist/index.html", "<h1>home</h1>");
    let mut emulator = app.start(&["dist"]);
    let secret = locator(&app)["secret"].as_str().unwrap().to_owned();
    let wrong = "0".repeat(secret.len());
    let own = ("origin", "http://localhost");
    for (method, path, headers) in [
        ("POST", "/.cygnet/stop", vec![]),
        (
            "POST",
            "/.cygnet/stop",
            vec![("x-cygnet-secret", wrong.as_str())],
        ),
        (
            "POST",
            "/.cygnet/stop",
            vec![("x-cygnet-secret", &secret), own],
        ),
        ("GET", "/.cygnet/stop", vec![("x-cygnet-secret", &secret)]),
        ("GET", "/.cygnet/status", vec![]),
    ] {
        let answer = send(&emulator, "localhost", method, path, &headers, "");
        assert!(
            answer.status >= 400,
            "{method} {path} {headers:?}: {}",
            answer.status
        );
        assert!(!answer.text().contains("parts"), "{}", answer.text());
    }
    // Nor does a host that is not ours, secret or not.
    let headers = [("x-cygnet-secret", secret.as_str())];
    let answer = send(
        &emulator,
        "evil.example",
        "POST",
        "/.cygnet/stop",
        &headers,
        "",
    );
    assert_eq!(answer.status, 421);
    assert_eq!(page(&emulator, "localhost"), "<h1>home</h1>");
    let answer = send(
        &emulator,
        "localhost",
        "POST",
        "/.cygnet/stop",
        &headers,
        "",
    );
    assert_eq!(answer.status, 202);
    emulator.wait();
}

#[test]
fn the_verbs_of_deployments_find_the_port_of_serve() {
    let app = App::new();
    let before = app.run(&["deploy", "dist"]);
    assert!(
        said(&before).contains("nothing answers there yet: `cygnet serve`"),
        "{}",
        said(&before)
    );
    let listed = app.run(&["environments", "list"]);
    assert_eq!(
        said(&listed).matches("`cygnet serve` does not run").count(),
        1,
        "{}",
        said(&listed)
    );
    let serving = app.serve(&[]);
    let url = format!("http://shop.localhost:{}", serving.port);
    assert_eq!(status(&app)["emulators"][0]["verb"], "serve");
    let made = app.deploy(&[]);
    assert_eq!(
        (&made["url"], &made["serving"]),
        (&url.as_str().into(), &true.into())
    );
    assert_eq!(
        app.json(&["environments", "list"])["environments"][0]["url"],
        url
    );
    let invite = ["users", "invite", "--user-details", "ann", "--roles", "a"];
    let invited = app.json(&invite);
    assert!(
        invited["invitationUrl"].as_str().unwrap().starts_with(&url),
        "{invited}"
    );
    for words in [
        &["environments", "show", "production"][..],
        &["appsettings", "set", "A=1"],
        &["password", "set", "Abcdef1!", "--staging-only"],
        &["deploy", "dist"],
    ] {
        let output = app.run(words);
        assert!(said(&output).contains(&url), "{words:?}: {}", said(&output));
        assert!(!said(&output).contains("does not run"), "{}", said(&output));
    }
    // Whoever names a port has the last word.
    let named = app.run(&["environments", "list", "--port", "9"]);
    assert!(
        said(&named).contains("shop.localhost:9"),
        "{}",
        said(&named)
    );
    assert_eq!(code(&app.run(&["stop"])), Some(0));
    eventually("nobody serves", || {
        app.deploy(&[])["url"] == "http://shop.localhost:4280"
    });
}

#[test]
fn a_new_link_says_where_it_answers() {
    let (app, echo) = (App::new(), crate::linked::Echo::start());
    let link = [
        "backends",
        "link",
        "--kind",
        "functions",
        "--url",
        &echo.url,
    ];
    let nowhere = app.run(&link);
    assert!(
        said(&nowhere).contains("no emulator runs"),
        "{}",
        said(&nowhere)
    );
    app.run(&["backends", "unlink"]);
    let emulator = app.start(&["dist"]);
    let linked = app.run(&[&link[..], &["--force"]].concat());
    let here = format!("/api of http://localhost:{}", emulator.port);
    assert!(said(&linked).contains(&here), "{}", said(&linked));
}
