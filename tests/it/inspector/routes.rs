//! The configuration with its findings and counts, and what a request would be answered with.

use serde_json::{Value, json};

use crate::deployed::App;
use crate::emulator::{Emulator, eventually, site, write};

const RULES: &str = r#"{
  "routes": [
    {"route": "/admin*", "allowedRoles": ["admin"]},
    {
      "route": "/old",
      "methods": ["GET"],
      "redirect": "/new"
    },
    {"route": "/none", "methods": ["GET"]}
  ],
  "navigationFallback": {"rewrite": "/index.html"},
  "unknwon": 1
}"#;

fn routes(emulator: &Emulator) -> Value {
    emulator.get("/.cygnet/api/routes").json()
}

#[test]
fn rules_have_lines_findings_and_counts_which_begin_anew_with_each_configuration() {
    let folder = site(Some(RULES));
    let emulator = Emulator::start(folder.path(), &[]);
    for path in ["/admin", "/admin/x", "/old", "/deep/link"] {
        emulator.get(path);
    }
    // Asking what would be answered is not counted.
    emulator.get("/.cygnet/api/explain?target=/old");
    let told = routes(&emulator);
    assert_eq!(
        (&told["state"], &told["text"]),
        (&json!("serving"), &json!(RULES))
    );
    assert_eq!(
        told["rules"][0],
        json!({"index": 0, "route": "/admin*", "methods": null, "allowedRoles": ["admin"], "line": 3, "endLine": 3, "matches": 2})
    );
    let second = &told["rules"][1];
    assert_eq!(
        (&second["line"], &second["endLine"], &second["matches"]),
        (&json!(4), &json!(8), &json!(1))
    );
    assert_eq!(
        (&told["rules"][2]["matches"], &told["fallbackMatches"]),
        (&json!(0), &json!(1))
    );
    assert!(told["sinceMs"].as_f64().unwrap() > 0.0);
    let findings = told["findings"].as_array().unwrap();
    let unknown = findings.iter().find(|it| it["code"] == "CF-8").unwrap();
    assert_eq!(
        (&unknown["line"], &unknown["column"], &unknown["severity"]),
        (&json!(12), &json!(3), &json!("warning"))
    );
    let without_effect = findings.iter().find(|it| it["code"] == "RT-13").unwrap();
    assert_eq!(without_effect["line"], 9, "{findings:?}");

    // What cannot be served is shown beside what serves.
    write(
        folder.path(),
        "staticwebapp.config.json",
        "{\n  \"routes\": 1\n}",
    );
    emulator.wait_for_output("the previous one stays in effect");
    let told = routes(&emulator);
    assert_eq!(
        (&told["state"], &told["text"]),
        (&json!("serving"), &json!(RULES))
    );
    assert_eq!(told["pending"]["findings"][0]["line"], 2, "{told}");
    assert_eq!(told["rules"][0]["matches"], 2, "the same rules serve on");

    write(
        folder.path(),
        "staticwebapp.config.json",
        RULES.replace("/none", "/other"),
    );
    emulator.wait_for_output("configuration reloaded");
    let told = routes(&emulator);
    assert_eq!(told["pending"], Value::Null);
    assert_eq!(
        (&told["rules"][0]["matches"], &told["fallbackMatches"]),
        (&json!(0), &json!(0))
    );
    std::fs::remove_file(folder.path().join("staticwebapp.config.json")).unwrap();
    eventually("no configuration", || routes(&emulator)["state"] == "none");
}

#[test]
fn a_configuration_that_is_broken_from_the_start_is_shown() {
    let folder = site(Some("{\n\"routes\": [}"));
    let emulator = Emulator::start(folder.path(), &[]);
    let told = routes(&emulator);
    assert_eq!(
        (&told["state"], &told["rules"]),
        (&json!("broken"), &json!([]))
    );
    assert_eq!(told["findings"][0]["severity"], "error");
    let refused = emulator.get("/.cygnet/api/explain?target=/");
    assert_eq!(refused.status, 400);
    assert!(refused.json()["error"]["hint"].is_string());
}

#[test]
fn it_is_explained_what_a_persona_or_a_role_would_get() {
    let folder = site(Some(RULES));
    let emulator = Emulator::start(folder.path(), &[]);
    let explain = |query: &str| {
        let answer = emulator.get(&format!("/.cygnet/api/explain?{query}"));
        (answer.status, answer.json())
    };
    for (query, status) in [
        ("target=/admin", 401),
        ("target=/admin&roles=reader", 403),
        ("target=/admin&roles=reader,+admin", 200),
        ("target=/admin&persona=admin", 200),
        ("target=/admin&persona=authenticated", 403),
        ("method=post&target=/admin&persona=admin", 405),
    ] {
        let (answered, told) = explain(query);
        assert_eq!(
            (answered, &told["result"]["status"]),
            (200, &json!(status)),
            "{query}"
        );
        assert_eq!(
            (&told["rules"][0]["line"], &told["rules"][1]["endLine"]),
            (&json!(3), &json!(8))
        );
    }
    for query in [
        "target=admin",
        "target=/&persona=none",
        "target=/&method=a+b",
    ] {
        let (answered, told) = explain(query);
        assert_eq!(answered, 400, "{query}");
        assert!(told["error"]["message"].is_string(), "{told}");
    }
}

#[test]
fn each_deployed_environment_has_rules_and_counts_of_its_own() {
    let app = App::new();
    app.write("dist/staticwebapp.config.json", RULES);
    app.deploy(&[]);
    app.write(
        "dist/staticwebapp.config.json",
        r#"{"routes": [{"route": "/new", "statusCode": 404}]}"#,
    );
    app.deploy(&["--pr", "1"]);
    let serving = app.serve(&[]);
    let get = |host: &str, path: &str| crate::deployed::get(&serving, host, path);
    assert_eq!(get("shop-1.localhost", "/new").status, 404);
    let told = get("shop.localhost", "/.cygnet/api/routes?environment=1").json();
    assert_eq!(
        (&told["rules"][0]["route"], &told["rules"][0]["matches"]),
        (&json!("/new"), &json!(1))
    );
    let told = get("shop.localhost", "/.cygnet/api/routes").json();
    assert_eq!(
        (&told["rules"][0]["route"], &told["rules"][0]["matches"]),
        (&json!("/admin*"), &json!(0))
    );
    let told = get(
        "shop.localhost",
        "/.cygnet/api/explain?environment=1&target=/new",
    )
    .json();
    assert_eq!(told["result"]["status"], 404);
    assert_eq!(
        get("shop.localhost", "/.cygnet/api/routes?environment=none").status,
        404
    );
}
