//! The sign-in form in a real browser, as suites of the official CLI use it: `tests/browser/form.mjs` fills it in.

use std::path::Path;
use std::process::Command;

use crate::emulator::{Emulator, write};

#[test]
fn the_sign_in_form_is_what_suites_know() {
    let folder = tempfile::tempdir().unwrap();
    let page = "<!doctype html><title>t</title><link rel=icon href=data:,>home";
    write(folder.path(), "index.html", page);
    let emulator = Emulator::start(folder.path(), &[]);
    walk("form.mjs", &emulator);
}

/// Runs a script of this folder at an emulator; it says its steps, and in the end that all are fine.
pub fn walk(script: &str, emulator: &Emulator) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    let walk = Command::new("node")
        .arg(folder.join(script))
        .arg(format!("http://localhost:{}", emulator.port))
        .output()
        .expect("node runs; hint: install Node 20 or newer, tests/run.sh says how");
    let steps = String::from_utf8_lossy(&walk.stdout);
    assert!(
        walk.status.success() && steps.contains("all fine"),
        "it ended with {}:\n{steps}{}",
        walk.status,
        String::from_utf8_lossy(&walk.stderr)
    );
}
