//! `cygnet explain` through the front door: exit code, text and JSON of the real program. That it agrees with the
//! server is shown by `explain_golden.rs`.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use cygnet::backend::{Backend, Limits};
use cygnet::deployment::invitations::Invitations;
use cygnet::deployment::password;
use cygnet::deployment::store::StorePaths;
use cygnet::environment::Current;
use cygnet::environment::load::Loader;
use cygnet::environment::personas::PersonaFiles;
use cygnet::environment::search_paths::ConfigSearchPaths;
use cygnet::explain::request::ExplainRequest;
use cygnet::explain::{Explanation, explain, serving};
use cygnet::link::model::Plan;
use cygnet::pipeline::{Access, AppState, PasswordAttempts};
use tempfile::TempDir;

use crate::common::program::shown;

const CONFIG: &str = r#"{
  "routes": [
    { "route": "/login", "redirect": "/.auth/login/github" },
    { "route": "/admin/*", "methods": ["GET"], "allowedRoles": ["admin"], "headers": { "X-Admin": "yes", "X-Frame-Options": "" } },
    { "route": "/api/*", "allowedRoles": ["authenticated"] },
    { "route": "/a/*/b", "statusCode": 404 },
    { "route": "/here", "redirect": "/here" }
  ],
  "navigationFallback": { "rewrite": "/index.html", "exclude": ["*.js"] },
  "responseOverrides": { "401": { "redirect": "/.auth/login/github?post_login_redirect_uri=.referrer" } },
  "globalHeaders": { "X-Frame-Options": "DENY", "Referrer-Policy": "" },
  "networking": { "allowedIpRanges": ["203.0.113.0/24"] }
}
"#;

fn app() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in [
        ("staticwebapp.config.json", CONFIG),
        ("index.html", "hello"),
        ("admin/users.html", "users"),
    ] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let file = fs::File::create(&path).unwrap();
        fs::write(&path, text).unwrap();
        // The same date for ever, since it is shown.
        let time =
            std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
        file.set_modified(time).unwrap();
    }
    folder
}

fn run(folder: &Path, words: &[&str]) -> String {
    shown(folder, &[&["explain"], words].concat())
}

#[test]
fn a_guarded_page_for_nobody() {
    insta::assert_snapshot!(run(app().path(), &["/admin/users"]));
}

#[test]
fn a_guarded_page_for_its_role() {
    insta::assert_snapshot!(run(
        app().path(),
        &["get", "/admin/users", "--role", "admin"]
    ));
}

#[test]
fn a_guarded_page_as_json() {
    let app = app();
    let words = ["/admin/users", "--role", "admin", "--json"];
    insta::assert_snapshot!(run(app.path(), &words));
}

#[test]
fn the_api_is_not_called() {
    // Nothing listens there, and nothing has to.
    let words = [
        "POST",
        "/api/items?x=1",
        "--role",
        "editor",
        "--api-devserver-url",
        "http://127.0.0.1:1",
    ];
    insta::assert_snapshot!(run(app().path(), &words));
}

#[test]
fn a_method_and_a_path_may_be_one_word() {
    let app = app();
    let one = run(app.path(), &["POST /api/items?x=1"]);
    assert!(one.contains("POST /api/items?x=1 (anonymous): "), "{one}");
    assert_eq!(one, run(app.path(), &["POST", "/api/items?x=1"]));
}

#[test]
fn every_step_is_shown_to_whoever_asks() {
    let app = app();
    let short = run(app.path(), &["/admin/users"]);
    assert!(!short.contains("password protection"), "{short}");
    assert!(short.contains("apply: -v shows all"), "{short}");
    for flag in ["-v", "--verbose"] {
        let long = run(app.path(), &["/admin/users", flag]);
        for part in [
            "not applied by `cygnet start`; `cygnet serve` applies it to deployed environments",
            " 1  networking ",
            "13  headers ",
            "  routes[2]   /api/* ",
        ] {
            assert!(long.contains(part), "{part}: {long}");
        }
    }
}

#[test]
fn a_persona_asks() {
    let app = app();
    let personas = r#"{ "personas": [{ "name": "ada", "provider": "aad", "userDetails": "ada@contoso.com", "roles": ["admin"] }] }"#;
    fs::create_dir(app.path().join(".cygnet")).unwrap();
    fs::write(app.path().join(".cygnet/personas.json"), personas).unwrap();
    let ada = run(app.path(), &["/admin/users", "--persona", "ada"]);
    assert!(
        ada.contains("GET /admin/users (anonymous, authenticated, admin): 200"),
        "{ada}"
    );
    assert!(ada.contains("signed in as ada@contoso.com by aad"), "{ada}");
    let by_role = run(app.path(), &["/admin/users", "--persona", "admin"]);
    assert!(by_role.contains(": 200"), "{by_role}");
    let nobody = run(app.path(), &["/admin/users", "--persona", "adda"]);
    assert!(nobody.starts_with("exit code: 2"), "{nobody}");
    assert!(nobody.contains("hint: did you mean `ada`?"), "{nobody}");
}

#[test]
fn the_usual_surprises_are_named() {
    let shown = |words: &[&str]| run(app().path(), words);
    let has = |words: &[&str], part: &str| {
        let shown = shown(words);
        assert!(shown.contains(part), "{words:?}: {part}\n{shown}");
    };
    has(
        &["/admin"],
        "covers what lies under `/admin/`, not `/admin` itself (RT-19)",
    );
    has(&["/Login"], "differs by case (RT-15)");
    has(
        &["DELETE", "/admin/x"],
        "the path matches, but it is for GET only",
    );
    has(
        &["DELETE", "/admin/x"],
        "405: content answers GET, HEAD and OPTIONS only",
    );
    has(
        &["/a/x/b"],
        "can never match: a `*` works only as the last character",
    );
    has(&["/here"], "skipped: it would redirect to the very path");
    has(&["/gone.js"], "navigationFallback excludes the path (NF-3)");
    has(&["/"], "not applied to requests from this machine");
    has(
        &["/", "--strict"],
        "127.0.0.1 is in none of networking.allowedIpRanges",
    );
    has(
        &["/", "--client-ip", "203.0.113.9"],
        "203.0.113.9: in an allowed range",
    );
    has(&["/admin/%75sers"], "compared  /admin/users");
}

#[test]
fn another_configuration() {
    let app = app();
    let other = r#"{"routes": [{"route": "/*", "statusCode": 403}]}"#;
    fs::write(app.path().join("other.json"), other).unwrap();
    let shown = run(app.path(), &["/", "--config", "other.json"]);
    assert!(
        shown.contains("> routes[0]   /*  other.json:1  matches"),
        "{shown}"
    );
    assert!(shown.contains("GET / (anonymous): 403\n"), "{shown}");
    fs::write(app.path().join("broken.json"), "{").unwrap();
    insta::assert_snapshot!(run(app.path(), &["/", "--config", "broken.json"]), @r#"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error[CF-10]: this is not JSON: unterminated object
     --> broken.json:1:1
      |
    1 | {
      | ^
      |
      = hint: close the object with `}`; Azure refuses the file: "Could not read and deserialize the provided routes file."

    error: the configuration is invalid, so every request is answered with 500

    hint: fix the file; `cygnet check` shows all findings
    "#);
}

#[test]
fn what_cannot_be_asked_is_a_usage_error() {
    let app = app();
    for words in [
        &["about"][..],
        &["G T", "/"],
        &["/", "-H", "x"],
        &["/", "--config", "gone.json"],
        &[],
    ] {
        let shown = run(app.path(), words);
        assert!(shown.starts_with("exit code: 2\n"), "{words:?}: {shown}");
    }
}

#[test]
fn a_dev_server_is_named_and_not_called() {
    let app = app();
    let file = r#"{"configurations": {"app": {"appDevserverUrl": "http://127.0.0.1:1"}}}"#;
    fs::write(app.path().join("swa-cli.config.json"), file).unwrap();
    let said = run(app.path(), &["/new"]);
    for part in [
        "the dev server at http://127.0.0.1:1, asked for /new\n",
        "GET /new (anonymous): by the dev server\n",
        "\n  if it answers 401: 302 to /.auth/login/github?post_login_redirect_uri=%2Fnew\n",
        "\n  if it answers 404: the dev server at http://127.0.0.1:1, asked for /index.html by navigationFallback\n",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    assert!(
        !said.contains("\n    if it answers"),
        "its own 404 passes when the fallback is missing (NF-11): {said}"
    );
    assert!(said.contains("exit code: 0"), "{said}");
}

#[test]
fn the_configuration_is_not_content_of_a_dev_server_either() {
    let app = app();
    let file = r#"{"configurations": {"app": {"appDevserverUrl": "http://127.0.0.1:1"}}}"#;
    fs::write(app.path().join("swa-cli.config.json"), file).unwrap();
    let said = run(app.path(), &["/staticwebapp.config.json"]);
    assert!(said.contains("(anonymous): 404\n"), "{said}");
    assert!(
        said.contains("handler              the configuration is never served"),
        "{said}"
    );
}

#[test]
fn a_rewrite_takes_the_query_along_as_it_is_sent() {
    let app = app();
    let config = r#"{"routes": [{"route": "/old", "rewrite": "/api/new"}, {"route": "/q", "rewrite": "/api/new?a=1"}]}"#;
    fs::write(app.path().join("staticwebapp.config.json"), config).unwrap();
    for (asked, sent) in [
        ("/old?y=1", "/api/new?y=1"),
        ("/old", "/api/new"),
        ("/q?y=1", "/api/new?a=1"),
        ("/api/x?y=1", "/api/x?y=1"),
    ] {
        let words = [asked, "--json", "--api-devserver-url", "http://127.0.0.1:1"];
        let said = run(app.path(), &words);
        assert!(said.contains(&format!("\"target\": \"{sent}\"")), "{said}");
        assert!(said.contains(&format!("asked for {sent}\"")), "{said}");
    }
}

#[test]
fn the_database_connection_is_asked_without_the_prefix() {
    let app = app();
    let file = r#"{"configurations": {"app": {"dataApiDevserverUrl": "http://127.0.0.1:1"}}}"#;
    fs::write(app.path().join("swa-cli.config.json"), file).unwrap();
    let said = run(app.path(), &["/data-api/rest/Book?x=1"]);
    for part in [
        "kind      data-api\n",
        "the database connection, asked for /rest/Book?x=1 (AP-80)\n",
        "GET /data-api/rest/Book?x=1 (anonymous): by the database connection\n",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
}

/// What is told of a deployed environment that a password protects.
fn told_of_protected(app: &Path, method: &str, target: &str, cookie: Option<&str>) -> Explanation {
    let search_paths = ConfigSearchPaths::of_folder(app.to_path_buf());
    let password = password::protect("Abcdef1!", Plan::Standard, false).unwrap();
    let state = Arc::new(Loader::new(search_paths, Backend::None).load().state);
    let served = Arc::new(AppState {
        current: Current::new(Arc::clone(&state)),
        strict: false,
        client_ip: None,
        limits: Limits::default(),
        live: None,
        prod_errors: false,
        personas: Arc::new(PersonaFiles::new(app.to_path_buf(), None)),
        access: Some(Access {
            password: Some((password, SESSION.to_owned())),
            attempts: PasswordAttempts::default(),
            invitations: Invitations::new(StorePaths::of(app), "shop.localhost".to_owned()),
        }),
        own_host: "shop.localhost:4280".to_owned(),
        secure: false,
    });
    let cookie = cookie.map(|value| format!("cookie: StaticWebAppsPasswordCookie={value}"));
    let headers: Vec<String> = cookie.into_iter().collect();
    let request = ExplainRequest::new(method, target, &[], &headers).unwrap();
    let environment = serving(&state).unwrap();
    let told = explain(served, environment, &request, "none");
    actix_web::rt::System::new().block_on(told).unwrap()
}

/// A signature as password protection gives it to those who know the password.
const SESSION: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

#[test]
fn en_16_au_9_password_protection_is_a_step_of_deployed_environments() {
    let app = app();
    let result = |method: &str, target: &str, cookie: Option<&str>| {
        let told = told_of_protected(app.path(), method, target, cookie);
        let step = told.steps[2].outcome.clone().unwrap();
        let later = told.steps[4].outcome.is_some();
        let result = told.result;
        (result.kind, result.status, result.location, step, later)
    };
    let to = "/.auth/basicAuth/login?originalPath=api%2Fx".to_owned();
    let step = format!("password protection: 302 to {to}");
    assert_eq!(
        result("GET", "/api/x?y", None),
        ("redirect", Some(302), Some(to), step, false),
        "before every rule"
    );
    let (kind, status, _, step, _) = result("GET", "/.auth/basicAuth/login", None);
    assert_eq!((kind, status), ("password", Some(200)), "{step}");
    let (kind, status, ..) = result("DELETE", "/.auth/basicAuth/login", None);
    assert_eq!((kind, status), ("empty", Some(405)));
    let (kind, status, _, step, later) = result("GET", "/", Some(SESSION));
    assert_eq!((kind, status, later), ("file", Some(200), true));
    assert_eq!(step, "the caller has given the password");
    let bad_link = "/.auth/invitations/accept?sig=x";
    let (kind, status, ..) = result("GET", bad_link, Some(SESSION));
    assert_eq!((kind, status), ("invitation", Some(400)), "AU-8");
}
