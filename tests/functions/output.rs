//! What functions print, when nobody reads it.

use std::fs;

use crate::common::unread::Unread;

/// 2 KB a call are soon more than two pipes and the emulator hold.
const CALLS: usize = 1_000;

#[test]
fn functions_that_log_to_nobody_are_answered_and_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir_all(path("api/loud")).unwrap();
    fs::create_dir(path("dist")).unwrap();
    fs::write(path("dist/index.html"), "hello").unwrap();
    fs::write(path("api/host.json"), r#"{"version": "2.0"}"#).unwrap();
    let function = r#"{"bindings": [
        {"type": "httpTrigger", "direction": "in", "name": "req", "authLevel": "anonymous", "methods": ["get"]},
        {"type": "http", "direction": "out", "name": "res"}
    ]}"#;
    fs::write(path("api/loud/function.json"), function).unwrap();
    let code = "module.exports = async (context) => {
        context.log('x'.repeat(2000));
        context.res = { body: 'ok' };
    };";
    fs::write(path("api/loud/index.js"), code).unwrap();
    let emulator = Unread::start(folder.path(), &["--api-location", "api", "--no-install"]);
    emulator.ask(CALLS, "/api/loud", "", 200);
    emulator.ends();
}
