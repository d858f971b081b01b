//! `cygnet start --json`: a program reads standard output, people read standard error.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::common::http;
use crate::emulator::{site, write};

/// A start, and what it prints for programs.
struct Started {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Started {
    fn new(folder: &Path, words: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cygnet"))
            .args(words)
            .args(["--json", "--port", "0"])
            .current_dir(folder)
            .env("CYGNET_STATE_DIR", folder.join("state"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdout }
    }

    /// The next line, which must be an object of the present version.
    fn object(&mut self) -> Value {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        let value: Value =
            serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        assert_eq!(value["version"], 1, "{value}");
        value
    }

    /// Ends it; what standard error has, and that standard output has no more.
    fn end(mut self) -> String {
        self.child.kill().unwrap();
        let (mut rest, mut said) = (String::new(), String::new());
        self.stdout.read_to_string(&mut rest).unwrap();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        self.child.wait().unwrap();
        assert_eq!(rest, "");
        said
    }
}

#[test]
fn an_object_when_it_is_ready_and_one_a_request() {
    let folder = site(Some(r#"{"routes": [{"route": "/old", "redirect": "/"}]}"#));
    let upstream = crate::dev_server::server(|_| crate::dev_server::page("up"));
    let api = format!("http://127.0.0.1:{}", upstream.address.port());
    let mut started = Started::new(
        folder.path(),
        &["start", ".", "--api-devserver-url", &api, "-g"],
    );
    let told = started.object();
    let (url, port) = (
        told["url"].as_str().unwrap(),
        told["port"].as_u64().unwrap(),
    );
    assert_eq!(url, format!("http://localhost:{port}"));
    assert_eq!(
        (&told["ready"], &told["failed"]),
        (&json!(true), &Value::Null)
    );
    assert_eq!(told["inspector"], format!("{url}/.cygnet/"));
    assert_eq!(
        told["api"],
        json!({ "kind": "functions", "folder": null, "url": api })
    );
    let github =
        json!({ "provider": "github", "url": format!("{url}/.auth/login/github"), "real": false });
    assert!(
        told["signIn"].as_array().unwrap().contains(&github),
        "{told}"
    );
    let configuration = told["configuration"].as_str().unwrap();
    assert!(Path::new(configuration).is_file(), "{configuration}");
    let parts = json!([
        { "name": "configuration", "state": "ready", "why": null },
        { "name": "api", "state": "ready", "why": null },
    ]);
    assert_eq!(told["parts"], parts);

    let authority = format!("localhost:{port}");
    let request = http::request::<&str, &str>(&authority, "GET", "/old", &[], b"");
    http::exchange(("127.0.0.1", u16::try_from(port).unwrap()), &request).unwrap();
    let request = started.object();
    assert_eq!(
        (&request["target"], &request["status"]),
        (&json!("/old"), &json!(302))
    );
    assert_eq!(request["why"], "routes[0] /old (line 1): redirect");

    // All that people read is elsewhere, the table of `-g` too.
    let said = started.end();
    assert!(
        said.contains(&format!("emulator started at {url}. ")),
        "{said}"
    );
    assert!(
        said.contains("Options:\n") && !said.contains("ready in"),
        "{said}"
    );
}

#[test]
fn what_never_will_be_ready_is_told_with_the_reason() {
    let folder = site(Some("{"));
    let mut started = Started::new(folder.path(), &["."]);
    let told = started.object();
    assert_eq!(
        (&told["ready"], &told["signIn"]),
        (&json!(false), &json!([]))
    );
    assert_eq!(told["failed"], "the configuration is invalid");
    let part = &told["parts"][0];
    assert_eq!(
        (&part["state"], &part["why"]),
        (&json!("failed"), &told["failed"])
    );
    assert!(started.end().contains("staticwebapp.config.json:1"));

    write(folder.path(), "staticwebapp.config.json", "{}");
    // Nobody listens there, and that is complained about after a second.
    let mut started = Started::new(folder.path(), &["http://127.0.0.1:1", "-t", "1"]);
    let told = started.object();
    assert_eq!(told["ready"], false);
    assert!(
        told["failed"]
            .as_str()
            .unwrap()
            .contains("http://127.0.0.1:1 does not answer"),
        "{told}"
    );
    started.end();
}

#[test]
fn a_failure_is_an_object_on_a_line() {
    let folder = site(None);
    let fails = |words: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_cygnet"))
            .args(words)
            .current_dir(folder.path())
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let value: Value =
            serde_json::from_str(&printed).unwrap_or_else(|error| panic!("{error}: {printed}"));
        let said = String::from_utf8(output.stderr).unwrap();
        let message = value["error"]["message"].as_str().unwrap().to_owned();
        assert!(
            said.contains("error") && value["error"]["hint"].is_string(),
            "{said}{value}"
        );
        (output.status.code(), message, printed.lines().count())
    };
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (code, message, lines) = fails(&["start", "--json", "--port", &port]);
    assert_eq!((code, lines), (Some(1), 1));
    assert!(message.contains("is already in use"), "{message}");
    let (code, message, lines) = fails(&["--json", "nowhere/"]);
    assert_eq!((code, lines), (Some(1), 1));
    assert!(message.contains("nowhere"), "{message}");
    // It is not `check` that is asked here.
    let (code, message, _) = fails(&["--json", "check"]);
    assert_eq!(code, Some(2));
    assert_eq!(
        message,
        "`--json` before `check` is an option of `cygnet start`"
    );
}
