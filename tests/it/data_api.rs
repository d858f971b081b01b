//! `/data-api` on the real binary: a server at a URL, an installed Data API Builder (a stand-in here), and neither.

use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::emulator::{Emulator, cookie, eventually, site, write};
use crate::support::RawUpstream;

const RULES: &str = r#"{
    "navigationFallback": {"rewrite": "/index.html"},
    "routes": [
        {"route": "/data-api/rest/Secret*", "allowedRoles": ["reader"]},
        {"route": "/books", "rewrite": "/data-api/rest/Book"}
    ]
}"#;

/// Answers each request with its own head.
fn echo() -> RawUpstream {
    RawUpstream::start(|mut stream, _| {
        while let Ok(head) = crate::support::read_head(&mut stream)
            && !head.is_empty()
        {
            let length = head.len();
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{head}");
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    })
}

#[test]
fn ap_80_a_server_at_a_url_gets_the_path_without_the_prefix_and_the_caller() {
    let (folder, upstream) = (site(Some(RULES)), echo());
    let emulator = Emulator::start(folder.path(), &["-ds", &upstream.url()]);
    let user = cookie(&["reader"]);
    let headers = [
        ("Cookie", user.as_str()),
        ("X-MS-API-ROLE", "reader"),
        ("x-ms-client-principal", "forged"),
        ("Authorization", "Bearer own"),
    ];
    for (method, path, sent) in [
        ("GET", "/data-api/rest/Book?$first=1", "/rest/Book?$first=1"),
        ("POST", "/data-api/graphql", "/graphql"),
        ("PUT", "/DATA-API/rest/Book/id/1", "/rest/Book/id/1"),
        ("PATCH", "/data-api/rest/Book/id/1", "/rest/Book/id/1"),
        ("DELETE", "/data-api/rest/Secret/id/1", "/rest/Secret/id/1"),
        ("GET", "/books?x=1", "/rest/Book?x=1"),
    ] {
        let answer = emulator.send(method, path, &headers, b"");
        let head = answer.text();
        assert_eq!(answer.status, 200, "{path}: {head}");
        assert!(
            head.starts_with(&format!("{method} {sent} HTTP/1.1\r\n")),
            "{head}"
        );
        // AP-81
        assert!(head.contains("x-ms-api-role: reader\r\n"), "{head}");
        assert!(head.contains("authorization: Bearer own\r\n"), "{head}");
        assert!(head.contains("x-ms-client-principal: eyJ"), "{head}");
        assert!(!head.contains("forged"), "{head}");
        let original = format!(
            "x-ms-original-url: http://localhost:{}{path}\r\n",
            emulator.port
        );
        assert!(head.contains(&original), "{head}");
    }
    assert_eq!(emulator.get("/data-api/rest/Secret").status, 401);
    let other = [("Cookie", cookie(&["writer"]))];
    let other = other
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    assert_eq!(
        emulator
            .send("GET", "/data-api/rest/Secret", &other, b"")
            .status,
        403
    );
    emulator.wait_for_output("Azure retired database connections on 30 November 2025"); // AP-82
    // Not below the prefix: content, as with the official CLI.
    assert!(emulator.get("/data-api").text().contains("home"));
}

#[test]
fn without_a_connection_the_answer_is_404_and_says_why() {
    let folder = site(Some(RULES));
    write(
        folder.path(),
        "data-api/guide.html",
        "a page about a data API",
    );
    let emulator = Emulator::start(folder.path(), &[]);
    for method in ["GET", "POST", "DELETE"] {
        let answer = emulator.send(method, "/data-api/rest/Book", &[], b"");
        assert_eq!(answer.status, 404, "{method}");
        assert!(
            answer.text().contains("--data-api-location"),
            "{}",
            answer.text()
        );
    }
    assert_eq!(emulator.get("/data-api/guide.html").status, 200);
    assert_eq!(emulator.get("/anything").status, 200, "the fallback");
}

/// Set in the process that stands in for `dab`: its words.
const STAND_IN: &str = "CYGNET_TEST_DAB";

/// Not a test: this program as `dab`, which answers with what it was started with and what it was asked for.
#[test]
fn stand_in() {
    let Ok(words) = std::env::var(STAND_IN) else {
        return;
    };
    let listens = std::env::var("ASPNETCORE_URLS").unwrap();
    let listener = TcpListener::bind(listens.split_once("://").unwrap().1).unwrap();
    println!("stand-in listens");
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        let head = crate::support::read_head(&mut stream).unwrap();
        let body = serde_json::json!({
            "path": head.split(' ').nth(1),
            "argv": words.split(' ').collect::<Vec<_>>(),
            "cwd": std::env::current_dir().unwrap(),
            "env": std::env::var("DATABASE_CONNECTION_STRING").ok(),
            "pid": std::process::id(),
        })
        .to_string();
        let length = body.len();
        // The question whether it is up hangs up early.
        let _ = write!(
            stream,
            "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        );
    }
}

/// A folder with `dab` in it.
fn installed() -> tempfile::TempDir {
    let bin = tempfile::tempdir().unwrap();
    let program = std::env::current_exe().unwrap();
    let script = format!(
        "#!/bin/sh\n{STAND_IN}=\"$*\" exec '{}' --exact data_api::stand_in --nocapture\n",
        program.display()
    );
    executable(bin.path(), &script);
    bin
}

fn executable(bin: &Path, script: &str) {
    let dab = write(bin, "dab", script);
    std::fs::set_permissions(&dab, std::fs::Permissions::from_mode(0o755)).unwrap();
}

fn with_path(folder: &Path, path: &str) -> Emulator {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cygnet"));
    command
        .args(["--data-api-location", "swa-db-connections"])
        .env("PATH", path)
        .env_remove("DATABASE_CONNECTION_STRING");
    Emulator::run(command, folder)
}

#[test]
fn an_installed_builder_is_started_with_its_folder_and_ended_with_us() {
    let (folder, bin) = (site(None), installed());
    write(
        folder.path(),
        "swa-db-connections/staticwebapp.database.config.json",
        "{}",
    );
    write(
        folder.path(),
        ".env",
        "DATABASE_CONNECTION_STRING=Server=db;\n",
    );
    let path = format!(
        "{}:{}",
        bin.path().display(),
        std::env::var("PATH").unwrap()
    );
    let mut emulator = with_path(folder.path(), &path);
    // Asked before it can listen: the request waits.
    let answer = emulator.get("/data-api/rest/Book");
    assert_eq!(answer.status, 200, "{}", answer.text());
    let told: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(told["path"], "/rest/Book");
    assert_eq!(
        told["argv"],
        serde_json::json!([
            "start",
            "-c",
            "staticwebapp.database.config.json",
            "--no-https-redirect"
        ])
    );
    assert_eq!(told["env"], "Server=db;");
    assert!(
        told["cwd"]
            .as_str()
            .unwrap()
            .ends_with("/swa-db-connections")
    );
    emulator.wait_for_output("[data-api] stand-in listens");
    emulator.signal("TERM");
    assert_eq!(emulator.wait().code(), Some(0));
    let process = format!("/proc/{}", told["pid"]);
    eventually("the end of dab", || !Path::new(&process).exists());
}

#[test]
fn a_builder_that_is_missing_or_ends_is_said_with_the_next_step() {
    let (folder, bin) = (site(None), tempfile::tempdir().unwrap());
    std::fs::create_dir(folder.path().join("swa-db-connections")).unwrap();
    let empty = bin.path().display().to_string();
    let emulator = with_path(folder.path(), &empty);
    emulator.wait_for_output("dotnet tool install -g Microsoft.DataApiBuilder");
    assert!(
        emulator
            .output()
            .contains("has no staticwebapp.database.config.json")
    );
    let answer = emulator.get("/data-api/rest/Book");
    assert_eq!(answer.status, 500);
    assert!(
        answer.text().contains("Data API Builder is not installed"),
        "{}",
        answer.text()
    );
    assert_eq!(emulator.get("/").status, 200, "the rest goes on");
    drop(emulator);

    executable(bin.path(), "#!/bin/sh\necho broken >&2\nexit 3\n");
    let emulator = with_path(folder.path(), &format!("{empty}:/usr/bin:/bin"));
    emulator.wait_for_output_within(
        "Data API Builder has ended with exit code 3",
        Duration::from_secs(20),
    );
    emulator.wait_for_output("[data-api] broken");
    assert_eq!(emulator.get("/data-api/rest/Book").status, 500);
}
