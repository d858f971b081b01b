//! Starting and ending: the start line, the port, exit codes, and that nothing outlives the emulator.

use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};

use crate::emulator::{Emulator, site, write};

#[test]
fn says_what_it_serves_and_listens_on_both_loopback_addresses() {
    let folder = site(Some(r#"{"routes":[{"route":"/old","redirect":"/"}]}"#));
    let mut emulator = Emulator::start(folder.path(), &["start", "."]);
    let line = format!(
        "Azure Static Web Apps emulator started at http://localhost:{}. Press CTRL+C to exit.",
        emulator.port
    );
    let output = emulator.output();
    assert!(output.lines().any(|printed| printed == line), "{output}");
    let inspector = format!("inspector      http://localhost:{}/.cygnet/", emulator.port);
    for said in [
        "content ",
        "staticwebapp.config.json (1 rule)",
        "api ",
        &inspector,
        "ready in ",
    ] {
        assert!(output.contains(said), "{said:?} in\n{output}");
    }
    let url = format!("\n\n  http://localhost:{}\n\n", emulator.port);
    let (before, _) = output.split_once(&url).expect("the URL, first");
    assert_eq!(before.lines().count(), 1, "{output}");
    TcpStream::connect(("127.0.0.1", emulator.port)).unwrap();
    if TcpListener::bind(("::1", 0)).is_ok() {
        TcpStream::connect(("::1", emulator.port)).unwrap();
    }
    assert_eq!(emulator.get("/old").status, 302);
    emulator.wait_for_output("GET /old 302 ");
    assert!(
        emulator
            .output()
            .contains("routes[0] /old (line 1): redirect"),
        "{}",
        emulator.output()
    );
    emulator.signal("INT");
    assert_eq!(emulator.wait().code(), Some(0), "asked to stop");
}

/// What it waits for is said, and when that has come, with the URL once more.
#[test]
fn it_is_ready_when_everything_is() {
    let folder = site(None);
    let upstream = crate::dev_server::server(|_| crate::dev_server::page("up"));
    let url = format!("http://127.0.0.1:{}", upstream.address.port());
    let emulator = Emulator::start(folder.path(), &[&url]);
    assert!(
        emulator.output().contains("starting       the dev server"),
        "{}",
        emulator.output()
    );
    emulator.wait_for_output("ready in ");
    let output = emulator.output();
    let said = output
        .lines()
        .find(|line| line.starts_with("ready in "))
        .expect("a line");
    assert!(
        said.ends_with(&format!(": http://localhost:{}", emulator.port)),
        "{said}"
    );
    // Nobody listens there.
    let emulator = Emulator::start(folder.path(), &["http://127.0.0.1:1", "-t", "1"]);
    emulator.wait_for_output("has not answered for");
    assert!(
        !emulator.output().contains("ready in"),
        "{}",
        emulator.output()
    );
}

/// The page of the sample app says of each path how it is answered to who is not signed in.
#[test]
fn the_table_of_the_sample_app_is_true() {
    let app = concat!(env!("CARGO_MANIFEST_DIR"), "/sample-app/public");
    let page = std::fs::read_to_string(format!("{app}/index.html")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let emulator = Emulator::start(folder.path(), &[app]);
    let rows = page.lines().filter_map(|line| {
        let path = line.split_once("<tr><td><a href=\"")?.1.split('"').next()?;
        let status = line.rsplit_once("<b class=\"s")?.1.get(3..6)?;
        // Functions need Node.js.
        (!path.starts_with("/api")).then(|| (path.to_owned(), status.parse::<u16>().unwrap()))
    });
    let rows: Vec<_> = rows.collect();
    assert!(rows.len() >= 7, "{rows:?}");
    for (path, status) in rows {
        assert_eq!(emulator.get(&path).status, status, "{path}");
    }
}

#[test]
fn cf_1_rules_of_another_app_guard_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let rules = r#"{"routes": [{"route": "/*", "allowedRoles": ["boss"]}]}"#;
    let admin = "packages/admin/public/staticwebapp.config.json";
    write(folder.path(), admin, rules);
    write(folder.path(), "packages/site/dist/index.html", "site");
    for words in [
        ["packages/site/dist"].as_slice(),
        &["packages/site/dist", "-w", "packages/site"],
    ] {
        let emulator = Emulator::start(folder.path(), words);
        assert_eq!(emulator.get("/").status, 200, "{words:?}");
        assert!(
            !emulator.output().contains("admin"),
            "{}",
            emulator.output()
        );
    }
    // Its own rules are found by the same search.
    let emulator = Emulator::start(folder.path(), &["packages/admin"]);
    assert_eq!(emulator.get("/").status, 401);
}

#[test]
fn cf_1_a_configuration_just_outside_is_said() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "staticwebapp.config.json", "{}");
    write(folder.path(), "src/index.html", "");
    let emulator = Emulator::start(folder.path(), &["-a", "src"]);
    emulator.wait_for_output("warning[CF-1]: the app has no configuration");
    emulator.wait_for_output("hint: if it is this app's, name its folder");
}

#[test]
fn ctrl_c_ends_at_once_with_an_open_event_stream() {
    let folder = site(None);
    let mut emulator = Emulator::start(folder.path(), &[]);
    let idle = emulator.connect();
    emulator.signal("INT");
    assert_eq!(emulator.wait().code(), Some(0));
    drop(idle);
}

#[test]
fn a_taken_port_is_an_error_that_says_what_to_do() {
    let folder = site(None);
    for host in ["127.0.0.1", "localhost"] {
        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = taken.local_addr().unwrap().port().to_string();
        let ended = Command::new(env!("CARGO_BIN_EXE_cygnet"))
            .args(["start", "--port", &port, "--host", host])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(1), "{said}");
        assert!(
            said.contains(&format!("error: port {port} is already in use on {host}")),
            "{said}"
        );
        assert!(said.contains("hint: ") && said.contains("--port"), "{said}");
        assert!(ended.stdout.is_empty());
    }
}

#[test]
fn silent_prints_the_start_line_only() {
    let folder = site(None);
    let emulator = Emulator::start(folder.path(), &["--verbose", "silent"]);
    assert_eq!(emulator.get("/").status, 200);
    assert_eq!(
        emulator.output().trim().lines().count(),
        1,
        "{}",
        emulator.output()
    );
}

#[test]
fn without_node_the_api_says_what_to_install_and_the_rest_works() {
    let folder = site(None);
    write(folder.path(), "api/host.json", r#"{"version":"2.0"}"#);
    write(folder.path(), "api/package.json", r#"{"main":"index.js"}"#);
    write(
        folder.path(),
        "api/index.js",
        "require('@azure/functions');",
    );
    let empty = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_cygnet"));
    command
        .args(["start", ".", "--api-location", "api"])
        .env("PATH", empty.path());
    let emulator = Emulator::run(command, folder.path());
    assert_eq!(emulator.get("/").status, 200);
    assert_eq!(
        emulator.get("/.auth/me").text(),
        r#"{"clientPrincipal":null}"#
    );
    let answer = emulator.get("/api/pid");
    assert_eq!(answer.status, 500);
    assert!(answer.text().contains("Node"), "{}", answer.text());
    emulator.wait_for_output("hint: ");
}
