//! The list of requests, and the events of new ones.

use crate::common::page::Page;
use crate::deployed::{App, get};
use crate::emulator::{Emulator, cookie, site, write};
use crate::inspector::{post, requests};

const ADMIN: &str =
    "{\n  \"routes\": [\n    { \"route\": \"/admin/*\", \"allowedRoles\": [\"admin\"] }\n  ]\n}\n";

#[test]
fn each_request_is_a_line_with_what_decided_it() {
    let folder = site(Some(ADMIN));
    let emulator = Emulator::start(folder.path(), &[]);
    emulator.get("/?a=1");
    emulator.get("/missing");
    emulator.send("GET", "/admin/x", &[("Cookie", &cookie(&["reader"]))], b"");
    emulator.send("GET", "/", &[("Host", "evil.example")], b"");
    // What the inspector itself is asked is no request of the app.
    let list = requests(&emulator);
    let seen = |index: usize, field: &str| list[index][field].clone();
    assert_eq!(list.len(), 4, "{list:?}");

    assert_eq!(seen(0, "target"), "/?a=1");
    assert_eq!(
        (seen(0, "status"), seen(0, "kind")),
        (200.into(), "file".into())
    );
    assert_eq!(seen(0, "environment"), "local");
    let kind = seen(0, "contentType");
    assert!(
        kind.as_str()
            .is_some_and(|kind| kind.starts_with("text/html")),
        "{kind}"
    );
    assert!(seen(0, "responseBytes").as_u64() > Some(10), "{list:?}");
    assert!(seen(0, "durationMs").as_f64() > Some(0.0), "{list:?}");
    assert_eq!(
        (seen(1, "status"), seen(1, "kind")),
        (404.into(), "error".into())
    );
    assert_eq!(
        (seen(1, "user"), seen(1, "rule")),
        (serde_json::Value::Null, serde_json::Value::Null)
    );
    assert_eq!((seen(2, "status"), seen(2, "rule")), (403.into(), 0.into()));
    assert_eq!(
        (seen(2, "ruleRoute"), seen(2, "line")),
        ("/admin/*".into(), 3.into())
    );
    assert_eq!(seen(2, "user")["details"], "ines");
    let roles = seen(2, "roles");
    assert!(
        roles.as_array().unwrap().contains(&"reader".into()),
        "{roles}"
    );
    assert_eq!(
        (seen(3, "status"), seen(3, "kind")),
        (421.into(), "refused".into())
    );
    let ids: Vec<u64> = list.iter().filter_map(|it| it["id"].as_u64()).collect();
    assert!(ids.is_sorted() && ids.len() == 4, "{ids:?}");

    let path = format!("/.cygnet/api/requests?after={}&limit=1", ids[0]);
    let newest = emulator.get(&path).json();
    assert_eq!(newest["requests"][0]["id"], ids[3]);
    assert_eq!(newest["requests"].as_array().unwrap().len(), 1);
    assert_eq!(emulator.get("/.cygnet/api/requests?after=x").status, 400);
}

#[test]
fn pages_are_told_of_requests_and_their_ends() {
    let folder = site(None);
    write(folder.path(), "large.bin", vec![b'x'; 1_000_000]);
    let emulator = Emulator::start(folder.path(), &[]);
    let mut page = Page::at(&emulator, "/.cygnet/api/events");
    for (path, bytes) in [("/", 13), ("/large.bin", 1_000_000)] {
        emulator.get(path);
        let (event, summary) = page.next();
        assert_eq!((&*event, &summary["target"]), ("request", &path.into()));
        let (event, end) = page.next();
        assert_eq!((&*event, &end["id"]), ("completed", &summary["id"]));
        assert_eq!(end["responseBytes"], bytes);
        assert!(end["durationMs"].as_f64() > Some(0.0), "{end}");
    }
    let cleared = post(&emulator, "/.cygnet/api/requests/clear", "");
    assert_eq!(cleared.status, 204);
    assert_eq!(
        page.next(),
        (
            "changed".to_owned(),
            serde_json::json!({ "what": "cleared" })
        )
    );
    assert!(requests(&emulator).is_empty());
}

#[test]
fn requests_of_all_deployed_environments_are_in_one_list_and_made_again_where_they_were() {
    let app = App::new();
    app.deploy(&[]);
    app.write("dist/index.html", "<h1>preview</h1>");
    app.deploy(&["--pr", "17"]);
    let serving = app.serve(&[]);
    for host in ["shop.localhost", "shop-17.localhost", "shop-99.localhost"] {
        get(&serving, host, "/");
    }
    let list = requests(&serving);
    let of = |index: usize| {
        (
            list[index]["environment"].clone(),
            list[index]["status"].clone(),
        )
    };
    assert_eq!(of(0), ("production".into(), 200.into()));
    assert_eq!(of(1), ("17".into(), 200.into()));
    assert_eq!(of(2), (serde_json::Value::Null, 404.into()));
    let resend = |index: usize| {
        let id = &list[index]["id"];
        post(&serving, &format!("/.cygnet/api/requests/{id}/resend"), "")
    };
    let again = resend(1).json()["id"].clone();
    let told = serving
        .get(&format!("/.cygnet/api/requests/{again}"))
        .json();
    assert_eq!(told["summary"]["environment"], "17");
    assert_eq!(told["response"]["body"]["text"], "<h1>preview</h1>");
    assert!(
        told["curl"]
            .as_str()
            .unwrap()
            .contains("http://shop-17.localhost:"),
        "{told}"
    );
    assert_eq!(resend(2).status, 404);
}
