//! `cygnet explain` through the front door: exit code, text and JSON of the real program. That it agrees with the
//! server is shown by `explain_golden.rs`.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

const CONFIG: &str = r#"{
  "routes": [
    { "route": "/login", "redirect": "/.auth/login/github" },
    { "route": "/admin/*", "methods": ["GET"], "allowedRoles": ["admin"], "headers": { "X-Admin": "yes", "X-Frame-Options": "" } },
    { "route": "/api/*", "allowedRoles": ["authenticated"] },
    { "route": "/a/*/b", "statusCode": 404 },
    { "route": "/here", "redirect": "/here" }
  ],
  "navigationFallback": { "rewrite": "/index.html", "exclude": ["*.js"] },
  "responseOverrides": { "401": { "redirect": "/.auth/login/github?post_login_redirect_uri=.referrer" } },
  "globalHeaders": { "X-Frame-Options": "DENY", "Referrer-Policy": "" },
  "networking": { "allowedIpRanges": ["203.0.113.0/24"] }
}
"#;

fn app() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in [
        ("staticwebapp.config.json", CONFIG),
        ("index.html", "hello"),
        ("admin/users.html", "users"),
    ] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let file = fs::File::create(&path).unwrap();
        fs::write(&path, text).unwrap();
        // The same date for ever, since it is shown.
        let time =
            std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
        file.set_modified(time).unwrap();
    }
    folder
}

fn run(folder: &Path, words: &[&str]) -> String {
    let output = Command::new(assert_cmd::cargo::cargo_bin!("cygnet"))
        .arg("explain")
        .args(words)
        .current_dir(folder)
        .env_clear()
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let shown = format!(
        "exit code: {}\n----- stdout -----\n{}----- stderr -----\n{}",
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr)
    );
    shown.replace(
        &folder.canonicalize().unwrap().display().to_string(),
        "[ROOT]",
    )
}

#[test]
fn a_guarded_page_for_nobody() {
    insta::assert_snapshot!(run(app().path(), &["/admin/users"]));
}

#[test]
fn a_guarded_page_for_its_role() {
    insta::assert_snapshot!(run(
        app().path(),
        &["get", "/admin/users", "--role", "admin"]
    ));
}

#[test]
fn a_guarded_page_as_json() {
    let app = app();
    let words = ["/admin/users", "--role", "admin", "--json"];
    insta::assert_snapshot!(run(app.path(), &words));
}

#[test]
fn the_api_is_not_called() {
    // Nothing listens there, and nothing has to.
    let words = [
        "POST",
        "/api/items?x=1",
        "--role",
        "editor",
        "--api-devserver-url",
        "http://127.0.0.1:1",
    ];
    insta::assert_snapshot!(run(app().path(), &words));
}

#[test]
fn the_usual_surprises_are_named() {
    let shown = |words: &[&str]| run(app().path(), words);
    let has = |words: &[&str], part: &str| {
        let shown = shown(words);
        assert!(shown.contains(part), "{words:?}: {part}\n{shown}");
    };
    has(
        &["/admin"],
        "covers what lies under `/admin/`, not `/admin` itself (RT-19)",
    );
    has(&["/Login"], "differs by case (RT-15)");
    has(&["/login/"], "differs by the slash at the end (RT-17)");
    has(
        &["DELETE", "/admin/x"],
        "the path matches, but it is for GET only",
    );
    has(
        &["DELETE", "/admin/x"],
        "405: content answers GET, HEAD and OPTIONS only",
    );
    has(
        &["/a/x/b"],
        "can never match: a `*` works only as the last character",
    );
    has(&["/here"], "skipped: it would redirect to the very path");
    has(&["/gone.js"], "navigationFallback excludes the path (NF-3)");
    has(&["/"], "callers from this machine are not judged");
    has(
        &["/", "--strict"],
        "127.0.0.1 is in none of networking.allowedIpRanges",
    );
    has(
        &["/", "--client-ip", "203.0.113.9"],
        "203.0.113.9: in an allowed range",
    );
    has(&["/admin/%75sers"], "compared as /admin/users");
}

#[test]
fn another_configuration() {
    let app = app();
    let other = r#"{"routes": [{"route": "/*", "statusCode": 403}]}"#;
    fs::write(app.path().join("other.json"), other).unwrap();
    let shown = run(app.path(), &["/", "--config", "other.json"]);
    assert!(
        shown.contains("> routes[0]   /*  other.json:1  matches"),
        "{shown}"
    );
    assert!(shown.contains("status    403"), "{shown}");
    fs::write(app.path().join("broken.json"), "{").unwrap();
    insta::assert_snapshot!(run(app.path(), &["/", "--config", "broken.json"]), @"
    exit code: 1
    ----- stdout -----
    error[CF-10]: this is not JSON: unterminated object
     --> broken.json:1:1
      |
    1 | {
      | ^
      |
      = hint: close the object with `}`

    ----- stderr -----
    error: the configuration is invalid, so every request is answered with 500

    hint: fix the file; `cygnet check` shows all findings
    ");
}

#[test]
fn what_cannot_be_asked_is_a_usage_error() {
    let app = app();
    for words in [
        &["about"][..],
        &["G T", "/"],
        &["/", "-H", "x"],
        &["/", "--config", "gone.json"],
        &[],
    ] {
        let shown = run(app.path(), words);
        assert!(shown.starts_with("exit code: 2\n"), "{words:?}: {shown}");
    }
}

#[test]
fn a_dev_server_is_named_and_not_called() {
    let app = app();
    let file = r#"{"configurations": {"app": {"appDevserverUrl": "http://127.0.0.1:1"}}}"#;
    fs::write(app.path().join("swa-cli.config.json"), file).unwrap();
    let said = run(app.path(), &["/new"]);
    let asked = "the dev server at http://127.0.0.1:1, asked for /new; if it says 404, for /index.html by navigationFallback";
    assert!(said.contains(asked), "{said}");
    assert!(said.contains("exit code: 0"), "{said}");
}
