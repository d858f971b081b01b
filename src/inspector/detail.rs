//! `/.cygnet/api/requests/ID`: everything that is known of one request.

use std::time::Duration;

use actix_web::HttpResponse;
use serde_json::{Value, json};

use super::call::{self, Call};
use super::entry::Entry;
use super::events::log_line;
use super::hop_view;
use super::refusal::Refusal;
use super::requests::{self, secrets};
use super::shown::{Side, body, headers, url};
use super::state::Inspector;
use super::summary::{Words, ms};
use super::trace::Trace;
use super::{commands, route_test};

/// How much later than its call a line may come that says no invocation.
const LATE: Duration = Duration::from_millis(50);

/// Answers for one request.
pub async fn answer(call: &Call<'_>, id: &str) -> Result<HttpResponse, Refusal> {
    let entry = requests::find(call, id)?;
    let inspector = call.inspector;
    let secrets = secrets(call);
    let trace = Trace::of(inspector, &entry);
    let url = url(inspector, &entry);
    let route_test = route_test::of(inspector, &entry).await;
    Ok(call::json(&json!({
        "summary": Words::now(inspector, secrets).summary(&entry),
        "trace": trace.view(secrets),
        "request": {
            "headers": headers(entry.heads.as_ref().map(|heads| &heads.request), secrets),
            "body": body(&entry, Side::Request, secrets),
        },
        "response": {
            "headers": headers(entry.heads.as_ref().map(|heads| &heads.response), secrets),
            "setBy": trace.set_by(),
            "body": body(&entry, Side::Response, secrets),
        },
        "backend": hop_view::view(&entry, secrets),
        "timing": timing(&entry),
        "logs": logs(inspector, &entry),
        "kept": entry.kept(),
        "broken": entry.ended.get().is_some_and(|ended| ended.broken),
        "curl": commands::curl(&entry, &url, secrets),
        "explainCommand": commands::explain(&entry, secrets),
        "routeTest": route_test.map(|test| secrets.texts(test)),
    })))
}

fn timing(entry: &Entry) -> Value {
    let hop = entry.facts().hop.as_ref();
    let waited = hop.and_then(|hop| hop.waited);
    json!({
        "waitedForStartMs": waited.map(ms),
        "backendMs": hop.and_then(|hop| hop.took).map(ms),
        "firstByteMs": ms(entry.first_byte),
        "totalMs": entry.took().map(ms),
    })
}

/// What the function said during the call: the lines of its invocation. Lines that name none are those of the time of the
/// call, and may be another one's.
fn logs(inspector: &Inspector, entry: &Entry) -> Vec<Value> {
    let hop = entry.facts().hop.as_ref();
    let (Some(hop), Some(environment)) = (hop, &entry.environment) else {
        return Vec::new();
    };
    let Some(invocation) = hop.invocation.as_deref() else {
        return Vec::new();
    };
    let end = entry.took().map(|took| entry.time + took + LATE);
    let lines = inspector.journal.logs.of(environment);
    let own = lines.iter().filter_map(|line| {
        let is_sure = match &line.invocation {
            Some(of) if of == invocation => true,
            Some(_) => return None,
            None => false,
        };
        let is_during = line.time >= entry.time && end.is_none_or(|end| line.time <= end);
        if !is_sure && !is_during {
            return None;
        }
        let mut view = log_line(line);
        if let Value::Object(view) = &mut view {
            view.insert("sure".to_owned(), is_sure.into());
        }
        Some(view)
    });
    own.collect()
}
