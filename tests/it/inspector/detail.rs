//! One request: why, what was sent and what came, and making it again.

use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::common::page::Page;
use crate::emulator::{Emulator, cookie, eventually, site, write};
use crate::inspector::{post, requests, token};
use crate::support::RawUpstream;

/// Of a time as text: date and time of day, up to the seconds.
const SECONDS: usize = "2026-01-01T00:00:00".len();
const RULES: &str = "{\n  \"routes\": [\n    { \"route\": \"/old\", \"redirect\": \"/\" },\n    {\n      \"route\": \"/admin/*\",\n      \"allowedRoles\": [\"admin\"]\n    }\n  ],\n  \"globalHeaders\": { \"x-mine\": \"1\" }\n}\n";
const ANSWER: &str = "HTTP/1.1 200 OK\r\ncontent-length: 11\r\ncontent-type: application/json\r\nx-own: 1\r\nset-cookie: s=secret1\r\n\r\n{\"ok\":true}";

fn detail(emulator: &Emulator, id: &Value) -> Value {
    let answer = emulator.get(&format!("/.cygnet/api/requests/{id}"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// The newest request, once the emulator has it.
fn newest(emulator: &Emulator) -> Value {
    let list = requests(emulator);
    detail(emulator, &list[list.len() - 1]["id"])
}

#[test]
fn the_rules_are_told_with_their_lines_by_the_configuration_of_that_moment() {
    let folder = site(Some(RULES));
    let emulator = Emulator::start(folder.path(), &[]);
    let reader = cookie(&["reader"]);
    emulator.send("GET", "/admin/x", &[("Cookie", &reader)], b"");
    let told = newest(&emulator);
    let trace = &told["trace"];
    assert_eq!(
        (&trace["source"], &trace["current"]),
        (&json!(RULES), &json!(true))
    );
    let rules = &trace["rules"];
    assert_eq!(
        (&rules[0]["tried"], &rules[0]["matched"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(rules[1]["matched"], true);
    let role = &trace["steps"][8];
    assert!(
        role["outcome"].as_str().unwrap().contains("admin"),
        "{role}"
    );
    // Errors keep their headers, and who set them.
    assert_eq!(told["kept"], "headers");
    assert_eq!(
        told["response"]["setBy"]["content-type"], "the emulator",
        "{told}"
    );
    assert_eq!(
        told["explainCommand"],
        "cygnet explain /admin/x --role reader"
    );
    assert_eq!(told["routeTest"]["as"], json!(["reader"]));
    assert_eq!(told["routeTest"]["expect"]["status"], 403);

    emulator.get("/");
    let home = newest(&emulator);
    assert_eq!(
        (&home["kept"], &home["request"]["headers"]),
        (&json!("facts"), &json!([]))
    );

    write(folder.path(), "staticwebapp.config.json", "{}");
    emulator.wait_for_output("configuration reloaded");
    let old = detail(&emulator, &told["summary"]["id"]);
    let trace = &old["trace"];
    assert_eq!(
        (&trace["current"], &trace["steps"]),
        (&json!(false), &Value::Null)
    );
    assert_eq!(
        (&trace["source"], &trace["rules"][1]["matched"]),
        (&json!(RULES), &json!(true))
    );
}

#[test]
fn what_the_backend_got_and_said_is_kept_and_bodies_while_somebody_looks() {
    let backend = RawUpstream::always(ANSWER);
    let folder = site(None);
    let emulator = Emulator::start(folder.path(), &["--api-devserver-url", &backend.url()]);
    emulator.send(
        "GET",
        "/api/x?code=k1",
        &[("Cookie", &cookie(&["reader"]))],
        b"",
    );
    // What an exchange was is a fact; its headers are copied for those who look.
    let told = newest(&emulator);
    assert_eq!(told["kept"], "facts");
    let hop = &told["backend"];
    assert_eq!(hop["url"], backend.url());
    assert_eq!(
        (&hop["sent"]["method"], &hop["received"]["status"]),
        (&json!("GET"), &json!(200))
    );
    assert_eq!(hop["sent"]["headers"], json!([]));
    assert!(told["timing"]["backendMs"].as_f64() > Some(0.0), "{told}");
    assert_eq!(told["routeTest"]["expect"]["backend"]["kind"], "api");

    let page = Page::at(&emulator, "/.cygnet/api/events");
    emulator.send(
        "GET",
        "/api/x?code=k1",
        &[("Cookie", &cookie(&["reader"]))],
        b"",
    );
    let told = newest(&emulator);
    let sent = told["backend"]["sent"]["headers"].as_array().unwrap();
    let principal = sent
        .iter()
        .find(|header| header[0] == "x-ms-client-principal")
        .unwrap();
    assert!(
        principal[2].as_str().unwrap().contains("AP-22"),
        "{principal}"
    );
    assert_eq!(told["response"]["setBy"]["x-own"], "backend");

    emulator.get("/api/x");
    emulator.get("/");
    let list = requests(&emulator);
    let body = |index: usize| detail(&emulator, &list[index]["id"])["response"]["body"].clone();
    assert_eq!(body(2)["text"], "{\"ok\":true}");
    assert_eq!(
        (&body(3)["text"], &body(3)["truncated"]),
        (&json!("<h1>home</h1>"), &json!(false))
    );
    assert_eq!(newest(&emulator)["kept"], "all");
    drop(page);
    eventually("nobody looks", || {
        emulator.get("/");
        newest(&emulator)["kept"] == "facts"
    });
}

#[test]
fn a_request_is_made_again_by_whoever_is_named() {
    let folder = site(Some(RULES));
    write(folder.path(), "admin/x", "secret");
    let emulator = Emulator::start(folder.path(), &[]);
    let admin = cookie(&["admin"]);
    emulator.send("GET", "/admin/x", &[("Cookie", &admin)], b"");
    let id = requests(&emulator)[0]["id"].clone();
    let again = |body: Value| {
        let path = format!("/.cygnet/api/requests/{id}/resend");
        let answer = post(&emulator, &path, &body.to_string());
        assert_eq!(answer.status, 200, "{}", answer.text());
        detail(&emulator, &answer.json()["id"])
    };
    for (by, status, persona, roles) in [
        (json!({}), 200, Value::Null, 3),
        (json!({ "anonymous": true }), 401, Value::Null, 0),
        (json!({ "persona": "admin" }), 200, json!("admin"), 3),
    ] {
        let told = again(by);
        let summary = &told["summary"];
        assert_eq!(summary["status"], status, "{told}");
        assert_eq!(
            (&summary["resentFrom"], &told["kept"]),
            (&id, &json!("all"))
        );
        assert_eq!(summary["roles"].as_array().unwrap().len(), roles, "{told}");
        if summary["persona"] != persona {
            assert_eq!(persona, Value::Null, "{told}");
        }
    }
    let path = format!("/.cygnet/api/requests/{id}/resend");
    let unknown = post(&emulator, &path, r#"{"persona": "nobody"}"#);
    assert_eq!(unknown.status, 400);
    assert!(
        unknown.text().contains("there is no persona `nobody`"),
        "{}",
        unknown.text()
    );
    assert_eq!(
        post(&emulator, "/.cygnet/api/requests/9999/resend", "").status,
        404
    );

    // What was sent with it is sent again, if it was kept.
    let sign_in = |emulator: &Emulator| {
        let json = [("Content-Type", "application/json")];
        let body = br#"{"userDetails": "eve", "userRoles": ["a"]}"#;
        assert_eq!(
            emulator
                .send("POST", "/.auth/login/github", &json, body)
                .status,
            200
        );
        let list = requests(emulator);
        let id = &list[list.len() - 1]["id"];
        post(emulator, &format!("/.cygnet/api/requests/{id}/resend"), "")
    };
    assert_eq!(sign_in(&emulator).status, 409);
    let _page = Page::at(&emulator, "/.cygnet/api/events");
    let repeated = sign_in(&emulator).json()["id"].clone();
    let told = detail(&emulator, &repeated);
    assert_eq!(told["summary"]["status"], 200, "{told}");
    assert!(
        told["response"]["body"]["text"]
            .as_str()
            .unwrap()
            .contains("eve"),
        "{told}"
    );
}

#[test]
fn secrets_are_hidden_unless_the_page_asks_for_them() {
    let backend = RawUpstream::always(ANSWER);
    let folder = site(None);
    let emulator = Emulator::start(folder.path(), &["--api-devserver-url", &backend.url()]);
    let mut page = Page::at(&emulator, "/.cygnet/api/events");
    let secrets = ["secret1", "secret2", "secret3", "secret4", "secret5"];
    let headers = [
        ("Cookie", "sid=secret2; theme=dark"),
        ("Authorization", "Bearer secret3"),
        ("x-functions-key", "secret4"),
    ];
    emulator.send("GET", "/api/x?code=secret5&page=2", &headers, b"");
    let (_, summary) = page.next();
    let id = &summary["id"];
    let told = detail(&emulator, id).to_string();
    let list = emulator.get("/.cygnet/api/requests").text();
    let har = emulator.get("/.cygnet/api/requests.har").text();
    let unproved = emulator
        .get(&format!("/.cygnet/api/requests/{id}?reveal=1"))
        .text();
    for text in [&summary.to_string(), &told, &list, &har, &unproved] {
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        assert!(text.contains("page=2"), "{text}");
    }
    assert!(told.contains("theme=‹redacted›"), "{told}");
    let token = token(&emulator);
    let headers = [("X-Cygnet-Token", &*token)];
    let path = format!("/.cygnet/api/requests/{id}?reveal=1");
    let shown = emulator.send("GET", &path, &headers, b"").text();
    for secret in secrets {
        assert!(shown.contains(secret), "{secret} not in {shown}");
    }
}

/// The parts that HTTP Archive 1.2 asks for, with their types.
#[test]
fn all_requests_are_exported_as_an_archive() {
    let folder = site(Some(RULES));
    let emulator = Emulator::start(folder.path(), &[]);
    let _page = Page::at(&emulator, "/.cygnet/api/events");
    emulator.get("/?a=1&b=x%20y");
    emulator.get("/old");
    let json = [("Content-Type", "application/json")];
    emulator.send(
        "POST",
        "/.auth/login/github",
        &json,
        br#"{"userDetails":"eve"}"#,
    );
    let har = emulator.get("/.cygnet/api/requests.har");
    let har = har.json();
    let log = &har["log"];
    assert_eq!(
        (&log["version"], &log["creator"]["name"]),
        (&json!("1.2"), &json!("Cygnet"))
    );
    let entries = log["entries"].as_array().unwrap();
    assert_eq!(entries.len(), 3);
    let kept = emulator.get("/.cygnet/api/requests").json();
    let id = |at: usize| kept["requests"][at]["id"].to_string();
    let some = format!("/.cygnet/api/requests.har?ids={},{},999999", id(0), id(2));
    let some = emulator.get(&some).json();
    assert_eq!(some["log"]["entries"], json!([entries[0], entries[2]]));
    let none = emulator.get("/.cygnet/api/requests.har?ids=0").json();
    assert_eq!(
        none["log"]["entries"],
        json!([]),
        "a filter that nothing fits"
    );
    let seconds = |at: OffsetDateTime| at.format(&Rfc3339).unwrap()[..SECONDS].to_owned();
    let now = OffsetDateTime::now_utc();
    let (a_minute_ago, now) = (seconds(now - Duration::from_secs(60)), seconds(now));
    for entry in entries {
        let text = |value: &Value| assert!(value.is_string(), "{value} in {entry}");
        let number = |value: &Value| assert!(value.is_number(), "{value} in {entry}");
        let list = |value: &Value| assert!(value.is_array(), "{value} in {entry}");
        let (request, response) = (&entry["request"], &entry["response"]);
        let started = entry["startedDateTime"].as_str().unwrap();
        assert!(
            (&*a_minute_ago..=&*now).contains(&&started[..SECONDS]),
            "{entry}"
        );
        number(&entry["time"]);
        for message in [request, response] {
            text(&message["httpVersion"]);
            list(&message["cookies"]);
            list(&message["headers"]);
            number(&message["headersSize"]);
            number(&message["bodySize"]);
        }
        for name in ["method", "url"] {
            text(&request[name]);
        }
        list(&request["queryString"]);
        number(&response["status"]);
        for name in ["statusText", "redirectURL"] {
            text(&response[name]);
        }
        number(&response["content"]["size"]);
        text(&response["content"]["mimeType"]);
        assert!(entry["cache"].is_object(), "{entry}");
        for name in ["send", "wait", "receive"] {
            number(&entry["timings"][name]);
        }
    }
    let query = &entries[0]["request"]["queryString"];
    assert_eq!(
        query,
        &json!([{ "name": "a", "value": "1" }, { "name": "b", "value": "x y" }])
    );
    assert_eq!(entries[0]["response"]["content"]["text"], "<h1>home</h1>");
    assert_eq!(entries[1]["response"]["redirectURL"], "/");
    assert_eq!(
        entries[2]["request"]["postData"]["text"],
        r#"{"userDetails":"eve"}"#
    );
}
