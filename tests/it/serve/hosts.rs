//! Which environment answers at which host, and how new deployments come.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::deployed::{App, get, page, send};
use crate::emulator::eventually;
use crate::linked::Echo;

#[test]
fn each_environment_answers_at_its_host_with_its_own_configuration() {
    // EN-5, EN-8: production, pull request and branch, each open to everybody at a host of its own.
    let app = App::new();
    app.write(
        "dist/staticwebapp.config.json",
        r#"{"globalHeaders": {"x-of": "production"}}"#,
    );
    app.deploy(&[]);
    app.write("dist/index.html", "<h1>preview</h1>");
    app.write(
        "dist/staticwebapp.config.json",
        r#"{"globalHeaders": {"x-of": "preview"}}"#,
    );
    app.deploy(&["--pr", "17"]);
    app.deploy(&["--branch", "feature/Log-in"]);
    let serving = app.serve(&[]);
    for host in [
        "localhost",
        "shop.localhost",
        "SHOP.LOCALHOST",
        "127.0.0.1",
        "[::1]",
    ] {
        assert_eq!(page(&serving, host), "<h1>one</h1>", "{host}");
    }
    for host in ["shop-17.localhost", "shop-featurelogin.localhost"] {
        assert_eq!(page(&serving, host), "<h1>preview</h1>", "{host}");
    }
    // EN-14
    let of = |host| get(&serving, host, "/").header("x-of").map(str::to_owned);
    assert_eq!(of("shop.localhost").as_deref(), Some("production"));
    assert_eq!(of("shop-17.localhost").as_deref(), Some("preview"));
    let nobody = get(&serving, "shop-18.localhost", "/");
    assert_eq!(nobody.status, 404);
    let port = serving.port;
    for url in [
        format!("http://shop.localhost:{port}"),
        format!("http://shop-17.localhost:{port}"),
    ] {
        assert!(
            nobody.text().contains(&format!("href=\"{url}\"")),
            "{}",
            nobody.text()
        );
    }
    serving.wait_for_output("GET shop-17.localhost/ 200");
    assert_eq!(get(&serving, "other.localhost", "/").status, 404);
    for host in ["shop.localhost.evil.example", "<b>"] {
        assert_eq!(get(&serving, host, "/").status, 421, "{host}");
    }
}

#[test]
fn what_is_deployed_later_appears_and_what_is_deleted_goes() {
    let app = App::new();
    let serving = app.serve(&[]);
    let first = get(&serving, "localhost", "/");
    assert_eq!(first.status, 404);
    assert!(first.text().contains("cygnet deploy"), "{}", first.text());
    app.deploy(&[]);
    eventually("production", || {
        page(&serving, "localhost") == "<h1>one</h1>"
    });
    app.deploy(&["--environment", "QA"]);
    eventually("the preview", || {
        get(&serving, "shop-qa.localhost", "/").status == 200
    });
    app.write("dist/index.html", "<h1>two</h1>");
    app.deploy(&[]);
    eventually("the second", || {
        page(&serving, "localhost") == "<h1>two</h1>"
    });
    assert_eq!(page(&serving, "shop-qa.localhost"), "<h1>one</h1>");
    app.json(&["environments", "rollback", "production"]);
    eventually("the first again", || {
        page(&serving, "localhost") == "<h1>one</h1>"
    });
    app.json(&["environments", "delete", "qa"]);
    eventually("nobody", || {
        get(&serving, "shop-qa.localhost", "/").status == 404
    });
}

#[test]
fn ap_14_a_linked_backend_answers_once_content_was_deployed() {
    // B2-4.
    let (app, echo) = (App::new(), Echo::start());
    app.link("functions", &echo.url, &[]);
    let serving = app.serve(&[]);
    assert_eq!(get(&serving, "localhost", "/api/x").status, 404);
    app.deploy(&[]);
    eventually("the backend", || {
        get(&serving, "localhost", "/api/x").status == 200
    });
}

#[test]
fn a_deployment_under_load_loses_no_request() {
    let app = App::new();
    app.deploy(&[]);
    let serving = Arc::new(app.serve(&[]));
    let (done, asked) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let (serving, done, asked) =
                (Arc::clone(&serving), Arc::clone(&done), Arc::clone(&asked));
            std::thread::spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    let answer = get(&serving, "shop.localhost", "/");
                    assert_eq!(answer.status, 200);
                    assert!(answer.text().starts_with("<h1>"), "{}", answer.text());
                    asked.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    for number in 0..10 {
        let text = format!("<h1>{number}</h1>");
        app.write("dist/index.html", &text);
        app.deploy(&[]);
        eventually("the new page", || page(&serving, "shop.localhost") == text);
    }
    done.store(true, Ordering::Relaxed);
    for client in clients {
        client.join().unwrap();
    }
    assert!(asked.load(Ordering::Relaxed) > 50);
}

#[test]
fn a_damaged_store_changes_nothing_that_is_served() {
    let app = App::new();
    app.deploy(&[]);
    let serving = app.serve(&[]);
    let state = app.folder().join(".cygnet/deployments/state.json");
    std::fs::write(&state, "{ half").unwrap();
    serving.wait_for_output("is damaged");
    assert_eq!(page(&serving, "localhost"), "<h1>one</h1>");
}

#[test]
fn one_project_is_served_once() {
    let app = App::new();
    app.deploy(&[]);
    let _serving = app.serve(&[]);
    let second = app.run(&["serve", "--port", "0"]);
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(
        said.contains("another `cygnet serve`") && said.contains("hint: "),
        "{said}"
    );
}

#[test]
fn en_11_a_session_is_of_one_host() {
    let app = App::new();
    app.deploy(&[]);
    app.deploy(&["--pr", "1"]);
    let serving = app.serve(&[]);
    let form = "userDetails=ann&userRoles=authenticated";
    let signed_in = send(
        &serving,
        "shop.localhost",
        "POST",
        "/.auth/login/github",
        &[("Content-Type", "application/x-www-form-urlencoded")],
        form,
    );
    assert_eq!(signed_in.status, 302);
    let cookie = signed_in.header("set-cookie").unwrap().to_lowercase();
    assert!(
        cookie.contains("path=/") && !cookie.contains("domain"),
        "{cookie}"
    );
}

#[test]
fn en_12_is_said_once_for_each_pull_request() {
    let app = App::new();
    let url = "http://127.0.0.1:9";
    app.link("app-service", url, &[]);
    app.deploy(&["--pr", "3"]);
    let serving = app.serve(&[]);
    for number in 0..3 {
        let text = format!("<h1>{number}</h1>");
        app.write("dist/index.html", &text);
        app.deploy(&["--pr", "3"]);
        eventually("the page", || page(&serving, "shop-3.localhost") == text);
    }
    serving.wait_for_output("EN-12");
    let said = serving.output();
    assert_eq!(said.matches("`3` is that of a pull request").count(), 1);
}

#[test]
fn json_is_one_value_a_line() {
    let app = App::new();
    app.deploy(&[]);
    let serving = app.serve(&["--json"]);
    let url = format!("http://shop.localhost:{}", serving.port);
    assert_eq!(page(&serving, "shop.localhost"), "<h1>one</h1>");
    serving.wait_for_output("\"target\":\"/\"");
    let output = serving.output();
    let lines = output.lines().filter(|line| line.starts_with('{'));
    let values: Vec<serde_json::Value> = lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(values[0]["version"], 1);
    assert_eq!(values[0]["environments"][0]["url"], url);
    let request = &values[1];
    assert_eq!(
        (&request["method"], &request["status"]),
        (&"GET".into(), &200.into())
    );
    assert_eq!(
        (&request["host"], &request["why"]),
        (&"shop.localhost".into(), &"file".into())
    );
    // The line that tools wait for is on standard error.
    let others: Vec<&str> = output
        .lines()
        .filter(|line| !line.starts_with('{'))
        .collect();
    assert!(
        others.len() == 1 && others[0].contains("emulator started at"),
        "{output}"
    );
}
