//! `auth.rolesSource` on the real binary: what the function is asked, what its answers do, and that nobody else
//! reaches it. With the sample app's own API, and with backends that answer anything.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc;
use std::time::Duration;

use crate::common::sign_in::{roles, sign_in};
use crate::emulator::{Emulator, site, write};
use crate::support::RawUpstream;

const CONFIGURATION: &str = r#"{
    "routes": [{"route": "/admin*", "allowedRoles": ["admin"]}],
    "auth": {
        "rolesSource": "/api/GetRoles",
        "identityProviders": {"google": {"registration": {"clientIdSettingName": "A", "clientSecretSettingName": "B"}}}
    },
    "forwardingGateway": {"requiredHeaders": {"X-Gate": "open"}}
}"#;

/// The head and body of one request.
pub fn whole(stream: &mut TcpStream) -> Option<String> {
    let head = crate::support::read_head(stream)
        .ok()
        .filter(|head| !head.is_empty())?;
    let length =
        crate::support::header(&head, "content-length").and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    Some(format!(
        "{}\r\n\r\n{}",
        head.trim_end(),
        String::from_utf8_lossy(&body)
    ))
}

/// A backend that answers every request with `answer` and passes on what it was asked.
fn backend(answer: &'static str) -> (RawUpstream, mpsc::Receiver<String>) {
    let (sender, asked) = mpsc::channel();
    let upstream = RawUpstream::start(move |mut stream, _| {
        if let Some(request) = whole(&mut stream) {
            let _ = sender.send(request);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (upstream, asked)
}

fn answering(body: &str) -> &'static str {
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    Box::leak(answer.into_boxed_str())
}

#[test]
fn au_72_the_function_is_asked_with_the_documented_body_and_its_roles_count() {
    // AU-73: no `accessToken`, which only a login parameter `resource` would bring.
    let (upstream, asked) = backend(answering(r#"{"roles":["admin","authenticated"]}"#));
    let folder = site(Some(CONFIGURATION));
    write(folder.path(), "admin.html", "for admins");
    // The gateway judges callers, not the emulator's own call.
    let args = ["-is", &upstream.url(), "--strict"];
    let emulator = Emulator::start(folder.path(), &args);
    let user =
        r#"{"userDetails":"ada","userRoles":["editor"],"claims":[{"typ":"team","val":"blue"}]}"#;
    let answer = sign_in(&emulator, "/.auth/login/google", user);
    assert_eq!(
        roles(&answer),
        ["anonymous", "authenticated", "editor", "admin"],
        "AU-79"
    );
    let request = asked.recv_timeout(crate::emulator::PATIENCE).unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(
        head.starts_with("POST /api/GetRoles HTTP/1.1\r\n"),
        "{head}"
    );
    assert!(
        head.to_lowercase()
            .contains("content-type: application/json"),
        "{head}"
    );
    let told: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(told["identityProvider"], "google");
    assert_eq!(told["userDetails"], "ada");
    assert_eq!(
        told["claims"],
        serde_json::json!([{"typ": "team", "val": "blue"}])
    );
    assert!(told["userId"].as_str().is_some_and(|id| !id.is_empty()));
    assert_eq!(told.as_object().unwrap().len(), 4, "{told}");

    let cookie = answer
        .header("set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap();
    let headers = [("Cookie", cookie), ("X-Gate", "open")];
    assert_eq!(
        emulator.send("GET", "/admin", &headers, b"").text(),
        "for admins"
    );
    emulator.wait_for_output("rolesSource /api/GetRoles gave admin, authenticated");
    // AU-75: not from outside, not even with a role.
    let outside = emulator.send("POST", "/api/GetRoles", &headers, b"{}");
    assert_eq!(outside.status, 404);
    assert!(asked.try_recv().is_err());
}

#[test]
fn au_72_it_is_asked_for_a_persona_too_and_its_roles_are_added() {
    let (upstream, asked) = backend(answering(r#"{"roles":["admin"]}"#));
    let folder = site(Some(CONFIGURATION));
    let declared = r#"{"personas": [{"name": "ada", "roles": ["editor"], "claims": [{"typ": "team", "val": "blue"}]}]}"#;
    write(folder.path(), ".cygnet/personas.json", declared);
    let emulator = Emulator::start(folder.path(), &["-is", &upstream.url()]);
    let accept = [("Accept", "application/json")];
    let answer = emulator.send("GET", "/.cygnet/sign-in?persona=ada", &accept, b"");
    assert_eq!(
        roles(&answer),
        ["anonymous", "authenticated", "editor", "admin"]
    );
    let request = asked.recv_timeout(crate::emulator::PATIENCE).unwrap();
    assert!(
        request.contains(r#"{"typ":"team","val":"blue"}"#),
        "{request}"
    );
}

#[test]
fn the_page_can_ask_beforehand_and_nobody_is_signed_in_by_that() {
    let (upstream, asked) = backend(answering(r#"{"roles":["admin"]}"#));
    let folder = site(Some(CONFIGURATION));
    let emulator = Emulator::start(folder.path(), &["-is", &upstream.url()]);
    let page = emulator.get("/.auth/login/google").text();
    assert!(page.contains(r#"id="askRoles""#) && page.contains("Ask /api/GetRoles now"));
    let user = r#"{"userDetails":"ada"}"#;
    let answer = sign_in(&emulator, "/.auth/login/google?preview=1", user);
    assert_eq!(answer.header("set-cookie"), None);
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap(),
        serde_json::json!({"userRoles": ["anonymous", "authenticated", "admin"], "rolesSource": {"roles": ["admin"]}})
    );
    drop((upstream, asked));
    let answer = sign_in(&emulator, "/.auth/login/google?preview=1", user);
    let told: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert!(told["rolesSource"]["error"].is_string(), "{told}");
}

#[test]
fn au_72_the_form_is_completed_too() {
    let (upstream, _asked) = backend(answering(r#"{"roles":["admin"]}"#));
    let folder = site(Some(CONFIGURATION));
    let emulator = Emulator::start(folder.path(), &["-is", &upstream.url()]);
    let page = emulator.get("/.auth/login/google").text();
    assert!(page.contains("/api/GetRoles"), "the page says who is asked");
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let answer = emulator.send("POST", "/.auth/login/google", &form, b"userDetails=ada");
    assert_eq!(answer.status, 302);
    let cookie = answer
        .header("set-cookie")
        .unwrap()
        .split(';')
        .next()
        .unwrap();
    let me = emulator.send("GET", "/.auth/me", &[("Cookie", cookie)], b"");
    assert_eq!(roles(&me), ["anonymous", "authenticated", "admin"]);
}

#[test]
fn au_77_a_container_app_is_asked_with_a_remark() {
    let (upstream, asked) = backend(answering(r#"{"roles":["admin"]}"#));
    let folder = site(Some(CONFIGURATION));
    let args = ["-is", &upstream.url(), "--api-kind", "container-apps"];
    let emulator = Emulator::start(folder.path(), &args);
    let answer = sign_in(&emulator, "/.auth/login/google", r#"{"userDetails":"ada"}"#);
    assert_eq!(
        roles(&answer),
        ["anonymous", "authenticated", "admin"],
        "B5-12"
    );
    let request = asked.recv_timeout(crate::emulator::PATIENCE).unwrap();
    assert!(request.contains(r#""userDetails":"ada""#), "{request}");
    emulator
        .wait_for_output("a rolesSource in Container Apps was seen to get an empty body (AU-77)");
}

#[test]
fn au_76_whatever_it_answers_the_sign_in_completes_and_the_log_says_why() {
    // AU-78: the built-in roles stay.
    let folder = site(Some(CONFIGURATION));
    let empty = "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let moved =
        "HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    for (answer, why) in [
        (empty, "it answered 500 instead of 200"),
        (moved, "it answered 302 instead of 200"),
        (answering("<html>"), "its response is not JSON"),
        (answering(r#"["admin"]"#), "its answer is not of the shape"),
        (
            answering(r#"{"roles":[{"name":"admin"}]}"#),
            "its answer is not of the shape",
        ),
        ("garbage\r\n\r\n", "http://127.0.0.1:"),
    ] {
        let (upstream, _asked) = backend(answer);
        let emulator = Emulator::start(folder.path(), &["-is", &upstream.url()]);
        let user = r#"{"userDetails":"ada","userRoles":["editor"]}"#;
        let answer = sign_in(&emulator, "/.auth/login/google", user);
        assert_eq!(
            roles(&answer),
            ["anonymous", "authenticated", "editor"],
            "{why}"
        );
        emulator.wait_for_output("gave no roles to `ada`");
        assert!(
            emulator.output().contains(why),
            "{why}: {}",
            emulator.output()
        );
    }
}

#[test]
fn au_76_nobody_to_ask_is_a_reason_too() {
    let folder = site(Some(CONFIGURATION));
    let emulator = Emulator::start(folder.path(), &[]);
    let answer = sign_in(&emulator, "/.auth/login/google", r#"{"userDetails":"ada"}"#);
    assert_eq!(roles(&answer), ["anonymous", "authenticated"]);
    emulator.wait_for_output("there is no API");
}

#[test]
fn au_76_a_silent_function_holds_a_sign_in_up_for_ten_seconds_at_most() {
    let upstream = RawUpstream::start(|mut stream, _| {
        let _ = whole(&mut stream);
        // Silent until the emulator hangs up.
        let _ = stream.read(&mut [0]);
    });
    let folder = site(Some(CONFIGURATION));
    let emulator = Emulator::start(folder.path(), &["-is", &upstream.url()]);
    let started = std::time::Instant::now();
    let answer = sign_in(&emulator, "/.auth/login/google", r#"{"userDetails":"ada"}"#);
    assert_eq!(roles(&answer), ["anonymous", "authenticated"]);
    let took = started.elapsed();
    assert!(
        (Duration::from_secs(9)..Duration::from_secs(15)).contains(&took),
        "{took:?}"
    );
    emulator.wait_for_output("no answer within 10 s");
}
