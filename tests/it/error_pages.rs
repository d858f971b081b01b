//! The pages of the platform's own errors: what the developer reads there, and nobody else.

use crate::emulator::{Emulator, Response, cookie, site, write};

const RULES: &str = r#"{"routes": [
    {"route": "/gone", "statusCode": 404},
    {"route": "/admin*", "allowedRoles": ["admin", "boss"]},
    {"route": "/members", "allowedRoles": ["authenticated"]}
]}"#;

/// As a browser asks for a page.
fn page(emulator: &Emulator, method: &str, path: &str, roles: &[&str]) -> Response {
    let cookie = match roles.is_empty() {
        true => String::new(),
        false => cookie(roles),
    };
    let headers = [
        ("Accept", "text/html,application/xhtml+xml"),
        ("Sec-Fetch-Dest", "document"),
        ("Cookie", &*cookie),
    ];
    emulator.send(method, path, &headers, b"")
}

fn lacks(page: &str, words: &[&str]) {
    for word in words {
        assert!(!page.contains(word), "{word}: {page}");
    }
}

fn has(page: &str, words: &[&str]) {
    for word in words {
        assert!(page.contains(word), "{word}: {page}");
    }
}

#[test]
fn a_refused_page_names_the_rule_the_roles_and_the_way_in() {
    let folder = site(Some(RULES));
    let emulator = Emulator::start(folder.path(), &[]);
    let nobody = page(&emulator, "GET", "/admin/x?tab=1", &[]);
    assert_eq!(nobody.status, 401);
    let nobody = nobody.text();
    has(
        &nobody,
        &["routes[1] /admin*", "staticwebapp.config.json:3", "nobody"],
    );
    has(&nobody, &["<code>admin</code> or <code>boss</code>"]);
    let way = r#"href="/.cygnet/sign-in?persona=admin&#38;redirect=%2Fadmin%2Fx%3Ftab%3D1">Sign in with role admin</a>"#;
    has(
        &nobody,
        &[way, "Sign in with role boss", "Sign in with GitHub"],
    );

    let reader = page(&emulator, "GET", "/admin", &["reader"]);
    assert_eq!(reader.status, 403);
    has(
        &reader.text(),
        &[
            "<b>ines</b>",
            "<code>reader</code>",
            "Sign in with role admin",
            "Sign out",
        ],
    );

    // The way leads in.
    let target = "/.cygnet/sign-in?persona=admin&redirect=%2Fadmin%2Fx%3Ftab%3D1";
    let signed_in = emulator.get(target);
    assert_eq!(signed_in.header("location"), Some("/admin/x?tab=1"));
    let session = crate::deployed::cookies(&signed_in);
    assert_eq!(
        emulator
            .send("GET", "/admin/x", &[("Cookie", &session)], b"")
            .status,
        404
    );

    // The inspector shows the request under the number in its page.
    let (_, number) = nobody.split_once("/.cygnet/#/requests/").unwrap();
    let (number, _) = number.split_once('"').unwrap();
    let all = crate::inspector::requests(&emulator);
    let number: u64 = number.parse().unwrap();
    let mut found = all.iter().filter(|it| it["id"] == number);
    assert_eq!(found.next().unwrap()["target"], "/admin/x?tab=1");

    let member = page(&emulator, "GET", "/members", &[]).text();
    has(&member, &["Sign in as authenticated"]);
    let gone = page(&emulator, "GET", "/gone", &[]).text();
    has(&gone, &["routes[0] /gone", "staticwebapp.config.json:2"]);
    lacks(&gone, &["Needed", "Signed in", "navigationFallback"]);
}

#[test]
fn where_no_persona_has_the_role_the_form_gets_it() {
    let folder = site(Some(RULES));
    let declared = r#"{"personas": [{"name": "joe"}, {"name": "eve", "provider": "none", "roles": ["admin"]}]}"#;
    write(folder.path(), ".cygnet/personas.json", declared);
    let emulator = Emulator::start(folder.path(), &[]);
    let refused = page(&emulator, "GET", "/admin", &[]).text();
    let way = r#"href="/.auth/login/github?userRoles=admin&#38;post_login_redirect_uri=%2Fadmin">Sign in with role admin</a>"#;
    has(&refused, &[way]);
}

#[test]
fn nobody_else_reads_it() {
    let folder = site(Some(RULES));
    let emulator = Emulator::start(folder.path(), &["--client-ip", "203.0.113.7"]);
    for (path, status) in [("/admin", 401), ("/gone", 404), ("/deep/link", 404)] {
        let refused = page(&emulator, "GET", path, &[]);
        assert_eq!(refused.status, status);
        let text = refused.text();
        has(&text, &["local emulator Cygnet", "<strong>Why</strong>"]);
        lacks(
            &text,
            &[
                "routes[",
                "staticwebapp.config.json",
                "<code>admin",
                "/.cygnet/#",
                "sign-in?",
            ],
        );
    }
    let refused = page(&emulator, "POST", "/gone/x", &[]);
    assert_eq!((refused.status, refused.body.len()), (405, 0));
}

#[test]
fn prod_errors_are_bare_and_otherwise_the_same() {
    let folder = site(Some(RULES));
    let told = Emulator::start(folder.path(), &["--no-live-reload"]);
    let bare = Emulator::start(folder.path(), &["--no-live-reload", "--prod-errors"]);
    let cases = [
        ("/admin", &[][..], 401),
        ("/admin", &["reader"], 403),
        ("/none", &[], 404),
    ];
    for (path, roles, status) in cases {
        let [told, bare] = [&told, &bare].map(|emulator| page(emulator, "GET", path, roles));
        assert_eq!((told.status, bare.status), (status, status));
        let headers = |response: &Response| -> Vec<(String, String)> {
            let all = response.headers.iter().cloned();
            let mut all: Vec<_> = all
                .filter(|(name, _)| name != "content-length" && name != "date")
                .collect();
            all.sort();
            all
        };
        assert_eq!(headers(&told), headers(&bare), "{path}");
        let text = bare.text();
        has(
            &text,
            &[&format!("<title>Azure Static Web Apps - {status}: ")],
        );
        lacks(&text, &["Cygnet", "Why", "/.auth/", "/.cygnet/", "routes["]);
    }
    let refused = page(&bare, "POST", "/", &[]);
    assert_eq!((refused.status, refused.body.len()), (405, 0));
}

#[test]
fn rs_20_a_browser_reads_why_a_method_is_not_answered() {
    let folder = site(None);
    let emulator = Emulator::start(folder.path(), &[]);
    let refused = page(&emulator, "POST", "/", &[]);
    assert_eq!(refused.status, 405);
    has(
        &refused.text(),
        &["static content answers GET, HEAD and OPTIONS only"],
    );
    let script = emulator.send("POST", "/", &[("Accept", "text/html")], b"");
    assert_eq!((script.status, script.body.len()), (405, 0));
}

#[test]
fn a_deep_link_without_a_fallback_is_told_of_it() {
    let folder = site(Some("{}"));
    let emulator = Emulator::start(folder.path(), &[]);
    let hint = r#"<code>"#;
    let missing = page(&emulator, "GET", "/products/7", &[]).text();
    has(&missing, &["navigationFallback", hint, "/index.html"]);
    emulator.wait_for_output("routes of a single-page app need navigationFallback");
    for path in ["/app.js", "/api/x", "/.well-known/x.json"] {
        let text = page(&emulator, "GET", path, &[]).text();
        lacks(&text, &["navigationFallback"]);
    }
    let script = emulator.send("GET", "/products/8", &[("Accept", "*/*")], b"");
    lacks(&script.text(), &["navigationFallback"]);
    let fallback =
        r#"{"navigationFallback": {"rewrite": "/index.html", "exclude": ["/products/*"]}}"#;
    write(folder.path(), "staticwebapp.config.json", fallback);
    emulator.wait_for_output("configuration reloaded");
    let excluded = page(&emulator, "GET", "/products/7", &[]).text();
    has(&excluded, &["navigationFallback excludes the path"]);
    lacks(&excluded, &["lets the app answer"]);
    // Nor where there is no app whose script could know the path.
    let empty = tempfile::tempdir().unwrap();
    write(empty.path(), "other.html", "x");
    let emulator = Emulator::start(empty.path(), &[]);
    lacks(
        &page(&emulator, "GET", "/products/7", &[]).text(),
        &["navigationFallback"],
    );
}
