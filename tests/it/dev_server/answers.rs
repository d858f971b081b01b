//! What the rules make of a dev server's answers.

use super::site::{emulator, page, path, said, server};
use crate::emulator::{Emulator, Response, cookie};
use crate::support::RawUpstream;

/// Pages at `/index.html`, `/about.html` and `/404.html`; `/echo` tells the request; nothing else.
fn small_site() -> RawUpstream {
    server(|asked| match path(asked).split('?').next().unwrap() {
        "/index.html" => page("<h1>app</h1>"),
        "/about.html" => page("about"),
        "/404.html" => page("my own 404"),
        "/echo" => said("200 OK", "content-type: text/plain\r\n", asked),
        "/data.json" => said("200 OK", "content-type: application/json\r\n", "{}"),
        "/module.json" => said("200 OK", "content-type: text/javascript\r\n", "export"),
        "/staticwebapp.config.json" => said("200 OK", "", "secret"),
        "/there" => said("302 Found", "location: /about.html\r\n", ""),
        "/bad" => said(
            "400 Bad Request",
            "content-type: text/plain\r\n",
            "form errors",
        ),
        _ => said(
            "404 Not Found",
            "content-type: text/plain\r\n",
            "the server's own 404",
        ),
    })
}

fn post(emulator: &Emulator, path: &str, body: &str) -> Response {
    emulator.send(
        "POST",
        path,
        &[("Content-Type", "text/plain")],
        body.as_bytes(),
    )
}

#[test]
fn nf_1_a_404_of_the_dev_server_falls_back_unless_excluded() {
    let upstream = small_site();
    let (emulator, _folder) = emulator(
        &upstream.url(),
        r#"{ "navigationFallback": { "rewrite": "/index.html", "exclude": ["/img/*"] } }"#,
    );
    let deep = emulator.get("/deep/link?x=1");
    assert_eq!((deep.status, deep.text().as_str()), (200, "<h1>app</h1>"));
    let head = emulator.send("HEAD", "/deep/link", &[], b"");
    assert_eq!(
        (head.status, head.header("content-length")),
        (200, Some("12"))
    );
    let excluded = emulator.get("/img/x.png");
    assert_eq!(
        (excluded.status, excluded.text().as_str()),
        (404, "the server's own 404")
    );
    assert_eq!(
        post(&emulator, "/deep/link", "x").status,
        404,
        "only reading falls back"
    );
    assert_eq!(emulator.get("/about.html").text(), "about");
}

#[test]
fn nf_11_a_page_that_the_dev_server_does_not_have_leaves_its_own_404() {
    let upstream = small_site();
    for configuration in [
        r#"{ "navigationFallback": { "rewrite": "/missing.html" } }"#,
        r#"{ "responseOverrides": { "404": { "rewrite": "/missing.html" } } }"#,
        r#"{
            "navigationFallback": { "rewrite": "/missing.html" },
            "responseOverrides": { "404": { "rewrite": "/missing-too.html" } }
        }"#,
    ] {
        let (emulator, _folder) = emulator(&upstream.url(), configuration);
        let answer = emulator.get("/deep");
        assert_eq!(
            (answer.status, answer.text().as_str()),
            (404, "the server's own 404"),
            "{configuration}"
        );
        emulator.wait_for_output("missing");
    }
    let (emulator, _folder) = emulator(
        &upstream.url(),
        r#"{
            "navigationFallback": { "rewrite": "/missing.html" },
            "responseOverrides": { "404": { "rewrite": "/404.html" } }
        }"#,
    );
    assert_eq!(emulator.get("/deep").text(), "my own 404");
}

#[test]
fn rt_29_a_rules_status_stays_where_the_dev_server_finds_nothing() {
    let upstream = small_site();
    let routes = r#""routes": [
        { "route": "/old/*", "statusCode": 410 },
        { "route": "/moved", "rewrite": "/nowhere.html", "statusCode": 410 }
    ]"#;
    let (plain, _folder) = emulator(&upstream.url(), &format!("{{ {routes} }}"));
    let gone = plain.get("/old/x");
    assert_eq!(
        (gone.status, gone.text().as_str()),
        (410, "the server's own 404")
    );
    assert_eq!(plain.get("/moved").status, 404, "a rewrite to nothing");
    let overrides = r#""responseOverrides": { "404": { "rewrite": "/404.html" } }"#;
    let (overridden, _folder) = emulator(&upstream.url(), &format!("{{ {routes}, {overrides} }}"));
    let gone = overridden.get("/old/x");
    assert_eq!((gone.status, gone.text().as_str()), (410, "my own 404"));
}

#[test]
fn ro_1_overrides_replace_errors_of_the_dev_server_and_of_the_platform() {
    let upstream = small_site();
    let (emulator, _folder) = emulator(
        &upstream.url(),
        r#"{
            "routes": [{ "route": "/admin/*", "allowedRoles": ["admin"] }],
            "responseOverrides": {
                "404": { "rewrite": "/404.html" },
                "401": { "redirect": "/login", "statusCode": 302 },
                "403": { "rewrite": "/about.html", "statusCode": 200 },
                "400": { "rewrite": "/missing.html" }
            }
        }"#,
    );
    let missing = emulator.get("/nowhere");
    assert_eq!(
        (missing.status, missing.text().as_str()),
        (404, "my own 404")
    );
    let anonymous = emulator.get("/admin/x");
    assert_eq!(
        (anonymous.status, anonymous.header("location")),
        (302, Some("/login"))
    );
    let reader = cookie(&["anonymous", "authenticated", "reader"]);
    let forbidden = emulator.send("GET", "/admin/x", &[("Cookie", &reader)], b"");
    assert_eq!(
        (forbidden.status, forbidden.text().as_str()),
        (200, "about")
    );
    let script = emulator.send("POST", "/admin/x", &[("Cookie", &reader)], b"x");
    assert_eq!(
        (script.status, script.text().as_str()),
        (200, "about"),
        "the page is asked for with GET"
    );
    let absent = emulator.get("/bad");
    assert_eq!(absent.status, 400);
    assert!(absent.text().contains("/missing.html"), "{}", absent.text());
    let form = post(&emulator, "/bad", "x");
    assert_eq!(
        (form.status, form.text().as_str()),
        (400, "form errors"),
        "an answer to POST is the app's own"
    );
}

#[test]
fn rules_lead_and_guard_before_the_dev_server_is_asked() {
    let upstream = small_site();
    let (emulator, _folder) = emulator(
        &upstream.url(),
        r#"{ "routes": [
            { "route": "/old", "redirect": "/new", "statusCode": 301 },
            { "route": "/me", "rewrite": "/echo" },
            { "route": "/gone", "rewrite": "/about.html", "statusCode": 410 },
            { "route": "/quiet", "rewrite": "/about.html", "statusCode": 204 },
            { "route": "/admin", "allowedRoles": ["admin"] },
            { "route": "/never", "statusCode": 404 }
        ] }"#,
    );
    let old = emulator.get("/old");
    assert_eq!((old.status, old.header("location")), (301, Some("/new")));
    assert!(
        emulator
            .get("/me?a=%20b")
            .text()
            .starts_with("GET /echo?a=%20b HTTP/1.1")
    );
    let gone = emulator.get("/gone");
    assert_eq!((gone.status, gone.text().as_str()), (410, "about"));
    let quiet = emulator.get("/quiet");
    assert_eq!(
        (quiet.status, quiet.body.len()),
        (204, 0),
        "a stream would write into the next response"
    );
    assert_eq!(emulator.get("/admin").status, 401);
    assert_eq!(
        emulator.send("POST", "/admin", &[], b"x").status,
        401,
        "roles hold for every method"
    );
    assert_eq!(emulator.get("/never").status, 404);
    for path in [
        "/staticwebapp.config.json",
        "/x/../staticwebapp.config.json?raw",
    ] {
        let configuration = emulator.get(path);
        assert_eq!(configuration.status, 404, "CF-9 {path}");
        assert!(!configuration.text().contains("secret"));
    }
    let me = emulator.get("/.auth/me");
    assert_eq!(me.text().trim(), r#"{"clientPrincipal":null}"#);
    assert_eq!(
        emulator.get("/there").header("location"),
        Some("/about.html")
    );
}

#[test]
fn the_dev_server_sees_the_browsers_words_and_who_is_signed_in() {
    let upstream = small_site();
    let (emulator, _folder) = emulator(&upstream.url(), "{}");
    let user = cookie(&["anonymous", "authenticated", "writer"]);
    let own = format!("http://localhost:{}", emulator.port);
    let told = emulator
        .send(
            "POST",
            "/echo",
            &[
                ("Cookie", &user),
                ("Origin", &own),
                ("x-ms-client-principal", "forged"),
                ("X-MS-Client-Principal-Id", "forged"),
                ("X-Forwarded-Host", "tunnel.example"),
                ("Content-Type", "text/plain"),
            ],
            b"the body",
        )
        .text();
    let lower = told.to_lowercase();
    assert!(told.starts_with("POST /echo HTTP/1.1"), "{told}");
    assert!(told.ends_with("the body"), "{told}");
    assert!(
        lower.contains(&format!("host: localhost:{}", emulator.port)),
        "{told}"
    );
    assert!(lower.contains(&format!("origin: {own}")), "{told}");
    assert!(lower.contains("x-forwarded-host: tunnel.example"), "{told}");
    assert!(!lower.contains("forged"), "{told}");
    assert!(lower.contains("x-ms-client-principal-id: u1"), "{told}");
    let principal = crate::support::header(&told, "x-ms-client-principal").unwrap();
    use base64::Engine;
    let principal = base64::engine::general_purpose::STANDARD
        .decode(principal)
        .unwrap();
    let principal: serde_json::Value = serde_json::from_slice(&principal).unwrap();
    assert_eq!(principal["userRoles"][2], "writer");
    let anonymous = emulator.get("/echo").text();
    assert!(!anonymous.contains("client-principal"), "{anonymous}");
    emulator.wait_for_output("on Azure, static paths answer 405");
    assert_eq!(emulator.output().matches("answer 405").count(), 1);
}

#[test]
fn hd_1_2_configured_headers_win_and_defaults_give_way() {
    let upstream = server(|asked| match path(asked) {
        "/plain" => page("plain"),
        "/cached" => said(
            "200 OK",
            "cache-control: no-cache\r\nreferrer-policy: no-referrer\r\nx-powered-by: me\r\nx-kept: 1\r\nx-global: theirs\r\n",
            "cached",
        ),
        _ => said("404 Not Found", "x-powered-by: me\r\n", ""),
    });
    let (emulator, _folder) = emulator(
        &upstream.url(),
        r#"{
            "globalHeaders": { "X-Global": "ours", "X-Powered-By": "", "X-Frame-Options": "DENY" },
            "routes": [{ "route": "/cached", "headers": { "X-Rule": "1", "Cache-Control": "no-store" } }]
        }"#,
    );
    let plain = emulator.get("/plain");
    assert_eq!(
        plain.header("cache-control"),
        None,
        "nothing is cached by default"
    );
    assert_eq!(plain.header("referrer-policy"), Some("same-origin"));
    assert_eq!(plain.header("x-frame-options"), Some("DENY"));
    let cached = emulator.get("/cached");
    assert_eq!(
        cached.header("cache-control"),
        Some("no-store"),
        "a rule wins"
    );
    assert_eq!(
        cached.header("referrer-policy"),
        Some("no-referrer"),
        "a default gives way"
    );
    assert_eq!(
        cached.header("x-powered-by"),
        None,
        "an empty value removes"
    );
    assert_eq!(cached.header("x-kept"), Some("1"));
    assert_eq!(cached.header("x-global"), Some("ours"));
    assert_eq!(cached.header("x-rule"), Some("1"));
    let missing = emulator.get("/missing");
    assert_eq!(
        (missing.status, missing.header("x-powered-by")),
        (404, None)
    );
}

#[test]
fn cf_24_a_configured_type_holds_for_files_not_for_scripts_made_of_them() {
    let upstream = small_site();
    let (emulator, _folder) = emulator(
        &upstream.url(),
        r#"{ "mimeTypes": { ".json": "text/json" } }"#,
    );
    let of = |path| emulator.get(path).header("content-type").map(str::to_owned);
    assert_eq!(of("/data.json").as_deref(), Some("text/json"));
    assert_eq!(of("/module.json").as_deref(), Some("text/javascript"));
    assert_eq!(of("/about.html").as_deref(), Some("text/html"));
}
