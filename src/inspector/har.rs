//! `/.cygnet/api/requests.har`: what is kept, or of it what `ids` lists, as an HTTP Archive 1.2.

use std::collections::HashSet;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use serde_json::{Value, json};

use super::call::Call;
use super::entry::Entry;
use super::journal::CAPACITY;
use super::redact::Secrets;
use super::requests::secrets;
use super::shown::{Side, body, headers, url};
use super::state::Inspector;
use super::summary::ms;
use super::trace::status_text;
use crate::store::timestamp::rfc3339_millis;

/// The archive. Entries are written one by one, since all of them as values would take many times the memory.
pub fn answer(call: &Call<'_>) -> HttpResponse {
    let secrets = secrets(call);
    let kept = call.inspector.journal.after(0, CAPACITY);
    let creator = json!({ "name": "Cygnet", "version": env!("CARGO_PKG_VERSION") });
    let mut text =
        format!(r#"{{"log":{{"version":"1.2","creator":{creator},"pages":[],"entries":["#);
    // The filter is the page's own: it says what is left.
    let wanted = call.parameter("ids");
    let wanted: Option<HashSet<&str>> = wanted.as_deref().map(|ids| ids.split(',').collect());
    let is_wanted = |id: u64| (wanted.as_ref()).is_none_or(|ids| ids.contains(&*id.to_string()));
    let entries = kept.entries.iter().filter(|entry| is_wanted(entry.id()));
    for (index, entry) in entries.enumerate() {
        if index > 0 {
            text.push(',');
        }
        text.push_str(&archived(call.inspector, entry, secrets).to_string());
    }
    text.push_str("]}}");
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"cygnet.har\""))
        .body(text)
}

/// One entry; names that begin with `_` are ours.
fn archived(inspector: &Inspector, entry: &Entry, secrets: Secrets) -> Value {
    let url = url(inspector, entry);
    let heads = entry.heads.as_ref();
    let total = entry.took().unwrap_or(entry.first_byte);
    let wait = entry.first_byte.min(total);
    let location = heads.and_then(|heads| heads.response.get("location"));
    let mut archived = json!({
        "startedDateTime": rfc3339_millis(entry.time),
        "time": ms(total),
        "request": {
            "method": entry.method.as_str(),
            "url": secrets.url(&url),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": named(headers(heads.map(|heads| &heads.request), secrets)),
            "queryString": query(&url, secrets),
            "headersSize": -1,
            "bodySize": entry.request_bytes.map_or(json!(-1), Value::from),
        },
        "response": {
            "status": entry.status,
            "statusText": status_text(entry.status),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": named(headers(heads.map(|heads| &heads.response), secrets)),
            "content": content(entry, secrets),
            "redirectURL": location.map(|to| secrets.url(&to).into_owned()).unwrap_or_default(),
            "headersSize": -1,
            "bodySize": entry.sent_bytes().map_or(json!(-1), Value::from),
        },
        "cache": {},
        "timings": { "send": 0, "wait": ms(wait), "receive": ms(total - wait) },
        "_environment": entry.environment.as_deref(),
        "_kind": entry.record.kind(),
        "_reason": entry.record.to_string(),
    });
    if let (Some(data), Some(request)) = (post_data(entry, secrets), archived.get_mut("request")) {
        request["postData"] = data;
    }
    archived
}

fn named(headers: Vec<(String, String)>) -> Vec<Value> {
    let named = headers.into_iter();
    named
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect()
}

fn query(url: &str, secrets: Secrets) -> Vec<Value> {
    let shown = secrets.url(url);
    let query = shown.split_once('?').map_or("", |(_, query)| query);
    let pairs = form_urlencoded::parse(query.as_bytes());
    pairs
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect()
}

fn post_data(entry: &Entry, secrets: Secrets) -> Option<Value> {
    let body = body(entry, Side::Request, secrets)?;
    Some(json!({
        "mimeType": body.content_type.unwrap_or_default(),
        "params": [],
        "text": body.text.or(body.base64),
    }))
}

fn content(entry: &Entry, secrets: Secrets) -> Value {
    let size = entry.sent_bytes().unwrap_or(0);
    let mime = entry.content_type().unwrap_or("x-unknown");
    match body(entry, Side::Response, secrets) {
        None => json!({ "size": size, "mimeType": mime }),
        Some(body) => match (body.text, body.base64) {
            (Some(text), _) => json!({ "size": size, "mimeType": mime, "text": text }),
            (None, data) => {
                json!({ "size": size, "mimeType": mime, "text": data, "encoding": "base64" })
            }
        },
    }
}
