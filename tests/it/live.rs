//! Live reload over the wire: the stream of events, the client in pages, and the pages without it.

use std::fs;
use std::io::BufRead;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::common::page::Page;
use crate::emulator::{Emulator, PATIENCE, Response, eventually, site, write};
use serde_json::Value;

const TAG: &str = "<script src=\"/.cygnet/live.js\" async></script>";
const NAVIGATION: (&str, &str) = ("Sec-Fetch-Dest", "document");
const BROKEN: &str =
    "{\n  \"routes\": [\n    { \"route\": \"/a\", \"allowedRoles\": \"admin\" }\n  ]\n}\n";

/// An emulator that watches, and a page that listens: the watch is there once an edit is heard of.
fn start(folder: &Path, args: &[&str]) -> (Emulator, Page) {
    let emulator = Emulator::start(folder, args);
    let mut page = Page::open(&emulator);
    page.lines
        .get_ref()
        .set_read_timeout(Some(Duration::from_millis(250)))
        .unwrap();
    let mut heard = String::new();
    eventually("the first event", || {
        write(folder, "warm-up.txt", "x");
        // What it was interrupted in it goes on with.
        let _ = page.lines.read_line(&mut heard);
        heard.contains("warm-up.txt")
    });
    // What comes after the news of the last file is no echo of the first; a rename is one event.
    let last = write(folder, "last.txt~", "x");
    fs::rename(last, folder.join("last.txt")).unwrap();
    page.lines
        .get_ref()
        .set_read_timeout(Some(PATIENCE))
        .unwrap();
    while !paths(&page.next().1).contains(&"/last.txt") {}
    (emulator, page)
}

fn paths(data: &Value) -> Vec<&str> {
    let paths = data["paths"].as_array().unwrap();
    paths.iter().filter_map(Value::as_str).collect()
}

fn navigate(emulator: &Emulator, path: &str) -> Response {
    emulator.send("GET", path, &[NAVIGATION], b"")
}

#[test]
fn edits_are_told_within_a_second_to_every_page() {
    let folder = site(None);
    write(folder.path(), "css/app.css", "a{}");
    let (emulator, mut page) = start(folder.path(), &[]);
    let mut other = Page::open(&emulator);

    let saved = Instant::now();
    write(folder.path(), "index.html", "<h1>new</h1>");
    for page in [&mut page, &mut other] {
        let (event, data) = page.next();
        assert_eq!(
            (event.as_str(), paths(&data)),
            ("content", vec!["/index.html"])
        );
    }
    assert!(
        saved.elapsed() < Duration::from_secs(1),
        "{:?}",
        saved.elapsed()
    );

    write(folder.path(), "css/app.css", "b{}");
    let (event, data) = page.next();
    assert_eq!(
        (event.as_str(), paths(&data)),
        ("css", vec!["/css/app.css"])
    );

    // Editors' own files are no content; a save by renaming is one event, for the file that was saved.
    write(folder.path(), ".index.html.swp", "x");
    let new = write(folder.path(), "index.html~", "<h1>renamed</h1>");
    fs::rename(new, folder.path().join("index.html")).unwrap();
    let (event, data) = page.next();
    assert_eq!(
        (event.as_str(), paths(&data)),
        ("content", vec!["/index.html"])
    );
}

#[test]
fn only_what_is_served_counts() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "dist/index.html", "x");
    write(folder.path(), "src/main.ts", "x");
    let emulator = Emulator::start(folder.path(), &["start", "--output-location", "dist"]);
    let mut page = Page::open(&emulator);
    // Until the watch is there, edits go unnoticed.
    page.lines
        .get_ref()
        .set_read_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    let mut heard = Vec::new();
    eventually("an edit of what is served", || {
        write(folder.path(), "src/main.ts", "y");
        write(folder.path(), "dist/index.html", "y");
        let mut line = String::new();
        while page.lines.read_line(&mut line).is_ok_and(|read| read > 0) {}
        heard.push(line);
        heard.concat().contains("index.html")
    });
    assert!(!heard.concat().contains("main.ts"), "{heard:?}");
}

#[test]
fn a_broken_configuration_is_told_with_its_place_and_taken_back() {
    let valid = "{\n  \"routes\": []\n}\n";
    let folder = site(Some(valid));
    let (emulator, mut page) = start(folder.path(), &[]);
    assert_eq!(page.problems, Value::Array(Vec::new()));

    write(folder.path(), "staticwebapp.config.json", BROKEN);
    let problems = page.next_problems();
    let problem = &problems[0];
    assert_eq!(problem["kind"], "configuration");
    assert_eq!(
        (&problem["severity"], &problem["line"]),
        (&"error".into(), &3.into())
    );
    assert!(problem["column"].as_u64().is_some_and(|column| column > 1));
    assert!(
        problem["file"]
            .as_str()
            .unwrap()
            .ends_with("staticwebapp.config.json")
    );
    let here = problem["excerpt"]
        .as_array()
        .unwrap()
        .iter()
        .find(|line| !line["mark"].is_null());
    assert!(
        here.unwrap()["text"]
            .as_str()
            .unwrap()
            .contains("\"admin\"")
    );
    assert_eq!(
        Page::open(&emulator).problems,
        problems,
        "a page that opens now learns it too"
    );

    // Back to the very text that serves: nothing is reloaded, yet nothing is wrong any more.
    write(folder.path(), "staticwebapp.config.json", valid);
    assert_eq!(page.next_problems(), Value::Array(Vec::new()));

    write(
        folder.path(),
        "staticwebapp.config.json",
        r#"{"globalHeaders":{"X-New":"1"}}"#,
    );
    let (event, data) = page.next();
    assert_eq!(
        (event.as_str(), paths(&data)),
        ("content", vec!["/staticwebapp.config.json"])
    );
    assert_eq!(emulator.get("/").header("x-new"), Some("1"));
}

#[test]
fn invalid_at_start_the_page_of_findings_listens() {
    let folder = site(Some(BROKEN));
    let emulator = Emulator::start(folder.path(), &[]);
    let findings = navigate(&emulator, "/");
    assert_eq!(findings.status, 500);
    assert!(
        findings
            .text()
            .contains("live.js\" async data-shows-findings></script>")
    );
    assert!(!emulator.get("/").text().contains("live.js"));
    let mut page = Page::open(&emulator);
    assert_eq!(page.problems.as_array().unwrap().len(), 1);
    write(folder.path(), "staticwebapp.config.json", "{}");
    assert_eq!(page.next_problems(), Value::Array(Vec::new()));
    assert_eq!(page.next().0, "content");
    assert_eq!(navigate(&emulator, "/").status, 200);
}

#[test]
fn what_is_wrong_at_many_places_is_one_problem() {
    let folder = site(Some("{\n// one\n// two\n}"));
    let emulator = Emulator::start(folder.path(), &[]);
    let page = Page::open(&emulator);
    let problems = page.problems.as_array().unwrap();
    assert_eq!(problems.len(), 1, "{problems:?}");
    let message = problems[0]["message"].as_str().unwrap();
    assert!(
        message.ends_with("(2 places, in lines 2 and 3)"),
        "{message}"
    );
    let text = emulator.get("/").text();
    assert!(text.contains("(2 places, in lines 2 and 3)"), "{text}");
}

#[test]
fn only_a_browsers_document_request_gets_the_client() {
    let page = "<!doctype html>\n<html><head><title>t</title></head><body>b</body></html>";
    let folder = site(Some(
        r#"{"routes":[{"route":"/gone","statusCode":403},{"route":"/away","redirect":"/"}],"responseOverrides":{"404":{"rewrite":"/404.html"}}}"#,
    ));
    write(folder.path(), "index.html", page);
    write(folder.path(), "404.html", "<p>own 404</p>");
    write(folder.path(), "app.js", "1");
    let emulator = Emulator::start(folder.path(), &[]);
    let ask = |headers: &[(&str, &str)]| emulator.send("GET", "/", headers, b"");

    let expected = page.replace("<head>", &format!("<head>{TAG}"));
    for dest in ["document", "iframe"] {
        let answer = ask(&[("Sec-Fetch-Dest", dest), ("Accept-Encoding", "gzip, br")]);
        assert_eq!(answer.text(), expected);
        assert_eq!(
            answer.header("content-length"),
            Some(expected.len().to_string().as_str())
        );
        assert_eq!(answer.header("content-encoding"), None);
        assert_eq!(
            answer.header("vary"),
            Some("Accept-Encoding, Sec-Fetch-Dest")
        );
    }
    for headers in [
        &[][..],
        &[("Sec-Fetch-Dest", "empty")],
        &[("Sec-Fetch-Dest", "script")],
        &[NAVIGATION, ("Range", "bytes=0-")],
    ] {
        let answer = ask(headers);
        assert_eq!(answer.text(), page, "{headers:?}");
    }
    assert_eq!(ask(&[]).header("vary"), Some("Accept-Encoding"));
    assert_eq!(
        ask(&[("Sec-Fetch-Dest", "empty")]).header("vary"),
        Some("Accept-Encoding, Sec-Fetch-Dest")
    );
    let head = emulator.send("HEAD", "/", &[NAVIGATION], b"");
    assert_eq!(
        head.header("content-length"),
        Some(expected.len().to_string().as_str())
    );

    assert_eq!(navigate(&emulator, "/app.js").text(), "1");
    let own = navigate(&emulator, "/nothing");
    assert_eq!(
        (own.status, own.text()),
        (404, format!("{TAG}<p>own 404</p>"))
    );
    let ours = navigate(&emulator, "/gone");
    assert_eq!(ours.status, 403);
    assert!(ours.text().contains(TAG), "{}", ours.text());
    assert!(!emulator.get("/gone").text().contains(TAG));
    assert_eq!(navigate(&emulator, "/away").text(), "");
    assert_eq!(
        fs::read_to_string(folder.path().join("index.html")).unwrap(),
        page,
        "the disk is left alone"
    );
}

#[test]
fn each_representation_has_its_own_tag() {
    let folder = site(None);
    let emulator = Emulator::start(folder.path(), &[]);
    let tag = |answer: &Response| answer.header("etag").unwrap().to_owned();
    let (plain, live) = (tag(&emulator.get("/")), tag(&navigate(&emulator, "/")));
    assert_ne!(plain, live);
    let ask = |known: &str, is_navigation: bool| {
        let headers = [("If-None-Match", known), NAVIGATION];
        emulator
            .send("GET", "/", &headers[..1 + usize::from(is_navigation)], b"")
            .status
    };
    assert_eq!([ask(&plain, false), ask(&live, true)], [304, 304]);
    assert_eq!([ask(&plain, true), ask(&live, false)], [200, 200]);
    write(folder.path(), "index.html", "<h1>other</h1>");
    assert_eq!([ask(&plain, false), ask(&live, true)], [200, 200]);
}

#[test]
fn the_apps_policy_is_obeyed() {
    for (policy, expected) in [
        ("default-src 'self'", Some(TAG.to_owned())),
        ("default-src 'none'", None),
        (
            "script-src 'nonce-x1'",
            Some(TAG.replace(" async", " async nonce=\"x1\"")),
        ),
    ] {
        let folder = site(Some(&format!(
            r#"{{"globalHeaders":{{"Content-Security-Policy":"{policy}"}}}}"#
        )));
        let emulator = Emulator::start(folder.path(), &[]);
        let answer = navigate(&emulator, "/");
        assert_eq!(answer.header("content-security-policy"), Some(policy));
        let expected = expected.unwrap_or_default() + "<h1>home</h1>";
        assert_eq!(answer.text(), expected, "{policy}");
    }
}

#[test]
fn the_client_is_outside_of_the_rules() {
    let folder = site(Some(
        r#"{"routes":[{"route":"/*","allowedRoles":["admin"]}]}"#,
    ));
    let emulator = Emulator::start(folder.path(), &[]);
    assert_eq!(emulator.get("/").status, 401);
    let client = emulator.get("/.cygnet/live.js");
    assert_eq!(client.status, 200);
    assert_eq!(
        client.header("content-type"),
        Some("text/javascript; charset=utf-8")
    );
    assert!(client.text().contains("EventSource") && client.text().contains("adoptedStyleSheets"));
    assert_eq!(emulator.send("POST", "/.cygnet/live", &[], b"").status, 405);
    assert_eq!(
        emulator.get("/.cygnet/live/more").status,
        401,
        "only the exact paths"
    );
    // The stream itself is open to all pages, signed in or not.
    Page::open(&emulator);
}

#[test]
fn a_restart_has_another_id() {
    let folder = site(None);
    let first = Page::open(&Emulator::start(folder.path(), &[])).id;
    let emulator = Emulator::start(folder.path(), &[]);
    let second = Page::open(&emulator).id;
    assert_ne!(first, second);
    assert_eq!(second, Page::open(&emulator).id);
}

#[test]
fn it_can_be_turned_off() {
    let folder = site(None);
    let off: &[&[&str]] = &[&["--no-live-reload"], &["--no-watch"]];
    for args in off {
        let emulator = Emulator::start(folder.path(), args);
        assert_eq!(navigate(&emulator, "/").text(), "<h1>home</h1>", "{args:?}");
        assert_eq!(
            navigate(&emulator, "/").header("vary"),
            Some("Accept-Encoding")
        );
        assert!(!navigate(&emulator, "/nothing").text().contains("live.js"));
        for path in ["/.cygnet/live", "/.cygnet/live.js"] {
            assert_eq!(emulator.get(path).status, 404, "{args:?} {path}");
        }
    }
}

#[test]
fn open_streams_do_not_hold_up_the_end() {
    let folder = site(None);
    let mut emulator = Emulator::start(folder.path(), &[]);
    let pages: Vec<Page> = (0..50).map(|_| Page::open(&emulator)).collect();
    let asked = Instant::now();
    emulator.signal("INT");
    assert!(emulator.wait().success());
    assert!(
        asked.elapsed() < Duration::from_secs(1),
        "{:?}",
        asked.elapsed()
    );
    drop(pages);
}

#[test]
fn polling_tells_too() {
    let above = site(None);
    let folder = above.path().join("site");
    write(&folder, "index.html", "<h1>Before</h1>");
    // What lies beside the app is nobody's business: read again and again, this would take minutes a round.
    let beside = std::fs::File::create(above.path().join("large.bin")).unwrap();
    beside.set_len(64 << 30).unwrap();
    let (_emulator, mut page) = start(&folder, &["--poll"]);
    // Once the first edit is heard of, the watcher knows what was there before the next.
    write(&folder, "index.html", "<h1>After</h1>");
    while !paths(&page.next().1).contains(&"/index.html") {}
}

/// Of an app that nobody has built the page would be blank.
#[test]
fn sources_that_no_browser_runs_are_said_over_the_page_until_it_needs_no_bundler() {
    let folder = site(None);
    let page = |script: &str| {
        let text = format!("<body><script type=\"module\" src=\"{script}\"></script></body>");
        write(folder.path(), "index.html", text);
    };
    page("/src/main.tsx");
    let (emulator, _) = start(folder.path(), &[]);
    let mut open = Page::open(&emulator);
    let problem = &open.problems[0];
    assert_eq!(problem["kind"], "sources", "{problem}");
    let message = problem["message"].as_str().unwrap();
    assert!(message.contains("/src/main.tsx"), "{message}");
    assert!(
        emulator
            .output()
            .contains("this folder holds the sources of an app")
    );
    page("/assets/index.js");
    assert_eq!(open.next_problems(), Value::Array(Vec::new()));
}
