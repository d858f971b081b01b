//! What is refused, whoever sends it.

use serde_json::{Value, json};

use super::{App, refused, signed_in};
use crate::common::oidc::Signature;
use crate::deployed::cookies;

/// A token that the provider made for an attacker ends in a refusal that says why.
fn refuses_token(claims: Value, signature: Signature, why: &str) {
    let app = App::start();
    {
        let mut behaviour = app.provider.behave();
        behaviour.claims = claims;
        behaviour.signature = signature;
    }
    refused(&app.sign_in(), 401, why);
    // The same app signs in once the token is right.
    {
        let mut behaviour = app.provider.behave();
        behaviour.claims = json!({});
        behaviour.signature = Signature::Right;
    }
    signed_in(&app.sign_in());
}

fn seconds_ago(seconds: u64) -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.unwrap().as_secs() - seconds
}

#[test]
fn an_answer_without_state_is_refused() {
    let app = App::start();
    let begun = app.begin("/.auth/login/idp");
    let mut answer = app.provider.consent(&begun.url);
    answer.retain(|(name, _)| name != "state");
    refused(
        &app.come_back(&begun, &answer),
        400,
        "no <code>state</code>",
    );
    assert_eq!(
        app.provider.asked("/token").len(),
        0,
        "the code is not sent"
    );
}

#[test]
fn an_answer_to_another_browser_is_refused() {
    let app = App::start();
    let attacker = app.begin("/.auth/login/idp");
    let answer = app.provider.consent(&attacker.url);
    let victim = app.begin("/.auth/login/idp");
    refused(&app.come_back(&victim, &answer), 400, "another sign-in");
    let nobody = super::Begun {
        cookies: String::new(),
        ..app.begin("/.auth/login/idp")
    };
    refused(
        &app.come_back(&nobody, &answer),
        400,
        "no sign-in under way",
    );
    assert_eq!(
        app.provider.asked("/token").len(),
        0,
        "the code is not sent"
    );
    // The victim's own sign-in goes on.
    let own = app.provider.consent(&victim.url);
    signed_in(&app.come_back(&victim, &own));
}

#[test]
fn an_answer_counts_once_even_with_its_cookie() {
    let app = App::start();
    let begun = app.begin("/.auth/login/idp");
    let answer = app.provider.consent(&begun.url);
    let first = app.come_back(&begun, &answer);
    signed_in(&first);
    let cleared = first.values("set-cookie");
    assert!(
        cleared
            .iter()
            .any(|it| it.starts_with("StaticWebAppsAuthContextCookie=; ")),
        "AU-52: {cleared:?}"
    );
    refused(&app.come_back(&begun, &answer), 400, "used already");
    assert_eq!(app.provider.asked("/token").len(), 1);
}

#[test]
fn a_token_of_another_sign_in_is_refused() {
    refuses_token(json!({"nonce": "another"}), Signature::Right, "nonce");
}

#[test]
fn a_token_without_signature_is_refused() {
    refuses_token(json!({}), Signature::None, "proves nothing");
}

#[test]
fn a_token_signed_with_the_public_key_as_a_secret_is_refused() {
    refuses_token(json!({}), Signature::PublicKeyAsSecret, "proves nothing");
}

#[test]
fn a_token_of_another_key_is_refused() {
    refuses_token(
        json!({}),
        Signature::AnotherKey,
        "not signed by a key of the provider",
    );
}

#[test]
fn a_token_of_another_issuer_is_refused() {
    refuses_token(
        json!({"iss": "https://evil.example"}),
        Signature::Right,
        "issuer",
    );
}

#[test]
fn a_token_for_another_app_is_refused() {
    refuses_token(
        json!({"aud": "another-app"}),
        Signature::Right,
        "another app",
    );
}

#[test]
fn a_token_that_is_over_is_refused() {
    let claims = json!({"iat": seconds_ago(900), "exp": seconds_ago(600)});
    refuses_token(claims, Signature::Right, "ended");
}

#[test]
fn a_sign_in_never_leads_to_another_site() {
    let app = App::start();
    let own = format!("http://localhost:{}", app.emulator.port);
    for (asked, location) in [
        ("https%3A%2F%2Fevil.example%2F", "/"),
        ("%2F%2Fevil.example", "/"),
        ("%2F%5Cevil.example", "/%5Cevil.example"),
        ("javascript%3Aalert(1)", "/"),
        ("%2Fprofile%3Fa%3Db%23c", "/profile?a=b#c"),
        (&format!("{own}%2Fprofile"), &format!("{own}/profile")),
    ] {
        let login = format!("/.auth/login/idp?post_login_redirect_uri={asked}");
        let begun = app.begin(&login);
        let mut answer = app.provider.consent(&begun.url);
        // What comes with the answer does not count.
        answer.push((
            "post_login_redirect_uri".into(),
            "https://evil.example/".into(),
        ));
        let response = app.come_back(&begun, &answer);
        signed_in(&response);
        assert_eq!(response.header("location"), Some(location), "{asked}");
    }
    app.emulator.wait_for_output("the redirect leaves the app");
}

#[test]
fn a_new_key_is_learnt_and_invented_ones_make_no_storm() {
    let app = App::start();
    signed_in(&app.sign_in());
    app.provider.rotate();
    signed_in(&app.sign_in());
    assert_eq!(
        app.provider.asked("/keys").len(),
        2,
        "asked again for the new key"
    );
    app.provider.behave().signature = Signature::UnknownKey;
    for _ in 0..12 {
        refused(&app.sign_in(), 401, "never-announced");
    }
    let asked = app.provider.asked("/keys").len();
    assert!(asked <= 6, "{asked} times");
    assert_eq!(
        app.provider
            .asked("/.well-known/openid-configuration")
            .len(),
        1
    );
    app.provider.behave().signature = Signature::Right;
    signed_in(&app.sign_in());
}

#[test]
fn a_session_that_somebody_wrote_is_nobodys_and_no_form_signs_in() {
    let app = App::start();
    let written = crate::emulator::cookie(&["admin"]);
    assert_eq!(app.me(&written), Value::Null);
    app.emulator.wait_for_output("did not seal");
    for path in ["/.auth/login/idp", "/.auth/login/idp?persona=admin"] {
        let form = [("Content-Type", "application/x-www-form-urlencoded")];
        let posted = app
            .emulator
            .send("POST", path, &form, b"userDetails=ada&userRoles=admin");
        refused(&posted, 405, "for real");
    }
    let persona = app.get("/.cygnet/sign-in?persona=admin", "");
    assert!(cookies(&persona).is_empty(), "{persona:?}");
    // Nor does one change what was sealed.
    let session = signed_in(&app.sign_in());
    assert_ne!(app.me(&session), Value::Null);
    let (name, value) = session
        .split("; ")
        .find_map(|it| it.split_once('='))
        .unwrap();
    let other = if value.as_bytes()[40] == b'A' {
        "B"
    } else {
        "A"
    };
    let changed = format!("{name}={}{other}{}", &value[..40], &value[41..]);
    assert_eq!(app.me(&changed), Value::Null);
}
