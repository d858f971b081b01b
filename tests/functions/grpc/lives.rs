//! The life of a worker: many calls, crashes, callers that go away, the end.

use std::io::Write as _;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use super::support::{PATIENCE, Site, gone, json_of, pid, python};
use crate::emulator::{eventually_within, write};

#[test]
fn slow_calls_run_beside_each_other() {
    let site = Site::new();
    let emulator = site.start();
    let before = Instant::now();
    std::thread::scope(|scope| {
        let calls: Vec<_> = (0..40)
            .map(|_| scope.spawn(|| emulator.get("/api/slow?ms=1500")))
            .collect();
        for call in calls {
            assert_eq!(call.join().unwrap().text(), "slow");
        }
    });
    // One after the other they would take a minute.
    assert!(
        before.elapsed() < Duration::from_secs(30),
        "{:?}",
        before.elapsed()
    );
}

#[test]
fn a_crash_fails_the_calls_in_flight_at_once_and_heals() {
    let site = Site::new();
    let emulator = site.start();
    let old = pid(&emulator);
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| emulator.get("/api/slow?ms=600000"));
        let crash = emulator.get("/api/crash");
        assert_eq!((crash.status, crash.body.len()), (500, 0));
        assert_eq!(slow.join().unwrap().status, 500);
    });
    emulator.wait_for_output(
        "the worker ended with exit code 3; calls in flight fail, it starts again",
    );
    assert_eq!(emulator.get("/api/hello").status, 200);
    assert_ne!(pid(&emulator), old);
}

#[test]
fn a_worker_that_closes_its_stream_is_replaced() {
    let site = Site::new();
    let emulator = site.start();
    let old = pid(&emulator);
    assert_eq!(emulator.get("/api/hang").status, 500);
    emulator.wait_for_output("the worker closed its stream during the call");
    emulator.wait_for_output("takes no more calls; it is replaced");
    eventually_within(
        "another worker",
        PATIENCE,
        || emulator.get("/api/hello").status == 200,
        || emulator.output(),
    );
    gone(old);
}

#[test]
fn a_caller_that_goes_away_is_told_to_workers_that_listen() {
    // FR-7.
    let site = Site::new().can(&["HandlesInvocationCancelMessage"]);
    let emulator = site.start();
    let mut caller = emulator.connect();
    caller
        .write_all(b"GET /api/wait HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    emulator.wait_for_output_within("[api] waiting", PATIENCE);
    drop(caller);
    emulator.wait_for_output_within("[api] told to give up", PATIENCE);
}

#[test]
fn a_worker_that_listens_may_end_by_itself() {
    // FR-7.
    let site = Site::new().can(&["HandlesWorkerTerminateMessage"]);
    let mut emulator = site.start();
    let worker = pid(&emulator);
    emulator.signal("TERM");
    emulator.wait();
    gone(worker);
    let told = std::fs::read_to_string(site.api().join("terminated")).unwrap();
    assert_eq!(told, "5", "seconds of grace");
}

#[test]
fn no_worker_outlives_a_killed_emulator() {
    let site = Site::new();
    let mut emulator = site.start();
    let worker = pid(&emulator);
    emulator.signal("KILL");
    emulator.wait();
    gone(worker);
}

#[test]
fn an_app_that_does_not_load_is_explained_and_heals() {
    let site = Site::new();
    write(&site.api(), "app.json", "{ no json");
    let mut command = site.command();
    command.args(["--functions-worker", &super::support::worker()]);
    let emulator = crate::emulator::Emulator::run(command, site.dir.path());
    emulator.wait_for_output_within("the worker does not start: ", PATIENCE);
    emulator.wait_for_output("json.decoder.JSONDecodeError");
    assert_eq!(emulator.get("/api/hello").status, 500);
    site.save();
    write(
        &site.api(),
        "host.json",
        "{\"version\": \"2.0\", \"logging\": {}}",
    );
    emulator.wait_for_output_within("[api] functions:", PATIENCE);
    assert_eq!(emulator.get("/api/hello").status, 200);
}

#[test]
fn an_edit_reloads_beside_the_running_worker() {
    let mut site = Site::new();
    let emulator = site.start();
    let old = pid(&emulator);
    assert_eq!(emulator.get("/api/new").status, 404);
    let binding = json!({"name": "req", "type": "httpTrigger", "direction": "In", "route": "new"});
    let output = json!({"name": "$return", "type": "http", "direction": "Out"});
    site.app["functions"][0]["bindings"] = json!([binding, output]);
    site.save();
    std::thread::scope(|scope| {
        let slow = scope.spawn(|| emulator.get("/api/slow?ms=1500"));
        write(
            &site.api(),
            "host.json",
            "{\"version\": \"2.0\", \"logging\": {}}",
        );
        eventually_within(
            "the new route",
            PATIENCE,
            || emulator.get("/api/new").text() == "hello from gRPC",
            || emulator.output(),
        );
        assert_eq!(
            slow.join().unwrap().status,
            200,
            "what ran in the old worker"
        );
    });
    gone(old);
    assert_ne!(json_of(&emulator, "/api/setting")["pid"], old);
}

#[test]
fn reloads_under_load_lose_no_call() {
    let site = Site::new();
    let emulator = site.start();
    let over = AtomicBool::new(false);
    let count = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    assert_eq!(emulator.get("/api/slow?ms=20").status, 200);
                    count.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        // Also when something here fails: the scope waits for its threads.
        let end = Ends(&over);
        let mut old = pid(&emulator);
        for round in 0..5 {
            let text = format!("{{\"version\": \"2.0\", \"round\": {round}}}");
            write(&site.api(), "host.json", text);
            let replaced = || pid(&emulator) != old;
            eventually_within("another worker", PATIENCE, replaced, || emulator.output());
            gone(old);
            old = pid(&emulator);
        }
        drop(end);
    });
    assert!(count.load(Ordering::Relaxed) > 5);
}

/// What a program does that found the port and not the id.
const STRANGER: &str = "\
import sys, grpc, function_rpc_pb2 as rpc, function_rpc_pb2_grpc as services
stub = services.FunctionRpcStub(grpc.insecure_channel('127.0.0.1:' + sys.argv[1]))
first = rpc.StreamingMessage(start_stream=rpc.StartStream(worker_id=sys.argv[2]))
try:
    print(list(stub.EventStream(iter([first]))))
except grpc.RpcError as error:
    print(error.code().name)
";

#[test]
fn nobody_else_gets_calls() {
    // FR-1.
    let site = Site::new();
    let emulator = site.start();
    let seen = json_of(&emulator, "/api/setting");
    let after = |name: &str| {
        let words = seen["argv"].as_array().unwrap();
        let at = words.iter().position(|word| word == name).unwrap();
        words[at + 1].as_str().unwrap().to_owned()
    };
    // Not without the id, and not a second time with it.
    for id in ["guessed", &after("--workerId")] {
        let port = after("--port");
        let mut stranger = Command::new(python());
        let told = stranger.args(["-c", STRANGER, &port, id]).output().unwrap();
        let told = String::from_utf8_lossy(&told.stdout).into_owned();
        assert_eq!(told.trim(), "PERMISSION_DENIED");
    }
    assert_eq!(emulator.get("/api/hello").status, 200);
}

struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
