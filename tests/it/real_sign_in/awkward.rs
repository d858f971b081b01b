//! Providers that are down, slow or strange, and what the developer forgot.

use std::time::Duration;

use serde_json::json;

use super::{App, refused, signed_in};
use crate::common::oidc::{Oidc, encoded};
use crate::emulator::{Emulator, free_port, site, write};
use crate::support::RawUpstream;

#[test]
fn cf_49_a_provider_that_is_down_is_said_and_the_rest_of_the_site_answers() {
    let provider = Oidc::start();
    let url = format!(
        "http://localhost:{}/.well-known/openid-configuration",
        free_port()
    );
    let down = json!({"registration": {"openIdConnectConfiguration": {"wellKnownOpenIdConfiguration": url}}});
    let app = App::of(provider, &down, &[]);
    let page = app.get("/.auth/login/idp?post_login_redirect_uri=%2Fa", "");
    refused(&page, 502, &url);
    let again = r#"href="/.auth/login/idp?post_login_redirect_uri=%2Fa""#;
    assert!(page.text().contains(again), "{}", page.text());
    assert_eq!(app.get("/", "").status, 200);
    assert_eq!(
        app.get("/.auth/me", "").text(),
        r#"{"clientPrincipal":null}"#
    );
}

#[test]
fn a_document_that_is_none_or_has_no_end_is_not_waited_for() {
    let endless = RawUpstream::start(|mut stream, _| {
        use std::io::Write;
        let _ = crate::support::read_head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n");
        while stream.write_all(&[b' '; 64 * 1024]).is_ok() {}
    });
    let page = RawUpstream::always(
        "HTTP/1.1 503 X\r\ncontent-length: 33\r\nconnection: close\r\n\r\n<script>down for an hour</script>",
    );
    for (upstream, why) in [
        (endless, "openid-configuration"),
        (page, "&#60;script&#62;down for an hour"),
    ] {
        let url = format!("{}/.well-known/openid-configuration", upstream.url());
        let section = json!({"registration": {"openIdConnectConfiguration": {"wellKnownOpenIdConfiguration": url}}});
        let app = App::of(Oidc::start(), &section, &[]);
        let page = app.get("/.auth/login/idp", "");
        refused(&page, 502, why);
        assert!(!page.text().contains("<script>down"), "{}", page.text());
    }
}

#[test]
fn what_the_provider_says_is_shown_as_text_with_a_hint_and_what_to_register() {
    let app = App::start();
    let begun = app.begin("/.auth/login/idp?post_login_redirect_uri=%2Fa");
    let state = app.provider.consent(&begun.url).remove(1);
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let denied = [
        pair("error", "access_denied"),
        pair("error_description", "AADSTS65004: <b>Ellen</b> said `no`"),
        state,
    ];
    let page = app.come_back(&begun, &denied);
    refused(&page, 403, "AADSTS65004: &#60;b&#62;Ellen");
    let text = page.text();
    assert!(text.contains("did not consent"), "{text}");
    let uri = format!(
        "http://localhost:{}/.auth/login/idp/callback</code>",
        app.emulator.port
    );
    assert!(text.contains(&uri), "{text}");
    assert!(text.contains("--ssl"), "{text}");
    assert!(text.contains("post_login_redirect_uri=%2Fa"), "{text}");
    // Without a sign-in of this browser, nobody's text is shown.
    let injected = "/.auth/login/idp/callback?error=x&error_description=call+0190+now";
    let page = app.get(injected, "");
    refused(&page, 400, "no sign-in under way");
    assert!(!page.text().contains("0190"));
    // At the token endpoint, whatever the status.
    for (status, why) in [(400, "invalid_client"), (200, "invalid_client")] {
        let body = json!({"error": "invalid_client", "error_description": "no such app"});
        app.provider.behave().refusal = Some((status, body.to_string()));
        let page = app.sign_in();
        refused(&page, 401, why);
        assert!(page.text().contains("no such app"));
        assert!(page.text().contains("compare the values of the settings"));
    }
    app.provider.behave().refusal = Some((200, "{}".to_owned()));
    refused(&app.sign_in(), 401, "no ID token (AU-34)");
    app.provider.behave().refusal = Some((502, "bad gateway".to_owned()));
    refused(&app.sign_in(), 502, "bad gateway");
}

#[test]
fn a_clock_that_is_wrong_is_named() {
    let app = App::start();
    app.provider.behave().claims = json!({"iat": 4_000_000_000_u64, "exp": 4_000_000_300_u64});
    refused(&app.sign_in(), 401, "is the clock of this machine right?");
}

#[test]
fn rfc_9207_an_answer_names_its_issuer_where_that_is_announced() {
    let app = App::start();
    app.provider.behave().metadata =
        json!({"authorization_response_iss_parameter_supported": true});
    let attempt = |issuer: Option<String>| {
        let begun = app.begin("/.auth/login/idp");
        let mut answer = app.provider.consent(&begun.url);
        answer.extend(issuer.map(|it| ("iss".to_owned(), it)));
        app.come_back(&begun, &answer)
    };
    refused(&attempt(None), 401, "issuer");
    refused(
        &attempt(Some("https://evil.example".to_owned())),
        401,
        "evil.example",
    );
    assert!(
        app.provider.asked("/token").is_empty(),
        "the code is not sent"
    );
    signed_in(&attempt(Some(app.provider.issuer())));
}

#[test]
fn cf_46_without_its_settings_a_provider_stays_with_the_mock_and_both_say_why() {
    let configuration = r#"{"auth": {"identityProviders": {
        "google": {"registration": {"clientIdSettingName": "NO_SUCH_ID", "clientSecretSettingName": "NO_SUCH_SECRET"}},
        "azureActiveDirectory": {"registration": {"openIdIssuer": "https://login.microsoftonline.com/t/v2.0",
            "clientIdSettingName": "NO_SUCH_ID", "clientSecretSettingName": "NO_SUCH_SECRET"}}
    }}}"#;
    let folder = site(Some(configuration));
    write(folder.path(), ".env", "NO_SUCH_ID=1\n");
    let emulator = Emulator::start(folder.path(), &["--auth", "aad=real,nobody=real"]);
    emulator.wait_for_output(
        "`aad` stays with the mock sign-in: the setting `NO_SUCH_SECRET` is missing",
    );
    emulator
        .wait_for_output("`--auth nobody=…` names no provider of this app; it has `google`, `aad`");
    let page = emulator.get("/.auth/login/aad");
    assert_eq!(page.status, 200);
    assert!(
        page.text()
            .contains("<code>NO_SUCH_SECRET</code> is missing"),
        "{}",
        page.text()
    );
    // Nobody asked for this one, so nothing is said.
    let page = emulator.get("/.auth/login/google");
    assert!(!page.text().contains("The real sign-in"), "{}", page.text());
    // The mock's sessions stay as plain as ever.
    let written = crate::emulator::cookie(&["admin"]);
    let me = emulator
        .send("GET", "/.auth/me", &[("Cookie", &*written)], b"")
        .json();
    assert_eq!(me["clientPrincipal"]["userDetails"], "ines");
}

#[test]
fn au_30_a_preconfigured_provider_cannot_be_real() {
    let folder = site(None);
    let emulator = Emulator::start(folder.path(), &["--auth", "real"]);
    emulator.wait_for_output("`github` is pre-configured");
    assert_eq!(emulator.get("/.auth/login/github").status, 200);
}

#[test]
fn a_saved_configuration_counts_for_the_next_sign_in() {
    let app = App::start();
    let session = signed_in(&app.sign_in());
    let mut configuration = app
        .provider
        .configuration(&json!({"login": {"scopes": ["calendar"]}}));
    configuration["routes"] = json!([]);
    write(
        app.folder.path(),
        "staticwebapp.config.json",
        configuration.to_string(),
    );
    crate::emulator::eventually("the new scope", || {
        app.begin("/.auth/login/idp")
            .url
            .contains("scope=openid+calendar")
    });
    configuration["auth"]["identityProviders"]["google"] = json!({"registration": {
        "clientIdSettingName": "NO_SUCH_ID", "clientSecretSettingName": "NO_SUCH_SECRET"}});
    write(
        app.folder.path(),
        "staticwebapp.config.json",
        configuration.to_string(),
    );
    let told = "`google` stays with the mock sign-in: the setting `NO_SUCH_ID` is missing";
    app.emulator.wait_for_output(told);
    assert_eq!(app.me(&session)["userDetails"], "Ellen Contoso");
    assert_eq!(
        app.provider
            .asked("/.well-known/openid-configuration")
            .len(),
        1
    );
}

#[test]
fn a_slow_provider_holds_up_nobody_else() {
    let app = App::start();
    app.provider.behave().delay = Duration::from_millis(1500);
    std::thread::scope(|scope| {
        let begun = scope.spawn(|| app.begin("/.auth/login/idp"));
        let mut answered = 0;
        crate::emulator::eventually("the provider's answer", || {
            assert_eq!(app.get("/", "").status, 200);
            answered += usize::from(!begun.is_finished());
            begun.is_finished()
        });
        assert!(answered > 0, "nobody was answered meanwhile");
        let begun = begun.join().unwrap();
        app.provider.behave().delay = Duration::ZERO;
        let answer = encoded(&app.provider.consent(&begun.url));
        signed_in(&app.get(
            &format!("/.auth/login/idp/callback?{answer}"),
            &begun.cookies,
        ));
    });
}
