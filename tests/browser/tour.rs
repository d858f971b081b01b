//! The sample app in a real browser: the binary serves it, `tests/browser/tour.mjs` walks through it.
//!
//! Needs Chromium (`/usr/bin/chromium` or `$CHROMIUM`), Node and `npm ci` in `tests/browser`; `tests/run.sh` brings all
//! three. A missing one fails the test with a hint: a browser test that skips itself tests nothing.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::walk::walk;
use crate::emulator::{Emulator, copy_tree};

#[test]
fn a_visitor_tours_the_sample_app() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let clone = tempfile::tempdir().unwrap();
    copy_tree(&root.join("sample-app"), &clone.path().join("sample-app"));
    fs::copy(
        root.join("swa-cli.config.json"),
        clone.path().join("swa-cli.config.json"),
    )
    .unwrap();
    let emulator = Emulator::start(clone.path(), &["start"]);

    // Kept after the test, to look at: it is the build's own folder.
    let shots = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("tour");
    println!("screenshots: {}", shots.display());
    let site = clone.path().join("sample-app/public");
    walk("tour.mjs", &[Path::new(&emulator.url()), &shots, &site]);
}
