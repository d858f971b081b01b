//! `/.cygnet/live` and `/.cygnet/live.js`: outside of the routes, which an app cannot guard, rewrite or forbid.

use std::sync::LazyLock;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use futures_util::Stream;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

pub use super::hub::Sees;
use super::hub::{Frame, Subscription, missed};
use super::{Hub, inject};
use crate::http::event_stream::event_stream;

const STREAM: &str = "/.cygnet/live";

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
    match hub.subscribe(sees) {
        Some(subscription) => {
            let Subscription { hello, frames } = subscription;
            event_stream(&hello, following(frames, sees))
        }
        None => HttpResponse::ServiceUnavailable().finish(),
    }
}

/// What is told after the hello, until the end.
fn following(frames: Receiver<Frame>, sees: Sees) -> impl Stream<Item = Bytes> {
    futures_util::stream::unfold(frames, move |mut frames| async move {
        let bytes = match frames.recv().await {
            Ok(Frame::Event(bytes)) => bytes,
            Ok(Frame::Problems(problems)) => problems.of(sees),
            Ok(Frame::Stop) | Err(RecvError::Closed) => return None,
            Err(RecvError::Lagged(_)) => missed(),
        };
        Some((bytes, frames))
    })
}
