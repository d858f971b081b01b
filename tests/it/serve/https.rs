//! `cygnet serve --ssl`: what each environment says of itself is right by HTTPS too.

use std::path::PathBuf;

use crate::deployed::App;
use crate::emulator::Emulator;
use crate::tls::{ask, sign_in_is_for_https};

fn authority(app: &App) -> PathBuf {
    app.state().join("tls/authority.pem")
}

/// The whole answer to a request for a host, whose own certificate it is that is believed.
fn send(app: &App, serving: &Emulator, host: &'static str, request: &str) -> String {
    let request = request.replacen(
        "\r\n",
        &format!("\r\nHost: {host}:{}\r\nConnection: close\r\n", serving.port),
        1,
    );
    ask(serving.port, &authority(app), host, &request).unwrap()
}

#[test]
fn every_environment_is_right_by_https() {
    let app = App::new();
    app.write(
        "dist/staticwebapp.config.json",
        r#"{"trailingSlash": "always", "routes": [{"route": "/old", "redirect": "/new"}]}"#,
    );
    app.deploy(&[]);
    app.deploy(&["--pr", "17"]);
    let serving = app.serve(&["--ssl"]);
    let port = serving.port;
    serving.wait_for_output(&format!(
        "emulator started at https://localhost:{port}. Press CTRL+C"
    ));
    serving.wait_for_output(&format!("https://shop-17.localhost:{port}"));
    serving.wait_for_output("cygnet certs trust");

    // What others print of it.
    let status = app.json(&["status"]);
    let own = format!("https://localhost:{port}");
    assert_eq!(status["emulators"][0]["url"], own, "{status}");
    assert_eq!(status["emulators"][0]["ready"], true, "{status}");
    let deployed = app.deploy(&["--pr", "17"]);
    let preview = format!("https://shop-17.localhost:{port}");
    assert_eq!(deployed["url"], preview, "{deployed}");
    let named = app.json(&["environments", "show", "17", "--port", &port.to_string()]);
    assert_eq!(named["url"], preview, "who names its port finds it too");
    let other = app.json(&["environments", "show", "17", "--port", "1"]);
    assert_eq!(other["url"], "http://shop-17.localhost:1");

    for host in ["localhost", "shop.localhost", "shop-17.localhost"] {
        let page = send(&app, &serving, host, "GET / HTTP/1.1\r\n\r\n");
        assert!(page.starts_with("HTTP/1.1 200 "), "{host}: {page}");
        assert!(page.contains("<h1>one</h1>"), "{host}: {page}");
        let moved = send(&app, &serving, host, "GET /old HTTP/1.1\r\n\r\n");
        assert!(moved.starts_with("HTTP/1.1 302 "), "{host}: {moved}");
        assert!(!moved.contains("http:"), "{host}: {moved}");
        sign_in_is_for_https(port, &authority(&app), host);
    }
    let nobody = send(
        &app,
        &serving,
        "shop-18.localhost",
        "GET / HTTP/1.1\r\n\r\n",
    );
    assert!(nobody.starts_with("HTTP/1.1 404 "), "{nobody}");
    assert!(nobody.contains(&format!("href=\"{preview}\"")), "{nobody}");
    let inspected = send(
        &app,
        &serving,
        "shop-17.localhost",
        "GET /.cygnet/api/environments HTTP/1.1\r\n\r\n",
    );
    assert!(inspected.contains(&preview), "{inspected}");
    let request = "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    let evil = ask(port, &authority(&app), "localhost", request).unwrap();
    assert!(evil.starts_with("HTTP/1.1 421 "), "{evil}");
}

#[test]
fn half_a_certificate_is_refused_and_one_without_ssl_is_said_to_be_unused() {
    let app = App::new();
    let half = app.run(&["serve", "--port", "0", "--ssl", "--ssl-cert", "c.pem"]);
    let said = String::from_utf8_lossy(&half.stderr).into_owned();
    assert_eq!(half.status.code(), Some(1), "{said}");
    assert!(
        said.contains("--ssl-key is not") && said.contains("hint: "),
        "{said}"
    );
    let missing = ["--ssl-cert", "c.pem", "--ssl-key", "k.pem"];
    let ended = app.run(&[&["serve", "--port", "0", "--ssl"], &missing[..]].concat());
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(1), "{said}");
    assert!(said.contains("c.pem") && said.contains("hint: "), "{said}");
    let serving = app.serve(&missing);
    serving.wait_for_output("is not used: HTTPS is off");
}
