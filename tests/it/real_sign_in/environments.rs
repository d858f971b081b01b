//! Under `serve`: each environment has its own settings, redirect URI and sessions.

use serde_json::Value;

use crate::common::oidc::{CLIENT_ID, CLIENT_SECRET, Oidc, encoded};
use crate::deployed::{App, cookies, get, send};

#[test]
fn en_10_en_11_each_environment_signs_in_for_itself() {
    let provider = Oidc::start();
    let configuration = provider.configuration(&serde_json::json!({}));
    let app = App::new();
    app.write("dist/staticwebapp.config.json", &configuration.to_string());
    app.deploy(&[]);
    app.deploy(&["--pr", "1"]);
    app.deploy(&["--pr", "2"]);
    for environment in ["production", "1"] {
        let id = format!("IDP_ID={CLIENT_ID}");
        let secret = format!("IDP_SECRET={CLIENT_SECRET}");
        app.json(&[
            "appsettings",
            "set",
            &id,
            &secret,
            "--environment",
            environment,
        ]);
    }
    let serving = app.serve(&["--auth", "idp=real"]);
    let port = serving.port;
    serving.wait_for_output(&format!(
        "http://shop-1.localhost:{port}/.auth/login/idp/callback"
    ));
    serving.wait_for_output("the setting `IDP_ID` is missing");
    let sign_in = |host: &str| {
        let sent = get(&serving, host, "/.auth/login/idp");
        let url = sent
            .header("location")
            .unwrap_or_else(|| panic!("{}", sent.text()));
        let own = format!("redirect_uri=http%3A%2F%2F{host}%3A{port}%2F");
        assert!(url.contains(&own), "{url}");
        let callback = format!(
            "/.auth/login/idp/callback?{}",
            encoded(&provider.consent(url))
        );
        let context = cookies(&sent);
        let headers = [("Cookie", &*context)];
        cookies(&send(&serving, host, "GET", &callback, &headers, ""))
    };
    let me = |host: &str, session: &str| {
        let answer = send(
            &serving,
            host,
            "GET",
            "/.auth/me",
            &[("Cookie", session)],
            "",
        );
        answer.json()["clientPrincipal"].clone()
    };
    let production = sign_in("shop.localhost");
    assert_eq!(
        me("shop.localhost", &production)["userDetails"],
        "Ellen Contoso"
    );
    let preview = sign_in("shop-1.localhost");
    assert_eq!(
        me("shop-1.localhost", &preview)["userDetails"],
        "Ellen Contoso"
    );
    assert_eq!(me("shop-1.localhost", &production), Value::Null);
    assert_eq!(me("shop.localhost", &preview), Value::Null);
    // Without its settings an environment stays with the mock.
    assert_eq!(
        get(&serving, "shop-2.localhost", "/.auth/login/idp").status,
        200
    );
}

/// AU-54: by HTTPS the provider is told the address with `https`, and the cookies are for HTTPS alone.
#[test]
fn by_https_a_preview_signs_in_at_its_own_secure_address() {
    let provider = Oidc::start();
    let configuration = provider.configuration(&serde_json::json!({}));
    let app = App::new();
    app.write("dist/staticwebapp.config.json", &configuration.to_string());
    app.deploy(&["--pr", "1"]);
    let id = format!("IDP_ID={CLIENT_ID}");
    let secret = format!("IDP_SECRET={CLIENT_SECRET}");
    app.json(&["appsettings", "set", &id, &secret, "--environment", "1"]);
    let serving = app.serve(&["--auth", "real", "--ssl"]);
    let (host, port) = ("shop-1.localhost", serving.port);
    let ask = |path: &str, cookies: &str| {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookies}\r\nConnection: close\r\n\r\n"
        );
        let authority = app.state().join("tls/authority.pem");
        crate::tls::ask(port, &authority, host, &request).unwrap()
    };
    let header = |answer: &str, name: &str| -> Vec<String> {
        let lines = answer.lines().take_while(|line| !line.is_empty());
        let named = lines.filter_map(|line| line.strip_prefix(&format!("{name}: ")));
        named.map(str::to_owned).collect()
    };
    // What a browser sends of what it was told to keep.
    let kept = |answer: &str, name: &str| {
        let set = header(answer, "set-cookie");
        let cookie = set.iter().find(|it| it.starts_with(name));
        let cookie = cookie.unwrap_or_else(|| panic!("{answer}"));
        assert!(cookie.contains("; Secure"), "{cookie}");
        cookie.split(';').next().unwrap_or_default().to_owned()
    };
    let sent = ask("/.auth/login/idp", "");
    let url = &header(&sent, "location")[0];
    let own =
        format!("redirect_uri=https%3A%2F%2F{host}%3A{port}%2F.auth%2Flogin%2Fidp%2Fcallback");
    assert!(url.contains(&own), "{url}");
    let context = kept(&sent, "StaticWebAppsAuthContextCookie=");
    let answer = encoded(&provider.consent(url));
    let back = ask(&format!("/.auth/login/idp/callback?{answer}"), &context);
    assert!(back.starts_with("HTTP/1.1 302 "), "{back}");
    let session = kept(&back, "StaticWebAppsAuthCookie");
    let me = ask("/.auth/me", &session);
    assert!(me.contains(r#""userDetails":"Ellen Contoso""#), "{me}");
}
