//! What the inspector knows of calls to functions.

use std::fs;

use crate::emulator::Emulator;

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
