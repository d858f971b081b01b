//! What a page of another site sends has no effect: every path that has one, on both ports.

use super::functions_app::{A_WHILE, FunctionsApp};
use crate::emulator::{Emulator, site};

const EVIL: &str = "https://evil.example";
/// What browsers say of a page of another site. The last two are old ones, and a page that hides where it is.
const FOREIGN: [&[(&str, &str)]; 5] = [
    &[("Origin", EVIL), ("Sec-Fetch-Site", "cross-site")],
    &[("Sec-Fetch-Site", "cross-site")],
    &[("Sec-Fetch-Site", "same-site")],
    &[("Origin", EVIL)],
    &[("Origin", "null")],
];

#[test]
fn nobody_is_signed_in_or_out_by_the_page_of_another_site() {
    let folder = site(None);
    let emulator = Emulator::start(folder.path(), &[]);
    let port = emulator.port;
    for (path, kind, body) in [
        (
            "/.auth/login/github",
            "application/json",
            r#"{"userDetails":"eve"}"#,
        ),
        (
            "/.auth/login/github",
            "application/x-www-form-urlencoded",
            "userDetails=eve",
        ),
        ("/.auth/logout", "application/x-www-form-urlencoded", "a=b"),
        (
            "/.auth/purge/github",
            "application/x-www-form-urlencoded",
            "a=b",
        ),
    ] {
        let send = |headers: &[(&str, &str)]| {
            let headers = [&[("Content-Type", kind)], headers].concat();
            emulator.send("POST", path, &headers, body.as_bytes())
        };
        for headers in FOREIGN {
            let answer = send(headers);
            assert_eq!(answer.status, 403, "{path} {headers:?}");
            assert_eq!(answer.header("set-cookie"), None, "{path} {headers:?}");
        }
        let own = format!("http://localhost:{port}");
        for headers in [
            &[][..],
            &[("Origin", &*own), ("Sec-Fetch-Site", "same-origin")],
            &[("Origin", &*own)],
        ] {
            let answer = send(headers);
            assert!(answer.header("set-cookie").is_some(), "{path} {headers:?}");
        }
    }
}

#[test]
fn no_function_is_run_by_the_page_of_another_site() {
    let app = FunctionsApp::start(r#"{"IsEncrypted": false}"#, &[]);
    let json = ("Content-Type", "application/json");
    let text = ("Content-Type", "text/plain");
    for headers in FOREIGN {
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let answer = app.ask(method, "/api/echo", &[&[text], headers].concat(), "x");
            assert_eq!(answer.status, 403, "{method} {headers:?}");
            assert!(answer.text().contains("Host.CORS"), "{}", answer.text());
            assert_eq!(answer.header("access-control-allow-origin"), None);
        }
        for path in [
            "/admin/functions/echo",
            "/ADMIN/functions/echo",
            "//admin/functions/echo",
        ] {
            for kind in [json, text] {
                let answer = app.ask(
                    "POST",
                    path,
                    &[&[kind], headers].concat(),
                    r#"{"input":"x"}"#,
                );
                assert_eq!(answer.status, 403, "{path} {headers:?}");
            }
        }
        for path in ["/admin/functions", "/admin/host/status"] {
            assert_eq!(
                app.ask("GET", path, headers, "").status,
                403,
                "{path} {headers:?}"
            );
        }
    }
    // A form or a script of no type is no administration, wherever it comes from.
    let untyped = app.ask("POST", "/admin/functions/echo", &[text], r#"{"input":"x"}"#);
    assert_eq!(untyped.status, 415);
    // What must not have run would have by now.
    std::thread::sleep(A_WHILE);
    assert_eq!(app.heads(), Vec::<String>::new());

    // Programs, our own pages, links from anywhere.
    let own = format!("http://localhost:{}", app.own_port);
    let started = app.ask("POST", "/admin/functions/echo", &[json], r#"{"input":"x"}"#);
    assert_eq!(started.status, 202);
    assert_eq!(app.heads_later().len(), 1);
    for headers in [
        &[][..],
        &[("Origin", &*own)],
        &[("Origin", &*own), ("Sec-Fetch-Site", "same-origin")],
        // Pages of the same machine may call, as with `func start --cors "*"`.
        &[
            ("Origin", "http://localhost:4280"),
            ("Sec-Fetch-Site", "same-site"),
        ],
    ] {
        assert_eq!(
            app.ask("POST", "/api/echo", headers, "x").status,
            200,
            "{headers:?}"
        );
    }
    let link = [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Mode", "navigate"),
    ];
    assert_eq!(app.ask("GET", "/api/echo", &link, "").status, 200);
    // But not administrate.
    let page = [
        json,
        ("Origin", "http://localhost:4280"),
        ("Sec-Fetch-Site", "same-site"),
    ];
    assert_eq!(
        app.ask("POST", "/admin/functions/echo", &page, "{}").status,
        403
    );
}

#[test]
fn preflights_are_answered_as_local_settings_say() {
    let preflight = |app: &FunctionsApp, origin: &str| {
        let headers = [
            ("Origin", origin),
            ("Access-Control-Request-Method", "PUT"),
            ("Access-Control-Request-Headers", "x-a"),
            ("Sec-Fetch-Site", "cross-site"),
        ];
        let answer = app.ask("OPTIONS", "/api/echo", &headers, "");
        assert_eq!(answer.status, 204, "{origin}");
        let allowed = answer.header("access-control-allow-origin");
        let credentials = answer.header("access-control-allow-credentials");
        (allowed.map(str::to_owned), credentials.map(str::to_owned))
    };
    let some = |text: &str| Some(text.to_owned());
    let (local, other) = ("http://localhost:3000", "https://app.example");

    let app = FunctionsApp::start(r#"{"IsEncrypted": false}"#, &[]);
    assert_eq!(preflight(&app, local), (some("*"), None));
    assert_eq!(preflight(&app, "http://127.0.0.1:1"), (some("*"), None));
    for foreign in [EVIL, other, "null", "http://localhost.evil.example"] {
        assert_eq!(preflight(&app, foreign), (None, None), "{foreign}");
    }
    assert_eq!(app.heads(), Vec::<String>::new());
    drop(app);

    let settings = format!(
        r#"{{"IsEncrypted": false, "Host": {{"CORS": "{other},http://b.example/", "CORSCredentials": true}}}}"#
    );
    let app = FunctionsApp::start(&settings, &[]);
    for named in [other, "http://b.example"] {
        assert_eq!(preflight(&app, named), (some(named), some("true")));
        let headers = [("Origin", named), ("Sec-Fetch-Site", "cross-site")];
        assert_eq!(app.ask("POST", "/api/echo", &headers, "x").status, 200);
        assert_eq!(app.ask("GET", "/admin/functions", &headers, "").status, 403);
    }
    assert_eq!(preflight(&app, local), (None, None));
    assert_eq!(
        app.ask("POST", "/api/echo", &[("Origin", local)], "x")
            .status,
        403
    );
    drop(app);

    let app = FunctionsApp::start(r#"{"IsEncrypted": false, "Host": {"CORS": "*"}}"#, &[]);
    assert_eq!(preflight(&app, EVIL), (some("*"), None));
    let headers = [("Origin", EVIL), ("Sec-Fetch-Site", "cross-site")];
    assert_eq!(app.ask("POST", "/api/echo", &headers, "x").status, 200);
    assert_eq!(
        app.ask("POST", "/admin/functions/echo", &headers, "{}")
            .status,
        403
    );
}

#[test]
fn nobody_is_signed_in_at_the_port_of_the_functions() {
    let app = FunctionsApp::start(r#"{"IsEncrypted": false}"#, &[]);
    let headers = [
        ("x-ms-client-principal", "forged"),
        ("X-MS-CLIENT-PRINCIPAL-ID", "forged"),
        ("X_Ms_Client_Principal", "forged"),
        ("x_ms_client-principal_name", "forged"),
        ("x-mine", "passes"),
    ];
    for method in ["GET", "POST"] {
        assert_eq!(app.ask(method, "/api/echo", &headers, "").status, 200);
    }
    for head in app.heads() {
        assert!(
            !head.contains("forged") && head.contains("passes"),
            "{head}"
        );
    }
}
