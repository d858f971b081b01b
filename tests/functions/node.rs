//! Managed Node.js functions on real Node.js with the real `@azure/functions` (B1).

use crate::support::{App, copy, routes, run};
use bytes::Bytes;
use cygnet::functions::{HostError, HostStatus, Level};

#[test]
fn v4_installs_starts_and_lists_its_http_functions() {
    run(async {
        let app = App::start_in(copy("node-v4"), |_| {});
        let status = app.settled().await;
        let routes = routes(&status);
        assert!(
            routes.contains(&"GET,POST api/hello".to_owned()),
            "{routes:?}"
        );
        assert!(
            routes.contains(&"GET api/items/{id:int}/{rest?}".to_owned()),
            "{routes:?}"
        );
        assert!(
            !routes.iter().any(|route| route.contains("tick")),
            "AP-61: {routes:?}"
        );
        // AP-61 in Azure's words, AP-71, and the install.
        app.said("invalid trigger of type 'timerTrigger' and direction 'In'. Currently, only httpTriggers are supported.").await;
        app.said("Azure refuses the setting `WEBSITE_MINE`").await;
        app.said("running `npm install`").await;
        app.said("appStart hook").await;
        let installs = |app: &App| {
            let lines = app.all_lines();
            let is_install = |line: &&cygnet::functions::Line| line.text.contains("running `npm");
            lines.iter().filter(is_install).count()
        };
        let mut status = app.host.status();
        for (adapt, count) in [(false, 1), (true, 2)] {
            if adapt {
                let file = app.dir.path().join("package.json");
                let text = std::fs::read_to_string(&file).unwrap();
                let more =
                    text.replace("\"dependencies\": {", "\"dependencies\": { \"ms\": \"^2\",");
                assert_ne!(text, more);
                std::fs::write(file, more).unwrap();
            }
            status.mark_unchanged();
            app.host.restart("package.json changed");
            let swapped = tokio::time::timeout(crate::support::DEADLINE, status.changed());
            swapped.await.unwrap().unwrap();
            assert_eq!(installs(&app), count);
        }
        assert!(app.dir.path().join("node_modules/ms").is_dir());
        assert!(
            app.dir
                .path()
                .join("node_modules/@azure/functions")
                .is_dir()
        );
        app.host.stop().await;
    });
}

#[test]
fn v4_responses_as_node_writes_them() {
    run(async {
        let app = App::start("node-v4");
        let hello = app.call("GET", "/api/hello").await;
        assert_eq!(
            hello.header("content-type"),
            Some("text/plain;charset=UTF-8")
        );
        let principal =
            "eyJpZGVudGl0eVByb3ZpZGVyIjoiZ2l0aHViIiwidXNlcklkIjoiNyIsInVzZXJEZXRhaWxzIjoiYWRhIn0=";
        let headers = [("x-ms-client-principal", principal)];
        let item = app
            .send("GET", "/api/items/7", &headers, Bytes::new())
            .await;
        assert_eq!(item.json()["user"]["username"], "ada");
        let cookie = [("cookie", "k=v")];
        let cookies = app.send("GET", "/api/cookies", &cookie, Bytes::new()).await;
        assert_eq!(
            cookies.header("set-cookie"),
            Some("a=x%20y; path=/; samesite=strict; httponly")
        );
        assert_eq!(
            app.call("GET", "/api/hooked").await.header("x-hook"),
            Some("number")
        );
        let nothing = app.call("GET", "/api/nothing").await;
        assert_eq!((nothing.status, nothing.body.len()), (204, 0));
        app.host.stop().await;
    });
}

#[test]
fn what_a_function_throws_is_told_with_its_stack() {
    run(async {
        let app = App::start("node-v4");
        let thrown = app.call("GET", "/api/throws").await;
        assert_eq!(
            (
                thrown.status,
                thrown.body.len(),
                thrown.header("content-type")
            ),
            (500, 0, None)
        );
        let stack = app.said("this function throws").await;
        assert_eq!(
            (stack.level, stack.function.as_deref()),
            (Level::Error, Some("throws"))
        );
        assert!(stack.text.contains("http.js:"), "{}", stack.text);
        assert!(
            stack
                .render()
                .lines()
                .all(|line| line.starts_with("[api] "))
        );
        app.host.stop().await;
    });
}

#[test]
fn v4_as_a_module_with_top_level_await() {
    run(async {
        let app = App::start("node-esm");
        assert_eq!(app.call("GET", "/api/esm").await.text(), "from a module");
        app.host.stop().await;
    });
}

#[test]
fn v4_streams_when_the_app_asks_for_it() {
    use http_body_util::BodyExt as _;
    run(async {
        let app = App::start("node-stream");
        let request = crate::support::request(
            "GET",
            "/api/chunks/x?y=1",
            &[("x-agent", "me")],
            cygnet::http::body::empty(),
        );
        let mut response = app.host.handle(request).await;
        assert_eq!(response.status(), 202);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert!(!response.headers().contains_key("x-ms-invocation-id"));
        // The function waits for the gate: the first chunk can only arrive before it ends.
        let first = response
            .body_mut()
            .frame()
            .await
            .unwrap()
            .unwrap()
            .into_data()
            .unwrap();
        assert_eq!(first, "first x me");
        assert_eq!(app.call("POST", "/api/open").await.text(), "opened");
        assert_eq!(
            response.into_body().collect().await.unwrap().to_bytes(),
            "second"
        );
        let counted = app
            .send("POST", "/api/count", &[], vec![7u8; 3_000_000])
            .await;
        assert_eq!(counted.text(), "3000000 bytes");
        let thrown = app.call("GET", "/api/throws").await;
        assert_eq!((thrown.status, thrown.body.len()), (500, 0));
        app.said("no stream").await;
        app.host.stop().await;
    });
}

#[test]
fn v3_context_request_and_response() {
    run(async {
        let app = App::start_in(copy("node-v3"), |options| options.install = false);
        let hello = app
            .send(
                "POST",
                "/api/hello",
                &[("content-type", "application/json")],
                r#"{"name": "Ada"}"#,
            )
            .await;
        assert_eq!(
            hello.header("content-type"),
            Some("text/plain; charset=utf-8")
        );
        assert_eq!(
            hello.text(),
            "{\n  \"hello\": \"Ada\",\n  \"method\": \"POST\",\n  \"list\": []\n}"
        );
        assert_eq!(hello.header("set-cookie"), Some("c=1; path=/"));
        assert_eq!(
            app.said("v3 was called").await.function.as_deref(),
            Some("hello")
        );
        assert_eq!(app.said("and says an error").await.level, Level::Error);

        let params = app.call("GET", "/api/things/7").await;
        assert_eq!(
            (params.status, params.header("content-type")),
            (203, Some("application/json; charset=utf-8"))
        );
        let params = params.json();
        assert_eq!(params["params"], serde_json::json!({"id": "7"}));
        assert_eq!(params["id"], 7, "binding data is parsed");
        assert_eq!(
            params["keys"],
            serde_json::json!(["method", "url", "originalUrl", "headers", "query", "params"])
        );
        assert_eq!(params["name"], "params");

        let done = app.call("GET", "/api/done").await;
        assert_eq!(
            (done.header("content-type"), done.body.as_ref()),
            (Some("image/x-test"), &[0u8, 1, 255][..])
        );
        let returned = app.send("POST", "/api/returns", &[], "[1]").await;
        assert_eq!(
            (returned.status, returned.text()),
            (202, "second object [1]")
        );

        // One function that does not load fails alone.
        assert_eq!(app.call("GET", "/api/missing").await.status, 500);
        app.said("does-not-exist").await;
        app.said(
            "the file 'tick/function.json' has specified an invalid trigger of type 'timerTrigger'",
        )
        .await;
        app.host.stop().await;
    });
}

#[test]
fn a_missing_build_is_built_in_full_view() {
    run(async {
        let app = App::start("node-ts");
        assert_eq!(app.call("GET", "/api/built").await.text(), "from dist");
        app.said("built it").await;
        app.host.stop().await;

        let broken = copy("node-ts");
        let package =
            r#"{"main": "dist/*.js", "scripts": {"build": "echo no compiler >&2; exit 3"}}"#;
        std::fs::write(broken.path().join("package.json"), package).unwrap();
        let app = App::start_in(broken, |_| {});
        let HostStatus::Failed(HostError { message, .. }) = app.settled().await else {
            panic!("started without a build");
        };
        assert!(
            message.contains("`npm run build` failed: exit code 3"),
            "{message}"
        );
        app.said("no compiler").await;
    });
}
