//! The sign-in page's picker and the ways in from error pages: `tests/browser/picker.mjs` clicks.

use std::path::Path;

use crate::common::walk::walk;
use crate::emulator::{Emulator, write};

const CONFIGURATION: &str = r#"{
  "routes": [
    { "route": "/admin*", "allowedRoles": ["admin"] },
    { "route": "/books*", "allowedRoles": ["reader"] }
  ]
}"#;
const PERSONAS: &str = r#"{"personas": [
  {"name": "ada", "provider": "aad", "userDetails": "ada@pond.example", "roles": ["admin"]},
  {"name": "rita", "roles": ["reader"]}
]}"#;

#[test]
fn the_picker_signs_in_by_one_click() {
    let folder = tempfile::tempdir().unwrap();
    for (name, title) in [
        ("index", "Home"),
        ("admin", "Administration"),
        ("books", "Books"),
    ] {
        let page = format!(
            "<!doctype html><html lang=en><title>{title}</title><link rel=icon href=data:,><h1>{title}</h1>"
        );
        write(folder.path(), &format!("{name}.html"), &page);
    }
    write(folder.path(), "staticwebapp.config.json", CONFIGURATION);
    write(folder.path(), ".cygnet/personas.json", PERSONAS);
    let emulator = Emulator::start(folder.path(), &[]);
    walk("picker.mjs", &[Path::new(&emulator.url())]);
}
