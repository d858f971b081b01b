//! A page whose name is made to resolve to this machine is no page of ours: each listener × each kind of host.

use std::process::Command;

use super::functions_app::FunctionsApp;
use crate::common::http::{self, Response};
use crate::deployed::App;
use crate::emulator::{Emulator, site, write};
use crate::linked::{Echo, Site};
use crate::tls;

/// `PORT` stands for that of the listener.
const OURS: [&str; 15] = [
    "Host: localhost",
    "Host: LOCALHOST:PORT",
    "Host: localhost.:PORT",
    "Host: 127.0.0.1:PORT",
    "Host: 192.0.2.7",
    "Host: [::1]:PORT",
    "Host: tunnel.example:PORT",
    "Host: Tunnel.Example.",
    "Host: a.wild.example",
    "Host: whole.example",
    "Host: a.b.whole.example:443",
    "Host: front.example",
    "Host:",
    "",
    "X-Forwarded-Host: attacker.example\r\nHost: localhost",
];
const NOT_OURS: [&str; 16] = [
    "Host: attacker.example",
    "Host: attacker.example:PORT",
    "Host: ATTACKER.EXAMPLE.",
    "Host: localhost.attacker.example",
    "Host: notlocalhost",
    "Host: a.tunnel.example",
    "Host: wild.example",
    "Host: 127.0.0.1.nip.example:PORT",
    "Host: 127.1",
    "Host: localhost:x",
    "Host: user@localhost",
    "Host: azurewebsites.net.attacker.example",
    "Host: fakeazurewebsites.net",
    "Host: a b",
    "Host: <b>",
    "X-Forwarded-Host: localhost\r\nHost: attacker.example",
];
const ALLOW: [&str; 6] = [
    "--allow-host",
    "tunnel.example",
    "--allow-host",
    "*.wild.example",
    "--allow-host",
    ".whole.example",
];
const CONFIGURATION: &str =
    r#"{"forwardingGateway": {"allowedForwardedHosts": ["front.example"]}}"#;

/// The request of one line of a table.
fn request(target: &str, head: &str, port: u16) -> String {
    let head = head.replace("PORT", &port.to_string());
    let end = if head.is_empty() { "" } else { "\r\n" };
    format!("GET {target} HTTP/1.1\r\n{head}{end}Connection: close\r\n\r\n")
}

fn check(listener: &str, port: u16, target: &str, ask: impl Fn(&str) -> Response) {
    for head in OURS {
        let answer = ask(&request(target, head, port));
        assert_ne!(
            answer.status,
            421,
            "{listener}: {head:?}: {}",
            answer.text()
        );
        assert!(
            answer.status < 500,
            "{listener}: {head:?}: {}",
            answer.status
        );
    }
    for head in NOT_OURS {
        let answer = ask(&request(target, head, port));
        // What is no host at all may be refused before.
        let is_refused = answer.status == 421 || (head == "Host: a b" && answer.status == 400);
        assert!(is_refused, "{listener}: {head:?}: {}", answer.status);
    }
    let answer = ask(&request(target, "Host: attacker.example:1", port));
    let text = answer.text();
    assert!(text.contains("attacker.example:1"), "{listener}: {text}");
    assert!(
        text.contains("--allow-host attacker.example"),
        "{listener}: {text}"
    );
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    // A target with a host of its own must be for us too.
    let absolute = |host: &str| request(&format!("http://{host}{target}"), "Host: localhost", port);
    assert_eq!(ask(&absolute("attacker.example")).status, 421, "{listener}");
    assert_ne!(ask(&absolute("localhost")).status, 421, "{listener}");
    // HTTP/1.0 needs no host.
    let old = format!("GET {target} HTTP/1.0\r\n\r\n");
    assert_ne!(ask(&old).status, 421, "{listener}");
}

fn plain(port: u16) -> impl Fn(&str) -> Response {
    move |request| {
        let came = http::exchange(("127.0.0.1", port), request.as_bytes()).unwrap();
        Response::parse(&came, false).unwrap()
    }
}

#[test]
fn start_and_the_port_of_the_functions() {
    let app = FunctionsApp::run(
        super::functions_app::folder(r#"{"IsEncrypted": false}"#),
        |folder| {
            write(folder, "dist/staticwebapp.config.json", CONFIGURATION);
            Emulator::start(folder, &[&super::functions_app::ARGS[..], &ALLOW].concat())
        },
    );
    let port = app.emulator.port;
    for target in ["/", "/api/echo", "/.auth/me", "/.cygnet/live.js"] {
        check("start", port, target, plain(port));
    }
    app.heads();
    for target in ["/", "/api/echo", "/admin/host/status"] {
        check("functions", app.own_port, target, plain(app.own_port));
    }
    let heads = app.heads();
    assert!(!heads.is_empty() && !heads.concat().contains("attacker.example/"));
    app.emulator.wait_for_output("GET / 421");
    // As the backend of another emulator (AP-20).
    let linked = "GET / HTTP/1.1\r\nHost: shop.azurewebsites.net\r\nConnection: close\r\n\r\n";
    assert_eq!(plain(port)(linked).status, 200);
    // Not even as a WebSocket.
    let upgrade = "GET / HTTP/1.1\r\nHost: attacker.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
    assert_eq!(plain(port)(upgrade).status, 421);
    // Signing in as a rebound page would.
    let sign_in = "POST /.auth/login/github HTTP/1.1\r\nHost: attacker.example\r\nOrigin: http://attacker.example\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/json\r\nContent-Length: 21\r\nConnection: close\r\n\r\n{\"userDetails\":\"eve\"}";
    let answer = plain(port)(sign_in);
    assert_eq!((answer.status, answer.header("set-cookie")), (421, None));
}

#[test]
fn https() {
    let (folder, home) = (site(Some(CONFIGURATION)), tempfile::tempdir().unwrap());
    let state = home.path().join("state");
    let emulator = tls::start(folder.path(), &state, &ALLOW);
    let ca = state.join("tls/authority.pem");
    let port = emulator.port;
    check("https", port, "/", |request| {
        let came = tls::ask(port, &ca, "localhost", request).unwrap();
        Response::parse(came.as_bytes(), false).unwrap()
    });
}

#[test]
fn the_gate_of_a_linked_backend() {
    let (site, echo) = (Site::new(), Echo::start());
    write(
        &site.root.path().join("app"),
        "staticwebapp.config.json",
        CONFIGURATION,
    );
    let link = site.link("functions", &echo.url, &[]);
    let gate = link["gateUrl"].as_str().unwrap();
    let port = gate.rsplit_once(':').unwrap().1.parse().unwrap();
    let emulator = site.start(&ALLOW);
    emulator.wait_for_output("listens at");
    check("gate", port, "/", plain(port));
}

#[test]
fn serve_knows_its_environments_and_no_strangers() {
    let app = App::new();
    app.write("dist/staticwebapp.config.json", CONFIGURATION);
    app.deploy(&[]);
    let serving = app.serve(&ALLOW);
    check("serve", serving.port, "/", plain(serving.port));
    // What is allowed and no environment's host is production; below localhost are environments only.
    let status = |host: &str| plain(serving.port)(&request("/", host, 0)).status;
    assert_eq!(status("Host: tunnel.example"), 200);
    assert_eq!(status("Host: shop.localhost"), 200);
    assert_eq!(status("Host: other.localhost"), 404);
}

#[test]
fn names_come_from_the_file_and_the_variable_too() {
    let folder = site(None);
    write(
        folder.path(),
        "swa-cli.config.json",
        r#"{"configurations": {"app": {"allowHost": ["one.example", ".two.example"]}}}"#,
    );
    let of_file = Emulator::start(folder.path(), &["--print-config"]);
    let status = |emulator: &Emulator, host: &str| {
        plain(emulator.port)(&request("/", &format!("Host: {host}"), 0)).status
    };
    for (host, expected) in [
        ("one.example", 200),
        ("a.two.example", 200),
        ("three.example", 421),
    ] {
        assert_eq!(status(&of_file, host), expected, "{host}");
    }
    of_file.wait_for_output("allowHost");
    assert!(of_file.output().contains("one.example, .two.example"));
    std::fs::remove_file(folder.path().join("swa-cli.config.json")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_cygnet"));
    command.env("CYGNET_ALLOW_HOST", "one.example, three.example");
    let of_variable = Emulator::run(command, folder.path());
    for (host, expected) in [
        ("one.example", 200),
        ("three.example", 200),
        ("two.example", 421),
    ] {
        assert_eq!(status(&of_variable, host), expected, "{host}");
    }
    let refused = Command::new(env!("CARGO_BIN_EXE_cygnet"))
        .args(["--allow-host", "*"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("it would let every web page in"), "{said}");
}
