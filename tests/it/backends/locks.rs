//! Both sides of the lock, from link to removal.

use serde_json::Value;

use crate::emulator::{cookie, eventually, write};
use crate::linked::{self, Echo, Site, ask, status};

#[test]
fn link_follow_relink_unlink_remove_for_each_kind_with_a_provider() {
    // BK-1, B4-2, B5-2, B5-13: made, checked, mended and removed. B5-3: without a region.
    for (kind, host) in [
        ("functions", "shop.azurewebsites.net"),
        ("app-service", "shop.azurewebsites.net"),
        (
            "container-apps",
            "shop.cygnet.westeurope.azurecontainerapps.io",
        ),
    ] {
        let (site, echo) = (Site::new(), Echo::start());
        let emulator = site.start(&[]);
        assert_eq!(emulator.get("/api/x").status, 404, "AP-40");
        let link = site.link(kind, &echo.url, &["--name", "shop"]);
        let gate = link["gateUrl"].as_str().unwrap().to_owned();
        eventually("the link", || emulator.get("/api/x").status == 200);

        let answer: Value = serde_json::from_slice(&emulator.get("/api/x?y=1").body).unwrap();
        assert_eq!(answer["path"], "/api/x?y=1", "AP-2, B2-5, B4-4, B5-4");
        let headers = &answer["headers"];
        assert_eq!(headers["host"], host, "AP-20");
        assert!(
            headers["x-ms-original-url"]
                .as_str()
                .unwrap()
                .ends_with("/api/x?y=1")
        );
        assert!(headers["x-ms-client-principal"].is_null());
        assert!(headers["authorization"].is_null(), "B2-7");
        assert!(headers["x-functions-key"].is_null(), "B2-8");
        let token = headers["x-ms-auth-token"].as_str().unwrap().to_owned();
        assert!(token.starts_with("Bearer ey"), "AP-23, AP-37, B2-6");
        let session = cookie(&["anonymous"]);
        let sent = [
            ("Cookie", session.as_str()),
            ("Authorization", "Bearer mine"),
        ];
        let signed_in = emulator.send("GET", "/api/x", &sent, b"");
        let signed_in: Value = serde_json::from_slice(&signed_in.body).unwrap();
        let headers = &signed_in["headers"];
        assert_ne!(headers["x-ms-auth-token"], token.as_str());
        assert_eq!(headers["x-ms-client-principal-id"], "u1", "AP-24");
        assert_eq!(headers["authorization"], "Bearer mine", "B2-7, B5-6");
        assert_eq!(headers["x-ms-client-principal-idp"], "azureStaticWebApps");

        eventually("the gate", || {
            std::net::TcpStream::connect(gate.strip_prefix("http://").unwrap()).is_ok()
        });
        for path in ["/api/x", "/", "/health", "/api/x?code=key"] {
            let refused = ask(&gate, path, &[("x-functions-key", "key")]);
            assert_eq!(
                refused.status, 401,
                "B2-9, B4-8, B5-5, BK-20, BK-21, BK-22: {path}"
            );
            let challenge = refused.header("www-authenticate").unwrap();
            assert!(
                challenge.starts_with(&format!("Bearer realm=\"{host}\"")),
                "{challenge}"
            );
            assert_eq!(refused.json()["code"], 401);
            assert!(
                refused.header("x-ms-middleware-request-id").is_some(),
                "B5-8"
            );
            assert_eq!(refused.header("etag"), None, "B5-8");
        }
        let altered = format!("{}AAAA", &token[..token.len() - 4]);
        for (token, passes) in [
            (token.as_str(), true),
            (&altered, false),
            ("Bearer x", false),
        ] {
            let answer = ask(&gate, "/any", &[("X-MS-AUTH-TOKEN", token)]);
            assert_eq!(answer.status == 200, passes, "{}", answer.text());
        }

        // Changed by hand: refused, and mended by re-link (BK-11, AP-48).
        site.json(&["auth", "--remove-provider"]);
        eventually("a refusal", || emulator.get("/api/x").status == 401);
        assert!(emulator.get("/api/x").text().contains("IDX10205"), "AP-48");
        site.json(&["relink"]);
        eventually("the repair", || emulator.get("/api/x").status == 200);
        assert_eq!(status(&gate, "/api/x"), 401);

        // BK-26, B5-9: a form on the page of a third party.
        let post = |origin: &str| linked::post(&gate, "/form", &[("Origin", origin)]);
        let evil = post("https://evil.example");
        assert_eq!((evil.status, evil.text().as_str()), (403, ""));
        assert_eq!(post(&gate).status, 401);

        // BK-25.
        site.json(&["auth", "--unauthenticated", "allow"]);
        let forged = || ask(&gate, "/", &[("x-ms-client-principal", "forged")]);
        eventually("the open gate", || forged().status == 200);
        assert!(forged().text().contains("forged"));
        site.json(&["auth", "--unauthenticated", "deny"]);
        eventually("the shut gate", || status(&gate, "/") == 401);

        // AP-50, B2-14, B4-11, B5-14.
        let left = site.json(&["unlink"]);
        assert_eq!(left["left"], "Azure Static Web Apps (Linked)");
        eventually("static /api", || emulator.get("/api/x").status == 404);
        assert_eq!(status(&gate, "/api/x"), 401, "BK-12");
        site.json(&["unlink", "--remove-backend-auth"]);
        eventually("an open backend", || status(&gate, "/api/x") == 200);
    }
}

#[test]
fn ap_48_a_token_of_another_app_is_refused_by_its_issuer() {
    // B2-11, B4-9: the words of the refusal; AP-32: the issuer is what tells apps apart.
    let (site, echo, other) = (Site::new(), Echo::start(), Echo::start());
    site.app("other");
    let link = |app: &str, url: &str| {
        let words = ["link", "--kind", "app-service", "--url", url, "--json"];
        let output = site.backends_in(app, &words);
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let gate = link("app", &echo.url)["gateUrl"]
        .as_str()
        .unwrap()
        .to_owned();
    link("other", &other.url);
    let (_emulator, stranger) = (site.start(&[]), site.start_in("other", &[]));
    let sent: Value = serde_json::from_slice(&stranger.get("/api").body).unwrap();
    let token = sent["headers"]["x-ms-auth-token"].as_str().unwrap();
    eventually("the gate", || {
        std::net::TcpStream::connect(gate.strip_prefix("http://").unwrap()).is_ok()
    });
    let answer = ask(&gate, "/", &[("x-ms-auth-token", token)]);
    assert_eq!(answer.status, 401);
    let body = answer.text();
    assert!(
        body.contains("IDX10205: Issuer validation failed"),
        "{body}"
    );
}

#[test]
fn a_start_uses_the_link_says_so_and_yields_to_a_flag() {
    let (site, echo, other) = (Site::new(), Echo::start(), Echo::start());
    site.link("app-service", &echo.url, &["--name", "shop"]);
    let linked = site.start(&["--print-config"]);
    assert_eq!(linked.get("/api/x").status, 200);
    assert!(
        linked.output().contains("link to shop"),
        "{}",
        linked.output()
    );
    let flagged = site.start(&["--api-devserver-url", &other.url]);
    let sent: Value = serde_json::from_slice(&flagged.get("/api/x").body).unwrap();
    let authority = other.url.strip_prefix("http://").unwrap();
    assert_eq!(sent["headers"]["host"], authority);
    assert!(
        sent["headers"]["x-ms-auth-token"].is_string(),
        "an implicit link (AP-23)"
    );
    // AP-85: nobody said which kind of API it is.
    flagged.wait_for_output("if these are the managed functions under a debugger");
    let said = site.start(&["--api-devserver-url", &other.url, "--api-kind", "managed"]);
    assert!(!said.output().contains("under a debugger"));
}

#[test]
fn a_damaged_file_leaves_a_running_emulator_as_it_was() {
    let (site, echo) = (Site::new(), Echo::start());
    site.link("app-service", &echo.url, &[]);
    let emulator = site.start(&[]);
    assert_eq!(emulator.get("/api/x").status, 200);
    write(site.root.path(), "app/.cygnet/links.json", "{");
    emulator.wait_for_output("is damaged");
    assert_eq!(emulator.get("/api/x").status, 200);
}

#[test]
fn a_url_with_a_kind_is_a_link_for_this_run() {
    let (site, echo) = (Site::new(), Echo::start());
    for kind in ["container-apps", "api-management"] {
        let emulator = site.start(&["--api-devserver-url", &echo.url, "--api-kind", kind]);
        assert_eq!(emulator.get("/api/x").status, 200);
        emulator.wait_for_output("listens at http://localhost:");
        let output = emulator.output();
        let gate = output
            .split("listens at ")
            .nth(1)
            .unwrap()
            .lines()
            .next()
            .unwrap();
        assert_eq!(status(gate, "/api/x"), 401);
        let sent: Value = serde_json::from_slice(&emulator.get("/api/x").body).unwrap();
        let sent = |name: &str| sent["headers"][name].as_str().unwrap_or("none").to_owned();
        let key = sent("ocp-apim-subscription-key");
        assert_eq!(key == "none", kind == "container-apps");
        let proof = [
            ("x-ms-auth-token", sent("x-ms-auth-token")),
            ("ocp-apim-subscription-key", key),
        ];
        let proof = proof
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        assert_eq!(ask(gate, "/api/x", &proof).status, 200);
        assert!(!site.links_file().exists());
        assert!(!site.state().join("backends.json").exists());
    }
}

#[test]
fn rt_34_35_what_has_no_effect_on_the_api_is_said_at_the_start() {
    let (site, echo) = (Site::new(), Echo::start());
    let rules = r#"{"routes": [{"route": "/api/a", "rewrite": "/api/b"}, {"route": "/api/*", "headers": {"x": "y"}}]}"#;
    crate::emulator::write(site.root.path(), "app/staticwebapp.config.json", rules);
    let emulator = site.start(&["--api-devserver-url", &echo.url]);
    for text in [
        "warning[RT-34]",
        "warning[RT-35]",
        "docs/differences.md#rules-on-api-routes",
    ] {
        emulator.wait_for_output(text);
    }
    let without = site.start(&[]);
    assert!(!without.output().contains("RT-34"), "{}", without.output());
}
