//! Managed functions of `cygnet start`, from the install of their packages to the end of every process.

use std::net::TcpStream;

use crate::emulator::{Emulator, cookie, eventually, site, write};

const API: &str = r"
const { app } = require('@azure/functions');
const alive = require('node:net').createServer().listen(0, '127.0.0.1').unref();
app.http('worker', { authLevel: 'function', handler: async () => ({ body: String(alive.address().port) }) });
app.http('who', { authLevel: 'anonymous', handler: async request => ({ jsonBody: {
    principal: request.headers.get('x-ms-client-principal'), url: request.headers.get('x-ms-original-url'),
    auth: (request.headers.get('authorization') || '').slice(0, 7) } }) });
app.http('hang', { authLevel: 'anonymous', handler: () => new Promise(() => {}) });
app.http('crash', { authLevel: 'anonymous', handler: async () => { setTimeout(() => { throw new Error('the worker dies') }, 0); await new Promise(() => {}); } });
app.http('throw', { authLevel: 'anonymous', handler: async () => { throw new Error('told in the terminal') } });
";

fn app_with_api() -> tempfile::TempDir {
    let folder = site(None);
    write(
        folder.path(),
        "api/package.json",
        r#"{"main":"index.js","dependencies":{"@azure/functions":"^4.5.0"}}"#,
    );
    write(folder.path(), "api/host.json", r#"{"version":"2.0"}"#);
    write(folder.path(), "api/index.js", API);
    folder
}

/// The port at which the present worker can be seen to run, whichever system counts its processes.
fn worker(emulator: &Emulator) -> u16 {
    let answer = emulator.get("/api/worker");
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text().replace("edited ", "").parse().unwrap()
}

fn runs(worker: u16) -> bool {
    TcpStream::connect(("127.0.0.1", worker)).is_ok()
}

#[test]
fn managed_functions_from_install_to_the_end_of_every_process() {
    let folder = app_with_api();
    let mut emulator = Emulator::start(folder.path(), &["start", ".", "--api-location", "api"]);
    // The install is visible, and static content does not wait for it.
    assert_eq!(emulator.get("/").status, 200);
    emulator.wait_for_output_within("[api]   who: ", std::time::Duration::from_secs(180));
    assert!(
        emulator.output().contains("npm install"),
        "{}",
        emulator.output()
    );

    // B1-5, B1-6, AU-48: what the function sees of a caller.
    let cookie = cookie(&["admin"]);
    let seen = emulator.send(
        "GET",
        "/api/who?a=1",
        &[
            ("Cookie", &cookie),
            ("Authorization", "Basic x"),
            ("x-ms-client-principal", "Zm9yZ2Vk"),
        ],
        b"",
    );
    let seen: serde_json::Value = serde_json::from_slice(&seen.body).unwrap();
    assert_eq!(
        seen["url"],
        format!("http://localhost:{}/api/who?a=1", emulator.port)
    );
    assert_eq!(seen["auth"], "Bearer ");
    use base64::Engine;
    let principal = base64::engine::general_purpose::STANDARD
        .decode(seen["principal"].as_str().unwrap())
        .unwrap();
    assert_eq!(
        String::from_utf8(principal).unwrap(),
        r#"{"identityProvider":"github","userId":"u1","userDetails":"ines","userRoles":["admin","anonymous","authenticated"]}"#
    );
    let forged = emulator.send(
        "GET",
        "/api/who",
        &[("x-ms-client-principal", "Zm9yZ2Vk")],
        b"",
    );
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&forged.body).unwrap()["principal"],
        serde_json::Value::Null
    );

    // A throw is a 500 without a body; the reason is in the terminal.
    let thrown = emulator.get("/api/throw");
    assert_eq!((thrown.status, thrown.body.len()), (500, 0));
    emulator.wait_for_output("told in the terminal");
    assert_eq!(
        emulator.get("/api/none").status,
        404,
        "AP-44, B1-12: the host's own 404"
    );

    // A crash fails its call at once, and the next one is answered by a new worker.
    let first = worker(&emulator); // AP-65, B1-8: without a key, although its level is `function`
    assert_eq!(emulator.get("/api/crash").status, 500);
    let second = worker(&emulator);
    assert_ne!(first, second);

    // An edit restarts the worker; the old one ends once the new one is ready.
    write(
        folder.path(),
        "api/index.js",
        API.replace("String(alive", "'edited ' + String(alive"),
    );
    eventually("the edited function", || {
        emulator.get("/api/worker").text().starts_with("edited ")
    });
    eventually("the end of the old worker", || !runs(second));

    // Its end is that of the worker too, although a call is in flight.
    let third = worker(&emulator);
    let mut hanging = emulator.connect();
    std::io::Write::write_all(
        &mut hanging,
        b"GET /api/hang HTTP/1.1\r\nHost: localhost\r\n\r\n",
    )
    .unwrap();
    emulator.end();
    assert_eq!(emulator.wait().code(), Some(0));
    eventually("the end of the worker", || !runs(third));

    // Our own SIGKILL leaves nothing behind: dependencies are there now, so this start is quick.
    let mut emulator = Emulator::start(folder.path(), &["start", ".", "--api-location", "api"]);
    let last = worker(&emulator);
    assert!(runs(last));
    emulator.signal("KILL");
    emulator.wait();
    eventually("the end of the worker after a SIGKILL", || !runs(last));
}
