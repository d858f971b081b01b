//! What answers `/api`, and what is deployed.

use serde_json::{Value, json};

use crate::common::page::Page;
use crate::deployed::{App, get, send};
use crate::emulator::{Emulator, eventually, site};
use crate::linked::Echo;

fn backend(emulator: &Emulator) -> Value {
    emulator.get("/.cygnet/api/backend").json()
}

#[test]
fn without_an_api_there_is_none() {
    let folder = site(None);
    let emulator = Emulator::start(folder.path(), &[]);
    assert_eq!(backend(&emulator), json!({ "kind": "none", "log": [] }));
    let other = emulator.get("/.cygnet/api/backend?environment=nosuch");
    assert_eq!(other.status, 404);
    let message = &other.json()["error"]["message"];
    assert!(message.as_str().unwrap().contains("nosuch"), "{message}");
}

#[test]
fn a_linked_backend_shows_its_link_its_gate_and_the_claims_of_the_last_token() {
    let (app, echo) = (App::new(), Echo::start());
    app.link("functions", &echo.url, &["--name", "orders"]);
    let emulator = app.start(&["dist"]);
    let before = backend(&emulator);
    assert_eq!(
        (&before["kind"], &before["url"]),
        (&"functions".into(), &echo.url.as_str().into())
    );
    assert_eq!(before["status"], "ready");
    assert_eq!(before["link"]["name"], "orders");
    assert!(
        before["gate"]["url"]
            .as_str()
            .unwrap()
            .starts_with("http://localhost:")
    );
    assert_eq!(before["gate"]["open"], false);
    assert_eq!(before["lastToken"], Value::Null);
    let mut after = Value::Null;
    // The link is read once more when its file is watched.
    eventually("the token", || {
        let called = send(&emulator, "localhost", "GET", "/api/x", &[], "");
        assert_eq!(called.status, 200);
        after = backend(&emulator);
        !after["lastToken"].is_null()
    });
    let claims = &after["lastToken"];
    assert_eq!(claims["iss"], before["link"]["issuer"]);
    assert_eq!(claims["aud"], before["link"]["audience"]);
    assert!(claims["exp"].as_u64() > claims["iat"].as_u64(), "{claims}");
}

#[test]
fn a_backend_that_does_not_answer_says_so() {
    let folder = site(None);
    let url = format!("http://127.0.0.1:{}", crate::emulator::free_port());
    let emulator = Emulator::start(folder.path(), &["--api-devserver-url", &url]);
    let shown = backend(&emulator);
    assert_eq!(shown["status"], "failed");
    assert!(
        shown["error"].as_str().unwrap().starts_with(&url),
        "{shown}"
    );
}

#[test]
fn the_working_copy_is_the_only_environment_of_start() {
    let folder = site(None);
    let emulator = Emulator::start(folder.path(), &[]);
    let shown = emulator.get("/.cygnet/api/environments").json();
    let all = shown["environments"].as_array().unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(
        (&all[0]["name"], &all[0]["kind"]),
        (&"local".into(), &"working copy".into())
    );
    assert_eq!(all[0]["url"], format!("http://localhost:{}", emulator.port));
}

#[test]
fn what_is_deployed_is_listed_without_the_values_of_its_settings() {
    let (app, echo) = (App::new(), Echo::start());
    app.deploy(&[]);
    app.deploy(&[]);
    app.deploy(&["--pr", "17"]);
    app.json(&["appsettings", "set", "KEY=very-secret"]);
    app.link("functions", &echo.url, &[]);
    app.json(&["password", "set", "Abcdef1!", "--staging-only"]);
    let serving = app.serve(&[]);
    let answer = get(&serving, "localhost", "/.cygnet/api/environments");
    assert!(!answer.text().contains("very-secret") && !answer.text().contains("Abcdef1!"));
    let shown = answer.json();
    let [production, preview] = [0, 1].map(|at| &shown["environments"][at]);
    assert_eq!(
        (&production["name"], &production["kind"]),
        (&"production".into(), &"production".into())
    );
    assert_eq!(
        production["settings"],
        json!([{ "name": "KEY", "value": "‹hidden›" }])
    );
    assert_eq!(
        (&production["password"], &preview["password"]),
        (&false.into(), &true.into())
    );
    let history = production["history"].as_array().unwrap();
    assert_eq!(history.len(), 2);
    assert_eq!(history[0]["id"], production["current"]);
    assert_eq!(
        (&history[0]["active"], &history[1]["active"]),
        (&true.into(), &false.into())
    );
    assert!(
        history[0]["time"].as_str().unwrap().ends_with('Z'),
        "{history:?}"
    );
    assert!(
        production["functions"]
            .as_str()
            .unwrap()
            .contains(&echo.url),
        "{production}"
    );
    assert_eq!(
        preview["url"],
        format!("http://shop-17.localhost:{}", serving.port)
    );
    assert_eq!(preview["functions"], Value::Null, "EN-12");
    // The API of another environment than that of the host.
    let other = get(&serving, "localhost", "/.cygnet/api/backend?environment=17").json();
    assert_eq!(other["kind"], "none");
}

#[test]
fn whoever_looks_is_told_of_another_configuration_and_another_backend() {
    let (app, echo) = (App::new(), Echo::start());
    let emulator = app.start(&["dist"]);
    let mut page = Page::at(&emulator, "/.cygnet/api/events");
    app.write("dist/staticwebapp.config.json", "{}");
    told(&mut page, "configuration");
    app.write("dist/style.css", "a {}");
    told(&mut page, "content");
    app.link("functions", &echo.url, &[]);
    told(&mut page, "backend");
    app.deploy(&[]);
    let serving = app.serve(&[]);
    let mut page = Page::at(&serving, "/.cygnet/api/events");
    app.deploy(&[]);
    told(&mut page, "environments");
}

/// Waits for the event.
fn told(page: &mut Page, what: &str) {
    let expected = ("changed".to_owned(), json!({ "what": what }));
    while page.next() != expected {}
}
