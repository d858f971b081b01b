//! What a sign-in brings, and where.

use std::io::{Read, Write};
use std::sync::mpsc;

use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Value, json};

use super::{App, signed_in};
use crate::common::oidc::{CLIENT_ID, Oidc, encoded};
use crate::emulator::PATIENCE;
use crate::support::{RawUpstream, header, read_head};

const NAME: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier";

/// The values of a claim.
fn claim<'a>(me: &'a Value, typ: &str) -> Vec<&'a str> {
    let claims = me["claims"].as_array().unwrap().iter();
    let found = claims.filter(|claim| claim["typ"] == typ);
    found.map(|claim| claim["val"].as_str().unwrap()).collect()
}

/// An API that answers with roles, and passes on what it was asked: head and body.
fn api() -> (RawUpstream, mpsc::Receiver<(String, String)>) {
    let (sender, asked) = mpsc::channel();
    let upstream = RawUpstream::start(move |mut stream, _| {
        let Ok(head) = read_head(&mut stream) else {
            return;
        };
        // Whether somebody listens is asked without a word.
        if head.is_empty() {
            return;
        }
        let length = header(&head, "content-length").and_then(|it| it.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        if stream.read_exact(&mut body).is_ok() {
            let answer = r#"{"roles":["editor"]}"#;
            let _ = sender.send((head, String::from_utf8(body).unwrap()));
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}",
                answer.len()
            );
        }
    });
    (upstream, asked)
}

#[test]
fn au_1_au_2_the_browser_goes_to_the_provider_and_comes_back_signed_in() {
    let app = App::of(
        Oidc::start(),
        &json!({"login": {"scopes": ["profile", "email"], "loginParameterNames": ["login_hint"]}}),
        &[],
    );
    app.emulator.wait_for_output(&format!(
        "`idp` signs in for real; the redirect URI to register there is http://localhost:{}/.auth/login/idp/callback",
        app.emulator.port
    ));
    let sent = app.get(
        "/.auth/login/IDP?post_login_redirect_uri=%2Fprofile&login_hint=j%C3%A4ne&prompt=none",
        "",
    );
    let url = sent.header("location").unwrap();
    assert!(url.contains("scope=openid+profile+email"), "{url}");
    assert!(
        url.contains("login_hint=j%C3%A4ne") && !url.contains("prompt"),
        "{url}"
    );
    let redirect = format!(
        "redirect_uri=http%3A%2F%2Flocalhost%3A{}%2F.auth%2Flogin%2Fidp%2Fcallback",
        app.emulator.port
    );
    assert!(url.contains(&redirect), "{url}");
    let set = sent.values("set-cookie");
    assert_eq!(set.len(), 1);
    assert!(
        set[0].starts_with("StaticWebAppsAuthContextCookie="),
        "AU-52"
    );
    assert!(
        set[0].ends_with("; Path=/.auth; HttpOnly; SameSite=Lax; Max-Age=600"),
        "AU-54: {}",
        set[0]
    );
    let answer = app.provider.consent(url);
    let cookie = set[0].split(';').next().unwrap();
    let back = app.get(
        &format!("/.auth/login/idp/callback?{}", encoded(&answer)),
        cookie,
    );
    assert_eq!(back.header("location"), Some("/profile"));
    let session = signed_in(&back);
    let set = back.values("set-cookie");
    assert!(
        set[0].ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=28800"),
        "AU-50: {}",
        set[0]
    );
    let me = app.me(&session);
    assert_eq!(me["identityProvider"], "idp");
    assert_eq!(me["userDetails"], "Ellen Contoso", "AU-35");
    assert_eq!(me["userId"].as_str().unwrap().len(), 32, "AU-42");
    assert_eq!(me["userRoles"], json!(["anonymous", "authenticated"]));
    assert_eq!(claim(&me, NAME), ["user-1"]);
    assert_eq!(claim(&me, "aud"), [CLIENT_ID]);
    assert!(claim(&me, "nonce").is_empty());
    // The next sign-in of the user has the same id.
    assert_eq!(app.me(&signed_in(&app.sign_in()))["userId"], me["userId"]);
}

#[test]
fn au_45_au_72_claims_and_the_token_go_to_the_roles_source_and_claims_to_nobody_else() {
    let (upstream, asked) = api();
    let provider = Oidc::start();
    let mut configuration = provider.configuration(&json!({}));
    configuration["auth"]["rolesSource"] = json!("/api/GetRoles");
    let app = App::configured(provider, &configuration, &["-is", &upstream.url()]);
    let session = signed_in(&app.sign_in());
    let (head, body) = asked.recv_timeout(PATIENCE).unwrap();
    assert!(head.starts_with("POST /api/GetRoles "), "{head}");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["identityProvider"], "idp");
    assert_eq!(body["userDetails"], "Ellen Contoso");
    assert_eq!(body["accessToken"], "the-access-token", "AU-73");
    assert_eq!(claim(&body, NAME), ["user-1"]);
    let me = app.me(&session);
    assert_eq!(me["userId"], body["userId"]);
    assert_eq!(
        me["userRoles"],
        json!(["anonymous", "authenticated", "editor"]),
        "AU-79"
    );
    assert_eq!(me["claims"], body["claims"]);
    app.get("/api/other", &session);
    let (head, _) = asked.recv_timeout(PATIENCE).unwrap();
    let principal = header(&head, "x-ms-client-principal").unwrap();
    let principal: Value =
        serde_json::from_slice(&BASE64_STANDARD.decode(principal).unwrap()).unwrap();
    assert_eq!(principal["userId"], me["userId"]);
    assert_eq!(principal.get("claims"), None, "AU-45");
    assert!(!head.contains("the-access-token"), "{head}");
    assert!(!app.emulator.output().contains("the-access-token"));
}

#[test]
fn au_2_a_posted_answer_is_taken_by_the_browsers_own_request() {
    let app = App::start();
    let begun = app.begin("/.auth/login/idp");
    let answer = app.provider.consent(&begun.url);
    // The form comes from the provider's page, so no cookie comes with it.
    let headers = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Origin", "https://appleid.apple.com"),
        ("Sec-Fetch-Site", "cross-site"),
    ];
    let body = encoded(&answer);
    let posted = app.emulator.send(
        "POST",
        "/.auth/login/idp/callback",
        &headers,
        body.as_bytes(),
    );
    assert_eq!(posted.status, 303, "{}", posted.text());
    assert!(posted.values("set-cookie").is_empty());
    let location = posted.header("location").unwrap();
    assert!(
        location.starts_with("/.auth/login/idp/callback?code="),
        "{location}"
    );
    signed_in(&app.get(location, &begun.cookies));
}

#[test]
fn a_secret_goes_the_way_that_the_provider_announces() {
    let app = App::start();
    signed_in(&app.sign_in());
    let asked = &app.provider.asked("/token")[0];
    assert!(
        asked.field("client_secret").is_some(),
        "as Azure does, where nothing is announced"
    );
    assert_eq!(header(&asked.head, "authorization"), None);
    let app = App::start();
    app.provider.behave().metadata =
        json!({"token_endpoint_auth_methods_supported": ["client_secret_basic"]});
    signed_in(&app.sign_in());
    let asked = &app.provider.asked("/token")[0];
    assert_eq!(asked.field("client_secret"), None);
    assert!(
        header(&asked.head, "authorization")
            .unwrap()
            .starts_with("Basic ")
    );
}

#[test]
fn cf_45_the_four_addresses_do_without_a_document() {
    let provider = Oidc::start();
    let addresses = json!({"registration": {"openIdConnectConfiguration": {
        "wellKnownOpenIdConfiguration": null, "issuer": provider.issuer(), "authorizationEndpoint": provider.url("/authorize"),
        "tokenEndpoint": provider.url("/token"), "certificationUri": provider.url("/keys"),
    }}, "login": {"nameClaimType": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"}});
    let app = App::of(provider, &addresses, &[]);
    let me = app.me(&signed_in(&app.sign_in()));
    assert_eq!(me["userDetails"], "ellen@contoso.com", "AU-35");
    assert!(
        app.provider
            .asked("/.well-known/openid-configuration")
            .is_empty()
    );
}

/// Entra ID, played by the provider.
fn entra(section: &Value) -> (App, String) {
    let provider = Oidc::start();
    let mut registered = json!({
        "registration": {"openIdIssuer": format!("{}/", provider.issuer()), "clientIdSettingName": "IDP_ID", "clientSecretSettingName": "IDP_SECRET"},
    });
    registered["login"] = section.clone();
    registered["userDetailsClaim"] = json!("upn");
    let issuer = provider.issuer();
    {
        let mut behaviour = provider.behave();
        behaviour.metadata = json!({"issuer": format!("{issuer}/{{tenantid}}/v2.0")});
        behaviour.claims = json!({"tid": "t-1", "iss": format!("{issuer}/t-1/v2.0"), "preferred_username": "ellen@contoso.com"});
    }
    let configuration = json!({"auth": {"identityProviders": {"azureActiveDirectory": registered}, "rolesSource": "/api/GetRoles"}});
    let (upstream, asked) = api();
    let app = App::configured(provider, &configuration, &["-is", &upstream.url()]);
    let begun = app.begin("/.auth/login/aad");
    let answer = app.provider.consent(&begun.url);
    let back = app.get(
        &format!("/.auth/login/aad/callback?{}", encoded(&answer)),
        &begun.cookies,
    );
    let me = app.me(&signed_in(&back));
    assert_eq!(me["identityProvider"], "aad", "AU-33");
    assert_eq!(me["userDetails"], "ellen@contoso.com", "AU-35");
    let tenant = "http://schemas.microsoft.com/identity/claims/tenantid";
    assert_eq!(claim(&me, tenant), ["t-1"]);
    let (_, body) = asked.recv_timeout(PATIENCE).unwrap();
    let body: Value = serde_json::from_str(&body).unwrap();
    (app, format!("{} {}", begun.url, body["accessToken"]))
}

#[test]
fn cf_40_entra_id_of_any_tenant_with_login_parameters() {
    let (app, told) = entra(&json!({"loginParameters": [
        "domain_hint=contoso.com", "resource=https://graph.microsoft.com", "redirect_uri=https://evil.example"
    ]}));
    assert!(
        told.contains("domain_hint=contoso.com&resource=https%3A%2F%2Fgraph.microsoft.com"),
        "{told}"
    );
    assert!(!told.contains("evil"), "{told}");
    assert!(told.ends_with(r#" "the-access-token""#), "AU-73: {told}");
    // Another tenant than its issuer says.
    app.provider.behave().claims["tid"] = json!("t-2");
    let begun = app.begin("/.auth/login/aad");
    let answer = app.provider.consent(&begun.url);
    let back = app.get(
        &format!("/.auth/login/aad/callback?{}", encoded(&answer)),
        &begun.cookies,
    );
    super::refused(&back, 401, "issuer");
}

#[test]
fn au_73_without_a_resource_the_roles_source_gets_no_token() {
    let (_app, told) = entra(&json!({}));
    assert!(told.ends_with(" null"), "{told}");
}

#[test]
fn a_large_token_and_names_of_all_alphabets_fit() {
    let app = App::start();
    let groups: Vec<String> = (0..150)
        .map(|at| format!("00000000-0000-0000-0000-{at:012}"))
        .collect();
    app.provider.behave().claims =
        json!({"groups": groups, "name": "Ellen Ünal 名前 🦢", "sub": "ü\"\\ser"});
    let session = signed_in(&app.sign_in());
    assert!(session.contains("StaticWebAppsAuthCookie_3="), "AU-51");
    let me = app.me(&session);
    assert_eq!(me["userDetails"], "Ellen Ünal 名前 🦢");
    assert_eq!(claim(&me, "groups").len(), 150);
    assert_eq!(claim(&me, NAME), ["ü\"\\ser"]);
}

#[test]
fn the_inspector_shows_no_code_state_or_session() {
    let app = App::start();
    let begun = app.begin("/.auth/login/idp");
    let answer = app.provider.consent(&begun.url);
    let session = signed_in(&app.come_back(&begun, &answer));
    app.me(&session);
    let list = app.get("/.cygnet/api/requests", "").text();
    assert!(list.contains("/.auth/login/idp/callback?code="), "{list}");
    let first = session.split("; ").next().unwrap();
    let (_, session) = first.split_once('=').unwrap();
    let secrets = [&*answer[0].1, &*answer[1].1, session];
    let requests: Value = serde_json::from_str(&list).unwrap();
    let entries = requests["requests"].as_array().unwrap();
    let mut shown = list.clone();
    for entry in entries {
        shown += &app
            .get(&format!("/.cygnet/api/requests/{}", entry["id"]), "")
            .text();
    }
    for secret in secrets {
        assert!(!shown.contains(secret), "{secret}");
        assert!(!app.emulator.output().contains(secret), "{secret}");
    }
    app.emulator
        .wait_for_output("/.auth/login/idp/callback?code=‹redacted›");
}

#[test]
fn au_24_behind_a_proxy_the_redirect_uri_is_that_of_its_host_if_it_is_allowed() {
    let provider = Oidc::start();
    let mut configuration = provider.configuration(&json!({}));
    configuration["forwardingGateway"] = json!({"allowedForwardedHosts": ["www.contoso.com"]});
    let app = App::configured(provider, &configuration, &[]);
    let url = |host: &str| {
        let headers = [("X-Forwarded-Host", host)];
        let sent = app.emulator.send("GET", "/.auth/login/idp", &headers, b"");
        sent.header("location").unwrap().to_owned()
    };
    let allowed = url("www.contoso.com");
    let own = "redirect_uri=https%3A%2F%2Fwww.contoso.com%2F.auth%2Flogin%2Fidp%2Fcallback";
    assert!(allowed.contains(own), "{allowed}");
    let other = url("evil.example");
    assert!(!other.contains("evil"), "{other}");
}
