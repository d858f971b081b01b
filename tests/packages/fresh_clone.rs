//! The first of the two commands: `cargo run` in a fresh clone, in a new folder, serves the sample app with its API.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::emulator::{Emulator, cookie, eventually, write};

/// What a clone of the present state would hold: the files that git knows or would take.
fn clone_into(folder: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let listed = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root)
        .output()
        .expect("git");
    assert!(
        listed.status.success(),
        "{}",
        String::from_utf8_lossy(&listed.stderr)
    );
    for name in String::from_utf8(listed.stdout)
        .unwrap()
        .split_terminator('\0')
    {
        let (from, to) = (root.join(name), folder.join(name));
        if from.is_file() {
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::copy(from, to).unwrap();
        }
    }
}

fn target() -> PathBuf {
    // <target>/tmp is where cargo lets integration tests write; what was built there already is used again.
    Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

#[test]
fn cargo_run_serves_the_sample_app_with_sign_in_api_and_reload() {
    let clone = tempfile::tempdir().unwrap();
    clone_into(clone.path());
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["run", "--locked", "--"])
        .env("CARGO_TARGET_DIR", target())
        // Set by `.ci/run` for test programs; cargo would build everything anew.
        .env_remove("RUSTC_BOOTSTRAP");
    let emulator = Emulator::run(cargo, clone.path());

    // Static content, the trailing slash, the app's own 404.
    let home = emulator.get("/");
    assert_eq!(
        (home.status, home.header("content-type")),
        (200, Some("text/html"))
    );
    assert!(home.text().contains("Cygnet Pond"));
    assert_eq!(emulator.get("/contact").status, 200);

    // Sign-in, 401, 403.
    assert_eq!(
        emulator.get("/.auth/me").text(),
        r#"{"clientPrincipal":null}"#
    );
    assert!(
        emulator
            .get("/.auth/login/github")
            .text()
            .contains("id=\"userDetails\"")
    );
    assert_eq!(emulator.get("/members/").status, 401);
    assert_eq!(emulator.get("/admin/").status, 401);
    let member = cookie(&["authenticated"]);
    let ask = |path: &str, cookie: &str| {
        emulator
            .send("GET", path, &[("Cookie", cookie)], b"")
            .status
    };
    assert_eq!(ask("/members/", &member), 200);
    assert_eq!(ask("/admin/", &member), 403);
    assert_eq!(ask("/admin/", &cookie(&["admin"])), 200);

    // The API, once its packages are installed.
    emulator.wait_for_output_within("[api]   hello: ", Duration::from_secs(180));
    assert!(
        emulator.output().contains("npm ci"),
        "the install is visible:\n{}",
        emulator.output()
    );
    let hello = emulator.get("/api/hello");
    assert_eq!(hello.status, 200, "{}", hello.text());

    // Reload: a rule, and a function.
    let configuration = clone
        .path()
        .join("sample-app/public/staticwebapp.config.json");
    let text = std::fs::read_to_string(&configuration).unwrap();
    let edited = text.replacen(
        r#""routes": ["#,
        r#""routes": [{ "route": "/fresh", "redirect": "/contact" },"#,
        1,
    );
    assert_ne!(text, edited);
    std::fs::write(&configuration, edited).unwrap();
    eventually("the new rule", || emulator.get("/fresh").status == 302);
    write(
        clone.path(),
        "sample-app/api/src/functions/fresh.js",
        "require('@azure/functions').app.http('fresh', { authLevel: 'anonymous', handler: async () => ({ body: 'new' }) });",
    );
    eventually("the new function", || {
        emulator.get("/api/fresh").text() == "new"
    });
}
