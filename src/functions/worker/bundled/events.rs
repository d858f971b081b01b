//! The log of a worker: `GET /events`, one JSON object a line, for as long as the worker lives.

use bytes::BytesMut;
use http::Request;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

use super::protocol::LogEvent;
use super::worker_http::{BundledClient, TOKEN_HEADER};
use crate::functions::app::host_json::HostJson;
use crate::functions::output::{Level, Line, Output};
use crate::http::body::{BoxError, empty};
use crate::http::of_thread;

/// Connects, then passes every line on in the background.
pub(crate) async fn listen(
    address: &BundledClient,
    host: &HostJson,
    output: &Output,
) -> Result<(), String> {
    let body = connect(address).await.map_err(|error| error.to_string())?;
    let (host, output) = (host.clone(), output.clone());
    tokio::task::spawn_local(pump(body, host, output));
    Ok(())
}

async fn connect(address: &BundledClient) -> Result<Incoming, BoxError> {
    let request = Request::get("/events")
        .header("host", address.origin.host())
        .header(TOKEN_HEADER, &address.token)
        .body(empty())?;
    let response = of_thread().send_alone(&address.origin, request).await?;
    Ok(response.into_body())
}

async fn pump(mut body: Incoming, host: HostJson, output: Output) {
    let mut seen = BytesMut::new();
    while let Some(Ok(frame)) = body.frame().await {
        let Ok(data) = frame.into_data() else {
            continue;
        };
        // Nothing before has an end of line; a long line comes in many pieces.
        let mut new = seen.len();
        seen.extend_from_slice(&data);
        while let Some(end) = memchr::memchr(b'\n', &seen[new..]) {
            let line = seen.split_to(new + end + 1);
            new = 0;
            match serde_json::from_slice::<LogEvent>(&line) {
                Ok(event) => show(&event, &host, &output),
                Err(error) => log::debug!("a log line of a worker is not understood: {error}"),
            }
        }
    }
}

fn show(event: &LogEvent, host: &HostJson, output: &Output) {
    let level = Level::parse(&event.level).unwrap_or(Level::Information);
    if host.shows(level, event.function.as_deref()) {
        let line = Line::logged(level, event.message.as_str());
        output.say(line.of(event.function.as_deref(), event.invocation_id.as_deref()));
    }
}
