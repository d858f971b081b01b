//! The inspector in a real browser: each view by `tests/browser/inspector.mjs`, and the stories that it is for by
//! `tests/browser/stories.mjs`, which also makes the pictures of the documentation.

use std::path::{Path, PathBuf};

use crate::common::deployed::App;
use crate::common::walk::walk;
use crate::emulator::{Emulator, write};

const CONFIGURATION: &str = r#"{
  "routes": [
    { "route": "/old", "redirect": "/", "statusCode": 301 },
    {
      "route": "/admin/*",
      "allowedRoles": ["admin"],
      "headers": { "Cache-Control": "no-store" }
    },
    {
      "route": "/members/*",
      "allowedRoles": ["authenticated"]
    },
    { "route": "/api/sightings", "methods": ["POST"], "allowedRoles": ["reader", "admin"] }
  ],
  "globalHeaders": { "X-Frame-Options": "DENY" }
}
"#;
const PERSONAS: &str = r#"{"personas": [
  {"name": "ada", "provider": "github", "userDetails": "ada@pond.example", "roles": ["admin"]},
  {"name": "rita", "provider": "github", "userDetails": "rita@pond.example", "roles": ["reader"]}
]}"#;
const FUNCTION: &str = r#"{"bindings": [
  {"type": "httpTrigger", "authLevel": "anonymous", "direction": "in", "name": "req", "methods": ["get", "post"]},
  {"type": "http", "direction": "out", "name": "res"}
]}"#;
const CODE: &str = "module.exports = async (context, req) => {
  context.log('somebody says hello');
  context.res = { headers: { 'content-type': 'text/plain' }, body: `hello ${req.query.name} in process ${process.pid}` };
};";

/// A site with rules, personas and one function.
fn site() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let page = |title| {
        format!(
            "<!doctype html><html lang=en><title>{title}</title><link rel=icon href=data:,><style>body {{ margin: 3rem 5rem; font: 1.2rem system-ui }}</style><h1>{title}</h1>"
        )
    };
    for (name, title) in [
        ("index.html", "The pond"),
        ("admin/index.html", "Administration"),
        ("members/index.html", "Members"),
    ] {
        write(folder.path(), &format!("dist/{name}"), page(title));
    }
    for (name, text) in [
        ("dist/staticwebapp.config.json", CONFIGURATION),
        (".cygnet/personas.json", PERSONAS),
        ("api/host.json", r#"{"version": "2.0"}"#),
        ("api/package.json", "{}"),
        ("api/hello/function.json", FUNCTION),
        ("api/hello/index.js", CODE),
    ] {
        write(folder.path(), name, text);
    }
    folder
}

/// Kept after a test, to look at: it is the build's own folder.
fn shots(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[test]
fn the_inspector_shows_what_happens() {
    let folder = site();
    let arguments = ["start", "dist", "--api-location", "api", "--no-install"];
    let emulators = [(); 2].map(|()| Emulator::start(folder.path(), &arguments));
    let [one, other] = emulators.each_ref().map(Emulator::url);
    let [one, other] = [&one, &other].map(Path::new);
    let dist = folder.path().join("dist");
    walk("inspector.mjs", &[one, other, &dist, &shots("inspector")]);
}

/// The stories, with pictures in a folder.
fn stories(pictures: &Path) {
    let folder = site();
    let arguments = ["start", "dist", "--api-location", "api", "--no-install"];
    let emulator = Emulator::start(folder.path(), &arguments);
    walk(
        "stories.mjs",
        &[
            Path::new(&emulator.url()),
            &folder.path().join("dist"),
            pictures,
        ],
    );
}

#[test]
fn a_wrong_rule_a_refusal_and_a_killed_api_are_told_and_mended() {
    stories(&shots("stories"));
}

#[test]
#[ignore = "makes the pictures of the documentation anew: cargo test --test browser pictures -- --ignored"]
fn pictures_of_the_documentation() {
    stories(&Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/images"));
}

#[test]
fn the_inspector_shows_what_is_deployed() {
    let app = App::new();
    app.deploy(&[]);
    app.deploy(&[]);
    app.json(&["appsettings", "set", "WHO=sesame"]);
    let rule = r#"{"routes": [{"route": "/preview-only", "allowedRoles": ["editor"]}]}"#;
    app.write("dist/staticwebapp.config.json", rule);
    app.deploy(&["--pr", "17"]);
    let emulator = app.serve(&[]);
    let host = |name: &str| PathBuf::from(format!("http://{name}.localhost:{}", emulator.port));
    walk(
        "environments.mjs",
        &[&host("shop"), &host("shop-17"), &shots("environments")],
    );
}
