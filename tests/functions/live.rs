//! What live reload tells of an API.

use serde_json::Value;

use crate::common::page::Page;
use crate::common::program::with_slashes;
use crate::emulator::{Emulator, site, write};
use crate::support::{DEADLINE, packages};

#[test]
fn an_api_that_does_not_start_is_told_with_its_place() {
    let folder = site(None);
    write(folder.path(), "api/host.json", r#"{"version":"2.0"}"#);
    write(folder.path(), "api/package.json", r#"{"main":"index.js"}"#);
    let code = "const a = 1;\nthis is not javascript;\n";
    write(folder.path(), "api/index.js", code);
    let emulator = Emulator::start(folder.path(), &["--api-location", "api"]);
    let mut page = Page::open(&emulator);
    let mut problems = page.problems.clone();
    while problems.as_array().unwrap().is_empty() {
        problems = page.next_problems();
    }
    let problem = &problems[0];
    assert_eq!(problem["kind"], "api");
    assert!(
        with_slashes(problem["file"].as_str().unwrap()).ends_with("api/index.js"),
        "{problem}"
    );
    assert_eq!(problem["line"], 2);
    assert!(problem["hint"].is_string());
    write(folder.path(), "api/index.js", "const a = 1;\n");
    loop {
        if page.next_problems() == Value::Array(Vec::new()) {
            break;
        }
        // Saved before the watch was there.
        write(folder.path(), "api/index.js", "const a = 2;\n");
    }
}

const WORKS: &str = "const { app } = require('@azure/functions');\napp.http('hello', { methods: ['GET'], handler: async () => ({ body: 'one' }) });\n";

/// A site with one function, which answers.
fn working() -> (tempfile::TempDir, Emulator) {
    let folder = site(None);
    write(folder.path(), "api/host.json", r#"{"version":"2.0"}"#);
    write(folder.path(), "api/package.json", r#"{"main":"hello.js"}"#);
    write(folder.path(), "api/hello.js", WORKS);
    std::os::unix::fs::symlink(packages(), folder.path().join("api/node_modules")).unwrap();
    let emulator = Emulator::start(folder.path(), &["--api-location", "api"]);
    emulator.wait_for_output_within("[api]   hello: [GET] /api/hello", DEADLINE);
    assert_eq!(emulator.get("/api/hello").text(), "one");
    (folder, emulator)
}

#[test]
fn a_broken_edit_is_told_as_one_while_the_last_good_version_answers() {
    let (folder, emulator) = working();
    let mut page = Page::open(&emulator);
    write(
        folder.path(),
        "api/hello.js",
        WORKS.replace("app.http(", "app.http(("),
    );
    let problems = page.next_problems();
    let problem = &problems[0];
    assert_eq!(problem["kind"], "edit", "{problem}");
    assert!(
        with_slashes(problem["file"].as_str().unwrap()).ends_with("api/hello.js"),
        "{problem}"
    );
    // Where Node.js puts its caret.
    assert_eq!(problem["line"], 2, "{problem}");
    assert!(problem["column"].as_u64().unwrap() > 60, "{problem}");
    assert!(
        !problem["hint"].as_str().unwrap().contains("above"),
        "{problem}"
    );
    assert_eq!(emulator.get("/api/hello").text(), "one");
    write(folder.path(), "api/hello.js", WORKS.replace("one", "two"));
    while page.next_problems() != Value::Array(Vec::new()) {}
    assert_eq!(emulator.get("/api/hello").text(), "two");
}

#[test]
fn a_reload_is_one_line_and_says_what_is_new() {
    let (folder, emulator) = working();
    write(
        folder.path(),
        "api/hello.js",
        format!("\n{}", WORKS.replace("one", "two")),
    );
    emulator.wait_for_output("[api] reloaded hello.js in ");
    assert_eq!(emulator.get("/api/hello").text(), "two");
    let added = "app.http('added', { methods: ['POST'], handler: async () => ({ body: '' }) });\n";
    write(folder.path(), "api/hello.js", format!("{WORKS}{added}"));
    emulator.wait_for_output("[api] + added: [POST] /api/added");
    write(folder.path(), "api/hello.js", WORKS);
    emulator.wait_for_output("[api] - added: [POST] /api/added");
    let output = emulator.output();
    assert_eq!(output.matches("hello: [GET]").count(), 1, "{output}");
    assert_eq!(output.matches("[api] functions:").count(), 1, "{output}");
    assert_eq!(
        output.matches("reloaded hello.js in ").count(),
        3,
        "{output}"
    );
}

#[test]
fn without_a_package_json_the_hint_says_what_to_write_and_no_empty_list_follows() {
    let folder = site(None);
    write(folder.path(), "api/host.json", r#"{"version":"2.0"}"#);
    write(folder.path(), "api/src/hello.js", WORKS);
    let emulator = Emulator::start(folder.path(), &["--api-location", "api"]);
    emulator.wait_for_output("warning: no HTTP functions were found");
    emulator.wait_for_output(r#"write { "main": "src/**/*.js""#);
    emulator.wait_for_output("ready in ");
    assert!(
        !emulator.output().contains("[api] functions:"),
        "{}",
        emulator.output()
    );
}
