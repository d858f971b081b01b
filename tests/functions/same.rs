//! The same app written four times, with real packages, answers the same requests alike through the front door; and what
//! must hold for each of them: many slow calls at once, large bodies, reloads under load, no process left behind.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::emulator::{
    Emulator, Response, cookie, copy_tree, eventually, eventually_within, write,
};
use tempfile::TempDir;

const APPS: [&str; 4] = ["node-v4", "node-v3", "python-v2", "python-v1"];
/// Packages are installed first.
pub(crate) const LONG: Duration = Duration::from_secs(240);

pub(crate) fn project(app: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "dist/index.html", "<h1>home</h1>");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/functions/same")
        .join(app);
    copy_tree(&fixture, &folder.path().join("api"));
    folder
}

fn start(folder: &TempDir) -> Emulator {
    let words = ["start", "dist", "--api-location", "api", "--api-port", "0"];
    let emulator = Emulator::start(folder.path(), &words);
    emulator.wait_for_output_within("functions:", LONG);
    emulator
}

/// One exchange: method, path, a header of the request, its body; status, type, body of the answer.
pub(crate) struct Row(
    pub(crate) &'static str,
    pub(crate) &'static str,
    pub(crate) Option<(&'static str, &'static str)>,
    pub(crate) &'static [u8],
    pub(crate) u16,
    pub(crate) Option<&'static str>,
    pub(crate) &'static [u8],
);

const TEXT: Option<&str> = Some("text/plain; charset=utf-8");

pub(crate) const TABLE: [Row; 14] = [
    Row(
        "GET",
        "/api/hello?name=ann",
        None,
        b"",
        200,
        TEXT,
        b"hello ann",
    ),
    Row(
        "GET",
        "/API/Hello?name=ann",
        None,
        b"",
        200,
        TEXT,
        b"hello ann",
    ),
    Row(
        "GET",
        "/api/hello?name=a%20b",
        None,
        b"",
        200,
        TEXT,
        b"hello a b",
    ),
    Row("POST", "/api/hello", None, b"x", 404, None, b""),
    Row(
        "POST",
        "/api/echo",
        None,
        b"\x00\xff\r\n",
        200,
        Some("application/octet-stream"),
        b"\x00\xff\r\n",
    ),
    Row(
        "GET",
        "/api/items/7",
        None,
        b"",
        200,
        Some("application/json"),
        br#"{"id":"7","rest":"none","method":"GET"}"#,
    ),
    Row(
        "POST",
        "/api/items/7/x",
        None,
        b"",
        200,
        Some("application/json"),
        br#"{"id":"7","rest":"x","method":"POST"}"#,
    ),
    Row("GET", "/api/items/seven", None, b"", 404, None, b""),
    Row(
        "GET",
        "/api/headers",
        Some(("X-There", "and back")),
        b"",
        202,
        Some("text/x"),
        b"x",
    ),
    Row(
        "GET",
        "/api/teapot",
        None,
        b"",
        418,
        TEXT,
        b"short and stout",
    ),
    Row("GET", "/api/nothing", None, b"", 204, None, b""),
    Row("GET", "/api/boom", None, b"", 500, None, b""),
    Row("GET", "/api/none", None, b"", 404, None, b""),
    Row(
        "GET",
        "/api/who",
        Some(("x-ms-client-principal", "forged")),
        b"",
        200,
        TEXT,
        b"nobody",
    ),
];

/// JSON has its spaces where the language puts them.
fn shown(response: &Response) -> Vec<u8> {
    match response
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("application/json"))
    {
        true => response
            .text()
            .replace(", ", ",")
            .replace(": ", ":")
            .into_bytes(),
        false => response.body.clone(),
    }
}

#[test]
fn the_same_app_written_four_times_answers_alike() {
    let threads: Vec<_> = APPS
        .map(|app| std::thread::spawn(move || answers(app)))
        .into_iter()
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
}

fn answers(app: &str) {
    let folder = project(app);
    let mut emulator = start(&folder);
    for Row(method, path, header, body, status, kind, expected) in TABLE {
        let headers: Vec<_> = header.into_iter().collect();
        let answer = emulator.send(method, path, &headers, body);
        let at = format!("{app}: {method} {path}: {}", answer.text());
        assert_eq!(answer.status, status, "{at}");
        assert_eq!(shown(&answer), expected, "{at}");
        if let Some(kind) = kind {
            // The parameters are each library's own.
            let essence = |text: &str| text.split(';').next().unwrap_or_default().to_owned();
            let found = essence(answer.header("content-type").unwrap_or_default());
            assert_eq!(found, essence(kind), "{at}");
        }
    }
    let answer = emulator.send("GET", "/api/headers", &[("X-There", "and back")], b"");
    assert_eq!(answer.header("x-back"), Some("and back"), "{app}");
    assert_eq!(answer.header("set-cookie"), Some("a=1; path=/"), "{app}");
    let signed_in = cookie(&["authenticated"]);
    assert_eq!(
        emulator
            .send("GET", "/api/who", &[("Cookie", &signed_in)], b"")
            .text(),
        "somebody",
        "{app}"
    );
    emulator.wait_for_output("it went boom");
    // 25 MB through the front door.
    let large: Vec<u8> = (0..25 * 1024 * 1024_u32).map(|at| (at / 7) as u8).collect();
    let echo = emulator.send(
        "POST",
        "/api/echo",
        &[("Content-Type", "application/octet-stream")],
        &large,
    );
    assert!(
        echo.status == 200 && echo.body == large,
        "{app}: {} bytes",
        echo.body.len()
    );
    // 100 MB at the host's own port, which has no edge before it.
    let output = emulator.output();
    let (_, rest) = output.split_once("also at http://localhost:").unwrap();
    let port: u16 = rest
        .chars()
        .take_while(char::is_ascii_digit)
        .collect::<String>()
        .parse()
        .unwrap();
    assert_eq!(
        large_echo(port, 100 * 1024 * 1024),
        100 * 1024 * 1024,
        "{app}"
    );
    // The worker runs in the folder of the app, whatever its command line says.
    let api = folder.path().join("api").canonicalize().unwrap();
    assert!(running_in(&api) > 0, "{app}: no worker to look for");
    emulator.signal("KILL");
    emulator.wait();
    eventually("no worker", || running_in(&api) == 0);
}

/// How many processes have this current folder.
fn running_in(folder: &Path) -> usize {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    entries
        .filter(|entry| fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd == folder))
        .count()
}

/// Posts so many bytes and counts those that come back.
fn large_echo(port: u16, size: usize) -> usize {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    let mut sender = stream.try_clone().unwrap();
    let sending = std::thread::spawn(move || {
        let head = format!(
            "POST /api/echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/octet-stream\r\nContent-Length: {size}\r\n\r\n"
        );
        sender.write_all(head.as_bytes()).unwrap();
        let block = vec![7; 1024 * 1024];
        for _ in 0..size / block.len() {
            sender.write_all(&block).unwrap();
        }
    });
    let (mut block, mut head, mut body) = (vec![0; 1024 * 1024], Vec::new(), None);
    while let Ok(length @ 1..) = stream.read(&mut block) {
        match &mut body {
            Some(count) => *count += length,
            None => {
                head.extend_from_slice(&block[..length]);
                let end = head.windows(4).position(|four| four == b"\r\n\r\n");
                body = end.map(|end| head.len() - end - 4);
            }
        }
        if body.is_some_and(|count| count >= size) {
            break;
        }
    }
    sending.join().unwrap();
    body.unwrap_or(0)
}

#[test]
fn the_list_of_functions_names_the_place_of_their_code() {
    for (app, expected) in [
        ("node-v4", "api/src/app.js:3"),
        ("node-v3", "api/hello/index.js"),
        ("python-v2", "api/function_app.py:8"),
        ("python-v1", "api/hello/__init__.py"),
    ] {
        let folder = project(app);
        let output = Command::new(env!("CARGO_BIN_EXE_cygnet"))
            .args([
                "functions",
                "list",
                "--api-location",
                "api",
                "--output-location",
                "dist",
                "--json",
            ])
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{app}: {output:?}");
        let list: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let hello = list["functions"]
            .as_array()
            .unwrap()
            .iter()
            .find(|each| each["name"] == "hello")
            .unwrap();
        assert_eq!(hello["methods"], serde_json::json!(["GET"]), "{app}");
        assert_eq!(hello["url"], "http://localhost:4280/api/hello", "{app}");
        assert_eq!(hello["source"], expected, "{app}");
        assert_eq!(hello["authLevel"], "anonymous", "{app}");
        assert_eq!(hello["inactiveBindings"], serde_json::json!([]), "{app}");
    }
}

#[test]
fn two_hundred_slow_calls_of_node_run_at_once_and_ten_reloads_lose_none() {
    two_hundred_slow_calls_run_at_once_and_ten_reloads_lose_none(
        "node-v4",
        "api/src/slow.js",
        "require('@azure/functions').app.http('slow', { authLevel: 'anonymous', handler: async () => { await new Promise((done) => setTimeout(done, 1000)); return { body: 'ROUND' }; } });",
    );
}

#[test]
fn two_hundred_slow_calls_of_python_run_at_once_and_ten_reloads_lose_none() {
    two_hundred_slow_calls_run_at_once_and_ten_reloads_lose_none(
        "python-v2",
        "api/function_app.py",
        "import asyncio\nimport azure.functions as func\napp = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)\n\n@app.route(route='slow')\nasync def slow(req):\n    await asyncio.sleep(1)\n    return 'ROUND'\n",
    );
}

/// `code` answers `ROUND` after a second.
fn two_hundred_slow_calls_run_at_once_and_ten_reloads_lose_none(app: &str, file: &str, code: &str) {
    let folder = project(app);
    let write_round = |round: &str| drop(write(folder.path(), file, code.replace("ROUND", round)));
    write_round("first");
    let emulator = Arc::new(start(&folder));
    eventually_within(
        "an answer",
        LONG,
        || emulator.get("/api/slow").text() == "first",
        || emulator.output(),
    );
    let begun = Instant::now();
    let calls: Vec<_> = (0..200)
        .map(|_| {
            let emulator = Arc::clone(&emulator);
            std::thread::spawn(move || emulator.get("/api/slow").status)
        })
        .collect();
    assert!(
        calls.into_iter().all(|call| call.join().unwrap() == 200),
        "{app}"
    );
    // One after the other they would take 200 seconds.
    assert!(
        begun.elapsed() < Duration::from_secs(60),
        "{app}: {:?}",
        begun.elapsed()
    );

    let (over, count) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let (emulator, over, count) =
                (Arc::clone(&emulator), Arc::clone(&over), Arc::clone(&count));
            std::thread::spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    assert_eq!(emulator.get("/api/slow").status, 200);
                    count.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for round in 0..10 {
        let round = format!("round{round}");
        write_round(&round);
        eventually_within(
            &round,
            LONG,
            || emulator.get("/api/slow").text() == round,
            || emulator.output(),
        );
    }
    over.store(true, Ordering::Relaxed);
    for client in clients {
        client.join().unwrap();
    }
    assert!(count.load(Ordering::Relaxed) > 20, "{app}");
    // An edit that does not load keeps what answers; its repair is taken.
    write(folder.path(), file, "this is no code (");
    emulator.wait_for_output_within("keep running as they were before the change", LONG);
    assert_eq!(emulator.get("/api/slow").text(), "round9");
    write_round("mended");
    eventually_within(
        "the repair",
        LONG,
        || emulator.get("/api/slow").text() == "mended",
        || emulator.output(),
    );
}
