//! Server-sent events: a response that tells as long as somebody listens.

use std::convert::Infallible;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, X_CONTENT_TYPE_OPTIONS};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use serde::Serialize;
use tokio::time::{Instant, interval_at};

/// Proxies close connections on which nothing moves, and a page that is gone is noticed by writing to it.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// What precedes the first event: how soon a page asks again, in milliseconds, when the stream breaks.
const RETRY: &str = "retry: 500\n\n";

/// An event as it goes over the wire; JSON holds no line break.
pub(crate) fn event(name: &str, data: &impl Serialize) -> Bytes {
    let data = serde_json::to_string(data).unwrap_or_else(|error| {
        log::error!("cannot write an event: {error}");
        "{}".to_owned()
    });
    format!("event: {name}\ndata: {data}\n\n").into()
}

/// The response that sends `first`, then `events` as they come, until those end.
pub(crate) fn event_stream(
    first: &[u8],
    events: impl Stream<Item = Bytes> + 'static,
) -> HttpResponse {
    let first = Bytes::from([RETRY.as_bytes(), first].concat());
    let heartbeat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
    let following = futures_util::stream::unfold(
        (Box::pin(events), heartbeat),
        |(mut events, mut heartbeat)| async move {
            let bytes = tokio::select! {
                event = events.next() => event?,
                _ = heartbeat.tick() => Bytes::from_static(b":\n\n"),
            };
            Some((bytes, (events, heartbeat)))
        },
    );
    let stream = futures_util::stream::iter([first]).chain(following);
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        // Neither a proxy's compression nor its buffer may hold events back.
        .insert_header((CACHE_CONTROL, "no-store, no-transform"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((HeaderName::from_static("x-accel-buffering"), "no"))
        .streaming(stream.map(Ok::<_, Infallible>))
}
