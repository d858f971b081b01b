//! `/.cygnet/live` and `/.cygnet/live.js`: outside of the routes, which an app cannot guard, rewrite or forbid.

use std::convert::Infallible;
use std::sync::LazyLock;
use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, X_CONTENT_TYPE_OPTIONS};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use futures_util::Stream;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, Interval, interval_at};

pub use super::hub::Sees;
use super::hub::{Frame, Subscription, missed};
use super::{Hub, inject};

const STREAM: &str = "/.cygnet/live";
/// Proxies close connections on which nothing moves, and a page that is gone is noticed by writing to it.
const HEARTBEAT: Duration = Duration::from_secs(20);
/// What precedes the first event: how soon a page asks again, in milliseconds, when the stream breaks.
const RETRY: &str = "retry: 500\n\n";

static CLIENT: LazyLock<Bytes> = LazyLock::new(|| {
    let style = serde_json::Value::from(include_str!("overlay.css"));
    let (client, overlay) = (include_str!("client.js"), include_str!("overlay.js"));
    format!("(() => {{\n\"use strict\";\nconst STYLE = {style};\n{overlay}\n{client}\n}})();\n")
        .into()
});

/// Answers the two addresses; `None` for every other.
pub fn answer(hub: &Hub, request: &HttpRequest, sees: Sees) -> Option<HttpResponse> {
    match request.path() {
        STREAM | inject::CLIENT_PATH if ![Method::GET, Method::HEAD].contains(request.method()) => {
            Some(HttpResponse::new(StatusCode::METHOD_NOT_ALLOWED))
        }
        inject::CLIENT_PATH => Some(client()),
        STREAM => Some(stream(hub, sees)),
        _ => None,
    }
}

fn client() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/javascript; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(CLIENT.clone())
}

fn stream(hub: &Hub, sees: Sees) -> HttpResponse {
    let Some(subscription) = hub.subscribe(sees) else {
        return HttpResponse::ServiceUnavailable().finish();
    };
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        // Neither a proxy's compression nor its buffer may hold events back.
        .insert_header((CACHE_CONTROL, "no-store, no-transform"))
        .insert_header((HeaderName::from_static("x-accel-buffering"), "no"))
        .streaming(events(subscription))
}

enum Next {
    Hello(Bytes),
    Frames,
}

fn events(subscription: Subscription) -> impl Stream<Item = Result<Bytes, Infallible>> {
    let Subscription {
        hello,
        frames,
        sees,
    } = subscription;
    let heartbeat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
    let first = Next::Hello([RETRY.as_bytes(), &hello].concat().into());
    futures_util::stream::unfold(
        (first, frames, heartbeat),
        move |(next, mut frames, mut heartbeat)| async move {
            let bytes = match next {
                Next::Hello(hello) => hello,
                Next::Frames => following(&mut frames, &mut heartbeat, sees).await?,
            };
            Some((Ok(bytes), (Next::Frames, frames, heartbeat)))
        },
    )
}

/// The next bytes; `None` at the end.
async fn following(
    frames: &mut tokio::sync::broadcast::Receiver<Frame>,
    heartbeat: &mut Interval,
    sees: Sees,
) -> Option<Bytes> {
    tokio::select! {
        frame = frames.recv() => match frame {
            Ok(Frame::Event(bytes)) => Some(bytes),
            Ok(Frame::Problems(problems)) => Some(problems.of(sees)),
            Ok(Frame::Stop) | Err(RecvError::Closed) => None,
            Err(RecvError::Lagged(_)) => Some(missed()),
        },
        _ = heartbeat.tick() => Some(Bytes::from_static(b":\n\n")),
    }
}
