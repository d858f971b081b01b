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

/// Name, type and text of each asset.
const ASSETS: &[(&str, &str, &str)] = &[
    (
        "inspector.js",
        "text/javascript; charset=utf-8",
        include_str!("assets/inspector.js"),
    ),
    (
        "inspector.css",
        "text/css; charset=utf-8",
        include_str!("assets/inspector.css"),
    ),
];

/// The page.
pub fn page(inspector: &Inspector) -> HttpResponse {
    let text = include_str!("assets/index.html").replace(TOKEN, inspector.token());
    served("text/html; charset=utf-8", text)
}

/// One of the files that it loads.
///
/// # Errors
/// When there is no such file.
pub fn asset(name: &str) -> Result<HttpResponse, Refusal> {
    let found = ASSETS.iter().find(|(known, ..)| *known == name);
    let (_, media_type, text) =
        found.ok_or_else(|| Refusal::not_found(format!("the inspector has no file `{name}`")))?;
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
