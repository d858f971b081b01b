//! What the inspector tells of managed functions.

use std::fs;

use serde_json::Value;

use crate::common::program::with_slashes;
use crate::deployed::{App, get};
use crate::emulator::{Emulator, eventually};

fn backend(emulator: &Emulator, environment: &str) -> Value {
    emulator
        .get(&format!("/.cygnet/api/backend{environment}"))
        .json()
}

#[test]
fn functions_are_listed_with_their_code_and_why_they_do_not_run() {
    let app = App::new();
    app.write_functions("one");
    let route = r#"{"bindings": [{"type": "httpTrigger", "direction": "in", "name": "req", "route": "admin/x"}]}"#;
    app.write("api/left/function.json", route);
    app.write("api/left/index.js", "module.exports = async () => {};");
    let emulator = app.start(&["dist", "--api-location", "api"]);
    assert_eq!(emulator.get("/api/who").status, 200);
    let shown = backend(&emulator, "");
    assert_eq!(
        (&shown["kind"], &shown["status"]),
        (&"managed".into(), &"ready".into())
    );
    assert_eq!(shown["language"], "Node.js");
    let functions = shown["functions"].as_array().unwrap();
    let named = |name: &str| functions.iter().find(|each| each["name"] == name).unwrap();
    let who = named("who");
    assert_eq!(who["methods"], serde_json::json!(["GET"]));
    assert_eq!(
        who["url"],
        format!("http://localhost:{}/api/who", emulator.port)
    );
    assert_eq!(who["authLevel"], "anonymous");
    assert!(
        with_slashes(who["file"].as_str().unwrap()).ends_with("who/index.js"),
        "{who}"
    );
    assert_eq!(named("left")["disabled"], true);
    assert!(
        named("left")["why"]
            .as_str()
            .unwrap()
            .contains("conflicts with built-in routes")
    );
    // AP-25: what managed functions get in place of the caller's own.
    assert!(
        shown["lastToken"]["iss"]
            .as_str()
            .unwrap()
            .contains(".scm.azurewebsites.net")
    );
    app.write("api/host.json", "{ not json");
    eventually("the failure", || {
        let error = backend(&emulator, "")["error"].clone();
        error
            .as_str()
            .is_some_and(|error| error.contains("host.json"))
    });
    // The last good ones answer meanwhile.
    assert_eq!(backend(&emulator, "")["status"], "ready");
}

#[test]
fn under_serve_each_environment_has_its_own() {
    let app = App::new();
    app.write_functions("one");
    let says = "module.exports = async (context) => { context.log('here I am'); };";
    app.write("api/who/index.js", says);
    app.deploy(&["--api-location", "api"]);
    app.deploy(&["--pr", "17"]);
    let serving = app.serve(&[]);
    assert_eq!(
        backend(&serving, "?environment=production")["status"],
        "asleep"
    );
    assert_eq!(get(&serving, "shop.localhost", "/api/who").status, 200);
    assert_eq!(
        backend(&serving, "?environment=production")["status"],
        "ready"
    );
    assert_eq!(backend(&serving, "?environment=17")["kind"], "none");
    // Its lines say whose they are.
    serving.wait_for_output("[api production] who: here I am");
    let shown = backend(&serving, "?environment=production");
    let mut said = shown["log"].as_array().unwrap().iter();
    let line = said.find(|line| line["text"] == "here I am").unwrap();
    assert_eq!(
        (&line["level"], &line["function"]),
        (&"information".into(), &"who".into())
    );
}

#[test]
fn the_lines_of_a_call_are_shown_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir_all(path("api/say")).unwrap();
    fs::write(path("index.html"), "hello").unwrap();
    fs::write(path("api/host.json"), r#"{"version": "2.0"}"#).unwrap();
    let function = r#"{"bindings": [
        {"type": "httpTrigger", "direction": "in", "name": "req", "authLevel": "anonymous", "methods": ["get"]},
        {"type": "http", "direction": "out", "name": "res"}
    ]}"#;
    fs::write(path("api/say/function.json"), function).unwrap();
    let code = "module.exports = async (context, req) => {
        context.log('said ' + req.query.word);
        context.log.error('and failed ' + req.query.word);
        context.res = { body: 'ok' };
    };";
    fs::write(path("api/say/index.js"), code).unwrap();
    let emulator = Emulator::start(folder.path(), &["--api-location", "api", "--no-install"]);
    for word in ["one", "two"] {
        let answer = emulator.get_once_installed(&format!("/api/say?word={word}"));
        assert_eq!(answer.status, 200, "{}", answer.text());
        emulator.wait_for_output(&format!("and failed {word}"));
    }
    let list = emulator.get("/.cygnet/api/requests").json();
    for (index, word) in ["one", "two"].into_iter().enumerate() {
        let id = &list["requests"][index]["id"];
        let told = emulator.get(&format!("/.cygnet/api/requests/{id}")).json();
        let logs = told["logs"].as_array().unwrap();
        let line = |level: &str, text: &str| {
            let found = logs.iter().find(|line| line["text"] == text);
            let found = found.unwrap_or_else(|| panic!("no {text:?} in {logs:?}"));
            assert_eq!(
                (&found["level"], &found["sure"]),
                (&level.into(), &true.into())
            );
        };
        line("information", &format!("said {word}"));
        line("error", &format!("and failed {word}"));
        let other = if word == "one" { "two" } else { "one" };
        assert!(
            !told["logs"].to_string().contains(&format!("said {other}")),
            "{logs:?}"
        );
        assert_eq!(told["backend"]["url"], "the Functions host");
        assert!(told["backend"]["invocation"].is_string());
        assert!(told["timing"]["waitedForStartMs"].is_number(), "{told}");
    }
    // The first call waited for the worker, which is not the function's time.
    let first = &list["requests"][0]["id"];
    let timing = emulator
        .get(&format!("/.cygnet/api/requests/{first}"))
        .json()["timing"]
        .clone();
    assert!(
        timing["waitedForStartMs"].as_f64() > timing["backendMs"].as_f64(),
        "{timing}"
    );
}
