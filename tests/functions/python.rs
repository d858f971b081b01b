//! Managed Python functions on real Python with the real `azure-functions` (B1).

use crate::support::{App, copy, routes, run};
use bytes::Bytes;
use cygnet::functions::{HostStatus, Level};

async fn failure(app: &App) -> String {
    match app.settled().await {
        HostStatus::Failed(error) => error.message,
        other => panic!("it started: {other:?}"),
    }
}

#[test]
fn v2_makes_an_environment_installs_and_lists_its_http_functions() {
    run(async {
        let app = App::start_in(copy("python-v2"), |_| {});
        let routes = routes(&app.settled().await);
        assert!(
            routes.contains(&"GET,POST api/hello".to_owned()),
            "{routes:?}"
        );
        assert!(
            routes.contains(&"GET api/items/{id:int}/{rest?}".to_owned()),
            "blueprint: {routes:?}"
        );
        assert!(
            routes.contains(&" api/text".to_owned()),
            "no methods means all: {routes:?}"
        );
        assert!(
            !routes.iter().any(|route| route.contains("tick")),
            "AP-61: {routes:?}"
        );
        app.said("invalid trigger of type 'timerTrigger' and direction 'In'. Currently, only httpTriggers are supported.").await;
        app.said("Azure refuses the setting `WEBSITE_MINE`").await;
        app.said("running `python3 -m venv --without-pip .venv`")
            .await;
        app.said("-m pip --python .venv/bin/python install -r requirements.txt`")
            .await;
        assert!(!app.terminal().contains("Collecting"), "{}", app.terminal());
        app.said("loading the app").await;
        assert!(app.dir.path().join(".venv/bin/python").exists());

        // The same list is installed once; another one is installed again, beside the worker that answers.
        let count = |app: &App| {
            app.all_lines()
                .iter()
                .filter(|line| line.text.starts_with("running `"))
                .filter(|line| line.text.contains("install -r requirements.txt"))
                .count()
        };
        let file = app.dir.path().join("requirements.txt");
        let mut status = app.host.status();
        status.mark_unchanged();
        app.host.restart("nothing changed");
        tokio::time::timeout(crate::support::DEADLINE, status.changed())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(count(&app), 1);
        std::fs::write(file, "azure-functions>=1.21\nmarkupsafe\n").unwrap();
        status.mark_unchanged();
        app.host.restart("requirements.txt changed");
        tokio::time::timeout(crate::support::DEADLINE, status.changed())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(count(&app), 2);
        app.host.stop().await;
    });
}

#[test]
fn v2_requests_and_responses_as_python_has_them() {
    run(async {
        let app = App::start("python-v2");
        let hello = app.call("GET", "/api/hello").await;
        assert_eq!(
            hello.header("content-type"),
            Some("text/plain; charset=utf-8")
        );
        assert_eq!(hello.header("x-function"), Some("hello"));
        assert_eq!(hello.header("x-invocation").map(str::len), Some(36));
        let item = app.call("GET", "/api/items/7").await;
        assert_eq!(item.header("content-type"), Some("application/json"));
        assert_eq!(item.json()["method"], "GET");
        let cookie = [("cookie", "k=v")];
        let cookies = app.send("GET", "/api/cookies", &cookie, Bytes::new()).await;
        assert_eq!(
            cookies.header("set-cookie"),
            Some("a=x; path=/; samesite=strict; httponly")
        );
        let setting = app.call("GET", "/api/setting").await.json();
        assert_eq!(setting["runtime"], "python");

        let form = [("content-type", "application/x-www-form-urlencoded")];
        let form = app
            .send("POST", "/api/form", &form, "a=1&b=%C3%A9")
            .await
            .json();
        assert_eq!(form["form"], serde_json::json!({"a": "1", "b": "é"}));

        let text = app.call("GET", "/api/text").await;
        assert_eq!(
            (text.status, text.text(), text.header("content-type")),
            (200, "only text", Some("text/plain; charset=utf-8"))
        );
        app.host.stop().await;
    });
}

#[test]
fn what_is_no_response_is_an_empty_500() {
    run(async {
        let app = App::start("python-v2");
        for (path, said) in [
            ("/api/nothing", "returned NoneType"),
            ("/api/wrong", "returned dict"),
            ("/api/throws", "ValueError: this function throws"),
            ("/api/throws-later", "KeyError: 'and this one throws later'"),
        ] {
            let answer = app.call("GET", path).await;
            assert_eq!((answer.status, answer.body.len()), (500, 0), "{path}");
            assert_eq!(answer.header("content-type"), None);
            let line = app.said(said).await;
            assert_eq!(line.level, Level::Error);
            assert!(line.function.is_some() && line.invocation.is_some());
        }
        let stack = app.said("this function throws").await;
        assert!(
            stack.text.contains("function_app.py\", line "),
            "{}",
            stack.text
        );
        assert!(!stack.text.contains("cygnet_worker"), "{}", stack.text);
        app.host.stop().await;
    });
}

#[test]
fn a_body_without_a_length_passes_unharmed() {
    use http_body_util::BodyExt as _;
    run(async {
        let app = App::start("python-v2");
        let bytes: Vec<u8> = (0..5 * 1024 * 1024u32)
            .map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8)
            .collect();
        // Chunked: the host of Azure hands no such body over, ours does.
        let chunks = bytes
            .chunks(70_001)
            .map(Bytes::copy_from_slice)
            .collect::<Vec<_>>();
        let frames = chunks
            .into_iter()
            .map(|chunk| Ok::<_, cygnet::http::body::BoxError>(http_body::Frame::data(chunk)));
        let stream = http_body_util::StreamBody::new(futures_util::stream::iter(frames));
        let body = cygnet::http::body::Body::streamed(stream);
        let request = crate::support::request("POST", "/api/echo", &[], body);
        let answer = app.host.handle(request).await.into_body();
        assert!(answer.collect().await.unwrap().to_bytes() == bytes);
        app.host.stop().await;
    });
}

#[test]
fn sync_functions_run_beside_each_other_each_with_its_own_context() {
    run(async {
        let app = App::start("python-v2");
        app.settled().await;
        assert_eq!(app.call("GET", "/api/setting").await.json()["main"], false);
        let start = std::time::Instant::now();
        let targets: Vec<String> = (0..40)
            .map(|tag| format!("/api/slow-thread?ms=500&tag={tag}"))
            .collect();
        let calls = targets.iter().map(|target| app.call("GET", target));
        for (tag, answer) in futures_util::future::join_all(calls)
            .await
            .iter()
            .enumerate()
        {
            assert_eq!(answer.text(), tag.to_string());
        }
        // One after another they would take 20 seconds.
        assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
        let line = app.said("thread of 7").await;
        assert_eq!(line.function.as_deref(), Some("slow_thread"));
        app.host.stop().await;
    });
}

#[test]
fn v1_functions_and_one_that_does_not_load() {
    run(async {
        let app = App::start("python-v1");
        let hello = app.call("GET", "/api/hello?name=Ada").await;
        assert_eq!(hello.text(), "Hello from v1, Ada!");
        let error = app.said("and says an error").await;
        assert_eq!(
            (error.level, error.function.as_deref()),
            (Level::Error, Some("hello"))
        );

        let params = app.call("GET", "/api/things/7").await;
        assert_eq!(
            (params.status, params.header("content-type")),
            (203, Some("application/json"))
        );
        let params = params.json();
        assert_eq!(params["params"], serde_json::json!({"id": "7"}));
        assert_eq!(
            (&params["name"], &params["both"]),
            (&"params".into(), &"Hello from v1, params!".into())
        );
        assert!(params["directory"].as_str().unwrap().ends_with("/params"));
        assert_eq!(
            app.call("GET", "/api/returns").await.text(),
            "{\n  \"a\": 1\n}"
        );

        // One function that does not load fails alone.
        assert_eq!(app.call("GET", "/api/missing").await.status, 500);
        app.said("does_not_exist").await;
        assert_eq!(app.call("GET", "/api/unfit").await.status, 500);
        app.said("cannot load the unfit function: the following parameters are declared in Python but not in").await;
        app.said(
            "the file 'tick/function.json' has specified an invalid trigger of type 'timerTrigger'",
        )
        .await;
        app.host.stop().await;
    });
}

#[test]
fn asgi_and_wsgi_apps_work_with_a_warning() {
    run(async {
        let asgi = "import azure.functions as func

async def site(scope, receive, send):
    if scope['type'] == 'lifespan':
        await receive()
        await send({'type': 'lifespan.startup.complete'})
        return
    body = (await receive())['body']
    path = scope['path'].encode()
    await send({'type': 'http.response.start', 'status': 207, 'headers': [(b'x-path', path)]})
    await send({'type': 'http.response.body', 'body': b'asgi ' + body})

app = func.AsgiFunctionApp(app=site, http_auth_level=func.AuthLevel.ANONYMOUS)
";
        let wsgi = "import azure.functions as func

def site(environ, start):
    start('208 Fine', [('x-path', environ['PATH_INFO'])])
    return [b'wsgi ' + environ['wsgi.input'].read()]

app = func.WsgiFunctionApp(app=site, http_auth_level=func.AuthLevel.ANONYMOUS)
";
        for (text, status, start) in [(asgi, 207, "asgi"), (wsgi, 208, "wsgi")] {
            let dir = copy("python-v2");
            std::fs::write(dir.path().join("function_app.py"), text).unwrap();
            let app = App::with_packages(dir, "python-v2");
            let answer = app.send("POST", "/api/deep/er", &[], "sent").await;
            assert_eq!(
                (answer.status, answer.text()),
                (status, format!("{start} sent").as_str())
            );
            assert_eq!(answer.header("x-path"), Some("/api/deep/er"));
            app.said("works here, but Azure refuses it").await;
            app.host.stop().await;
        }
    });
}

#[test]
fn what_keeps_an_app_from_loading_is_said_with_its_place() {
    run(async {
        for (text, message, said) in [
            (
                "import azure.functions as func\n\ndef broken(:\n",
                "SyntaxError",
                "function_app.py\", line 3",
            ),
            (
                "import not_there\n",
                "ModuleNotFoundError: No module named 'not_there'",
                "function_app.py\", line 1",
            ),
            (
                "import azure.functions as func\n",
                "defines no function app",
                "defines no function app",
            ),
            (
                "import azure.functions as func\na = func.FunctionApp()\nb = func.FunctionApp()\n",
                "defines 2 function apps",
                "defines 2 function apps",
            ),
            (
                "import azure.functions as func\napp = func.FunctionApp()\n@app.route(route='x')\ndef x(request): pass\n",
                "cannot load the x function: the following parameters are declared in Python but not in",
                "cannot load the x function",
            ),
        ] {
            let dir = copy("python-v2");
            std::fs::write(dir.path().join("function_app.py"), text).unwrap();
            let app = App::with_packages(dir, "python-v2");
            let failed = failure(&app).await;
            assert!(failed.contains(message), "{failed}");
            app.said(said).await;
            app.host.stop().await;
        }
    });
}

#[test]
fn an_app_without_its_library_is_told_what_to_do() {
    run(async {
        let dir = copy("python-v2");
        let made = std::process::Command::new("python3")
            .args(["-m", "venv", "--without-pip", ".venv"])
            .current_dir(dir.path())
            .status()
            .unwrap();
        assert!(made.success());
        let app = App::start_in(dir, |options| options.install = false);
        let failed = failure(&app).await;
        assert!(
            failed.contains("the package `azure-functions` is not installed"),
            "{failed}"
        );
        app.said("azure-functions of requirements.txt is not installed")
            .await;
        assert_eq!(app.call("GET", "/api/hello").await.status, 500);
        app.host.stop().await;
    });
}

#[test]
fn what_requirements_txt_lists_and_is_missing_is_named() {
    run(async {
        let dir = copy("python-v2");
        let list = "# c\npip>=1\nazure-functions\nno-such-package-a ~= 2.0  # why\nno-such-b[x]\n-r other.txt\nc @ https://c\nd; python_version < '3'\n";
        std::fs::write(dir.path().join("requirements.txt"), list).unwrap();
        let app = App::with_packages_and(dir, "python-v2", |options| options.install = false);
        app.said("no-such-package-a, no-such-b of requirements.txt is not installed")
            .await;
        app.host.stop().await;
    });
}
