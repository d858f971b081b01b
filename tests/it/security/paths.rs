//! What is judged is what arrives: over spellings of guarded paths, asked by nobody known, nothing behind the rules sees a
//! path that it would read as a guarded one.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use cygnet::finding::Source;
use cygnet::routing::path::{clean, decode, normalize};
use cygnet::routing::{Outcome, RequestFacts, Rules, decide};
use percent_encoding::percent_decode_str;

use crate::common::http;
use crate::emulator::{Emulator, site};
use crate::random::Random;
use crate::support::RawUpstream;

const CONFIGURATION: &str = r#"{
    "routes": [
        { "route": "/api/secret*", "allowedRoles": ["admin"] },
        { "route": "/api/Exact", "allowedRoles": ["admin"] },
        { "route": "/api/items/*", "allowedRoles": ["admin"] },
        { "route": "/api/items", "allowedRoles": ["admin"] },
        { "route": "/admin*", "allowedRoles": ["admin"] },
        { "route": "/hmr/private", "allowedRoles": ["admin"] }
    ]
}"#;

/// What a path is made of: names that are guarded in some place, and all that may hide them.
const PIECES: [&str; 46] = [
    "api",
    "API",
    "aPi",
    "%61pi",
    "secret",
    "SECRET",
    "%C5%BFecret",
    "secre%74",
    "secret;x",
    "exact",
    "Exact",
    "EXACT",
    "exact%00",
    "exact.",
    "items",
    "Items",
    "7",
    "pub",
    "admin",
    "Admin",
    "hmr",
    "private",
    "private%20",
    "x",
    "..",
    ".",
    "%2e%2e",
    ".%2E",
    "%2e",
    "..;",
    "..;a=b",
    "%252e%252e",
    "...",
    "%c0%ae%c0%ae",
    "%EF%BC%8E",
    "%09",
    "%00",
    "%ff",
    "%",
    "%zz",
    "%5c..",
    "..%5c",
    "..%2f",
    "%2f..",
    "evil.example",
    "@evil.example",
];
const SEPARATORS: [&str; 10] = ["/", "/", "/", "/", "//", "\\", "%2f", "%2F", "%5C", "/./"];
const ENDS: [&str; 8] = ["", "", "/", "%2f", "?q=/../secret", ";", "%00", "."];

fn spelling(random: &mut Random, roots: &[&str]) -> String {
    let mut path = format!("/{}", random.pick(roots));
    for _ in 0..random.below(6) {
        path += *random.pick(&SEPARATORS);
        path += *random.pick(&PIECES);
    }
    path + *random.pick(&ENDS)
}

/// The path as a server reads it that follows the URL standard and then decodes.
fn read(target: &str) -> String {
    let base = url::Url::parse("http://host/").unwrap();
    let url = base.join(target).unwrap();
    assert_eq!(url.host_str(), Some("host"), "{target}");
    let decoded = percent_decode_str(url.path())
        .decode_utf8_lossy()
        .into_owned();
    let climbs = decoded.split(['/', '\\']).any(|segment| segment == "..");
    assert!(!climbs, "{target}");
    decoded
}

/// Whether the rules above are about a path, as a router without case takes it.
fn is_guarded_api(path: &str) -> bool {
    let path = path.to_uppercase();
    let exact = path.trim_end_matches('/');
    path.starts_with("/API/SECRET")
        || path.starts_with("/API/ITEMS/")
        || ["/API/EXACT", "/API/ITEMS"].contains(&exact)
}

fn is_guarded(path: &str) -> bool {
    path.starts_with("/admin") || path.trim_end_matches('/') == "/hmr/private"
}

/// Asks for spellings; which targets arrived, and how many were refused.
fn ask(
    emulator: &Emulator,
    heads: &Arc<Mutex<Vec<String>>>,
    headers: &str,
    roots: &[&str],
) -> (HashSet<String>, usize) {
    let mut random = Random::new(0xca11 + roots.len() as u64 + headers.len() as u64);
    let mut refused = 0;
    heads.lock().unwrap().clear();
    for _ in 0..250 {
        let target = spelling(&mut random, roots);
        let request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n");
        let answer = http::ask(&mut emulator.connect(), &request);
        refused += usize::from(answer.status == 401);
    }
    let arrived = std::mem::take(&mut *heads.lock().unwrap());
    let arrived = arrived.iter().filter_map(|head| head.split(' ').nth(1));
    (arrived.map(str::to_owned).collect(), refused)
}

/// As browsers ask for a WebSocket.
const SOCKET: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

#[test]
fn what_arrives_at_a_backend_a_dev_server_and_a_socket_is_what_was_judged() {
    let (backend, asked_of_backend) = RawUpstream::recording();
    let (dev_server, asked_of_dev_server) = RawUpstream::recording();
    let folder = site(Some(CONFIGURATION));
    let emulator = Emulator::start(folder.path(), &[&dev_server.url(), "-i", &backend.url()]);

    let (arrived, refused) = ask(
        &emulator,
        &asked_of_backend,
        "",
        &["api", "API", "x", "api/secret", "api/items", "api/exact"],
    );
    assert!(
        arrived.len() > 40 && refused > 40,
        "{} {refused}",
        arrived.len()
    );
    for target in arrived {
        assert!(!is_guarded_api(&read(&target)), "{target}");
    }

    for headers in ["", SOCKET] {
        let roots = ["admin", "x", "hmr", "hmr/private", "", "\\admin", "pub"];
        let (arrived, refused) = ask(&emulator, &asked_of_dev_server, headers, &roots);
        assert!(
            arrived.len() > 40 && refused > 40,
            "{} {refused}",
            arrived.len()
        );
        for target in arrived {
            assert!(!is_guarded(&read(&target)), "{target}");
        }
    }
}

/// The Functions host asks the same functions for the path that it routes as the front door for the one that it judges.
#[test]
fn no_spelling_reaches_a_function_around_its_rule() {
    let source = Source::new("staticwebapp.config.json", CONFIGURATION);
    let rules = Rules::new(Arc::new(cygnet::config::read(&source).config.unwrap()));
    let mut random = Random::new(0xf0);
    let (mut passed, mut reached) = (0, 0);
    for _ in 0..10_000 {
        let target = spelling(
            &mut random,
            &[
                "api",
                "API",
                "aPi",
                "x",
                "api/secret",
                "api/items/7",
                "api/eXact",
            ],
        );
        let raw = target.split('?').next().unwrap();
        let path = normalize(raw);
        let facts = RequestFacts::of_get(&path);
        let is_passed = matches!(decide(&rules, &facts).outcome, Outcome::Api(_));
        passed += usize::from(is_passed);
        let sent = clean(raw);
        let routed = decode(&sent);
        let matches = |template: &str| {
            let values = cygnet::functions::match_template(template, &routed);
            values.unwrap().is_some()
        };
        // `api/{name}` would take whatever the others leave, so it is not among the guarded.
        for guarded in [
            "api/secret",
            "api/Secret/{*rest}",
            "api/EXACT",
            "api/items/{id?}",
        ] {
            if matches(guarded) {
                reached += 1;
                assert!(!is_passed, "{target} reaches {guarded}");
            }
        }
    }
    assert!(passed > 500 && reached > 500, "{passed} {reached}");
}
