//! Custom handlers, the Core Tools in their place, `--api-host` and `--api-debug`: through the front door of the real binary,
//! with real Python and Node.js programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::emulator::{Emulator, eventually, eventually_within, free_port, write};
use serde_json::{Value, json};
use tempfile::TempDir;

const TRIGGER: &str = r#"{"bindings": [
    {"type": "httpTrigger", "authLevel": "anonymous", "direction": "in", "name": "req"ROUTE},
    {"type": "http", "direction": "out", "name": "res"}]}"#;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/functions/custom")
        .join(name)
}

/// An app with a handler and these functions; a name may have a route: `tell=items/{id:int}`.
fn app(handler: &str, section: Value, functions: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "dist/index.html", "<h1>home</h1>");
    let host = json!({"version": "2.0", "customHandler": section});
    write(folder.path(), "api/host.json", host.to_string());
    fs::copy(fixture(handler), folder.path().join("api").join(handler)).unwrap();
    for function in functions {
        let (name, route) = function.split_once('=').unwrap_or((function, ""));
        let route = match route {
            "" => String::new(),
            route => format!(", \"route\": \"{route}\""),
        };
        write(
            folder.path(),
            &format!("api/{name}/function.json"),
            TRIGGER.replace("ROUTE", &route),
        );
    }
    folder
}

fn python(functions: &[&str]) -> TempDir {
    let section = json!({"description": {
        "defaultExecutablePath": "python3", "arguments": ["-u"], "defaultWorkerPath": "handler.py", "workerArguments": ["one", "%WORD%"],
    }});
    let folder = app("handler.py", section, functions);
    let settings =
        r#"{"Values": {"FUNCTIONS_WORKER_RUNTIME": "custom", "WORD": "two", "SETTING": "kept"}}"#;
    write(folder.path(), "api/local.settings.json", settings);
    folder
}

fn node(functions: &[&str]) -> TempDir {
    let section = json!({
        "description": {"defaultExecutablePath": "node", "arguments": ["handler.js"]},
        "enableForwardingHttpRequest": true,
    });
    app("handler.js", section, functions)
}

fn start(folder: &TempDir, more: &[&str]) -> Emulator {
    let words = ["start", "dist", "--api-location", "api", "--api-port", "0"];
    Emulator::start(folder.path(), &[&words[..], more].concat())
}

fn told(response: &crate::emulator::Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or_else(|_| panic!("{}", response.text()))
}

#[test]
fn a_call_is_told_as_json_and_its_answer_read() {
    let folder = python(&["tell=items/{id:int}", "plain", "nothing", "fails", "size"]);
    let emulator = start(&folder, &[]);
    let headers = [("X-One", "1"), ("Content-Type", "text/plain")];
    let answer = emulator.send("POST", "/api/items/7?a=b", &headers, b"h\xc3\xa9");
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.header("x-two"), Some("2"));
    let told = told(&answer);
    for (field, expected) in [
        ("function", json!("tell")),
        ("method", json!("POST")),
        ("query", json!({"a": "b"})),
        ("params", json!({"id": "7"})),
        ("header", json!(["1"])),
        ("body", json!("h\u{e9}")),
        ("metadata", json!("tell")),
        ("invocation", json!(true)),
        ("setting", json!("kept")),
    ] {
        assert_eq!(told[field], expected, "{field}: {told}");
    }
    assert!(
        told["url"].as_str().unwrap().ends_with("/api/items/7?a=b"),
        "{told}"
    );
    assert_eq!(
        told["root"],
        folder
            .path()
            .join("api")
            .canonicalize()
            .unwrap()
            .to_str()
            .unwrap()
    );
    emulator.wait_for_output("a line of /tell");
    emulator.wait_for_output("the handler starts with ['one', 'two']");
    emulator.wait_for_output("AP-62");
    assert!(
        emulator.output().contains("a custom handler because"),
        "{}",
        emulator.output()
    );
    assert_eq!(emulator.get("/api/items/x").status, 404);
    assert_eq!(emulator.get("/api/plain").text(), "just text");
    assert_eq!(emulator.get("/api/nothing").status, 204);
    let failed = emulator.get("/api/fails");
    assert_eq!((failed.status, failed.body.len()), (500, 0));
    emulator.wait_for_output("418");
    let binary = [("Content-Type", "application/octet-stream")];
    let sized = emulator.send("POST", "/api/size", &binary, &[0xff; 1000]);
    assert_eq!(self::told(&sized)["body"], 1000);
}

#[test]
fn a_forwarded_request_arrives_as_it_came_and_its_answer_is_final() {
    let folder = node(&["tell=tell/{*rest}", "echo"]);
    let emulator = start(&folder, &[]);
    let answer = emulator.send(
        "PUT",
        "/api/tell/a%20b/teapot?x=1&x=2",
        &[("X-One", "1")],
        b"abc",
    );
    assert_eq!(answer.status, 418, "what the handler says is said");
    let told = told(&answer);
    assert_eq!(told["method"], "PUT");
    assert_eq!(told["url"], "/api/tell/a%20b/teapot?x=1&x=2");
    assert_eq!((&told["header"], &told["length"]), (&json!("1"), &json!(3)));
    assert_eq!(answer.header("x-two"), Some("2"));
    let bytes: Vec<u8> = (0..=255).cycle().take(200_000).collect();
    let echo = emulator.send("POST", "/api/echo", &[], &bytes);
    assert_eq!((echo.status, echo.body), (200, bytes));
    let cookies = echo
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie")
        .count();
    assert_eq!(cookies, 2);
    assert_eq!(emulator.get("/api/other").status, 404, "no such function");
}

#[test]
fn a_crash_in_flight_heals_and_an_edit_reloads() {
    let folder = node(&["tell", "crash"]);
    let emulator = start(&folder, &[]);
    let first = told(&emulator.get("/api/tell"))["pid"].clone();
    assert_eq!(emulator.get("/api/crash").status, 500);
    emulator.wait_for_output("the worker ended with exit code 7");
    let second = told(&emulator.get("/api/tell"))["pid"].clone();
    assert_ne!(first, second);
    let path = folder.path().join("api/handler.js");
    let edited = fs::read_to_string(&path)
        .unwrap()
        .replace("\"x-two\": \"2\"", "\"x-two\": \"3\"");
    fs::write(&path, edited).unwrap();
    eventually("the edit", || {
        emulator.get("/api/tell").header("x-two") == Some("3")
    });
}

#[test]
fn a_handler_that_never_answers_or_is_missing_is_told() {
    let silent = json!({
        "description": {"defaultExecutablePath": "node", "arguments": ["-e", "setInterval(() => {}, 1000)"]},
        "initializationTimeout": "00:00:01",
    });
    let folder = app("handler.js", silent, &["tell"]);
    let emulator = start(&folder, &[]);
    emulator.wait_for_output("did not answer at port");
    emulator.wait_for_output("FUNCTIONS_CUSTOMHANDLER_PORT");
    assert_eq!(emulator.get("/api/tell").status, 500);
    let missing = json!({"description": {"defaultExecutablePath": "no-such-program"}});
    let folder = app("handler.js", missing, &["tell"]);
    let emulator = start(&folder, &[]);
    emulator.wait_for_output("`no-such-program` cannot be started");
    let ends = json!({"description": {"defaultExecutablePath": "node", "arguments": ["-e", "console.log('bye'); process.exit(3)"]}});
    let folder = app("handler.js", ends, &["tell"]);
    let emulator = start(&folder, &[]);
    emulator.wait_for_output("the app ended with exit code 3 before it answered");
    assert!(emulator.output().contains("bye"));
}

#[test]
fn api_host_chooses_and_says_so() {
    let folder = node(&["tell"]);
    write(folder.path(), "api/package.json", "{}");
    write(
        folder.path(),
        "api/tell/index.js",
        "module.exports = async (context) => { context.res = { body: 'by the worker' }; };",
    );
    let emulator = start(&folder, &["--api-host", "node"]);
    assert_eq!(emulator.get("/api/tell").text(), "by the worker");
    assert!(
        emulator.output().contains("--api-host says `node`"),
        "{}",
        emulator.output()
    );
    let plain = tempfile::tempdir().unwrap();
    write(plain.path(), "dist/index.html", "x");
    write(plain.path(), "api/host.json", r#"{"version": "2.0"}"#);
    let emulator = start(&plain, &["--api-host", "custom"]);
    emulator.wait_for_output("host.json describes none");
}

/// The Core Tools are not on every machine: a stand-in of the same name notes its arguments and serves as they do.
#[test]
fn func_runs_the_app_with_its_arguments() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "dist/index.html", "x");
    write(folder.path(), "api/host.json", r#"{"version": "2.0"}"#);
    let stand_in = r#"#!/usr/bin/env node
const http = require("http"), args = process.argv.slice(2);
const list = [{ name: "hi", config: { bindings: [{ type: "httpTrigger", direction: "in", name: "req", route: "hi/{id?}" }] } },
  { name: "tick", config: { bindings: [{ type: "timerTrigger", direction: "in", name: "t" }] } }];
http.createServer((request, response) => {
  response.setHeader("content-type", "application/json");
  if (request.headers.origin) response.setHeader("access-control-allow-origin", "*");
  response.end(JSON.stringify(request.url === "/admin/functions" ? list : { url: request.url, args, cwd: process.cwd() }));
}).listen(Number(args[args.indexOf("--port") + 1]), "127.0.0.1");
"#;
    let func = write(folder.path(), "bin/func", stand_in);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(func, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_cygnet"));
    let path = std::env::var("PATH").unwrap();
    command
        .env(
            "PATH",
            format!("{}:{path}", folder.path().join("bin").display()),
        )
        .args(["start", "dist", "--api-location", "api", "--api-port", "0"])
        .args(["--api-host", "func", "--func-args", "--verbose 'a b'"]);
    let mut emulator = Emulator::run(command, folder.path());
    let answer = emulator.get("/api/hi/7?x=1");
    let told = told(&answer);
    assert_eq!(told["url"], "/api/hi/7?x=1");
    let words: Vec<&str> = told["args"]
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap())
        .collect();
    assert_eq!(
        (words[0], words[1], &words[3..]),
        ("start", "--port", &["--cors", "*", "--verbose", "a b"][..])
    );
    // What that allows is for pages of this machine.
    for (origin, allowed) in [
        ("http://localhost:3000", Some("*")),
        ("https://other.test", None),
    ] {
        let answer = emulator.send("GET", "/api/hi", &[("Origin", origin)], b"");
        assert_eq!(
            (answer.status, answer.header("access-control-allow-origin")),
            (200, allowed),
            "{origin}"
        );
    }
    assert_eq!(
        told["cwd"],
        folder
            .path()
            .join("api")
            .canonicalize()
            .unwrap()
            .to_str()
            .unwrap()
    );
    assert_eq!(emulator.get("/api/tick").status, 404);
    let stand_ins = || {
        let output = Command::new("pgrep")
            .args(["-f", &folder.path().display().to_string()])
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).lines().count()
    };
    assert!(stand_ins() > 0);
    emulator.signal("KILL");
    emulator.wait();
    eventually("no func", || stand_ins() == 0);
}

#[test]
fn func_that_is_missing_is_told() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "dist/index.html", "x");
    write(folder.path(), "api/host.json", r#"{"version": "2.0"}"#);
    let mut command = Command::new(env!("CARGO_BIN_EXE_cygnet"));
    command.env("PATH", folder.path()).args([
        "start",
        "dist",
        "--api-location",
        "api",
        "--api-port",
        "0",
        "--api-host",
        "func",
    ]);
    let emulator = Emulator::run(command, folder.path());
    emulator.wait_for_output("Azure Functions Core Tools) cannot be started");
    emulator.wait_for_output("npm install -g azure-functions-core-tools@4");
}

/// `GET /json/list` of an inspector.
fn inspector(port: u16) -> Option<String> {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    write!(stream, "GET /json/list HTTP/1.0\r\nHost: localhost\r\n\r\n").ok()?;
    // It may keep the connection open: what it said by the time that it is silent counts.
    let (mut answer, mut block) = (Vec::new(), [0; 4096]);
    while let Ok(length @ 1..) = stream.read(&mut block) {
        answer.extend_from_slice(&block[..length]);
    }
    let answer = String::from_utf8_lossy(&answer).into_owned();
    Some(answer)
}

#[test]
fn a_debugger_joins_node_and_the_worker_stays() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "dist/index.html", "x");
    write(folder.path(), "api/host.json", r#"{"version": "2.0"}"#);
    write(folder.path(), "api/package.json", "{}");
    write(
        folder.path(),
        "api/who/function.json",
        TRIGGER.replace("ROUTE", ""),
    );
    let code = |text: &str| {
        format!(
            "module.exports = async (context) => {{ context.res = {{ body: '{text} ' + process.pid }}; }};"
        )
    };
    write(folder.path(), "api/who/index.js", code("one"));
    let port = free_port();
    let emulator = start(
        &folder,
        &["--api-debug", &port.to_string(), "--print-config"],
    );
    let first = emulator.get("/api/who").text();
    assert!(first.starts_with("one "), "{first}");
    let listed = inspector(port).unwrap_or_default();
    assert!(listed.contains("webSocketDebuggerUrl"), "{listed}");
    write(folder.path(), "api/who/index.js", code("two"));
    emulator.wait_for_output("are not reloaded while a debugger may be attached");
    assert_eq!(emulator.get("/api/who").text(), first);
    // A paused function is not ended by the 45 seconds.
    let limit = emulator
        .output()
        .lines()
        .find(|line| line.contains("apiTimeout"))
        .unwrap()
        .to_owned();
    assert!(limit.contains("none"), "{limit}");
}

#[test]
fn a_debugger_joins_python_if_debugpy_is_there() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "dist/index.html", "x");
    write(folder.path(), "api/host.json", r#"{"version": "2.0"}"#);
    write(
        folder.path(),
        "api/function_app.py",
        "import azure.functions as func\napp = func.FunctionApp()\n\n@app.route(route='who', auth_level=func.AuthLevel.ANONYMOUS)\ndef who(req):\n    return 'python'\n",
    );
    write(folder.path(), "api/requirements.txt", "azure-functions\n");
    let port = free_port().to_string();
    let emulator = start(&folder, &["--api-debug", &port]);
    let long = Duration::from_secs(240);
    emulator.wait_for_output_within("has no package debugpy", long);
    assert!(
        emulator.output().contains("-m pip install debugpy"),
        "{}",
        emulator.output()
    );
    drop(emulator);
    write(
        folder.path(),
        "api/requirements.txt",
        "azure-functions\ndebugpy\n",
    );
    let emulator = start(&folder, &["--api-debug", &port]);
    eventually_within(
        "an answer",
        long,
        || emulator.get("/api/who").text() == "python",
        || emulator.output(),
    );
    let port: u16 = port.parse().unwrap();
    eventually("the debugger", || {
        std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
    });
}

#[test]
fn cf_68_another_runtime_in_the_configuration_is_told() {
    let folder = node(&["tell"]);
    let emulator = start(&folder, &[]);
    assert_eq!(emulator.get("/api/tell").status, 200);
    let wanted = r#"{"platform": {"apiRuntime": "python:3.11"}}"#;
    write(folder.path(), "dist/staticwebapp.config.json", wanted);
    emulator.wait_for_output("platform.apiRuntime is now python:3.11");
    assert_eq!(emulator.get("/api/tell").status, 200);
}
