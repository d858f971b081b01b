//! What live reload tells of an API.

use serde_json::Value;

use crate::common::page::Page;
use crate::emulator::{Emulator, site, write};

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
        problem["file"].as_str().unwrap().ends_with("api/index.js"),
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
