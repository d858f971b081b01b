//! An address below `/.cygnet/` → the endpoint that answers it.

use actix_web::HttpResponse;
use actix_web::http::Method;
use serde_json::json;

use crate::pipeline::SIGN_IN;

use super::call::{self, Call};
use super::journal::CAPACITY;
use super::refusal::Refusal;
use super::{
    access, api, detail, environments, events, explain, har, page, personas, requests, resend,
    routes,
};

/// The page.
const PAGE: &str = "/.cygnet/";
/// Its scripts and styles.
const ASSETS: &str = "/.cygnet/inspector/";
/// What they ask.
const API: &str = "/.cygnet/api/";
/// Begins the addresses of single requests.
const REQUESTS: &str = "requests/";

/// Whether an address is the inspector's.
pub fn answers(path: &str) -> bool {
    path == PAGE || path == SIGN_IN || path.starts_with(ASSETS) || path.starts_with(API)
}

/// Answers what [`answers`] names.
pub async fn answer(mut call: Call<'_>) -> HttpResponse {
    match access::refuse(&call) {
        Some(refusal) => refusal.response(),
        None => dispatch(&mut call).await.unwrap_or_else(Refusal::response),
    }
}

async fn dispatch(call: &mut Call<'_>) -> Result<HttpResponse, Refusal> {
    let path = call.request.path();
    let posts = call.request.method() == Method::POST;
    if let Some(name) = path.strip_prefix(ASSETS) {
        return only(!posts, || page::asset(name));
    }
    match path.strip_prefix(API) {
        None if path == SIGN_IN => personas::sign_in(call).await,
        None => only(!posts, || Ok(page::page(call.inspector))),
        Some("info") => only(!posts, || Ok(info(call))),
        Some("events") => only(!posts, || Ok(events::answer(call))),
        Some("requests") => only(!posts, || requests::list(call)),
        Some("requests/clear") if posts => Ok(requests::clear(call)),
        Some("requests.har") => only(!posts, || Ok(har::answer(call))),
        Some("routes") => only(!posts, || routes::answer(call)),
        Some("explain") if !posts => explain::answer(call).await,
        Some("backend") if !posts => api::answer(call).await,
        Some("personas") => only(!posts, || personas::list(call)),
        Some("environments") => only(!posts, || environments::answer(call)),
        Some(name) if name.starts_with(REQUESTS) => request(call, posts).await,
        Some(name) => Err(Refusal::not_found(format!(
            "the inspector has no `{name}` that answers {}",
            call.request.method()
        ))),
    }
}

/// One request, or making it again.
async fn request(call: &mut Call<'_>, posts: bool) -> Result<HttpResponse, Refusal> {
    let (_, name) = call.request.path().split_at(API.len() + REQUESTS.len());
    match (name.strip_suffix("/resend"), posts) {
        (Some(id), true) => resend::answer(call, id).await,
        (None, false) => detail::answer(call, name).await,
        (Some(_), false) => Err(Refusal::of(405, "this address answers POST")),
        (None, true) => Err(Refusal::of(405, "this address answers GET")),
    }
}

fn only(
    right: bool,
    answer: impl FnOnce() -> Result<HttpResponse, Refusal>,
) -> Result<HttpResponse, Refusal> {
    match right {
        true => answer(),
        false => Err(Refusal::of(405, "this address answers GET")),
    }
}

fn info(call: &Call<'_>) -> HttpResponse {
    let info = &call.inspector.info;
    call::json(&json!({
        "version": env!("CARGO_PKG_VERSION"),
        "mode": info.mode.as_str(),
        "urls": info.urls,
        "environment": &*call.here,
        "project": info.project,
        "content": info.content,
        "devServer": info.dev_server,
        "capacity": CAPACITY,
        "redacts": true,
    }))
}
