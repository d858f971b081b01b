//! The page with its scripts and styles, which lie in the binary.

use actix_web::HttpResponse;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};

use super::refusal::Refusal;
use super::state::Inspector;

/// Nothing but what is served here: no inline script or style, no other server, no frame around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
/// Stands in the page for the token.
const TOKEN: &str = "{{token}}";

/// Stands in the page for the version, so that an open page notices another one.
const VERSION: &str = "{{version}}";

/// Names and texts of the files in `assets`.
macro_rules! assets {
    ($($name:literal),* $(,)?) => { &[$(($name, include_str!(concat!("assets/", $name)))),*] };
}

/// What the page loads, beside the style of the emulator's other pages.
const ASSETS: &[(&str, &str)] = assets![
    "actions.js",
    "api.js",
    "backend.js",
    "body.js",
    "copy.js",
    "cygnet.svg",
    "detail.js",
    "dom.js",
    "environment_choice.js",
    "environments.js",
    "events.js",
    "explain_box.js",
    "filter.js",
    "filter_bar.js",
    "format.js",
    "headers.js",
    "inspector.css",
    "inspector.js",
    "log_lines.js",
    "newcomers.js",
    "people.js",
    "project.js",
    "request_row.js",
    "requests.css",
    "requests.js",
    "routes.js",
    "sign_in.js",
    "source.js",
    "store.js",
    "timing.js",
    "trace.js",
    "try_it.js",
    "virtual_list.js",
];
/// Colours, fields and buttons of the emulator's other pages.
const STYLE: (&str, &str) = ("style.css", include_str!("../../templates/style.css"));

/// The page.
pub fn page(inspector: &Inspector) -> HttpResponse {
    let text = include_str!("assets/index.html")
        .replace(TOKEN, inspector.token())
        .replace(VERSION, env!("CARGO_PKG_VERSION"));
    served("text/html; charset=utf-8", text)
}

/// One of the files that it loads.
///
/// # Errors
/// When there is no such file.
pub fn asset(name: &str) -> Result<HttpResponse, Refusal> {
    let mut all = ASSETS.iter().chain([&STYLE]);
    let (_, text) = all
        .find(|(known, _)| *known == name)
        .ok_or_else(|| Refusal::not_found(format!("the inspector has no file `{name}`")))?;
    let media_type = match name.rsplit_once('.') {
        Some((_, "js")) => "text/javascript; charset=utf-8",
        Some((_, "css")) => "text/css; charset=utf-8",
        _ => "image/svg+xml",
    };
    Ok(served(media_type, (*text).to_owned()))
}

fn served(media_type: &'static str, text: String) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, media_type))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((REFERRER_POLICY, "same-origin"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .body(text)
}
