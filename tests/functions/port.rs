//! The host's own port: home page, `/admin`, direct calls and CORS, as the host of Azure has them.

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::support::{App, copy, run};
use cygnet::functions::{Port, port};
use cygnet::http::AllowedHosts;

struct Own {
    app: App,
    base: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Own {
    fn start(cors: &str) -> Self {
        let dir = copy("python-v2");
        let settings = format!(r#"{{"IsEncrypted": false, "Values": {{}}, "Host": {cors}}}"#);
        std::fs::write(dir.path().join("local.settings.json"), settings).unwrap();
        let port = Port::bind(0).unwrap();
        let number = port.number();
        let app = App::with_packages_and(dir, "python-v2", |options| {
            options.own_port = Some(number);
        });
        let hosts = AllowedHosts::default();
        actix_web::rt::spawn(port::serve(port, app.host.clone(), hosts));
        Self {
            app,
            base: format!("http://127.0.0.1:{number}"),
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }

    async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (u16, http::HeaderMap, String) {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.to_owned().into()).unwrap();
        let (head, body) = self.client.request(request).await.unwrap().into_parts();
        let text = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(text.to_vec()).unwrap();
        (head.status.as_u16(), head.headers, text)
    }

    async fn json(&self, path: &str) -> serde_json::Value {
        let (status, _, text) = self.ask("GET", path, &[], "").await;
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }
}

#[test]
fn calls_home_page_and_administration() {
    run(async {
        let own = Own::start("{}");
        // What comes before the app is ready waits.
        let (status, headers, text) = own.ask("GET", "/api/hello?name=port", &[], "").await;
        assert_eq!((status, text.as_str()), (200, "Hello, port!"));
        assert_eq!(headers.get("x-from-host-json").unwrap(), "yes");
        let setting = own.json("/api/setting").await;
        assert_eq!(
            setting["hostname"],
            own.base.replace("http://127.0.0.1", "localhost")
        );
        let large = "x".repeat(300_000);
        let (_, _, echoed) = own.ask("POST", "/api/echo", &[], &large).await;
        assert!(echoed == large);

        assert_eq!(own.ask("GET", "/", &[], "").await.0, 200);
        assert_eq!(own.json("/admin/host/status").await["state"], "Running");
        let (status, _, text) = own.ask("GET", "/admin/host/ping", &[], "").await;
        assert_eq!((status, text.as_str()), (200, ""));
        let list = own.json("/admin/functions").await;
        let hello = list
            .as_array()
            .unwrap()
            .iter()
            .find(|each| each["name"] == "hello")
            .unwrap();
        assert_eq!(
            hello["invoke_url_template"],
            format!("{}/api/hello", own.base)
        );
        assert_eq!(hello["language"], "python");
        assert_eq!(
            hello["config"]["bindings"][0]["methods"],
            serde_json::json!(["get", "post"])
        );
        assert_eq!(own.json("/admin/functions/HELLO").await["name"], "hello");
        assert_eq!(
            own.json("/admin/functions/hello/status").await,
            serde_json::json!({})
        );
        for path in [
            "/admin/functions/none",
            "/admin/other",
            "/other",
            "/api/none",
        ] {
            let (status, _, text) = own.ask("GET", path, &[], "").await;
            assert_eq!((status, text.as_str()), (404, ""), "{path}");
        }

        let json = ("content-type", "application/json");
        let (status, ..) = own
            .ask(
                "POST",
                "/admin/functions/throws",
                &[json],
                r#"{"input": "x"}"#,
            )
            .await;
        assert_eq!(status, 202);
        own.app.said("this function throws").await;
        assert_eq!(
            own.ask("POST", "/admin/functions/throws", &[json], "{")
                .await
                .0,
            400
        );
        own.app.host.stop().await;
    });
}

#[test]
fn pages_of_named_origins_may_call() {
    run(async {
        let own = Own::start(
            r#"{"CORS": "http://localhost:3000/, http://b.test", "CORSCredentials": true}"#,
        );
        let mine = ("origin", "http://localhost:3000");
        let asked = [
            mine,
            ("access-control-request-method", "PATCH"),
            ("access-control-request-headers", "x-a"),
        ];
        let (status, headers, _) = own.ask("OPTIONS", "/api/hello", &asked, "").await;
        assert_eq!(status, 204);
        let of = |name: &str| headers.get(name).unwrap().to_str().unwrap().to_owned();
        assert_eq!(of("access-control-allow-origin"), "http://localhost:3000");
        assert_eq!(of("access-control-allow-methods"), "PATCH");
        assert_eq!(of("access-control-allow-headers"), "x-a");
        assert_eq!(of("access-control-allow-credentials"), "true");

        let (status, headers, _) = own.ask("GET", "/api/hello", &[mine], "").await;
        assert_eq!(
            (
                status,
                headers
                    .get("access-control-allow-origin")
                    .unwrap()
                    .to_str()
                    .unwrap()
            ),
            (200, mine.1)
        );
        let (status, headers, _) = own
            .ask("GET", "/api/hello", &[("origin", "http://c.test")], "")
            .await;
        assert_eq!(
            (status, headers.get("access-control-allow-origin")),
            (200, None)
        );
        own.app.host.stop().await;
    });
}

#[test]
fn a_taken_port_is_an_error_and_only_loopback_is_used() {
    let port = Port::bind(0).unwrap();
    assert!(Port::bind(port.number()).is_err());
    // AP-70, B1-13, BK-24: nobody reaches the functions from another machine.
    let number = format!(":{:04X} ", port.number());
    let listening: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .flat_map(|table| {
            std::fs::read_to_string(table)
                .unwrap()
                .lines()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .filter(|line| line.contains(&number) && line.contains(" 0A "))
        .collect();
    assert!(!listening.is_empty());
    for line in listening {
        let is_loopback =
            line.contains(" 0100007F:") || line.contains(" 00000000000000000000000001000000:");
        assert!(is_loopback, "{line}");
    }
}
