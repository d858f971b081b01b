//! `cygnet test` through the front door: exit code, text, JSON and JUnit of the real program, and that what `--init`
//! writes passes for every configuration that there is.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::common::program;
use crate::emulator::write;
use crate::golden::case::Case;

const CONFIG: &str = r#"{
  "routes": [
    { "route": "/login", "rewrite": "/.auth/login/github" },
    { "route": "/old", "redirect": "/new", "statusCode": 301 },
    { "route": "/swans", "rewrite": "/data.json", "headers": { "Cache-Control": "no-store", "X-XSS-Protection": "" } },
    { "route": "/admin/*", "methods": ["GET"], "allowedRoles": ["admin", "editor"] },
    { "route": "/api/*", "allowedRoles": ["authenticated"] }
  ],
  "navigationFallback": { "rewrite": "/index.html", "exclude": ["*.js"] },
  "responseOverrides": { "401": { "redirect": "/login" } }
}
"#;

fn app() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in [
        ("staticwebapp.config.json", CONFIG),
        ("index.html", "hello"),
        ("data.json", "[]"),
        ("admin/users.html", "users"),
    ] {
        write(folder.path(), path, text);
    }
    folder
}

/// Exit code, standard output, standard error.
fn run(folder: &Path, words: &[&str]) -> (i32, String, String) {
    program::run(folder, &[&["test"], words].concat())
}

fn shown(folder: &Path, words: &[&str]) -> String {
    program::shown(folder, &[&["test"], words].concat())
}

/// An app with these tests in the file that is found by itself.
fn with_tests(tests: &str) -> TempDir {
    let app = app();
    write(
        app.path(),
        "routes.test.jsonc",
        format!("{{ \"tests\": [\n{tests}\n] }}\n"),
    );
    app
}

const PASSING: &str = r#"
    // the start page
    { "request": "GET /", "expect": { "status": 200, "kind": "file", "file": "index.html", "rule": null, "rewrite": null, "backend": null, "reason": "file" } },
    { "request": "/swans", "expect": { "rewrite": "/data.json", "file": "data.json", "rule": 2, "reason": "rewrite",
      "headers": { "cache-control": "no-store", "Content-Type": { "matches": "^application/json" }, "X-XSS-Protection": null, "ETag": { "matches": "." } } } },
    { "request": "/old", "expect": { "status": 301, "location": "/new", "kind": "redirect", "rule": "/old" } },
    { "request": "/admin/users", "expect": { "status": 302, "location": "/login", "rule": "/admin/*", "reason": "not-signed-in" } },
    { "request": "/admin/users", "as": ["authenticated"], "expect": { "status": 403, "kind": "error", "reason": "missing-role" } },
    { "request": "/admin/users", "as": "editor", "expect": { "file": "admin/users.html" } },
    { "request": "/admin/users", "as": ["other", "admin"], "expect": { "status": 200 } },
    { "name": "the API sees the query", "request": { "method": "POST", "path": "/api/items?x=1", "headers": { "Accept": "*/*" } },
      "as": "authenticated", "expect": { "backend": { "kind": "api", "target": "/api/items?x=1" }, "rule": "/api/*" } },
    { "request": "/deep/link", "expect": { "file": "index.html", "reason": "fallback" } },
    { "request": "/gone.js", "expect": { "status": 404, "reason": "excluded" } },
    { "request": "POST /", "expect": { "status": 405, "kind": "empty" } }, // a comma behind the last one
"#;

const API: [&str; 2] = ["--api-devserver-url", "http://127.0.0.1:1"];

#[test]
fn what_is_as_expected_passes() {
    let app = with_tests(PASSING);
    assert_eq!(
        shown(app.path(), &API),
        "exit code: 0\n----- stdout -----\n11 tests: 11 passed\n----- stderr -----\n"
    );
    let words = [&API[..], &["--filter", "POST", "-v"]].concat();
    insta::assert_snapshot!(shown(app.path(), &words));
}

#[test]
fn what_is_not_is_told_with_the_rules() {
    let app = with_tests(
        r#"    { "request": "GET /admin", "as": "admin", "expect": { "status": 200, "rule": "/admin/*" } },
    { "name": "editors write", "request": "POST /admin/users", "as": ["editor"], "expect": { "status": 200, "headers": { "X-Admin": "yes" } } },
    { "request": "/swans", "expect": { "status": 200 } }"#,
    );
    insta::assert_snapshot!(shown(app.path(), &[]));
}

/// Every expectation fails for a wrong value, and says what is so.
#[test]
fn each_expectation_fails_when_it_is_not_met() {
    for (request, expect, expected) in [
        ("/", r#""status": 404"#, "status  expected 404, got 200"),
        (
            "/api/x",
            r#""status": 200"#,
            "status  expected 200, got by the API",
        ),
        (
            "/",
            r#""kind": "redirect""#,
            "kind  expected redirect, got file",
        ),
        (
            "/",
            r#""file": "/x.html""#,
            "file  expected x.html, got index.html",
        ),
        (
            "/old",
            r#""file": "x.html""#,
            "file  expected x.html, got none",
        ),
        (
            "/old",
            r#""location": "/x""#,
            "location  expected /x, got /new",
        ),
        (
            "/",
            r#""location": "/x""#,
            "location  expected /x, got none",
        ),
        (
            "/swans",
            r#""rewrite": "/x""#,
            "rewrite  expected /x, got /data.json",
        ),
        (
            "/swans",
            r#""rewrite": null"#,
            "rewrite  expected none, got /data.json",
        ),
        (
            "/swans",
            r#""headers": {"Cache-Control": "x"}"#,
            "header Cache-Control  expected x, got no-store",
        ),
        (
            "/swans",
            r#""headers": {"Cache-Control": {"matches": "^x"}}"#,
            "header Cache-Control  expected something that matches ^x, got no-store",
        ),
        (
            "/swans",
            r#""headers": {"Cache-Control": null}"#,
            "header Cache-Control  expected absent, got no-store",
        ),
        (
            "/swans",
            r#""headers": {"X": "x"}"#,
            "header X  expected x, got absent",
        ),
        (
            "/api/x",
            r#""headers": {"X": null}"#,
            "header X  expected absent, got by the API",
        ),
        (
            "/",
            r#""backend": "api""#,
            "backend  expected api, got none",
        ),
        (
            "/api/x",
            r#""backend": null"#,
            "backend  expected none, got api, asked for /api/x",
        ),
        (
            "/api/x",
            r#""backend": {"target": "/api/y"}"#,
            "backend  expected asked for /api/y, got api, asked for /api/x",
        ),
        (
            "/api/x",
            r#""backend": "data-api""#,
            "backend  expected data-api, got api, asked for /api/x",
        ),
        (
            "/",
            r#""rule": 1"#,
            "rule  expected routes[1] /old, got none",
        ),
        (
            "/",
            r#""rule": 9"#,
            "rule  expected routes[9], which does not exist, got none",
        ),
        (
            "/",
            r#""rule": "/nix""#,
            "rule  expected /nix, which no rule has, got none",
        ),
        (
            "/old",
            r#""rule": null"#,
            "rule  expected none, got routes[1] /old",
        ),
        (
            "/old",
            r#""rule": "/login""#,
            "rule  expected routes[0] /login, got routes[1] /old",
        ),
        (
            "/gone.js",
            r#""reason": "no-file""#,
            "reason  expected no-file, got excluded (no file of that path, and navigationFallback excludes the path (NF-3))",
        ),
    ] {
        let test = format!(
            r#"{{ "request": "{request}", "as": ["authenticated"], "expect": {{ {expect} }} }}"#
        );
        let app = with_tests(&test);
        let (code, stdout, _) = run(app.path(), &API);
        assert_eq!(code, 1, "{test}\n{stdout}");
        let lines = stdout.lines().map(|line| line.trim().replace("  ", " "));
        let lines: Vec<String> = lines.collect();
        let expected = expected.replace("  ", " ");
        assert!(lines.contains(&expected), "{test}: {expected}\n{stdout}");
    }
}

#[test]
fn files_that_cannot_be_used_are_shown_with_the_place() {
    let app = with_tests(
        r#"    { "request": "GET /", "expect": { "statsu": 200 } },
    { "request": "nothing", "expect": { "status": 200 } },"#,
    );
    insta::assert_snapshot!(shown(app.path(), &[]));
    let app = with_tests(r#"    { "request": "/", "as": "edtor", "expect": { "status": 200 } }"#);
    insta::assert_snapshot!(shown(app.path(), &[]));
}

#[test]
fn what_cannot_be_run_has_an_exit_code_of_its_own() {
    let app = app();
    for (words, expected) in [
        (&[][..], "there is no routes.test.jsonc here"),
        (&["gone.jsonc"], "`gone.jsonc` cannot be read"),
        (&["admin"], "`admin` is a folder"),
        (&["--force"], "--init"),
        (&["a.jsonc", "b.jsonc", "--init"], "--init writes one file"),
    ] {
        let (code, stdout, stderr) = run(app.path(), words);
        assert_eq!((code, stdout.as_str()), (2, ""), "{words:?}: {stderr}");
        assert!(stderr.contains(expected), "{words:?}: {stderr}");
    }
    write(
        app.path(),
        "routes.test.jsonc",
        r#"{"tests": [{"request": "/", "expect": {"status": 200}}]}"#,
    );
    let (code, _, stderr) = run(app.path(), &["--filter", "nowhere"]);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("no test contains `nowhere`"), "{stderr}");
    write(app.path(), "staticwebapp.config.json", "{");
    let (code, _, stderr) = run(app.path(), &[]);
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("staticwebapp.config.json:1:1"), "{stderr}");
}

#[test]
fn files_are_found_here_and_in_the_app_location() {
    let app = tempfile::tempdir().unwrap();
    let test = |status: u16| {
        format!(r#"{{"tests": [{{"request": "/", "expect": {{"status": {status}}}}}]}}"#)
    };
    write(app.path(), "site/index.html", "hello");
    write(app.path(), "site/routes.test.jsonc", test(200));
    write(app.path(), "site/admin.routes.test.jsonc", test(404));
    write(app.path(), "site/myroutes.test.jsonc", "not one");
    write(app.path(), "b.routes.test.jsonc", test(200));
    let (code, stdout, stderr) = run(app.path(), &["--app-location", "site"]);
    assert_eq!(code, 1, "{stderr}");
    assert!(
        stdout.contains("site/admin.routes.test.jsonc:1:"),
        "{stdout}"
    );
    assert!(
        stdout.ends_with("3 tests: 2 passed, 1 failed\n"),
        "{stdout}"
    );
    // They are for tests, and for nobody else.
    let words = ["site/b.jsonc", "--app-location", "site"];
    let asked = [
        "/routes.test.jsonc",
        "/admin.routes.test.jsonc",
        "/myroutes.test.jsonc",
    ];
    let tests =
        asked.map(|path| format!(r#"{{"request": "{path}", "expect": {{"status": 404}}}}"#));
    write(
        app.path(),
        "site/b.jsonc",
        format!(r#"{{"tests": [{}]}}"#, tests.join(",")),
    );
    let (_, stdout, _) = run(app.path(), &words);
    assert!(
        stdout.ends_with("3 tests: 2 passed, 1 failed\n"),
        "{stdout}"
    );
    assert!(stdout.contains("FAIL GET /myroutes.test.jsonc"), "{stdout}");
}

#[test]
fn programs_get_json() {
    let app = with_tests(
        r#"    { "request": "GET /", "expect": { "status": 200 } },
    { "request": "/old", "expect": { "status": 302 } }"#,
    );
    let (code, stdout, stderr) = run(app.path(), &["--json"]);
    assert_eq!((code, stderr.as_str()), (1, ""));
    insta::assert_snapshot!(stdout);
}

/// The tags of a well-formed document in their order, with attributes; panics when it is none.
fn tags(xml: &str) -> Vec<String> {
    let mut rest = xml
        .strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>")
        .expect("a declaration");
    let (mut open, mut all): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let entities = |text: &str| {
        for part in text.split('&').skip(1) {
            let name = part.split_once(';').expect("an entity").0;
            assert!(
                ["amp", "lt", "gt", "quot", "apos"].contains(&name),
                "{name}"
            );
        }
        assert!(
            text.chars()
                .all(|letter| letter == '\n' || !letter.is_control()),
            "{text:?}"
        );
    };
    while let Some((text, tag)) = rest.split_once('<') {
        entities(text);
        let (tag, behind) = tag.split_once('>').expect("the end of a tag");
        rest = behind;
        entities(tag);
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().as_deref(), Some(name));
            continue;
        }
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        let name = tag.split([' ', '/']).next().unwrap();
        if !tag.ends_with('/') {
            open.push(name.to_owned());
        }
        all.push(tag.to_owned());
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "{open:?} {rest}");
    all
}

#[test]
fn junit_is_well_formed_whatever_names_hold() {
    let app = with_tests(
        r#"    { "name": "a <b> & \"c\" 'd' \u0007 ]]>", "request": "/", "expect": { "status": 404, "headers": { "X": "<&>\u0000" } } },
    { "request": "/old", "expect": { "status": 301 } }"#,
    );
    let (code, _, _) = run(app.path(), &["--junit", "out.xml"]);
    assert_eq!(code, 1);
    let xml = fs::read_to_string(app.path().join("out.xml")).unwrap();
    let tags = tags(&xml);
    assert_eq!(tags.len(), 5, "{xml}");
    assert_eq!(
        tags[0],
        r#"testsuites name="cygnet test" tests="2" failures="1" errors="0""#
    );
    assert!(
        tags[1].starts_with(r#"testsuite name="routes.test.jsonc" tests="2" failures="1""#),
        "{xml}"
    );
    assert!(tags[2].contains(r#"name="a &lt;b&gt; &amp; &quot;c&quot; &apos;d&apos; \u{7} ]]&gt;" file="routes.test.jsonc" line="2""#), "{xml}");
    assert!(tags[3].starts_with("failure message=\"status: expected 404, got 200; header X: expected &lt;&amp;&gt;\\u{0}, got absent\""), "{xml}");
    assert!(
        tags[4].ends_with("/") && tags[4].contains("GET /old as anonymous"),
        "{xml}"
    );
    let gone = run(app.path(), &["--junit", "gone/out.xml"]);
    assert!(
        gone.0 == 2 && gone.2.contains("cannot be written"),
        "{gone:?}"
    );
}

#[test]
fn init_writes_what_is_so_and_never_over_a_file() {
    let app = app();
    let words = [&["--init"][..], &API].concat();
    let (code, stdout, stderr) = run(app.path(), &words);
    assert_eq!(code, 0, "{stderr}");
    let written = fs::read_to_string(app.path().join("routes.test.jsonc")).unwrap();
    insta::assert_snapshot!(format!("{stdout}\n{written}"));
    let (code, stdout, stderr) = run(app.path(), &API);
    assert_eq!(code, 0, "{stdout}{stderr}");
    // Edited since.
    write(app.path(), "routes.test.jsonc", "mine");
    let (code, _, stderr) = run(app.path(), &words);
    assert_eq!(code, 2);
    assert!(
        stderr.contains("`routes.test.jsonc` exists already"),
        "{stderr}"
    );
    assert_eq!(
        fs::read_to_string(app.path().join("routes.test.jsonc")).unwrap(),
        "mine"
    );
    let (code, _, _) = run(app.path(), &[&words[..], &["--force"]].concat());
    assert_eq!(code, 0);
    assert_eq!(
        fs::read_to_string(app.path().join("routes.test.jsonc")).unwrap(),
        written
    );
}

/// Writes tests and runs them; whether there could be any.
fn round_trip(folder: &Path, flags: &[&str], title: &str) -> bool {
    let (code, _, stderr) = run(folder, &[&["--init"], flags].concat());
    if code != 0 {
        assert!(
            stderr.contains("the configuration is invalid"),
            "{title}: {stderr}"
        );
        return false;
    }
    let (code, stdout, stderr) = run(folder, &[flags, &["--json"]].concat());
    assert_eq!(code, 0, "{title}: {stdout}{stderr}");
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert!(report["passed"].as_u64().unwrap() >= 2, "{title}: {stdout}");
    true
}

#[test]
fn what_init_writes_passes_for_every_golden_site() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden");
    let files = walkdir::WalkDir::new(root)
        .into_iter()
        .map(|entry| entry.unwrap().into_path());
    let files: Vec<PathBuf> = files
        .filter(|path| path.extension().is_some_and(|end| end == "golden"))
        .collect();
    let mut passed = 0;
    for path in files {
        let case = Case::read(&path).unwrap();
        let site = tempfile::tempdir().unwrap();
        for (path, text) in &case.files {
            write(site.path(), path, text);
        }
        let flags: &[&str] = if case.echo { &API } else { &[] };
        passed += usize::from(round_trip(site.path(), flags, &case.title()));
    }
    assert!(passed > 60, "only {passed}");
}

#[test]
#[ignore = "set CYGNET_CORPUS to the folder of the files, and add `-- --ignored`"]
fn what_init_writes_passes_for_the_corpus() {
    let corpus =
        std::env::var_os("CYGNET_CORPUS").expect("CYGNET_CORPUS names the folder of the files");
    let files = walkdir::WalkDir::new(corpus)
        .into_iter()
        .map(|entry| entry.unwrap().into_path());
    let mut passed = 0;
    for path in files.filter(|path| path.extension().is_some_and(|end| end == "json")) {
        let site = tempfile::tempdir().unwrap();
        fs::copy(&path, site.path().join("staticwebapp.config.json")).unwrap();
        write(site.path(), "index.html", "hello");
        passed += usize::from(round_trip(site.path(), &API, &path.display().to_string()));
    }
    assert!(passed > 30, "only {passed}");
}

#[test]
fn those_of_the_sample_app_pass() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (code, stdout, stderr) = run(root, &[]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert!(stdout.contains(" passed"), "{stdout}");
}

#[test]
fn personas_are_callers_by_name() {
    let app = with_tests(
        r#"    { "request": "/admin/users", "as": "ada", "expect": { "file": "admin/users.html" } },
    { "request": "/admin/users", "as": "joe", "expect": { "status": 403 } },
    { "request": "/admin/users", "as": "editor", "expect": { "status": 200 } }"#,
    );
    let personas = r#"{ "personas": [
        { "name": "ada", "provider": "aad", "userDetails": "ada@contoso.com", "roles": ["admin"] }, { "name": "joe" }
    ] }"#;
    write(app.path(), ".cygnet/personas.json", personas);
    let (code, stdout, stderr) = run(app.path(), &[]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    let google = personas.replace("aad", "google");
    write(app.path(), ".cygnet/personas.json", &google);
    let (code, _, stderr) = run(app.path(), &[]);
    assert_eq!(code, 2, "{stderr}");
    assert!(
        stderr.contains("persona `ada` signs in with `google`"),
        "{stderr}"
    );
    assert!(stderr.contains("routes.test.jsonc:2:"), "{stderr}");
}
