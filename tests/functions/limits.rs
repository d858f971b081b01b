//! What `host.json` and settings make of calls: time limits, throttling, allow lists, overrides (B1).

use crate::support::{App, copy, gone, run};

/// The Python fixture with a `host.json` and settings of one's own.
fn app(host: &str, settings: &str) -> App {
    let dir = copy("python-v2");
    std::fs::write(dir.path().join("host.json"), host).unwrap();
    let settings = format!("{{\"IsEncrypted\": false, \"Values\": {{{settings}}}}}");
    std::fs::write(dir.path().join("local.settings.json"), settings).unwrap();
    App::with_packages(dir, "python-v2")
}

async fn pid(app: &App) -> u64 {
    let setting = app.call("GET", "/api/setting").await.json();
    setting["pid"].as_u64().unwrap()
}

#[test]
fn a_call_that_takes_too_long_fails_and_its_worker_is_replaced_without_harm_to_others() {
    run(async {
        let app = app(r#"{"version": "2.0", "functionTimeout": "00:00:01"}"#, "");
        let old = pid(&app).await;
        let endless = app.call("GET", "/api/slow?ms=600000");
        let shorter = async {
            // Begins later and ends after the other was given up, in the worker that is being replaced.
            tokio::time::sleep(std::time::Duration::from_millis(600)).await;
            app.call("GET", "/api/slow?ms=700").await
        };
        let (endless, shorter) = tokio::join!(endless, shorter);
        assert_eq!((endless.status, endless.body.len()), (500, 0));
        assert_eq!((shorter.status, shorter.text()), (200, "slow"));
        let line = app
            .said("took longer than 1 s (functionTimeout in host.json)")
            .await;
        assert_eq!(line.function.as_deref(), Some("slow"));
        gone(old).await;
        assert_ne!(pid(&app).await, old);
        app.host.stop().await;
    });
}

#[test]
fn too_many_calls_at_once_are_429_with_a_hint_for_scaling() {
    run(async {
        let host = r#"{"version": "2.0", "extensions": {"http": {"maxOutstandingRequests": 9}}}"#;
        let setting = r#""AzureFunctionsJobHost__extensions__http__maxOutstandingRequests": "2""#;
        let app = app(host, setting);
        app.settled().await;
        let calls = (0..5).map(|_| app.call("GET", "/api/slow?ms=600"));
        let mut answers = futures_util::future::join_all(calls).await;
        answers.sort_by_key(|answer| answer.status);
        let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        assert_eq!(statuses, [200, 200, 429, 429, 429]);
        assert_eq!(answers[4].header("x-function-scaleout"), Some("1"));
        assert_eq!(app.call("GET", "/api/hello").await.status, 200);
        app.host.stop().await;
    });
}

#[test]
fn a_list_of_functions_lets_only_those_load_and_disabled_ones_are_said() {
    run(async {
        let host = r#"{"version": "2.0", "functions": ["HELLO"]}"#;
        let app = app(host, r#""AzureWebJobs.hello.Disabled": "true""#);
        let functions = app.settled().await.functions();
        let functions = functions.unwrap_or_else(|| panic!("{}", app.terminal()));
        let names: Vec<String> = functions.into_iter().map(|each| each.name).collect();
        assert_eq!(names, ["hello"]);
        assert_eq!(app.call("GET", "/api/text").await.status, 404);
        app.said("the function 'hello' is switched off by AzureWebJobs.hello.Disabled")
            .await;
        assert_eq!(app.call("GET", "/api/hello").await.status, 200);
        app.host.stop().await;
    });
}

#[test]
fn a_body_beyond_the_limit_is_413() {
    run(async {
        let app = app(
            r#"{"version": "2.0"}"#,
            r#""FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "1000""#,
        );
        assert_eq!(
            app.send("POST", "/api/echo", &[], vec![1; 1000])
                .await
                .status,
            200
        );
        let answer = app.send("POST", "/api/echo", &[], vec![1; 1001]).await;
        assert_eq!((answer.status, answer.body.len()), (413, 0));
        app.host.stop().await;
    });
}
