//! The port of the functions frames requests as the emulator's own does.

use std::net::TcpStream;

use crate::common::framing::{AMBIGUOUS, HIDDEN, UNUSUAL, refused, understood};
use crate::emulator::{Emulator, PATIENCE, eventually, free_port, site, write};
use crate::support::{DEADLINE, packages};

const CODE: &str = "const { app } = require('@azure/functions');
const reply = async (request) => {
    console.log(`asked: ${new URL(request.url).pathname}`);
    return { body: await request.text() };
};
app.http('echo', { authLevel: 'anonymous', methods: ['POST'], handler: reply });
app.http('hidden', { authLevel: 'anonymous', handler: reply });";

#[test]
fn what_is_ambiguous_is_refused_and_what_is_unusual_understood() {
    let folder = site(None);
    let root = folder.path();
    write(root, "api/host.json", r#"{"version": "2.0"}"#);
    write(root, "api/package.json", r#"{"main": "index.js"}"#);
    write(root, "api/index.js", CODE);
    std::os::unix::fs::symlink(packages(), root.join("api/node_modules")).unwrap();
    let port = free_port();
    let words = [
        "start",
        ".",
        "--api-location",
        "api",
        "--api-port",
        &port.to_string(),
    ];
    let emulator = Emulator::start(root, &words);
    emulator.wait_for_output_within("functions:", DEADLINE);
    let connect = || {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    };
    for headers in AMBIGUOUS {
        refused(connect(), "/api/echo", headers).unwrap();
    }
    // Of the ambiguous ones at most those with chunks are answered, and their connections end.
    let asked = || emulator.output().matches("asked: /api/echo").count();
    let before = asked();
    assert!(
        before
            <= AMBIGUOUS
                .iter()
                .filter(|headers| headers.contains("chunked"))
                .count()
    );
    for row in UNUSUAL {
        understood(connect(), "/api/echo", row).unwrap();
    }
    eventually("all that was asked", || {
        asked() >= before + 2 * UNUSUAL.len()
    });
    let output = emulator.output();
    assert_eq!(asked(), before + 2 * UNUSUAL.len(), "{output}");
    assert!(!output.contains(&format!("asked: {HIDDEN}")), "{output}");
}
