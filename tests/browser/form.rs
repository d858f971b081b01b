//! The sign-in form in a real browser, as suites of the official CLI use it: `tests/browser/form.mjs` fills it in.

use std::path::Path;

use crate::common::walk::walk;
use crate::emulator::{Emulator, write};

#[test]
fn the_sign_in_form_is_what_suites_know() {
    let folder = tempfile::tempdir().unwrap();
    let page = "<!doctype html><title>t</title><link rel=icon href=data:,>home";
    write(folder.path(), "index.html", page);
    let emulator = Emulator::start(folder.path(), &[]);
    walk("form.mjs", &[Path::new(&emulator.url())]);
}
