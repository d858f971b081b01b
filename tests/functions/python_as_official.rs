//! What Python apps may rely on because the worker of Azure does it, and what it refuses to load.

use bytes::Bytes;
use cygnet::functions::HostStatus;

use crate::emulator::write;
use crate::support::{App, copy, run};

fn v2(functions: &str) -> App {
    let dir = copy("python-v2");
    let code = format!(
        "import asyncio, json, typing\nimport azure.functions as func\n\napp = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)\n\n{functions}"
    );
    write(dir.path(), "function_app.py", code);
    App::with_packages(dir, "python-v2")
}

#[test]
fn annotations_that_do_not_load_there_do_not_load_here() {
    run(async {
        for (signature, expected) in [
            (
                "req: func.HttpRequest) -> func.HttpResponse | str",
                "has invalid non-type return annotation",
            ),
            (
                "req: func.HttpRequest) -> dict",
                "Python return annotation \"dict\" does not match binding type \"http\"",
            ),
            (
                "req: func.HttpRequest) -> int",
                "Python return annotation \"int\" does not match",
            ),
            (
                "req: func.HttpRequest) -> None",
                "Python return annotation \"NoneType\" does not match",
            ),
            (
                "req: typing.Optional[func.HttpRequest])",
                "binding req has invalid non-type annotation",
            ),
            (
                "req: func.HttpResponse)",
                "does not match its Python annotation \"HttpResponse\"",
            ),
        ] {
            let app = v2(&format!(
                "@app.route(route='x')\ndef x({signature}:\n    return 'x'\n"
            ));
            let HostStatus::Failed(error) = app.settled().await else {
                panic!("{signature} is loaded");
            };
            let begin = "cannot load the x function: ";
            assert!(
                error.message.starts_with(begin) && error.message.contains(expected),
                "{error}"
            );
            app.host.stop().await;
        }
    });
}

#[test]
fn requests_and_responses_have_the_shapes_of_the_worker_of_azure() {
    run(async {
        let app = v2("
@app.route(route='query')
def query(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    seen = {'query': dict(req.params), 'local': context.thread_local_storage.invocation_id == context.invocation_id,
            'retry': context.retry_context.rpc_exception, 'trace': context.trace_context.Traceparent}
    response = func.HttpResponse(json.dumps(seen))
    response.headers.add('X-Twice', 'first')
    response.headers.add('X-Twice', 'last')
    return response

@app.route(route='text')
def text(req: str):
    return 'never'

@app.route(route='rows')
@app.generic_input_binding(arg_name='rows', type='sql')
def rows(req: func.HttpRequest, rows) -> str:
    return 'never'
");
        let answer = app.call("GET", "/api/query?a=1&e=&b=").await;
        assert_eq!(answer.header("x-twice"), Some("last"), "{}", app.terminal());
        let seen = answer.json();
        assert_eq!(seen["query"], serde_json::json!({"a": "1"}));
        assert_eq!(
            (&seen["local"], &seen["retry"]),
            (&true.into(), &serde_json::Value::Null)
        );
        let trace = seen["trace"].as_str().unwrap();
        assert!(trace.len() == 55 && trace.starts_with("00-"), "{trace}");
        let given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let headers = [("traceparent", given)];
        let seen = app
            .send("GET", "/api/query", &headers, Bytes::new())
            .await
            .json();
        assert_eq!(seen["trace"], given);

        // These two load, and every call fails.
        assert_eq!(app.call("GET", "/api/text").await.status, 500);
        app.said("cannot be decoded as str").await;
        app.said("the input `rows` (sql) of the function 'rows' does nothing here")
            .await;
        assert_eq!(app.call("GET", "/api/rows").await.status, 500);
        app.said("the input 'rows' (sql) of the function 'rows' has no value")
            .await;
        app.host.stop().await;
    });
}

#[test]
fn a_function_runs_to_its_end_although_its_caller_has_left() {
    run(async {
        let app = v2("
@app.route(route='lasting')
async def lasting(req: func.HttpRequest) -> func.HttpResponse:
    print('it begins')
    await asyncio.sleep(0.3)
    print('it ends')
    raise ValueError('nobody hears it')
");
        let host = app.host.clone();
        let request =
            crate::support::request("GET", "/api/lasting", &[], cygnet::http::body::empty());
        let caller = tokio::task::spawn_local(async move { host.handle(request).await });
        app.said("it begins").await;
        caller.abort();
        app.said("it ends").await;
        let line = app.said("ValueError: nobody hears it").await;
        assert_eq!(line.function.as_deref(), Some("lasting"));
        app.host.stop().await;
    });
}
