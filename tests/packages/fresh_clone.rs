//! The first of the two commands: `cargo run` in a fresh clone, in a new folder, serves the sample app with its API.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::emulator::{Emulator, cookie, eventually, write};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// What a clone of the present state would hold: the files that git knows or would take.
fn files_of_a_clone() -> BTreeSet<PathBuf> {
    let listed = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(ROOT)
        .output()
        .expect("git");
    let said = String::from_utf8_lossy(&listed.stderr);
    assert!(listed.status.success(), "{said}");
    let names = String::from_utf8(listed.stdout).unwrap();
    let names = names.split_terminator('\0').map(PathBuf::from);
    names
        .filter(|name| Path::new(ROOT).join(name).is_file())
        .collect()
}

fn clone_into(folder: &Path, files: &BTreeSet<PathBuf>) {
    for name in files {
        let to = folder.join(name);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(Path::new(ROOT).join(name), to).unwrap();
    }
}

fn target() -> PathBuf {
    // <target>/tmp is where cargo lets integration tests write; what was built there already is used again.
    Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

/// The files of this project that the program was made of, as cargo wrote them down beside it.
fn files_of_the_build() -> BTreeSet<PathBuf> {
    let program = Path::new(env!("CARGO_BIN_EXE_cygnet"));
    let list = std::fs::read_to_string(program.with_extension("d")).unwrap();
    let (_, files) = list.trim().split_once(": ").unwrap();
    // Spaces of a name are escaped.
    let files = files.replace("\\ ", "\0");
    let files = files.split(' ').map(|name| name.replace('\0', " "));
    files
        .map(|name| Path::new(&name).strip_prefix(ROOT).unwrap().to_path_buf())
        .chain(["Cargo.toml".into(), "Cargo.lock".into()])
        .collect()
}

/// Cargo would make the program of a clone anew, as it lies at another path. So that of this folder runs in the clone, and
/// what it was made of must be in the clone.
#[test]
fn cargo_run_serves_the_sample_app_with_sign_in_api_and_reload() {
    let clone = tempfile::tempdir().unwrap();
    let files = files_of_a_clone();
    clone_into(clone.path(), &files);
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["run", "--locked", "--manifest-path"])
        .arg(Path::new(ROOT).join("Cargo.toml"))
        .arg("--")
        .env("CARGO_TARGET_DIR", target())
        // Set by `.ci/run` for test programs; cargo would build everything anew.
        .env_remove("RUSTC_BOOTSTRAP");
    // So it would if it heard what cargo tells tests of their package: the build of `ring` asks for it.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(&name);
        }
    }
    let emulator = Emulator::run(cargo, clone.path());
    // Only what has other features there than here; large ones among them cost everybody minutes.
    for shared in ["actix-http", "ring", "serde", "tokio"] {
        assert!(
            !emulator.output().contains(&format!("Compiling {shared} v")),
            "`cargo run` built {shared} anew; see Cargo.toml above [dependencies]:\n{}",
            emulator.output()
        );
    }
    let made_of = files_of_the_build();
    assert!(made_of.contains(Path::new("src/main.rs")) && made_of.len() > 100);
    let missing: Vec<_> = made_of.difference(&files).collect();
    assert!(missing.is_empty(), "git leaves them out: {missing:?}");

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
