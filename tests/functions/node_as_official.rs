//! What Node.js apps may rely on because the worker of Azure does it: rejections, framing, and bindings that are not there.

use std::path::Path;

use bytes::Bytes;
use cygnet::functions::Level;
use futures_util::StreamExt as _;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use crate::emulator::write;
use crate::support::{App, run};

fn v4(code: &str) -> App {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "package.json", r#"{"main": "index.js"}"#);
    write(dir.path(), "index.js", code);
    App::with_packages(dir, "node-v4")
}

#[test]
fn an_app_that_listens_for_rejections_goes_on_and_another_one_ends() {
    run(async {
        let code = "
const { app } = require('@azure/functions');
if (LISTENS) process.on('unhandledRejection', error => console.log('the app heard: ' + error.message));
app.http('floating', { handler: async () => {
  Promise.reject(new Error('nobody waits'));
  await new Promise(resolve => setTimeout(resolve, 50));
  return { body: String(process.pid) };
} });";
        let app = v4(&code.replace("LISTENS", "true"));
        let first = app.call("GET", "/api/floating").await;
        let second = app.call("GET", "/api/floating").await;
        assert_eq!((first.status, second.status), (200, 200));
        assert_eq!(first.text(), second.text(), "the same process");
        app.said("the app heard: nobody waits").await;
        app.host.stop().await;

        let app = v4(&code.replace("LISTENS", "false"));
        assert_eq!(app.call("GET", "/api/floating").await.status, 500);
        app.said("Unhandled rejection: Error: nobody waits").await;
        app.host.stop().await;
    });
}

#[test]
fn streamed_calls_of_every_method_may_have_a_body() {
    run(async {
        let app = v4("
const { app } = require('@azure/functions');
app.setup({ enableHttpStream: true });
app.http('count', { methods: ['GET', 'POST', 'DELETE'], handler: async request =>
  ({ body: `${request.method} ${(await request.text()).length}` }) });");
        for (method, body, expected) in [
            ("DELETE", "twelve bytes", "DELETE 12"),
            ("DELETE", "", "DELETE 0"),
            ("POST", "twelve bytes", "POST 12"),
            ("POST", "", "POST 0"),
            // The library leaves it out.
            ("GET", "twelve bytes", "GET 0"),
            ("GET", "", "GET 0"),
        ] {
            let length = body.len().to_string();
            let headers = [("content-length", length.as_str())];
            let answer = app.send(method, "/api/count", &headers, body).await;
            assert_eq!((answer.status, answer.text()), (200, expected));
        }
        // Without a length: in chunks.
        let chunks = futures_util::stream::iter(["some", "more"]).map(|text| {
            let data = Bytes::from_static(text.as_bytes());
            Ok::<_, cygnet::http::body::BoxError>(http_body::Frame::data(data))
        });
        let body = cygnet::http::body::Body::streamed(http_body_util::StreamBody::new(chunks));
        let request = crate::support::request("DELETE", "/api/count", &[], body);
        let answer = app.host.handle(request).await.into_body();
        let answer = answer.collect().await.unwrap().to_bytes();
        assert_eq!(answer, "DELETE 8");
        app.host.stop().await;
    });
}

#[test]
fn a_model_of_its_own_and_the_host_it_is_told_of() {
    run(async {
        let app = v4("
const core = require('@azure/functions-core');
core.setProgrammingModel({
  name: 'own', version: '1',
  getInvocationModel: () => ({
    getArguments: async () => ({ context: {}, inputs: [] }),
    invokeFunction: async (context, inputs, handler) => handler(),
    getResponse: async (context, result) => ({ returnValue: { http: { body: { string: result } } } }),
  }),
});
core.registerFunction({ name: 'own', bindings: {
  req: { type: 'httpTrigger', direction: 'in', authLevel: 'anonymous' },
  $return: { type: 'http', direction: 'out' },
} }, () => core.hostVersion);");
        let answer = app.call("GET", "/api/own").await;
        assert_eq!(answer.status, 200, "{}", app.terminal());
        let mut numbers = answer.text().split('.');
        assert_eq!(numbers.next(), Some("4"), "{}", answer.text());
        app.host.stop().await;
    });
}

/// AP-86: said at the start, at the first call, and to the code that uses them.
#[test]
fn bindings_that_do_nothing_are_said() {
    run(async {
        let app = v4("
const { app, input, output } = require('@azure/functions');
const doc = input.cosmosDB({ name: 'doc', databaseName: 'd', containerName: 'c', connection: 'C' });
const queue = output.storageQueue({ name: 'queue', queueName: 'q', connection: 'C' });
app.http('doc', { extraInputs: [doc], handler: async (request, context) => ({ jsonBody: context.extraInputs.get(doc) }) });
app.http('queue', { extraOutputs: [queue], handler: async (request, context) => {
  context.extraOutputs.set(queue, 'lost');
  return { body: 'queued' };
} });");
        app.said("the input `doc` (cosmosDB) of the function 'doc' does nothing here, as in managed functions of Azure (AP-86)").await;
        assert_eq!(app.call("GET", "/api/doc").await.status, 500);
        app.said("the input 'doc' (cosmosDB) has no value").await;
        for _ in 0..2 {
            assert_eq!(app.call("GET", "/api/queue").await.text(), "queued");
        }
        let said: Vec<_> = app.all_lines();
        let said: Vec<_> = said
            .iter()
            .filter(|line| line.text.contains("the output `queue` (queue)"))
            .collect();
        // At the start, and once in the log of the calls.
        assert_eq!(said.len(), 2, "{said:#?}");
        assert_eq!(said[1].function.as_deref(), Some("queue"));
        assert!(said[1].level == Level::Warning && said[1].invocation.is_some());
        app.host.stop().await;
    });
}

#[test]
fn an_input_of_the_v3_model_says_that_it_has_no_value() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let bindings = r#"{"bindings": [{"type": "httpTrigger", "direction": "in", "name": "req"},
            {"type": "table", "direction": "in", "name": "rows"}, {"type": "http", "direction": "out", "name": "res"}]}"#;
        for (name, code) in [
            (
                "zero",
                "module.exports = async () => ({ res: { status: 0 } });",
            ),
            (
                "uses",
                "module.exports = async (context) => { context.res = { body: context.bindings.rows }; };",
            ),
            (
                "sets",
                "module.exports = async (context, req) => { context.bindings.rows = 1; context.res = { body: req.method + context.bindings.rows }; };",
            ),
        ] {
            write(dir.path(), &format!("{name}/function.json"), bindings);
            write(dir.path(), &format!("{name}/index.js"), code);
        }
        let app = App::start_in(dir, |_| {});
        assert_eq!(app.call("GET", "/api/uses").await.status, 500);
        app.said("the input 'rows' (table) has no value").await;
        assert_eq!(app.call("GET", "/api/sets").await.text(), "GET1");
        // No response can have it, and it is not taken for a missing one.
        assert_eq!(app.call("GET", "/api/zero").await.status, 500);
        app.said("the status 0 cannot be sent").await;
        app.host.stop().await;
    });
}

/// Writes functions by name and expression, whose answer is the output `out`.
fn functions_of_v3(dir: &Path, out: &str, functions: &[(&str, &str)]) {
    let bindings = json!({"bindings": [
        {"type": "httpTrigger", "authLevel": "anonymous", "direction": "in", "name": "req"},
        {"type": "http", "direction": "out", "name": out},
    ]});
    for (name, code) in functions {
        write(dir, &format!("{name}/function.json"), bindings.to_string());
        write(
            dir,
            &format!("{name}/index.js"),
            format!("module.exports = {code};"),
        );
    }
}

/// What a function of the v3 model is told of its call, written as it is asked; `/api/large` answers with text of any length.
#[test]
fn the_v3_model_tells_of_a_call_and_takes_what_the_app_changes() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let functions = [
            (
                "data",
                "async (context, req) => { const first = context.bindingData; const { sys, ...rest } = { ...context }.bindingData; rest.same = first === context.bindingData; rest.sys = [sys.methodName, Number.isFinite(Date.parse(sys.utcNow)), sys.randGuid.length]; context.bindingData = 'mine'; rest.set = context.bindingData; rest.req = [req.headers, req.query]; context.res = { body: JSON.stringify(rest), headers: { 'content-type': 'application/json' } }; }",
            ),
            (
                "large",
                "async (context, req) => { context.res = { body: req.query.text.repeat(Number(req.query.times)), headers: { 'x-sent': 'as it is' } }; }",
            ),
        ];
        functions_of_v3(dir.path(), "res", &functions);
        let app = App::start_in(dir, |_| {});
        let headers = [
            ("content-type", "application/json"),
            ("x-empty", ""),
            ("x-two", "a"),
            ("x-two", "b"),
            ("__proto__", "h"),
        ];
        let told = app
            .send(
                "POST",
                "/api/data?Number=7&__proto__=q&Number=8",
                &headers,
                r#"{"Body": {"Deep": [1]}, "none": null}"#,
            )
            .await
            .json();
        assert_eq!(told["body"], json!({"deep": [1]}));
        assert_eq!((&told["none"], &told["number"]), (&Value::Null, &json!(8)));
        assert_eq!(told["query"]["number"], "7,8");
        assert_eq!(told["headers"]["x-two"], "a,b");
        assert_eq!(told["sys"], json!(["data", true, 36]));
        assert_eq!(
            (&told["same"], &told["set"]),
            (&json!(true), &json!("mine"))
        );
        let (headers, query) = (&told["req"][0], &told["req"][1]);
        assert_eq!(
            (&headers["x-empty"], &headers["x-two"]),
            (&json!(""), &json!("a,b"))
        );
        assert_eq!(
            (&headers["__proto__"], &query["__proto__"]),
            (&json!("h"), &json!("q"))
        );
        assert_eq!(query["Number"], "7,8");
        // Written with the head in one piece, and beside it; of one byte a character, and of more.
        for (text, times) in [
            ("x", 1),
            ("%C3%A9%E2%82%AC", 3_000),
            ("x", 16_384),
            ("x", 16_385),
            ("%F0%9F%A6%A2", 100_000),
        ] {
            let path = format!("/api/large?text={text}&times={times}");
            let answer = app.call("GET", &path).await;
            let text = percent_encoding::percent_decode_str(text)
                .decode_utf8()
                .unwrap();
            assert!(answer.text() == text.repeat(times), "{path}");
            assert_eq!(answer.header("x-sent"), Some("as it is"));
        }
        app.host.stop().await;
    });
}

#[test]
fn the_first_of_done_a_promise_and_a_throw_counts_and_ends_no_process() {
    run(async {
        let dir = tempfile::tempdir().unwrap();
        let functions = [
            (
                "both",
                "(context) => { context.done(null, { body: 'done' }); return Promise.resolve({ body: 'late' }); }",
            ),
            (
                "fails",
                "async (context) => { context.done(new Error('failed by done')); throw new Error('and late'); }",
            ),
            (
                "throws",
                "(context) => { context.done(new Error('unheard of')); throw new Error('thrown at once'); }",
            ),
            ("rejects", "() => Promise.reject(undefined)"),
            ("pid", "async () => ({ body: String(process.pid) })"),
        ];
        functions_of_v3(dir.path(), "$return", &functions);
        let app = App::start_in(dir, |_| {});
        let before = app.call("GET", "/api/pid").await;
        assert_eq!(app.call("GET", "/api/both").await.text(), "done");
        app.said("Choose either to return a promise or call 'done'")
            .await;
        for (name, why) in [("fails", "failed by done"), ("throws", "thrown at once")] {
            assert_eq!(app.call("GET", &format!("/api/{name}")).await.status, 500);
            app.said(why).await;
        }
        assert_eq!(app.call("GET", "/api/rejects").await.status, 500);
        assert_eq!(before.text(), app.call("GET", "/api/pid").await.text());
        app.host.stop().await;
    });
}
