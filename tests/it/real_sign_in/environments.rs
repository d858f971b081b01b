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
