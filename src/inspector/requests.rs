//! `/.cygnet/api/requests`: the list, one of them, and forgetting them.

use std::sync::Arc;

use actix_web::HttpResponse;
use serde_json::{Value, json};

use super::access;
use super::call::{self, Call};
use super::entry::Entry;
use super::journal::CAPACITY;
use super::redact::Secrets;
use super::refusal::Refusal;
use super::summary::Words;

/// The requests after one, the newest `limit` of them.
pub fn list(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    let after = number(call, "after")?.unwrap_or(0);
    let limit = number(call, "limit")?.unwrap_or(CAPACITY as u64);
    let limit = usize::try_from(limit).unwrap_or(CAPACITY).min(CAPACITY);
    let kept = call.inspector.journal.after(after, limit);
    let words = Words::now(call.inspector, secrets(call));
    let summaries: Vec<Value> = kept
        .entries
        .iter()
        .map(|entry| words.summary(entry))
        .collect();
    Ok(call::json(&json!({
        "requests": summaries,
        "oldest": kept.entries.first().map(|entry| entry.id()),
        "dropped": kept.dropped,
    })))
}

/// The request that an address names.
///
/// # Errors
/// It is not kept, or not any more.
pub fn find(call: &Call<'_>, id: &str) -> Result<Arc<Entry>, Refusal> {
    let found = id
        .parse()
        .ok()
        .and_then(|id| call.inspector.journal.find(id));
    found.ok_or_else(|| {
        Refusal::not_found(format!("request `{id}` is not kept"))
            .hint(format!("the last {CAPACITY} requests are"))
    })
}

/// Forgets all.
pub fn clear(call: &Call<'_>) -> HttpResponse {
    call.inspector.journal.clear();
    HttpResponse::NoContent().finish()
}

/// Whether this call may see secrets, and wants to.
pub fn secrets(call: &Call<'_>) -> Secrets {
    let wants = call.parameter("reveal").is_some_and(|value| value == "1");
    match wants && access::has_token(call) {
        true => Secrets::Shown,
        false => Secrets::Hidden,
    }
}

fn number(call: &Call<'_>, name: &str) -> Result<Option<u64>, Refusal> {
    let value = call.parameter(name);
    let parsed = value.map(|value| {
        value
            .parse()
            .map_err(|_| Refusal::bad(format!("`{name}={value}` is not a number")))
    });
    parsed.transpose()
}
