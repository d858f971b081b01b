//! Invitations (AU-8, AU-57, AU-60…AU-63).

use crate::deployed::{App, cookies, get, send};
use crate::emulator::{Emulator, Response};

const RULES: &str =
    r#"{"routes": [{"route": "/admin", "allowedRoles": ["admin"], "rewrite": "/index.html"}]}"#;

fn invite(app: &App, more: &[&str]) -> String {
    let words = [
        "users",
        "invite",
        "--user-details",
        "ann",
        "--roles",
        "admin",
    ];
    let made = app.json(&[&words[..], more].concat());
    let url = made["invitationUrl"].as_str().unwrap().to_owned();
    let path = url.split_once("://").unwrap().1;
    path[path.find('/').unwrap()..].to_owned()
}

fn sign_in(serving: &Emulator, host: &str, user: &str, cookie: &str) -> Response {
    let form = "application/x-www-form-urlencoded";
    let headers = [("Content-Type", form), ("Cookie", cookie)];
    let body = format!("userDetails={user}&userRoles=authenticated");
    send(
        serving,
        host,
        "POST",
        "/.auth/login/github",
        &headers,
        &body,
    )
}

fn admin(serving: &Emulator, host: &str, cookie: &str) -> u16 {
    send(serving, host, "GET", "/admin", &[("Cookie", cookie)], "").status
}

#[test]
fn whoever_accepts_an_invitation_has_its_roles_from_then_on() {
    let app = App::new();
    app.write("dist/staticwebapp.config.json", RULES);
    app.deploy(&[]);
    app.deploy(&["--pr", "1"]);
    let serving = app.serve(&[]);
    let host = "shop.localhost";
    assert_eq!(
        admin(
            &serving,
            host,
            &cookies(&sign_in(&serving, host, "ann", ""))
        ),
        403
    );
    let link = invite(&app, &[]);
    let opened = get(&serving, host, &link);
    assert_eq!(opened.status, 302, "{}", opened.text());
    assert!(
        opened
            .header("location")
            .unwrap()
            .starts_with("/.auth/login/github")
    );
    let pending = cookies(&opened);
    // Somebody else cannot use it, and it is not spent by that (AU-61).
    let bob = sign_in(&serving, host, "bob", &pending);
    assert_eq!(admin(&serving, host, &cookies(&bob)), 403);
    let ann = sign_in(&serving, host, "ann", &pending);
    assert_eq!(ann.status, 302);
    assert_eq!(admin(&serving, host, &cookies(&ann)), 200);
    let users = &app.json(&["users", "list"])["users"];
    assert_eq!(users[0]["userDetails"], "ann");
    assert_eq!(users[0]["domain"], host);
    // At the next sign-in without any link, on this host only (AU-63).
    let again = sign_in(&serving, host, "ann", "");
    assert_eq!(admin(&serving, host, &cookies(&again)), 200);
    let other = "shop-1.localhost";
    assert_eq!(
        admin(
            &serving,
            other,
            &cookies(&sign_in(&serving, other, "ann", ""))
        ),
        403
    );
    // AU-57: taken away, it lasts until the next sign-in.
    app.json(&["users", "update", "--user-details", "ann", "--roles", ""]);
    assert_eq!(admin(&serving, host, &cookies(&again)), 200);
    let later = sign_in(&serving, host, "ann", "");
    assert_eq!(admin(&serving, host, &cookies(&later)), 403);
}

#[test]
fn au_8_a_bad_link_is_400_and_au_60_roles_source_wins() {
    let app = App::new();
    app.write("dist/staticwebapp.config.json", RULES);
    app.deploy(&[]);
    app.deploy(&["--pr", "1"]);
    let serving = app.serve(&[]);
    let link = invite(&app, &[]);
    for bad in [
        link.replace("admin", "owner"),
        link.split("&sig").next().unwrap().to_owned(),
        "/.auth/invitations/accept".to_owned(),
    ] {
        let answer = get(&serving, "shop.localhost", &bad);
        assert_eq!(answer.status, 400, "{bad}");
        assert!(answer.header("set-cookie").is_none());
    }
    assert_eq!(
        get(&serving, "shop-1.localhost", &link).status,
        400,
        "for another host"
    );
    let pending = cookies(&get(&serving, "shop.localhost", &link));
    sign_in(&serving, "shop.localhost", "ann", &pending);
    let with_source = r#"{"auth": {"rolesSource": "/api/roles"}, "routes": [{"route": "/admin", "allowedRoles": ["admin"], "rewrite": "/index.html"}]}"#;
    app.write("dist/staticwebapp.config.json", with_source);
    app.deploy(&[]);
    crate::emulator::eventually("invited roles that do not count", || {
        let ann = sign_in(&serving, "shop.localhost", "ann", "");
        admin(&serving, "shop.localhost", &cookies(&ann)) == 403
    });
}

#[test]
fn au_62_the_twenty_sixth_user_is_refused() {
    // EN-37: the same number among the quotas.
    let app = App::new();
    app.deploy(&[]);
    let serving = app.serve(&[]);
    let host = "shop.localhost";
    let pending = |user: &str| {
        let words = [
            "users",
            "invite",
            "--roles",
            "admin",
            "--user-details",
            user,
        ];
        let url = app.json(&words)["invitationUrl"]
            .as_str()
            .unwrap()
            .to_owned();
        let path = url.split_once("localhost").unwrap().1;
        let path = path[path.find('/').unwrap()..].to_owned();
        cookies(&get(&serving, host, &path))
    };
    let late = pending("late");
    for number in 0..25 {
        let user = format!("user{number}");
        assert_eq!(
            sign_in(&serving, host, &user, &pending(&user)).status,
            302,
            "{user}"
        );
    }
    assert_eq!(sign_in(&serving, host, "late", &late).status, 403);
    let words = [
        "users",
        "invite",
        "--roles",
        "a",
        "--user-details",
        "more",
        "--json",
    ];
    assert_eq!(app.run(&words).status.code(), Some(1));
    assert_eq!(
        app.json(&["users", "list"])["users"]
            .as_array()
            .unwrap()
            .len(),
        25
    );
}
