//! Requests and results, for each capability that changes them.

use serde_json::{Value, json};

use super::support::{Site, json_of};
use crate::emulator::Emulator;

const MODERN: [&str; 4] = [
    "RawHttpBodyBytes",
    "RpcHttpBodyOnly",
    "RpcHttpTriggerMetadataRemoved",
    "UseNullableValueDictionaryForHttp",
];

fn post(emulator: &Emulator, path: &str, kind: &str, body: &[u8]) -> Value {
    let headers = [
        ("content-type", kind),
        ("x-empty", ""),
        ("X-Two", "1"),
        ("x-two", "2"),
        (
            "traceparent",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ),
    ];
    let answer = emulator.send("POST", path, &headers, body);
    serde_json::from_slice(&answer.body)
        .unwrap_or_else(|_| panic!("{answer:?}\n{}", emulator.output()))
}

#[test]
fn a_request_arrives_as_the_worker_can_read_it() {
    // FR-2, FR-4, FR-5: what a worker of today is told.
    let site = Site::new().can(&MODERN);
    let emulator = site.start();
    let hello = emulator.get("/api/hello");
    assert_eq!(
        (hello.status, hello.text().as_str()),
        (200, "hello from gRPC")
    );
    assert_eq!(
        emulator.send("POST", "/api/hello", &[], b"").status,
        404,
        "the method belongs to the route"
    );
    let seen = post(
        &emulator,
        "/api/echo/7?a=1&A=2&empty=&code=k",
        "application/json",
        b"{\"name\": \"n\", \"deep\": [1]}",
    );
    assert_eq!(seen["method"], "POST");
    assert!(
        seen["url"]
            .as_str()
            .unwrap()
            .ends_with("/api/echo/7?a=1&A=2&empty=&code=k")
    );
    assert_eq!(seen["binding"], "req");
    assert_eq!(seen["nullableParams"], json!({"id": "7"}));
    assert_eq!(
        seen["nullableQuery"],
        json!({"a": "1,2", "empty": "", "code": "k"})
    );
    assert_eq!(seen["nullableHeaders"]["content-type"], "application/json");
    assert_eq!(seen["nullableHeaders"]["x-two"], "1,2");
    for plain in ["headers", "query", "params"] {
        assert_eq!(seen[plain], json!({}), "{plain}");
    }
    assert_eq!(
        seen["body"],
        json!(["bytes", "{\"name\": \"n\", \"deep\": [1]}"])
    );
    assert_eq!(seen["rawBody"], json!([null, null]));
    let trigger = &seen["trigger"];
    assert_eq!(trigger["name"], json!(["string", "n"]));
    assert_eq!(trigger["deep"], json!(["json", "[1]"]));
    assert_eq!(trigger["id"], json!(["string", "7"]));
    assert_eq!(trigger["Query"][0], "json");
    assert_eq!(
        (&trigger["code"], &trigger["req"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        seen["loaded"]["note"],
        json!({"note": "echo"}),
        "properties come back"
    );
    assert_eq!(
        seen["loaded"]["bindings"],
        json!({"req": ["httpTrigger", 0], "$return": ["http", 1]})
    );
    assert!(
        seen["traceParent"]
            .as_str()
            .unwrap()
            .starts_with("00-0af7651916cd43dd8448eb211c80319c")
    );
}

#[test]
fn an_old_worker_gets_plain_maps_and_parsed_bodies() {
    // FR-4, FR-5, FR-6: what a worker without capabilities is told.
    let site = Site::new().can(&[]);
    let emulator = site.start();
    let seen = post(
        &emulator,
        "/api/echo/7?a=1&a=2&empty=",
        "application/json",
        b"{\"name\": \"n\"}",
    );
    assert_eq!(seen["params"], json!({"id": "7"}));
    assert_eq!(
        seen["query"],
        json!({"a": "1,2"}),
        "an empty value is left out"
    );
    assert_eq!(seen["headers"]["x-empty"], "");
    assert_eq!(
        (&seen["nullableHeaders"], &seen["nullableParams"]),
        (&json!({}), &json!({}))
    );
    assert_eq!(seen["body"], json!(["json", "{\"name\":\"n\"}"]));
    assert_eq!(seen["rawBody"], json!(["string", "{\"name\": \"n\"}"]));
    assert_eq!(seen["trigger"]["req"], json!(["http", "POST"]));
    let seen = post(&emulator, "/api/echo", "text/plain", b"words");
    assert_eq!(
        (&seen["body"], &seen["rawBody"]),
        (&json!(["string", "words"]), &json!(["string", "words"]))
    );
    assert_eq!(
        seen["params"],
        json!({}),
        "a missing route value is no value"
    );
    let seen = post(
        &emulator,
        "/api/echo",
        "application/octet-stream",
        b"\x01\x02",
    );
    assert_eq!(seen["body"], json!(["bytes", "\u{1}\u{2}"]));
}

#[test]
fn empty_headers_are_left_out_for_workers_that_ask_for_it() {
    let site = Site::new().can(&["IgnoreEmptyValuedRpcHttpHeaders", "RpcHttpBodyOnly"]);
    let emulator = site.start();
    let seen = post(&emulator, "/api/echo", "application/json", b"{}");
    assert_eq!(seen["headers"].get("x-empty"), None);
    assert_eq!(seen["headers"]["x-two"], "1,2");
    assert_eq!(
        (&seen["body"], &seen["rawBody"]),
        (&json!(["string", "{}"]), &json!([null, null]))
    );
}

#[test]
fn each_kind_of_body_is_written_as_azure_writes_it() {
    // FR-9: the list, at the end.
    let site = Site::new();
    let emulator = site.start();
    let text = Some("text/plain; charset=utf-8");
    let cases: [(&str, u16, Option<&str>, &[u8]); 8] = [
        ("string", 200, text, b"text"),
        (
            "json",
            200,
            text,
            b"{\n  \"a\": [\n    1,\n    true\n  ]\n}",
        ),
        ("true", 200, text, b"True"),
        ("bytes", 200, None, b"\x00\xff"),
        ("stream", 200, None, b"\x01\xfe"),
        ("int", 200, text, b"-7"),
        ("double", 200, text, b"1.5"),
        ("none", 200, text, b""),
    ];
    for (kind, status, content_type, body) in cases {
        let answer = emulator.get(&format!("/api/kinds?kind={kind}"));
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, content_type),
            "{kind}"
        );
        assert_eq!(answer.body, body, "{kind}");
    }
    let list = emulator.get("/api/kinds?kind=list");
    assert_eq!((list.status, list.body.len()), (500, 0));
    emulator.wait_for_output("kinds: error: Unknown RpcDataType: CollectionString");
}

#[test]
fn what_is_no_http_value_is_read_as_azure_reads_it() {
    let site = Site::new();
    let emulator = site.start();
    let of = |kind: &str| {
        let answer = emulator.get(&format!("/api/plain?kind={kind}"));
        (answer.status, answer.text())
    };
    assert_eq!(of("hello"), (200, "hello".to_owned()));
    assert_eq!(
        of("%7B%22status%22%3A201%2C%22body%22%3A%22made%22%7D"),
        (201, "made".to_owned())
    );
    assert_eq!(of("json").1, "{\n  \"a\": [\n    1,\n    true\n  ]\n}");
    assert_eq!(of("int"), (200, "-7".to_owned()));
    assert_eq!(of("none"), (204, String::new()));
    let void = emulator.get("/api/void");
    assert_eq!((void.status, void.body.len()), (204, 0));
    let named = emulator.get("/api/named");
    assert_eq!((named.status, named.text().as_str()), (202, "by name"));
}

#[test]
fn cookies_headers_and_status() {
    let site = Site::new();
    let emulator = site.start();
    let answer = emulator.get("/api/cookies");
    assert_eq!((answer.status, answer.text().as_str()), (418, "<b>"));
    assert_eq!(answer.header("x-one"), Some("1"));
    assert_eq!(
        answer.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let set: Vec<&str> = answer
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie")
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(
        set,
        [
            "plain=a%20b; path=/",
            "full=1; expires=Fri, 02 Jan 1970 00:00:00 GMT; max-age=60; domain=example.com; path=/p; secure; samesite=strict; httponly",
            "cross=1; path=/; samesite=none",
        ]
    );
}

#[test]
fn bytes_pass_untouched_however_many() {
    let site = Site::new();
    let emulator = site.start();
    let all: Vec<u8> = (0..=255).collect();
    let answer = emulator.send("POST", "/api/raw", &[("content-type", "text/plain")], &all);
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (201, Some("application/x-raw"))
    );
    assert_eq!(answer.body, all);
    // Below the 30 MB of Azure's edge.
    let large: Vec<u8> = (0..25_000_000_u32)
        .map(|each| (each.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let before = private_memory(emulator.pid());
    let answer = emulator.send("POST", "/api/raw", &[], &large);
    assert_eq!(answer.status, 201);
    assert!(answer.body == large, "25 MB come back as they went");
    // What is asked last is answered when all of that is dropped.
    assert_eq!(emulator.get("/api/hello").status, 200);
    if let (Some(before), Some(after)) = (before, private_memory(emulator.pid())) {
        let kept = after.saturating_sub(before);
        assert!(kept < 15_000_000, "{kept} bytes stay");
    }
}

/// Bytes of memory that are a process's own, where the system tells.
fn private_memory(pid: u32) -> Option<usize> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("Private_Dirty:"))?;
    let kilobytes: usize = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[test]
fn a_failure_is_an_empty_500_and_a_stack_in_the_terminal() {
    // FR-3: `missing` cannot be loaded.
    let site = Site::new();
    let emulator = site.start();
    for name in ["fail", "cancelled", "missing"] {
        let answer = emulator.get(&format!("/api/{name}"));
        assert_eq!((answer.status, answer.body.len()), (500, 0), "{name}");
    }
    emulator.wait_for_output("fail: error: Traceback (most recent call last)");
    emulator.wait_for_output("[api] ValueError: this is how it fails");
    emulator.wait_for_output("cancelled: error: it was cancelled");
    emulator
        .wait_for_output("the function 'missing' cannot be loaded, its calls fail: LookupError");
    emulator.wait_for_output("missing: error: LookupError: there is no missing here");
    assert_eq!(emulator.get("/api/hello").status, 200);
}

#[test]
fn logs_reach_the_terminal_with_their_function_and_level() {
    // FR-12.
    let site = Site::new();
    let emulator = site.start();
    assert_eq!(emulator.get("/api/log").status, 204);
    for line in [
        "[api] log: an information\n",
        "[api] log: warning: a warning\n",
        "[api] log: error: an error\n[api] of this kind\n[api] at here\n",
        "[api] log: warning: a bad sign of the system\n",
        "[api] outside of a call\n",
        "[api] printed to stdout\n",
        "[api] printed to stderr\n",
        "[api] warning: the worker warns\n",
    ] {
        emulator.wait_for_output(line);
    }
    let output = emulator.output();
    for silent in [
        "a debug",
        "a secret of the system",
        "LanguageWorkerConsoleLog",
        "only for those who look",
    ] {
        assert!(!output.contains(silent), "{silent}:\n{output}");
    }
}

#[test]
fn the_worker_is_started_as_azure_starts_it() {
    // FR-10.
    let site = Site::new();
    let emulator = site.start();
    let seen = json_of(&emulator, "/api/setting");
    let words: Vec<&str> = seen["argv"]
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap())
        .collect();
    let after =
        |name: &str| words[words.iter().position(|word| *word == name).unwrap() + 1].to_owned();
    assert_eq!(after("--host"), "127.0.0.1");
    assert_eq!(
        after("--functions-uri"),
        format!("http://127.0.0.1:{}/", after("--port"))
    );
    assert_eq!(after("--workerId"), after("--functions-worker-id"));
    assert_eq!(after("--requestId"), after("--functions-request-id"));
    assert_eq!(after("--grpcMaxMessageLength"), "2147483647");
    let env = &seen["env"];
    let api = site.api().canonicalize().unwrap();
    assert_eq!(seen["cwd"], api.to_str().unwrap());
    assert_eq!(
        env["FUNCTIONS_APPLICATION_DIRECTORY"],
        site.api().to_str().unwrap()
    );
    assert_eq!(env["FUNCTIONS_WORKER_DIRECTORY"], super::support::worker());
    assert_eq!(env["FUNCTIONS_WORKER_RUNTIME"], "fixture");
    assert_eq!(env["MINE"], "from local.settings.json");
}
