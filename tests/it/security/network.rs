//! The network rules guard what the emulator adds to the app, and files are shown at their own machine only.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use super::functions_app;
use crate::common::page::Page;
use crate::deployed::{self, App};
use crate::emulator::{Emulator, site, write};
use crate::linked::{Echo, Site};

const RANGES: &str = r#"{"networking": {"allowedIpRanges": ["203.0.113.0/24"]}}"#;
const OWN: [&str; 4] = [
    "/.cygnet/live",
    "/.cygnet/live.js",
    "/.cygnet/jwks",
    "/.cygnet/.well-known/openid-configuration",
];
const SECRET: &str =
    "{\n  \"routes\": [\n    { \"route\": \"/secret-place\", \"allowedRoles\": 7 }\n  ]\n}\n";

#[test]
fn nw_1_who_is_kept_out_gets_nothing_of_the_emulator_either() {
    let (project, echo) = (Site::new(), Echo::start());
    write(
        &project.root.path().join("app"),
        "staticwebapp.config.json",
        RANGES,
    );
    project.link("functions", &echo.url, &[]);
    let outside = project.start(&["--client-ip", "198.51.100.1"]);
    for path in [&["/"][..], &OWN].concat() {
        assert_eq!(outside.get(path).status, 403, "NW-2: {path}");
    }
    let inside = project.start(&["--client-ip", "203.0.113.9"]);
    for path in &OWN[1..] {
        assert_eq!(inside.get(path).status, 200, "{path}");
    }
    Page::open(&inside);
}

#[test]
fn nw_3_required_headers_are_required_there_too() {
    let folder = site(Some(
        r#"{"forwardingGateway": {"requiredHeaders": {"X-Azure-FDID": "mine"}}}"#,
    ));
    let emulator = Emulator::start(folder.path(), &["--strict"]);
    let status = |headers: &[(&str, &str)]| {
        emulator
            .send("GET", "/.cygnet/live.js", headers, b"")
            .status
    };
    assert_eq!(status(&[]), 403);
    assert_eq!(status(&[("X-Azure-FDID", "mine")]), 200);
}

#[test]
fn deployed_environments_do_the_same() {
    let app = App::new();
    app.write("dist/staticwebapp.config.json", RANGES);
    app.deploy(&[]);
    let serving = app.serve(&["--client-ip", "198.51.100.1"]);
    for path in OWN {
        assert_eq!(
            deployed::get(&serving, "localhost", path).status,
            403,
            "{path}"
        );
    }
}

/// The first event of the stream, as whoever asks for a host gets it.
fn hello(emulator: &Emulator, host: &str) -> String {
    let mut stream = emulator.connect();
    write!(stream, "GET /.cygnet/live HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
    let mut lines = BufReader::new(stream).lines();
    lines
        .find_map(|line| line.unwrap().strip_prefix("data: ").map(str::to_owned))
        .unwrap()
}

#[test]
fn lines_of_files_go_to_callers_of_this_machine_only() {
    let folder = site(Some(SECRET));
    let path = folder.path().display().to_string();
    let here = Emulator::start(folder.path(), &["--allow-host", "tunnel.example"]);
    let elsewhere = Emulator::start(folder.path(), &["--client-ip", "198.51.100.1"]);
    let told = hello(&here, "localhost");
    assert!(
        told.contains("secret-place") && told.contains("staticwebapp.config.json"),
        "{told}"
    );
    assert!(here.get("/").text().contains("secret-place"));

    let of_tunnel = hello(&here, "tunnel.example");
    let of_other = hello(&elsewhere, "localhost");
    let page = elsewhere.get("/");
    assert_eq!(page.status, 500);
    for told in [of_tunnel, of_other, page.text()] {
        assert!(
            !told.contains("secret-place") && !told.contains(&path),
            "{told}"
        );
        assert!(told.contains("configuration"), "{told}");
    }
    // Nor with what changes later.
    let mut page = Page::open(&elsewhere);
    write(
        folder.path(),
        "staticwebapp.config.json",
        SECRET.replace("secret", "hidden"),
    );
    let problems = page.next_problems().to_string();
    assert!(
        !problems.contains("place") && !problems.contains(&path),
        "{problems}"
    );
}

#[test]
fn nor_do_answers_for_functions_that_do_not_run_show_files_elsewhere() {
    let folder = functions_app::folder("{}");
    write(folder.path(), "api/host.json", "{ broken");
    let path = folder.path().display().to_string();
    let start = |more: &[&str]| {
        let emulator = Emulator::start(folder.path(), &[&functions_app::ARGS, more].concat());
        let answer = emulator.get("/api/echo");
        assert_eq!(answer.status, 500);
        answer.text()
    };
    assert!(start(&[]).contains(&path));
    let elsewhere = start(&["--client-ip", "198.51.100.1"]);
    assert!(
        !elsewhere.contains(&path) && elsewhere.contains("do not run"),
        "{elsewhere}"
    );
}

#[test]
fn a_listener_that_others_reach_is_announced() {
    let folder = site(None);
    let lines_until_start = |host: &str| {
        let start = "exec \"$0\" . --port 0 --host \"$1\" 2>&1";
        let mut child = Command::new("sh")
            .args(["-c", start, env!("CARGO_BIN_EXE_cygnet"), host])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        while !said.contains("emulator started at") {
            assert_ne!(lines.read_line(&mut said).unwrap(), 0, "{said}");
        }
        child.kill().unwrap();
        let _ = child.wait();
        let _ = lines.read_to_string(&mut String::new());
        said
    };
    let open = lines_until_start("0.0.0.0");
    assert_eq!(open.matches("can sign in as anyone").count(), 1, "{open}");
    for host in ["localhost", "127.0.0.1", "::1"] {
        let said = lines_until_start(host);
        assert!(!said.contains("sign in as anyone"), "{host}: {said}");
    }
}
