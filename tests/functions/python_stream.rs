//! Python functions with the FastAPI extension, the real package: bodies stream both ways through the front door.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use crate::emulator::{Emulator, Response, eventually, eventually_within, write};

const APP: &str = r#"
import asyncio
import os

import azure.functions as func
from azurefunctions.extensions.http.fastapi import JSONResponse, PlainTextResponse, Request, StreamingResponse

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

@app.route(route="echo", methods=["POST"])
async def echo(req: Request) -> StreamingResponse:
    return StreamingResponse(req.stream(), media_type="application/octet-stream", headers={"x-a": req.headers["x-a"]})

@app.route(route="items/{id:int}")
async def item(req: Request):
    return {"id": req.path_params["id"], "q": req.query_params.get("q"), "body": (await req.body()).decode()}

@app.route(route="teapot")
def teapot(req: Request) -> JSONResponse:
    return JSONResponse({"short": True}, status_code=418)

@app.route(route="boom")
async def boom(req: Request):
    raise ValueError("it went boom")

@app.route(route="endless")
async def endless(req: Request) -> StreamingResponse:
    async def ticks():
        try:
            while True:
                yield "tick\n"
                await asyncio.sleep(0.05)
        finally:
            print("the stream is over", flush=True)

    return StreamingResponse(ticks(), media_type="text/event-stream")

@app.route(route="plain")
def plain(req) -> PlainTextResponse:
    return PlainTextResponse("as ever")

@app.route(route="none")
async def none(req: Request):
    return None
"#;

#[test]
fn fastapi_requests_and_responses_stream_both_ways() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "dist/index.html", "<h1>home</h1>");
    write(folder.path(), "api/host.json", r#"{"version": "2.0"}"#);
    write(folder.path(), "api/function_app.py", APP);
    write(
        folder.path(),
        "api/requirements.txt",
        "azure-functions\nazurefunctions-extensions-http-fastapi\n",
    );
    let words = ["start", "dist", "--api-location", "api", "--api-port", "0"];
    let emulator = Emulator::start(folder.path(), &words);
    emulator.wait_for_output_within("functions:", Duration::from_secs(300));
    eventually_within(
        "an answer",
        Duration::from_secs(60),
        || emulator.get("/api/plain").text() == "as ever",
        || emulator.output(),
    );

    let item = emulator.send("POST", "/api/items/7?q=a%20b", &[], b"body");
    assert_eq!(
        (item.status, item.text().as_str()),
        (200, r#"{"id":"7","q":"a b","body":"body"}"#)
    );
    // An absent body is an empty one, and waits for nobody.
    for method in ["GET", "POST"] {
        let began = std::time::Instant::now();
        let item = emulator.send(method, "/api/items/7", &[("content-length", "0")], b"");
        assert_eq!(item.text(), r#"{"id":"7","q":null,"body":""}"#);
        assert!(began.elapsed() < Duration::from_secs(20));
    }
    assert_eq!(emulator.get("/api/none").status, 500);
    emulator.wait_for_output("returned None, which is no response");
    let teapot = emulator.get("/api/teapot");
    assert_eq!(
        (teapot.status, teapot.text().as_str()),
        (418, r#"{"short":true}"#)
    );
    let boom = emulator.get("/api/boom");
    assert_eq!((boom.status, boom.body.len()), (500, 0));
    emulator.wait_for_output("it went boom");

    // The first part comes back before the second one is sent.
    let mut stream = emulator.connect();
    write!(stream, "POST /api/echo HTTP/1.1\r\nHost: localhost\r\nX-A: 1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n").unwrap();
    let mut seen = String::new();
    let mut until = |text: &str| {
        let mut block = [0; 4096];
        while !seen.contains(text) {
            let length = stream.read(&mut block).unwrap();
            assert!(length > 0, "{seen}");
            seen.push_str(&String::from_utf8_lossy(&block[..length]));
        }
        stream.try_clone().unwrap()
    };
    let mut stream = until("first");
    stream.write_all(b"6\r\nsecond\r\n0\r\n\r\n").unwrap();
    until("second");
    assert!(
        seen.contains("200 OK") && seen.to_lowercase().contains("x-a: 1"),
        "{seen}"
    );

    // A caller that goes away ends the stream.
    let mut stream = emulator.connect();
    write!(
        stream,
        "GET /api/endless HTTP/1.1\r\nHost: localhost\r\n\r\n"
    )
    .unwrap();
    let mut block = [0; 4096];
    let mut ticks = String::new();
    while !ticks.contains("tick") {
        let length = stream.read(&mut block).unwrap();
        ticks.push_str(&String::from_utf8_lossy(&block[..length]));
    }
    drop(stream);
    eventually("the end of the stream", || {
        emulator.output().contains("the stream is over")
    });

    // 20 MB pass whole. The echo comes while they are sent: whoever did not read it meanwhile would wait for ever.
    let large: Vec<u8> = (0..20 * 1024 * 1024_u32).map(|at| (at / 5) as u8).collect();
    let mut stream = emulator.connect();
    let mut sender = stream.try_clone().unwrap();
    let sent = large.clone();
    let sending = std::thread::spawn(move || {
        let head = format!(
            "POST /api/echo HTTP/1.1\r\nHost: localhost\r\nX-A: 1\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            sent.len()
        );
        sender.write_all(head.as_bytes()).unwrap();
        sender.write_all(&sent).unwrap();
    });
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    sending.join().unwrap();
    let echo = Response::parse(&answer, false).unwrap();
    assert!(
        echo.status == 200 && echo.body == large,
        "{}",
        echo.body.len()
    );
}

/// As in Azure, the package changes all functions of an app.
#[test]
fn requests_of_both_kinds_do_not_load_in_one_app() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "dist/index.html", "<h1>home</h1>");
    write(folder.path(), "api/host.json", r#"{"version": "2.0"}"#);
    let both = format!(
        "{APP}\n@app.route(route='old')\ndef old(req: func.HttpRequest):\n    return 'x'\n"
    );
    write(folder.path(), "api/function_app.py", both);
    write(
        folder.path(),
        "api/requirements.txt",
        "azure-functions\nazurefunctions-extensions-http-fastapi\n",
    );
    let words = ["start", "dist", "--api-location", "api", "--api-port", "0"];
    let emulator = Emulator::start(folder.path(), &words);
    emulator.wait_for_output_within(
        "cannot load the old function: type of req binding in function.json \"httpTrigger\" does not match its Python annotation \"HttpRequest\"",
        Duration::from_secs(300),
    );
}
