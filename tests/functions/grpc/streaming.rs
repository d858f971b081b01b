//! `HttpUri`: workers that serve HTTP themselves.

use std::io::{Read as _, Write as _};

use serde_json::{Value, json};

use super::support::{PATIENCE, Site};
use crate::emulator::write;

fn site(more: &[&str]) -> Site {
    let mut site = Site::new().can(more);
    site.app["http"] = json!(true);
    let names = ["told", "ticks", "late", "early", "endless", "echo"];
    let all = names.map(|name| {
        let route = if name == "told" { json!("told/{id}") } else { Value::Null };
        let mut trigger = json!({"name": "req", "type": "httpTrigger", "direction": "In"});
        trigger["route"] = route;
        json!({"name": name, "bindings": [trigger, {"name": "$return", "type": "http", "direction": "Out"}]})
    });
    site.app["functions"] = all.into_iter().collect();
    site
}

#[test]
fn both_halves_of_a_call_arrive() {
    // FR-8.
    let site = site(&["RequiresRouteParameters"]);
    let emulator = site.start();
    let headers = [("X-Mine", "1"), ("x-ms-invocation-id", "forged")];
    let answer = emulator.send("POST", "/api/told/7?a=b%20c", &headers, b"a body");
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some("application/json"))
    );
    let set = answer
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie");
    assert_eq!(set.count(), 2, "nothing is folded: {:?}", answer.headers);
    let seen: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(
        (&seen["path"], &seen["method"]),
        (&json!("/api/told/7?a=b%20c"), &json!("POST"))
    );
    assert_eq!(seen["body"], "a body");
    let http = &seen["headers"];
    assert_eq!(
        (&http["x-mine"], &http["x-forwarded-proto"]),
        (&json!("1"), &json!("http"))
    );
    assert!(http["x-forwarded-host"].is_string() && http["x-forwarded-for"].is_string());
    assert_ne!(http["x-ms-invocation-id"], "forged");
    // The message holds the route values only.
    assert_eq!(
        (&seen["rpcMethod"], &seen["rpcParams"]),
        (&json!(""), &json!({"id": "7"}))
    );
    assert_eq!(seen["rpcHeaders"]["x-mine"], "1");
}

#[test]
fn chunks_come_one_by_one() {
    let site = site(&[]);
    let emulator = site.start();
    let mut stream = emulator.connect();
    stream
        .write_all(b"GET /api/ticks HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut seen = String::new();
    for number in 0..3 {
        // The worker waits for the gate before it goes on: were the response collected, nothing would ever come.
        let wanted = format!("data: {number}\n\n");
        while !seen.contains(&wanted) {
            let mut buffer = [0; 4096];
            let count = stream.read(&mut buffer).unwrap();
            assert!(count > 0, "{seen}");
            seen.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
        }
        assert!(!seen.contains(&format!("data: {}", number + 1)));
        let gate = format!("{number}");
        write(&site.api(), "gate.new", gate);
        std::fs::rename(site.api().join("gate.new"), site.api().join("gate")).unwrap();
    }
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap();
    assert!(
        seen.to_lowercase()
            .contains("content-type: text/event-stream"),
        "{seen}"
    );
}

#[test]
fn a_body_streams_in_while_the_answer_streams_out() {
    let site = site(&[]);
    let emulator = site.start();
    let mut stream = emulator.connect();
    // A small body is read at once, before the call.
    let half = vec![b'#'; 500_000];
    let head = "POST /api/echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&half).unwrap();
    let mut seen = 0;
    let count = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'#').count();
    while seen < half.len() {
        let mut buffer = [0; 65536];
        let length = stream.read(&mut buffer).unwrap();
        assert!(length > 0, "it ended after {seen}");
        seen += count(&buffer[..length]);
    }
    stream.write_all(&half).unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    assert_eq!(seen + count(&rest), 1_000_000);
}

#[test]
fn a_failure_counts_only_before_the_response() {
    // FR-8.
    let site = site(&[]);
    let emulator = site.start();
    let mut stream = emulator.connect();
    stream
        .write_all(b"GET /api/late HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut seen = String::new();
    while !seen.contains("begun") {
        let mut buffer = [0; 4096];
        let length = stream.read(&mut buffer).unwrap();
        assert!(length > 0, "{seen}");
        seen.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
    }
    write(&site.api(), "gate", "0");
    stream.read_to_string(&mut seen).unwrap();
    assert!(
        seen.starts_with("HTTP/1.1 200") && seen.contains(", ended"),
        "{seen}"
    );
    emulator.wait_for_output_within("late: error: too late to matter", PATIENCE);
    let early = emulator.get("/api/early");
    assert_eq!((early.status, early.body.len()), (500, 0));
    emulator.wait_for_output("early: error: no response will come");
}

#[test]
fn a_caller_that_goes_away_breaks_the_stream_off() {
    let site = site(&[]);
    let emulator = site.start();
    let mut stream = emulator.connect();
    stream
        .write_all(b"GET /api/endless HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    let mut buffer = [0; 65536];
    stream.read_exact(&mut buffer).unwrap();
    drop(stream);
    emulator.wait_for_output_within("endless broke off", PATIENCE);
}
