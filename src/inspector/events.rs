//! `/.cygnet/api/events`: what happens, as it happens. While one of these streams is open, everything is kept of a request.

use actix_web::HttpResponse;
use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use serde_json::{Value, json};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use crate::http::event_stream::{event, event_stream};

use super::audience::{Event, Seat};
use super::call::Call;
use super::logs::LogLine;
use super::redact::Secrets;
use super::summary::{Words, ms};
use crate::store::timestamp::rfc3339_millis;

/// Most events that go over the wire at once.
const BATCH: usize = 64;

/// Tells until the page is gone.
pub fn answer(call: &Call<'_>) -> HttpResponse {
    let words = Words::now(call.inspector, Secrets::Hidden);
    let seat = call.inspector.journal.join();
    event_stream(b":\n\n", told(seat, words))
}

fn told(seat: Seat, words: Words) -> impl Stream<Item = Bytes> {
    futures_util::stream::unfold(Some((seat, words)), async move |state| {
        let (mut seat, words) = state?;
        let mut batch = BytesMut::new();
        let mut next = seat.events.recv().await.map_err(|error| match error {
            RecvError::Lagged(_) => TryRecvError::Lagged(0),
            RecvError::Closed => TryRecvError::Closed,
        });
        for room in (0..BATCH).rev() {
            match next {
                Err(TryRecvError::Closed) => return Some((batch.into(), None)),
                Ok(happened) => batch.extend_from_slice(&in_words(&happened, &words)),
                // Too far behind: the page reads the list anew.
                Err(TryRecvError::Lagged(_)) => {
                    batch.extend_from_slice(&event("changed", &json!({ "what": "missed" })));
                }
                Err(TryRecvError::Empty) => break,
            }
            // An event that is taken and finds no room would be lost.
            if room == 0 {
                break;
            }
            next = seat.events.try_recv();
        }
        Some((batch.into(), Some((seat, words))))
    })
}

fn in_words(happened: &Event, words: &Words) -> Bytes {
    match happened {
        Event::Request(entry) => event("request", &words.summary(entry)),
        Event::Completed(entry) => {
            let data = json!({
                "id": entry.id(),
                "durationMs": entry.took().map(ms),
                "responseBytes": entry.sent_bytes(),
            });
            event("completed", &data)
        }
        Event::Changed(what) => event("changed", &json!({ "what": what })),
        Event::Log(line) => event("log", &log_line(line)),
    }
}

/// A line that a function said.
pub fn log_line(line: &LogLine) -> Value {
    json!({
        "time": rfc3339_millis(line.time),
        "level": line.level,
        "text": line.text,
        "function": line.function,
        "environment": &*line.environment,
    })
}
