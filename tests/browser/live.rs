//! Live reload and the overlay in a real browser: two emulators serve a folder, `tests/browser/live.mjs` edits it.
//!
//! Needs what `tests/browser.rs` needs; `tests/run.sh` brings it.

use std::path::{Path, PathBuf};

use crate::common::walk::walk;
use crate::emulator::{Emulator, write};

const PAGE: &str = r#"<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width"><title>t</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/app.css"><link rel="stylesheet" href="/shell.css">
<script src="/app.js" defer></script></head><body><h1>one</h1><input id="field"></body></html>"#;
/// What `config()` of the script writes, so that it can edit the file back.
const POLICY: &str = r#"{
  "globalHeaders": {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:"
  }
}
"#;

#[test]
fn open_pages_follow_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("index.html", PAGE),
        ("app.css", "h1 { color: red }"),
        ("shell.css", "@import \"/imported.css\";"),
        ("imported.css", "h1 { letter-spacing: 1px }"),
        ("app.js", "window.version = 1;"),
        ("staticwebapp.config.json", POLICY),
    ] {
        write(folder.path(), name, text);
    }
    let emulators = [(); 2].map(|()| Emulator::start(folder.path(), &[]));
    let [first, second] = emulators.each_ref().map(Emulator::url);

    // Kept after the test, to look at: it is the build's own folder.
    let shots = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("live");
    println!("screenshots: {}", shots.display());
    let [first, second] = [&first, &second].map(Path::new);
    walk("live.mjs", &[first, second, folder.path(), &shots]);
}
