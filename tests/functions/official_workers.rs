//! The embedded workers against Microsoft's own, over the same apps: run where `CYGNET_TEST_WORKERS` names a folder that holds
//! `node` or `python`, built from their repositories, each with its `worker.config.json`. docs/functions.md names the versions
//! that were compared.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::emulator::{Emulator, cookie};
use crate::same::{LONG, Row, TABLE, project};

const APPS: [(&str, &str); 4] = [
    ("node", "node-v4"),
    ("node", "node-v3"),
    ("python", "python-v2"),
    ("python", "python-v1"),
];

/// Beside [`TABLE`]: method, target, headers, body.
const MORE: [(&str, &str, &[(&str, &str)], &[u8]); 8] = [
    ("GET", "/api/hello?z=1&name=a&name=b&empty=", &[], b""),
    ("GET", "/api/hello?name=%C3%A9%2B+%26", &[], b""),
    (
        "POST",
        "/api/echo",
        &[("content-type", "application/json")],
        b"{\"z\": 1, \"a\": [2]}",
    ),
    (
        "POST",
        "/api/echo",
        &[("content-type", "text/plain")],
        b"\xc3\xa9",
    ),
    (
        "POST",
        "/api/echo",
        &[("content-type", "multipart/form-data; boundary=x")],
        b"--x--",
    ),
    ("POST", "/api/echo", &[], b""),
    ("GET", "/api/items/7/a%20b", &[], b""),
    (
        "GET",
        "/api/headers",
        &[("X-There", "twice"), ("X-There", "over")],
        b"",
    ),
];

/// All of an answer but its date.
type Seen = (String, u16, Vec<(String, String)>, String);

#[test]
fn official_workers_answer_as_the_embedded_ones() {
    let Some(workers) = std::env::var_os("CYGNET_TEST_WORKERS").map(PathBuf::from) else {
        println!("CYGNET_TEST_WORKERS names no folder: nothing is compared");
        return;
    };
    let mut compared = 0;
    for (language, app) in APPS {
        let worker = workers.join(language);
        if !worker.join("worker.config.json").is_file() {
            println!("{} is not there", worker.display());
            continue;
        }
        let folder = project(app);
        // The first one installs what both need.
        let embedded = answers(folder.path(), None);
        let official = answers(folder.path(), Some(&worker));
        for (ours, theirs) in embedded.iter().zip(&official) {
            assert_eq!(ours, theirs, "{app}: embedded, then official");
            compared += 1;
        }
    }
    println!("{compared} answers are alike");
    assert!(compared > 0, "{} holds no worker", workers.display());
}

fn answers(folder: &Path, worker: Option<&Path>) -> Vec<Seen> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cygnet"));
    command
        .args(["start", "dist", "--api-location", "api", "--api-port", "0"])
        .env("CYGNET_STATE_DIR", folder.join("state"));
    if let Some(worker) = worker {
        command.arg("--functions-worker").arg(worker);
    }
    let emulator = Emulator::run(command, folder);
    emulator.wait_for_output_within("[api] functions:", LONG);
    let signed_in = cookie(&["authenticated"]);
    let signed_in = [("Cookie", signed_in.as_str())];
    let rows = TABLE
        .iter()
        .map(|Row(method, target, header, body, ..)| (*method, *target, header.as_slice(), *body));
    let calls = rows
        .chain(MORE)
        .chain([("GET", "/api/who", &signed_in[..], &b""[..])]);
    calls
        .map(|(method, target, headers, body)| {
            let answer = emulator.send(method, target, headers, body);
            let mut headers = answer.headers.clone();
            headers.retain(|(name, _)| name != "date");
            headers.sort();
            (
                format!("{method} {target}"),
                answer.status,
                headers,
                answer.text(),
            )
        })
        .collect()
}
