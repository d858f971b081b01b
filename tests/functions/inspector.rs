//! What the inspector tells of managed functions.

use serde_json::Value;

use crate::deployed::{App, get};
use crate::emulator::{Emulator, eventually, write};

fn backend(emulator: &Emulator, environment: &str) -> Value {
    emulator
        .get(&format!("/.cygnet/api/backend{environment}"))
        .json()
}

#[test]
fn functions_are_listed_with_their_code_and_why_they_do_not_run() {
    let app = App::new();
    app.write_functions("one");
    app.write(
        "api/left/function.json",
        r#"{"bindings": [{"type": "timerTrigger", "direction": "in", "name": "t"}]}"#,
    );
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
        who["file"].as_str().unwrap().ends_with("who/index.js"),
        "{who}"
    );
    assert_eq!(named("left")["disabled"], true);
    assert!(
        named("left")["why"]
            .as_str()
            .unwrap()
            .contains("timerTrigger")
    );
    // AP-25: what managed functions get in place of the caller's own.
    assert!(
        shown["lastToken"]["iss"]
            .as_str()
            .unwrap()
            .contains(".scm.azurewebsites.net")
    );
    write(
        &app.folder(),
        "api/who/index.js",
        "throw new Error('on purpose');",
    );
    eventually("the failure", || {
        let shown = backend(&emulator, "");
        shown["error"]
            .as_str()
            .is_some_and(|error| !error.is_empty())
    });
}

#[test]
fn under_serve_each_environment_has_its_own() {
    let app = App::new();
    app.write_functions("one");
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
    serving.wait_for_output("[api production] ");
}
