//! Personas on the real binary: declared, picked on the sign-in page, and become by name.

use serde_json::{Value, json};

use crate::common::sign_in::{roles, sign_in};
use crate::deployed::{App, cookies, get, send};
use crate::emulator::{Emulator, Response, site, write};

const RULES: &str = r#"{"routes": [
    {"route": "/admin", "allowedRoles": ["admin"], "rewrite": "/index.html"},
    {"route": "/books", "allowedRoles": ["reader", "admin", "authenticated"], "rewrite": "/index.html"}
]}"#;

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

fn me(emulator: &Emulator, signed_in: &Response) -> Value {
    let cookies = cookies(signed_in);
    let headers = [("Cookie", &*cookies)];
    emulator.send("GET", "/.auth/me", &headers, b"").json()["clientPrincipal"].clone()
}

#[test]
fn a_declared_persona_is_become_by_a_form_by_json_and_by_an_address() {
    let folder = site(Some(RULES));
    let declared = r#"{"personas": [{"name": "the boss", "provider": "aad", "userDetails": "ada@contoso.com", "userId": "7",
        "roles": ["admin"], "claims": [{"typ": "team", "val": "blue"}]}]}"#;
    write(folder.path(), ".cygnet/personas.json", declared);
    let settings = r#"{"configurations": {"app": {}}, "personas": [{"name": "joe", "roles": ["reader"]}, {"name": "the boss"}]}"#;
    write(folder.path(), "swa-cli.config.json", settings);
    let emulator = Emulator::start(folder.path(), &[]);
    // The folder of state comes first, and says whose name is taken.
    emulator.wait_for_output("there is a persona `the boss` already");

    let by_form = emulator.send(
        "POST",
        "/.auth/login/aad?persona=the+boss",
        &[FORM],
        b"post_login_redirect_uri=%2Fadmin",
    );
    assert_eq!(
        (by_form.status, by_form.header("location")),
        (302, Some("/admin"))
    );
    let boss = json!({"identityProvider": "aad", "userId": "7", "userDetails": "ada@contoso.com",
        "userRoles": ["anonymous", "authenticated", "admin"]});
    assert_eq!(me(&emulator, &by_form), boss);
    emulator.wait_for_output("sign-in as persona the boss");

    let by_json = sign_in(&emulator, "/.auth/login/github?persona=joe", "");
    assert_eq!(roles(&by_json), ["anonymous", "authenticated", "reader"]);

    let by_address = emulator.get("/.cygnet/sign-in?persona=the%20boss&redirect=/books%3Fpage=2");
    assert_eq!(
        (by_address.status, by_address.header("location")),
        (302, Some("/books?page=2"))
    );
    assert_eq!(me(&emulator, &by_address), boss);

    let wrong = sign_in(&emulator, "/.auth/login/github?persona=the%20boss", "");
    assert_eq!(wrong.status, 400);
    assert!(
        wrong
            .text()
            .contains("signs in with `aad`, not with `github`"),
        "{}",
        wrong.text()
    );

    let headers = [("Cookie", &*cookies(&by_json))];
    let told = emulator
        .send("GET", "/.cygnet/api/personas", &headers, b"")
        .json();
    assert_eq!(told["current"]["userDetails"], "joe");
    assert_eq!(told["roles"], json!(["admin", "reader"]));
    let of = |key: &str| {
        let list = told["personas"].as_array().unwrap().iter();
        list.map(|persona| persona[key].clone()).collect::<Vec<_>>()
    };
    assert_eq!(of("name"), ["the boss", "joe"]);
    assert_eq!(of("provider"), ["aad", "github"]);
    assert_eq!(of("from"), ["personas.json", "swa-cli.config.json"]);
    assert_eq!(told["problems"].as_array().unwrap().len(), 1);
}

#[test]
fn without_declared_ones_each_role_is_a_persona() {
    let folder = site(Some(RULES));
    let emulator = Emulator::start(folder.path(), &[]);
    let told = emulator.get("/.cygnet/api/personas").json();
    let made: Vec<_> = told["personas"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (&it["name"], &it["from"]))
        .collect();
    let role = json!("role");
    assert_eq!(
        made,
        [
            (&json!("authenticated"), &role),
            (&json!("admin"), &role),
            (&json!("reader"), &role)
        ]
    );
    let signed_in = emulator.get("/.cygnet/sign-in?persona=admin");
    assert_eq!(signed_in.header("location"), Some("/"));
    let headers = [("Cookie", &*cookies(&signed_in))];
    assert_eq!(emulator.send("GET", "/admin", &headers, b"").status, 200);
    let signed_out = emulator.get("/.cygnet/sign-in?anonymous=1&redirect=/admin");
    let location = signed_out.header("location").unwrap();
    assert!(
        signed_out.status == 302 && location.ends_with("/admin"),
        "{location}"
    );
    assert_eq!(me(&emulator, &signed_out), Value::Null);
}

#[test]
fn an_address_leads_to_this_site_only_and_pages_of_others_get_nothing() {
    let folder = site(Some(RULES));
    let emulator = Emulator::start(folder.path(), &[]);
    for elsewhere in [
        "https://evil.example/",
        "//evil.example",
        "evil",
        "/%5Cevil.example/..",
        "%2F%09%2Fevil.example",
    ] {
        let answer = emulator.get(&format!(
            "/.cygnet/sign-in?persona=admin&redirect={elsewhere}"
        ));
        let location = answer.header("location").unwrap();
        assert!(
            location.starts_with('/') && !location.starts_with("//") && !location.contains('\\'),
            "{elsewhere}: {location}"
        );
    }
    for (name, value) in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Origin", "https://evil.example"),
    ] {
        for path in [
            "/.cygnet/sign-in?persona=admin",
            "/.cygnet/sign-in?anonymous=1",
        ] {
            let answer = emulator.send("GET", path, &[(name, value)], b"");
            assert_eq!(
                (answer.status, answer.header("set-cookie")),
                (403, None),
                "{name}: {value}"
            );
        }
        let posted = emulator.send(
            "POST",
            "/.auth/login/github?persona=admin",
            &[FORM, (name, value)],
            b"",
        );
        assert_eq!(
            (posted.status, posted.header("set-cookie")),
            (403, None),
            "{name}: {value}"
        );
    }
    // A bookmark.
    let own = emulator.send(
        "GET",
        "/.cygnet/sign-in?persona=admin",
        &[("Sec-Fetch-Site", "none")],
        b"",
    );
    assert_eq!(own.status, 302);
    assert_eq!(
        emulator
            .send("HEAD", "/.cygnet/sign-in?persona=admin", &[], b"")
            .header("set-cookie"),
        None
    );
}

#[test]
fn the_address_is_there_without_an_inspector_and_not_for_other_machines() {
    let folder = site(Some(RULES));
    let path = "/.cygnet/sign-in?persona=admin&redirect=/books";
    let emulator = Emulator::start(folder.path(), &["--no-inspect"]);
    let signed_in = emulator.get(path);
    assert_eq!(
        (signed_in.status, signed_in.header("location")),
        (302, Some("/books"))
    );
    let foreign = [("Sec-Fetch-Site", "cross-site")];
    assert_eq!(emulator.send("GET", path, &foreign, b"").status, 403);
    for more in [&[][..], &["--no-inspect"]] {
        let args = [&["--client-ip", "203.0.113.7"], more].concat();
        let emulator = Emulator::start(folder.path(), &args);
        let answer = emulator.get(path);
        assert_eq!((answer.status, answer.header("set-cookie")), (404, None));
    }
}

#[test]
fn an_unknown_persona_is_answered_with_those_that_exist() {
    let folder = site(Some(RULES));
    let emulator = Emulator::start(folder.path(), &[]);
    let page = emulator.get("/.cygnet/sign-in?persona=%3Cb%3E&redirect=/books");
    let text = page.text();
    assert_eq!(page.status, 400);
    assert!(
        text.contains("there is no persona") && !text.contains("<b>&"),
        "{text}"
    );
    // The picker stands below, and leads where it was wanted.
    assert!(
        text.contains(r#"action="/.auth/login/github?persona=reader""#),
        "{text}"
    );
    assert!(
        text.contains(r#"name="post_login_redirect_uri" value="/books""#),
        "{text}"
    );
    let accept = [("Accept", "application/json")];
    let script = emulator.send("GET", "/.cygnet/sign-in?persona=boss", &accept, b"");
    let expected = "there is no persona `boss`; there is `authenticated`, `admin`, `reader`";
    assert_eq!(
        (script.status, script.json()["error"].as_str()),
        (400, Some(expected))
    );
    assert_eq!(script.header("set-cookie"), None);
}

#[test]
fn what_is_saved_counts_at_once_and_a_broken_file_stops_nothing() {
    let folder = site(Some(RULES));
    write(
        folder.path(),
        ".cygnet/personas.json",
        "{\n  \"personas\": [{\"name\": 1}]\n}",
    );
    let emulator = Emulator::start(folder.path(), &[]);
    emulator.wait_for_output(
        "personas.json:2:25: `personas[0].name` must be a string, but is a number",
    );
    let page = emulator.get("/.auth/login/github").text();
    assert!(page.contains("Personas that cannot be used"), "{page}");
    assert!(page.contains("personas.json:2:25"), "{page}");
    write(
        folder.path(),
        ".cygnet/personas.json",
        r#"{"personas": [{"name": "eve"}]}"#,
    );
    let page = emulator.get("/.auth/login/github").text();
    assert!(
        page.contains("?persona=eve") && !page.contains("cannot be used"),
        "{page}"
    );
    assert!(!page.contains("?persona=admin"), "{page}");
    write(folder.path(), ".cygnet/personas.json", "{");
    let page = emulator.get("/.auth/login/github").text();
    assert!(
        page.contains("not JSON") && page.contains("?persona=admin"),
        "{page}"
    );
    emulator.wait_for_output("this is not JSON");
    assert_eq!(
        emulator.get("/.cygnet/personas.json").status,
        404,
        "it is never content"
    );
}

#[test]
#[cfg(unix)]
fn a_link_in_the_place_of_the_file_is_not_followed() {
    let folder = site(None);
    let other = site(None);
    write(other.path(), "x.json", r#"{"personas": [{"name": "eve"}]}"#);
    write(folder.path(), ".cygnet/.gitignore", "*");
    let at = folder.path().join(".cygnet/personas.json");
    std::os::unix::fs::symlink(other.path().join("x.json"), at).unwrap();
    let emulator = Emulator::start(folder.path(), &[]);
    emulator.wait_for_output("personas.json: the personas cannot be read");
    assert!(
        !emulator
            .get("/.auth/login/github")
            .text()
            .contains("persona=eve")
    );
}

#[test]
fn the_form_is_filled_in_as_the_address_asks() {
    let folder = site(Some(RULES));
    let emulator = Emulator::start(folder.path(), &[]);
    let page = emulator
        .get("/.auth/login/github?userDetails=ada&userRoles=admin&post_login_redirect_uri=/admin")
        .text();
    assert!(
        page.contains(r#"name="userDetails" type="text" value="ada""#),
        "{page}"
    );
    assert!(
        page.contains("\nanonymous\nauthenticated\nadmin</textarea>"),
        "{page}"
    );
    // What the browser remembers does not replace it.
    assert!(page.contains(r#"data-restore="false""#), "{page}");
    assert!(
        page.contains(r#"aria-pressed="false" value="reader">reader</button>"#),
        "{page}"
    );
    let page = emulator.get("/.auth/login/github").text();
    assert!(page.contains(r#"data-restore="true""#), "{page}");
}

#[test]
fn deployed_environments_know_the_personas_of_the_project_and_show_invitations() {
    let app = App::new();
    app.write("dist/staticwebapp.config.json", RULES);
    app.write(
        ".cygnet/personas.json",
        r#"{"personas": [{"name": "joe", "roles": ["admin"]}]}"#,
    );
    app.deploy(&[]);
    let serving = app.serve(&[]);
    let host = "shop.localhost";
    let signed_in = get(
        &serving,
        host,
        "/.cygnet/sign-in?persona=joe&redirect=/admin",
    );
    assert_eq!(signed_in.status, 302);
    let headers = [("Cookie", &*cookies(&signed_in))];
    assert_eq!(
        send(&serving, host, "GET", "/admin", &headers, "").status,
        200
    );

    let made = app.json(&[
        "users",
        "invite",
        "--user-details",
        "ann@x.org",
        "--roles",
        "admin,writer",
    ]);
    let url = made["invitationUrl"].as_str().unwrap();
    let link = &url[url.find("/.auth").unwrap()..];
    let opened = get(&serving, host, link);
    let cookie = cookies(&opened);
    let page = send(
        &serving,
        host,
        "GET",
        opened.header("location").unwrap(),
        &[("Cookie", &cookie)],
        "",
    )
    .text();
    assert!(page.contains("<b>ann@x.org</b>"), "{page}");
    assert!(
        page.contains("<code>admin</code> <code>writer</code>"),
        "{page}"
    );
    assert!(page.contains(r#"type="text" value="ann@x.org""#), "{page}");
    let page = get(&serving, host, "/.auth/login/github").text();
    assert!(!page.contains("ann@x.org"), "{page}");
}

/// What editors are told is what is read.
#[test]
fn the_schema_has_the_keys_that_are_read() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/personas.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let keys =
        |object: &Value| -> Vec<String> { object.as_object().unwrap().keys().cloned().collect() };
    let persona = &schema["definitions"]["persona"];
    let mut all = json!({});
    for key in keys(&persona["properties"]) {
        all[key.as_str()] = match key.as_str() {
            "roles" => json!(["admin"]),
            "claims" => json!([{"typ": "a", "val": "b"}]),
            _ => json!("x"),
        };
    }
    for key in ["$schema", "personas"] {
        assert!(keys(&schema["properties"]).contains(&key.to_owned()));
    }
    let folder = site(None);
    let told = |persona: &Value| {
        let text = json!({"$schema": "x", "personas": [persona]}).to_string();
        write(folder.path(), ".cygnet/personas.json", &text);
        let emulator = Emulator::start(folder.path(), &[]);
        emulator.get("/.cygnet/api/personas").json()["problems"].clone()
    };
    // `x` is not one of its providers, which is no mistake of the file.
    assert_eq!(told(&all), json!([]), "every key of the schema is read");
    for required in persona["required"].as_array().unwrap() {
        let mut without = all.clone();
        without
            .as_object_mut()
            .unwrap()
            .remove(required.as_str().unwrap());
        assert_eq!(told(&without).as_array().unwrap().len(), 1, "{required}");
    }
}
