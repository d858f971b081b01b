//! The end of a session, here and at the provider (AU-4, AU-5).

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{App, signed_in};
use crate::deployed::cookies;

fn parameters(url: &str) -> HashMap<String, String> {
    let (_, query) = url.split_once('?').unwrap();
    form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

#[test]
fn au_5_signing_out_goes_on_at_the_provider_and_comes_back_to_the_target() {
    let app = App::start();
    let session = signed_in(&app.sign_in());
    let out = app.get("/.auth/logout?post_logout_redirect_uri=%2Fbye", &session);
    assert_eq!(out.status, 302);
    let url = out.header("location").unwrap();
    assert!(url.starts_with(&app.provider.url("/end?")), "{url}");
    assert!(cookies(&out).contains("StaticWebAppsAuthCookie=deleted"));
    let asked = parameters(url);
    assert_eq!(asked["id_token_hint"].split('.').count(), 3);
    let back = format!(
        "http://localhost:{}/.auth/logout/idp/callback",
        app.emulator.port
    );
    assert_eq!(asked["post_logout_redirect_uri"], back);
    let state = &asked["state"];
    let done = app.get(&format!("/.auth/logout/idp/callback?state={state}"), "");
    let target = format!("http://localhost:{}/bye", app.emulator.port);
    assert_eq!(
        (done.status, done.header("location")),
        (302, Some(&*target))
    );
    // A state that nobody sealed leads nowhere else.
    let done = app.get(
        "/.auth/logout/idp/callback?state=x&post_logout_redirect_uri=https%3A%2F%2Fevil.example",
        "",
    );
    assert_eq!((done.status, done.header("location")), (302, Some("/")));
    // The token is told once.
    let again = app.get("/.auth/logout", &session);
    assert!(!parameters(again.header("location").unwrap()).contains_key("id_token_hint"));
}

#[test]
fn au_4_without_a_place_at_the_provider_the_session_ends_here() {
    let app = App::start();
    app.provider.behave().metadata = json!({"end_session_endpoint": null});
    let session = signed_in(&app.sign_in());
    let out = app.get("/.auth/logout", &session);
    let home = format!("http://localhost:{}/", app.emulator.port);
    assert_eq!((out.status, out.header("location")), (302, Some(&*home)));
    assert!(cookies(&out).contains("StaticWebAppsAuthCookie=deleted"));
    // Nobody is signed in, so nobody is sent to the provider.
    let out = app.get("/.auth/logout", "");
    assert_eq!(out.header("location"), Some(&*home));
}

#[test]
fn au_7_purging_ends_the_session_and_au_10_nothing_refreshes_it() {
    let app = App::start();
    let session = signed_in(&app.sign_in());
    let headers = [("Cookie", session.as_str())];
    let purged = app.emulator.send("POST", "/.auth/purge/idp", &headers, b"");
    assert_eq!(purged.status, 302);
    assert!(cookies(&purged).contains("StaticWebAppsAuthCookie=deleted"));
    let page = app.get("/.auth/purge/idp", &session).text();
    assert!(page.contains("Real sign-in with idp"), "{page}");
    let out = app.get("/.auth/logout", &session);
    assert!(!parameters(out.header("location").unwrap()).contains_key("id_token_hint"));
    assert_eq!(app.get("/.auth/refresh", &session).status, 404);
    assert_ne!(
        app.me(&session),
        Value::Null,
        "AU-50: the session itself cannot be called back"
    );
}
