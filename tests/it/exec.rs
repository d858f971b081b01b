//! `cygnet exec`: the emulator for as long as a command runs.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::common::process::is_running;
use crate::emulator::{eventually, site, write};
use crate::support::RawUpstream;

fn exec(folder: &Path, options: &[&str], script: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cygnet"));
    command
        .arg("exec")
        .args(options)
        .args(["--", "bash", "-c", script])
        .current_dir(folder)
        .env("CYGNET_STATE_DIR", folder.join("state"))
        .stdin(Stdio::null());
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn run(folder: &Path, options: &[&str], script: &str) -> (Option<i32>, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = exec(folder, options, script).output().unwrap();
    (status.code(), text(&stdout), text(&stderr))
}

/// What a test suite would do, with nothing but bash: the status line and body of a page.
const GET: &str = r#"get() { exec 3<>/dev/tcp/localhost/$PORT; printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$1" >&3; cat <&3; }; "#;

#[test]
fn the_command_finds_the_emulator_and_its_code_is_ours() {
    let folder = site(None);
    let script = format!("{GET} get /; echo; echo $CYGNET_URL $SWA_URL $PORT; exit 7");
    let (code, stdout, _) = run(folder.path(), &["."], &script);
    assert_eq!(code, Some(7));
    assert!(
        stdout.starts_with("HTTP/1.1 200 OK") && stdout.contains("<h1>home</h1>"),
        "{stdout}"
    );
    let last: Vec<&str> = stdout.lines().last().unwrap().split(' ').collect();
    assert_eq!(last[0], format!("http://localhost:{}", last[2]));
    assert_eq!(last[0], last[1]);
    assert_ne!(last[2], "4280", "a free port");
    let (code, _, _) = run(folder.path(), &["."], "kill -TERM $$");
    assert_eq!(code, Some(128 + 15), "as a shell says it");
}

#[test]
fn it_is_quiet_unless_something_fails() {
    let folder = site(Some(
        r#"{"routes": [{"route": "/admin", "allowedRoles": ["admin"]}]}"#,
    ));
    let script = format!("{GET} get /admin > /dev/null; exit ");
    let (code, stdout, stderr) = run(folder.path(), &["."], &format!("{script}0"));
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (Some(0), "", ""));
    let (code, _, stderr) = run(folder.path(), &["."], &format!("{script}1"));
    assert_eq!(code, Some(1));
    let line = stderr
        .lines()
        .find(|line| line.starts_with("GET /admin 401"));
    assert!(
        line.is_some_and(|line| line.contains("a role is needed")),
        "{stderr}"
    );
}

/// What the command prints stands apart: standard output is the object's.
#[test]
fn json_is_an_object_once_the_command_has_ended() {
    let folder = site(None);
    let script = "echo from the command; echo $CYGNET_URL; exit 7";
    let (code, stdout, stderr) = run(folder.path(), &[".", "--json"], script);
    assert_eq!(code, Some(7));
    let told: Value =
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}"));
    assert_eq!(
        (&told["version"], &told["exitCode"]),
        (&1.into(), &7.into())
    );
    let url = told["url"].as_str().unwrap();
    assert_eq!(url, format!("http://localhost:{}", told["port"]));
    assert!(
        told["readyMs"].is_u64() && told["commandMs"].is_u64(),
        "{told}"
    );
    assert!(
        stderr.starts_with(&format!("from the command\n{url}\n")),
        "{stderr}"
    );

    write(folder.path(), "staticwebapp.config.json", "{");
    let (code, stdout, stderr) = run(folder.path(), &[".", "--json"], "echo begun");
    assert_eq!(code, Some(1));
    let told: Value =
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}"));
    let message = told["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("the configuration is invalid") && stderr.contains(message),
        "{stderr}"
    );
    assert!(!stderr.contains("begun"), "{stderr}");
}

#[test]
fn the_command_waits_for_the_api_and_never_begins_without_it() {
    let folder = site(None);
    // It listens a while after the emulator.
    let upstream = RawUpstream::always("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    let url = upstream.url();
    let script = format!("{GET} get /api/x");
    let (code, stdout, stderr) = run(folder.path(), &[".", "--api-devserver-url", &url], &script);
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.ends_with("ok"), "{stdout}");

    write(folder.path(), "api/host.json", "{ not json");
    write(folder.path(), "api/package.json", "{}");
    let (code, stdout, stderr) = run(folder.path(), &[".", "--api-location", "api"], "echo begun");
    assert_eq!((code, stdout.as_str()), (Some(1), ""), "{stderr}");
    assert!(
        stderr.contains("the emulator is not ready") && stderr.contains("hint: "),
        "{stderr}"
    );

    write(folder.path(), "staticwebapp.config.json", "{");
    let (code, stdout, stderr) = run(folder.path(), &["."], "echo begun");
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    assert!(
        stderr.contains("the configuration is invalid")
            && stderr.contains("staticwebapp.config.json:1"),
        "{stderr}"
    );
    let _ = std::fs::remove_file(folder.path().join("staticwebapp.config.json"));
    let output = Command::new(env!("CARGO_BIN_EXE_cygnet"))
        .args(["exec", ".", "--", "no-such-program-here"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("`no-such-program-here` cannot be started"),
        "{output:?}"
    );
}

#[test]
fn a_signal_reaches_the_command_and_nothing_is_left() {
    let folder = site(None);
    let script =
        "trap 'echo ended > ended; exit 3' TERM; echo $$ > pid; while :; do sleep 0.05; done";
    let mut child = exec(folder.path(), &["."], script)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let pid = || std::fs::read_to_string(folder.path().join("pid")).unwrap_or_default();
    eventually("the command", || pid().ends_with('\n'));
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(3));
    assert!(folder.path().join("ended").exists());
    assert!(!is_running(pid().trim()));
}

#[test]
fn several_run_at_once() {
    let folder = site(None);
    let children: Vec<_> = (0..4)
        .map(|_| {
            let script = format!("{GET} get / | head -1");
            exec(folder.path(), &["."], &script)
                .stdout(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(
            text(&output.stdout).starts_with("HTTP/1.1 200 OK"),
            "{output:?}"
        );
    }
}
