//! Secrets and tools' folders in a content folder, which is the whole project where nothing else is said: `start`, `check`,
//! `deploy` and `serve` agree that they are not content.

use std::fs;

use crate::deployed::{App, get};
use crate::emulator::Emulator;

/// All that is in such a file.
const PRECIOUS: &str = "precious-secret";

/// Files of the project that are not content.
const SECRETS: [&str; 9] = [
    ".env",
    ".env.local",
    "sub/.Env.Production",
    "local.settings.json",
    "swa-cli.config.json",
    "certs/server.KEY",
    "certs/chain.pem",
    "certs/store.pfx",
    "keys/id_rsa",
];
const FOLDERS: [&str; 7] = [
    ".git/config",
    "vendor/lib/.git/HEAD",
    ".hg/hgrc",
    ".svn/entries",
    ".cygnet/notes.json",
    "node_modules/x/index.js",
    "api/index.js",
];
/// Files that look like them.
const CONTENT: [&str; 6] = [
    ".well-known/security.txt",
    ".gitignore",
    ".hidden",
    "environment.js",
    "key.txt",
    "target/app.js",
];

fn project(configuration: &str) -> App {
    let app = App::new();
    for path in SECRETS.iter().chain(&FOLDERS) {
        app.write(&format!("dist/{path}"), PRECIOUS);
    }
    // It holds no configurations, so it is as good as none.
    app.write(
        "dist/swa-cli.config.json",
        "{\"note\": \"precious-secret\"}",
    );
    app.write("dist/api/host.json", "{}");
    for path in CONTENT {
        app.write(&format!("dist/{path}"), "public");
    }
    app.write("dist/staticwebapp.config.json", configuration);
    app
}

fn start(app: &App, words: &[&str]) -> Emulator {
    app.start(&[&["dist"], words].concat())
}

/// Asks for everything in some spellings; `missing` is the status of a file that does not exist.
fn assert_nothing_precious(emulator: &Emulator, missing: u16) {
    let asked = |path: &str| get(emulator, "localhost", path);
    assert_eq!(asked("/no/such/file").status, missing);
    for path in SECRETS.iter().chain(&FOLDERS) {
        for spelling in [
            format!("/{path}"),
            format!("/x/../{path}"),
            format!("//{path}"),
            format!("/{}", path.replace('.', "%2e")),
        ] {
            let answer = asked(&spelling);
            assert!(!answer.text().contains(PRECIOUS), "{spelling}: {answer:?}");
            if spelling == format!("/{path}") {
                assert_eq!(answer.status, missing, "{spelling}");
            }
        }
    }
    for path in CONTENT {
        let answer = asked(&format!("/{path}"));
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (200, "public"),
            "{path}"
        );
    }
}

#[test]
fn start_answers_as_for_a_file_that_does_not_exist_and_says_so_once() {
    let app = project("{}");
    let emulator = start(&app, &[]);
    let first = get(&emulator, "localhost", "/.env");
    let none = get(&emulator, "localhost", "/none");
    // But for the number of the request, under which the inspector shows it.
    let number = regex::Regex::new("#/requests/[0-9]+").unwrap();
    let shown = [&first, &none].map(|answer| number.replace(&answer.text(), "").into_owned());
    assert_eq!((first.status, &shown[0]), (404, &shown[1]));
    emulator.wait_for_output("`/.env` is not served: files of such a name hold secrets");
    assert_nothing_precious(&emulator, 404);
    assert_eq!(emulator.output().matches("is not served").count(), 1);

    let app = project(r#"{"navigationFallback": {"rewrite": "/index.html"}}"#);
    assert_nothing_precious(&start(&app, &[]), 200);

    // A rewrite does not lead there either.
    let app = project(r#"{"routes": [{"route": "/x", "rewrite": "/.env"}]}"#);
    assert_eq!(get(&start(&app, &[]), "localhost", "/x").status, 404);
}

#[test]
fn nothing_is_said_of_a_secret_that_is_not_there() {
    let app = App::new();
    let emulator = start(&app, &[]);
    assert_eq!(get(&emulator, "localhost", "/.env").status, 404);
    emulator.wait_for_output("GET /.env 404");
    assert!(!emulator.output().contains("is not served"));
}

#[test]
fn deploy_leaves_it_out_check_says_so_and_serve_has_none_of_it() {
    let app = project("{}");
    let checked = app.run(&["check", "dist"]);
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    let named = format!(
        "`.env` and {} others are never served nor deployed",
        SECRETS.len() - 1
    );
    assert!(said.contains(&named), "{said}");
    assert!(
        checked.status.success(),
        "it is no reason to refuse: {said}"
    );

    app.deploy(&[]);
    let snapshots = app.folder().join(".cygnet/deployments/snapshots");
    let deployed: Vec<_> = walkdir::WalkDir::new(&snapshots)
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.is_file())
        .collect();
    for path in CONTENT {
        assert!(deployed.iter().any(|file| file.ends_with(path)), "{path}");
    }
    for file in &deployed {
        let text = fs::read_to_string(file).unwrap();
        assert!(!text.contains(PRECIOUS), "{}", file.display());
    }
    let serving = app.serve(&[]);
    assert_nothing_precious(&serving, 404);
}
