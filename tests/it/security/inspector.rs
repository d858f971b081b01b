//! What the inspector tells to whom.

use crate::emulator::{Emulator, site};
use crate::inspector::token;

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
    let headers = [("X-Cygnet-Token", token), ("Origin", &*own)];
    let answer = emulator.send("POST", "/.cygnet/api/requests/clear", &headers, b"");
    assert_ne!(answer.status, 403);
}
