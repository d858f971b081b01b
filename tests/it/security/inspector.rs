//! What the inspector tells to whom.

use crate::emulator::{Emulator, site};
use crate::inspector::{requests, token};

const ADDRESSES: [&str; 3] = [
    "/.cygnet/",
    "/.cygnet/api/info",
    "/.cygnet/sign-in?persona=admin",
];

#[test]
fn the_inspector_answers_its_own_pages_at_its_own_host_only() {
    let folder = site(None);
    let emulator = Emulator::start(folder.path(), &[]);
    for path in ADDRESSES {
        let status = |headers: &[(&str, &str)]| {
            let answer = emulator.send("GET", path, headers, b"");
            assert_eq!(answer.header("access-control-allow-origin"), None);
            answer.status
        };
        assert_eq!(status(&[("Host", "evil.example")]), 421, "{path}");
        for headers in [
            [("Sec-Fetch-Site", "cross-site")],
            [("Sec-Fetch-Site", "same-site")],
            [("Origin", "https://evil.example")],
            [("Origin", "null")],
        ] {
            assert_eq!(status(&headers), 403, "{path} {headers:?}");
        }
    }
}

#[test]
fn the_inspector_is_not_there_for_other_machines() {
    let folder = site(None);
    let emulator = Emulator::start(folder.path(), &["--client-ip", "203.0.113.9"]);
    for path in ADDRESSES {
        assert_eq!(emulator.get(path).status, 404, "{path}");
    }
    let tunnel = Emulator::start(folder.path(), &["--allow-host", "tunnel.example"]);
    let headers = [("Host", "tunnel.example")];
    for path in ADDRESSES {
        assert_eq!(
            tunnel.send("GET", path, &headers, b"").status,
            404,
            "{path}"
        );
    }
}

/// `--client-ip` says where requests come from.
#[test]
fn the_inspector_is_there_for_addresses_that_are_named() {
    let folder = site(None);
    for (from, status) in [
        ("203.0.113.9", 200),
        ("203.0.113.0/24", 200),
        ("any", 200),
        ("203.0.113.10", 404),
    ] {
        let args = ["--client-ip", "203.0.113.9", "--inspect-from", from];
        let emulator = Emulator::start(folder.path(), &args);
        assert_eq!(emulator.get("/.cygnet/api/info").status, status, "{from}");
        // Pages of other sites are not let in with their visitors.
        let headers = [("Sec-Fetch-Site", "cross-site")];
        let foreign = emulator.send("GET", "/.cygnet/api/info", &headers, b"");
        assert_ne!(foreign.status, 200, "{from}");
    }
}

#[test]
fn without_an_inspector_nothing_is_remembered_or_shown() {
    let folder = site(None);
    let emulator = Emulator::start(folder.path(), &["--no-inspect"]);
    assert_eq!(emulator.get("/").status, 200);
    // Signing in by a persona's name is there all the same.
    for path in ADDRESSES.iter().filter(|path| !path.contains("sign-in")) {
        assert_eq!(emulator.get(path).status, 404, "{path}");
    }
}

#[test]
fn bodies_are_not_kept_when_nobody_looks() {
    let folder = site(None);
    let emulator = Emulator::start(folder.path(), &[]);
    let json = [("Content-Type", "application/json")];
    emulator.send(
        "POST",
        "/.auth/login/github",
        &json,
        br#"{"userDetails":"eve"}"#,
    );
    emulator.get("/missing");
    for request in requests(&emulator) {
        let path = format!("/.cygnet/api/requests/{}", request["id"]);
        let told = emulator.get(&path).json();
        assert_ne!(told["kept"], "all");
        assert_eq!(told["request"]["body"], serde_json::Value::Null);
        assert_eq!(told["response"]["body"], serde_json::Value::Null);
    }
}

#[test]
fn nothing_changes_without_the_token_and_the_origin_of_the_inspectors_page() {
    let folder = site(None);
    let emulator = Emulator::start(folder.path(), &[]);
    let own = format!("http://localhost:{}", emulator.port);
    let token = &*token(&emulator);
    for headers in [
        &[][..],
        &[("Origin", &*own)],
        &[("X-Cygnet-Token", token)],
        &[("X-Cygnet-Token", "guessed"), ("Origin", &*own)],
        &[
            ("X-Cygnet-Token", token),
            ("Origin", "https://evil.example"),
        ],
    ] {
        let answer = emulator.send("POST", "/.cygnet/api/requests/clear", headers, b"");
        assert_eq!(answer.status, 403, "{headers:?}");
    }
    emulator.get("/");
    let id = requests(&emulator)[0]["id"].clone();
    let resend = format!("/.cygnet/api/requests/{id}/resend");
    assert_eq!(emulator.send("POST", &resend, &[], b"").status, 403);
    let headers = [("X-Cygnet-Token", token), ("Origin", &*own)];
    let answer = emulator.send("POST", "/.cygnet/api/requests/clear", &headers, b"");
    assert_eq!(answer.status, 204);
}
