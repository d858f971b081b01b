//! The life of a pull request, from its opening to its end, beside production and a named environment.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

use crate::deployed::{App, get, page};
use crate::emulator::eventually;

/// A backend that says its name, and whether it was sent the token of a link.
fn backend(name: &'static str) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut reader = BufReader::new(stream.try_clone().unwrap());
                let mut stream = stream;
                loop {
                    let mut proof = false;
                    loop {
                        let mut line = String::new();
                        match reader.read_line(&mut line) {
                            Ok(0) | Err(_) => return,
                            Ok(_) if line.trim().is_empty() => break,
                            Ok(_) => proof |= line.to_lowercase().starts_with("x-ms-auth-token:"),
                        }
                    }
                    let body = format!("{name} {proof}");
                    let answer = format!(
                        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
                        body.len()
                    );
                    if stream.write_all(answer.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    url
}

#[test]
fn a_pull_request_lives_beside_production_and_a_named_environment() {
    // AP-73, B1-4: functions in a pull request, a link only elsewhere. BK-10, B4-3: staging has a link of its own.
    // B1-15: pull request 18 comes without an API, so `/api` is static.
    let (url, staging) = (backend("app-service"), backend("staging"));
    let app = App::new();
    let link = |words: &[&str]| {
        app.json(&[&["backends", "link", "--kind", "app-service"], words].concat())
    };
    link(&["--url", &url]);
    app.deploy(&[]);
    let serving = app.serve(&[]);
    let api = |host: &str| {
        let answer = get(&serving, host, "/api/x");
        (answer.status, answer.text())
    };
    // Production has the linked backend, with its proof, and its gate is shut for others.
    assert_eq!(api("shop.localhost"), (200, "app-service true".to_owned()));
    let gate = app.json(&["backends", "show"])["links"][0]["gateUrl"]
        .as_str()
        .unwrap()
        .to_owned();
    let port: u16 = gate.rsplit(':').next().unwrap().parse().unwrap();
    eventually("the gate", || {
        std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
    });

    // The pull request: its own content, functions and settings, and no linked backend.
    app.json(&["appsettings", "set", "WHO=copied"]);
    app.write("dist/index.html", "<h1>pull request</h1>");
    app.write_functions("pr");
    app.deploy(&["--pr", "17", "--api-location", "api"]);
    eventually("the pull request", || {
        page(&serving, "shop-17.localhost") == "<h1>pull request</h1>"
    });
    let answer = get(&serving, "shop-17.localhost", "/api/who").text();
    assert!(answer.starts_with("pr copied "), "EN-9, EN-13: {answer}");
    app.deploy(&["--pr", "18"]);
    eventually("another one", || {
        get(&serving, "shop-18.localhost", "/").status == 200
    });
    assert_eq!(
        get(&serving, "shop-18.localhost", "/api/x").status,
        404,
        "EN-12"
    );
    serving.wait_for_output("EN-12");

    // A named environment gets a link of its own, in a running emulator.
    app.deploy(&["--environment", "Staging"]);
    eventually("the named one", || {
        get(&serving, "shop-staging.localhost", "/").status == 200
    });
    assert_eq!(
        get(&serving, "shop-staging.localhost", "/api/x").status,
        404
    );
    link(&["--environment", "staging", "--url", &staging]);
    eventually("its link", || {
        api("shop-staging.localhost").1 == "staging true"
    });
    assert_eq!(api("shop.localhost").1, "app-service true");
    // `start` borrows it.
    let started = app.start(&["dist", "--environment", "staging"]);
    assert_eq!(get(&started, "localhost", "/api/x").text(), "staging true");
    drop(started);

    // Production takes the change, and takes it back.
    app.deploy(&[]);
    eventually("the merge", || {
        page(&serving, "shop.localhost") == "<h1>pull request</h1>"
    });
    app.json(&["environments", "rollback", "production"]);
    eventually("the rollback", || {
        page(&serving, "shop.localhost") == "<h1>one</h1>"
    });
    assert_eq!(api("shop.localhost").1, "app-service true");

    // Closed.
    app.json(&["environments", "delete", "17"]);
    eventually("the end", || {
        get(&serving, "shop-17.localhost", "/").status == 404
    });
    assert!(
        !get(&serving, "shop-17.localhost", "/")
            .text()
            .contains("href=\"http://shop-17")
    );
    app.json(&["backends", "unlink"]);
    eventually("static /api", || api("shop.localhost").0 == 404);
}
