//! The alias `swa`: what scripts, tools and end-to-end suites of the official CLI rely on.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use crate::emulator::{Emulator, cookie, site, write};

/// The program under the other name, as a link to it is.
fn command() -> Command {
    static SWA: LazyLock<PathBuf> = LazyLock::new(|| {
        let name = format!("swa{}", std::env::consts::EXE_SUFFIX);
        let swa = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        // That of an earlier build, if any.
        let _ = std::fs::remove_file(&swa);
        std::fs::hard_link(env!("CARGO_BIN_EXE_cygnet"), &swa).unwrap();
        swa
    });
    Command::new(&*SWA)
}

fn swa(args: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    command()
        .args(args)
        .current_dir(folder.path())
        .output()
        .unwrap()
}

#[test]
fn usage_shows_the_name_called() {
    let help = swa(&["--help"]);
    assert_eq!(help.status.code(), Some(0));
    let text = String::from_utf8(help.stdout).unwrap();
    assert!(text.contains("Usage: swa [start]"), "{text}");
    assert!(!text.contains("cygnet "), "{text}");
    let wrong = swa(&["start", "--cygnet-nonsense"]);
    assert_eq!(wrong.status.code(), Some(1), "as the official CLI");
    let text = String::from_utf8(wrong.stderr).unwrap();
    assert!(
        text.contains("'--cygnet-nonsense'"),
        "the word as it was typed: {text}"
    );
    assert!(text.contains("Usage: swa"), "{text}");
    let version = String::from_utf8(swa(&["--version"]).stdout).unwrap();
    assert_eq!(version, concat!(env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn messages_say_what_to_type_under_the_name_called() {
    let both = swa(&["start", "dist", "--output-location", "dist"]);
    let text = String::from_utf8(both.stderr).unwrap();
    assert_eq!(both.status.code(), Some(1), "{text}");
    assert!(
        text.contains("swa start <outputLocation> cannot be used"),
        "{text}"
    );
    let unknown = swa(&["man", "fly"]);
    let text = String::from_utf8(unknown.stderr).unwrap();
    assert!(text.contains("`swa --help` lists"), "{text}");
}

#[test]
fn commands_of_the_official_cli_are_not_taken_for_folders() {
    for verb in ["build", "db", "deploy", "docs", "init", "login"] {
        let refused = swa(&[verb, "--yes"]);
        let text = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{text}");
        assert!(
            text.contains(&format!(
                "`swa {verb}` is a command of the official CLI only"
            )),
            "{text}"
        );
        assert!(
            text.contains(&format!("npx @azure/static-web-apps-cli {verb}")),
            "{text}"
        );
    }
    let json = swa(&["deploy", "--json"]);
    let told: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(told["version"], 1, "{told}");
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "build/index.html", "built");
    for words in [&["./build"][..], &["start", "build"]] {
        let mut command = command();
        command.args(words);
        let emulator = Emulator::run(command, folder.path());
        assert_eq!(emulator.get("/").text(), "built", "{words:?}");
    }
}

#[test]
fn a_command_line_of_the_official_cli_serves_an_end_to_end_suite() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "dist/index.html", "home");
    write(
        folder.path(),
        "dist/staticwebapp.config.json",
        r#"{"routes": [{"route": "/admin*", "allowedRoles": ["admin"]}]}"#,
    );
    write(folder.path(), "dist/admin.html", "for admins");
    let config = r#"{
        "$schema": "https://aka.ms/azure/static-web-apps-cli/schema",
        "configurations": {"app": {
            "appLocation": ".", "outputLocation": "dist", "apiLanguage": "node", "apiVersion": "20", "apiPort": 7071,
            "appBuildCommand": "npm run build", "apiBuildCommand": "npm run build", "devserverTimeout": 60,
            "ssl": false, "open": false, "verbose": "log", "funcArgs": "--verbose",
            "deploy": {"env": "preview"}, "start": {"printConfig": false}
        }}
    }"#;
    write(folder.path(), "swa-cli.config.json", config);
    let mut command = command();
    command.args([
        "start",
        "-cn",
        "app",
        "-j",
        "7071",
        "--devserver-timeout",
        "30",
        "-w",
        "dist",
    ]);
    let emulator = Emulator::run(command, folder.path());
    // The VS Code extension waits for this line.
    let line = format!(
        "Azure Static Web Apps emulator started at http://localhost:{}. Press CTRL+C to exit.",
        emulator.port
    );
    assert!(
        emulator.output().lines().any(|said| said == line),
        "{}",
        emulator.output()
    );
    // Suites set the cookie themselves, or fill in the form.
    let user = cookie(&["anonymous", "authenticated", "admin"]);
    let headers = [("Cookie", user.as_str())];
    assert_eq!(
        emulator.send("GET", "/admin", &headers, b"").text(),
        "for admins"
    );
    let me = emulator.send("GET", "/.auth/me", &headers, b"").text();
    assert!(
        me.starts_with(r#"{"clientPrincipal":{"identityProvider":"github""#),
        "{me}"
    );
    assert_eq!(emulator.get("/admin").status, 401);
    let form = emulator.get("/.auth/login/github").text();
    for id in [
        "identityProvider",
        "userId",
        "userDetails",
        "userRoles",
        "claims",
        "submit",
        "clear",
    ] {
        assert!(form.contains(&format!(r#"id="{id}""#)), "{id}");
    }
}

#[test]
fn its_children_are_guarded_too() {
    let folder = site(None);
    let mut command = command();
    command.args(["--run", "sleep 1000"]);
    let mut emulator = Emulator::run(command, folder.path());
    let children = || {
        let path = format!("/proc/{0}/task/{0}/children", emulator.pid());
        std::fs::read_to_string(path).unwrap_or_default()
    };
    crate::emulator::eventually("the command and its guard", || {
        children().split(' ').count() > 2
    });
    let pids: Vec<String> = children().split_whitespace().map(str::to_owned).collect();
    emulator.signal("KILL");
    emulator.wait();
    crate::emulator::eventually("the end of all children", || {
        !pids.iter().any(crate::common::process::is_running)
    });
}
