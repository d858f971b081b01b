//! Password protection (EN-16, AU-9).

use crate::deployed::{App, cookies, get, page, send};
use crate::emulator::{Emulator, eventually};

const FORM: [(&str, &str); 1] = [("Content-Type", "application/x-www-form-urlencoded")];
const LOGIN: &str = "/.auth/basicAuth/login";

fn log_in(serving: &Emulator, host: &str, body: &str) -> crate::emulator::Response {
    send(serving, host, "POST", LOGIN, &FORM, body)
}

#[test]
fn nw_1_whom_the_network_keeps_out_sees_no_door() {
    let app = App::new();
    let rules = r#"{"networking": {"allowedIpRanges": ["198.51.100.0/24"]}}"#;
    app.write("dist/staticwebapp.config.json", rules);
    app.deploy(&[]);
    app.json(&["password", "set", "Abcdef1!"]);
    let asked = |address: &str| {
        let serving = app.serve(&["--client-ip", address]);
        let login = log_in(
            &serving,
            "localhost",
            "password=Abcdef1%21&originalPath=%2F",
        );
        let pages = ["/", LOGIN, "/.auth/invitations/accept"];
        let mut answers = pages
            .map(|path| get(&serving, "localhost", path).status)
            .to_vec();
        answers.push(login.status);
        answers
    };
    assert_eq!(asked("203.0.113.9"), [403; 4]);
    assert_eq!(asked("198.51.100.7"), [302, 200, 302, 302]);
}

#[test]
fn previews_ask_for_the_password_and_a_right_one_leads_on() {
    let app = App::new();
    app.deploy(&[]);
    app.deploy(&["--pr", "1"]);
    app.deploy(&["--pr", "2"]);
    app.json(&["password", "set", "Abcdef1!", "--staging-only"]);
    let serving = app.serve(&[]);
    let host = "shop-1.localhost";
    assert_eq!(page(&serving, "shop.localhost"), "<h1>one</h1>");
    for path in ["/", "/a/b?secret=1", "/api/x", "/.auth/me"] {
        let sent = get(&serving, host, path);
        assert_eq!(sent.status, 302, "{path}");
        let to = sent.header("location").unwrap();
        assert!(
            to.starts_with("/.auth/basicAuth/login?originalPath=") && !to.contains("=%2F"),
            "AU-82: no slash at the beginning: {to}"
        );
        assert!(!to.contains("secret"), "AU-9: the query is lost: {to}");
    }
    let form = get(&serving, host, "/.auth/basicAuth/login?originalPath=a%2Fb");
    assert_eq!(form.status, 200);
    assert!(
        form.text().contains(r#"name="password""#),
        "{}",
        form.text()
    );
    let wrong = log_in(&serving, host, "password=nope&originalPath=%2F");
    assert_eq!(wrong.status, 401);
    assert!(wrong.header("set-cookie").is_none() && wrong.text().contains("not the password"));
    assert!(form.text().contains(">Enter password<") && form.text().contains(">Submit<"));
    let right = log_in(&serving, host, "password=Abcdef1%21&originalPath=a%2Fb");
    assert_eq!(
        (right.status, right.header("location")),
        (302, Some("/a/b"))
    );
    let cookie = cookies(&right);
    let with = |host| send(&serving, host, "GET", "/", &[("Cookie", &cookie)], "").status;
    assert_eq!(with(host), 200);
    assert_eq!(with("shop-2.localhost"), 302, "of one host only");
    // Nobody is led elsewhere: whatever is asked for is below this site.
    for (asked, location) in [
        ("https%3A%2F%2Fevil.example", "/https://evil.example"),
        ("%2F%2Fevil.example", "/evil.example"),
        ("%5Cevil.example", "/%5Cevil.example"),
        ("", "/"),
    ] {
        let away = format!("password=Abcdef1%21&originalPath={asked}");
        let away = log_in(&serving, host, &away);
        assert_eq!(away.header("location"), Some(location), "{asked}");
    }
    // Another password ends the session; none lets everybody in.
    app.json(&["password", "set", "Another-2"]);
    eventually("the end of the session", || with(host) == 302);
    assert_eq!(
        get(&serving, "shop.localhost", "/").status,
        302,
        "production too now"
    );
    app.json(&["password", "clear"]);
    eventually("an open door", || get(&serving, host, "/").status == 200);
}

#[test]
fn au_82_scripts_send_the_password_in_a_header() {
    let app = App::new();
    app.deploy(&[]);
    app.json(&["password", "set", "Abcdef1!"]);
    let serving = app.serve(&[]);
    let send_password = |password: &str| {
        use base64::Engine;
        let token = base64::engine::general_purpose::STANDARD.encode(format!("any:{password}"));
        let header = format!("Basic {token}");
        let path = "/.auth/basicAuth/login/callback?originalPath=a";
        send(
            &serving,
            "localhost",
            "POST",
            path,
            &[("Authorization", &header)],
            "",
        )
    };
    let wrong = send_password("Abcdef1?");
    assert_eq!((wrong.status, wrong.header("set-cookie")), (401, None));
    let right = send_password("Abcdef1!");
    assert_eq!((right.status, right.header("location")), (302, Some("/a")));
    let cookie = cookies(&right);
    let page = send(
        &serving,
        "localhost",
        "GET",
        "/",
        &[("Cookie", &cookie)],
        "",
    );
    assert_eq!(page.status, 200);
    let asked = get(&serving, "localhost", "/.auth/basicAuth/login/callback");
    assert_eq!(asked.status, 405);
}

#[test]
fn the_keys_of_a_linked_backend_are_not_behind_the_password() {
    let app = App::new();
    app.link("app-service", "http://127.0.0.1:9", &[]);
    app.deploy(&[]);
    app.json(&["password", "set", "Abcdef1!"]);
    let serving = app.serve(&[]);
    assert_eq!(get(&serving, "localhost", "/").status, 302);
    let keys = get(&serving, "localhost", "/.cygnet/jwks");
    assert_eq!(keys.status, 200, "{}", keys.text());
    assert!(keys.text().contains("\"RSA\""), "{}", keys.text());
}

#[test]
fn a_session_of_one_host_is_worth_nothing_on_another_and_the_door_has_no_domain() {
    let app = App::new();
    app.deploy(&[]);
    app.deploy(&["--pr", "1"]);
    app.json(&["password", "set", "Abcdef1!"]);
    let serving = app.serve(&[]);
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let right = send(
        &serving,
        "shop.localhost",
        "POST",
        "/.auth/basicAuth/login",
        &form,
        "password=Abcdef1%21&originalPath=%2F",
    );
    let set = right.header("set-cookie").unwrap().to_lowercase();
    assert!(
        set.contains("httponly") && set.contains("samesite=lax") && !set.contains("domain"),
        "{set}"
    );
    let cookie = cookies(&right);
    let with = |host| send(&serving, host, "GET", "/", &[("Cookie", &cookie)], "").status;
    assert_eq!(
        (with("shop.localhost"), with("shop-1.localhost")),
        (200, 302)
    );
}
