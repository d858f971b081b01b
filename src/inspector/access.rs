//! Who may look. Every request to the inspector comes through here, after the network rules and the check of its host.
//!
//! - this machine, by a host that is loopback; other addresses if `--inspect-from` names them
//! - never a page of another site: browsers say where a request comes from
//! - what changes something is a POST that proves to come from the inspector's own page: its `Origin`, and its token

use actix_web::http::Method;
use actix_web::http::header::{HOST, HeaderName, ORIGIN};

use crate::http::cross_site::is_cross_site;
use crate::pipeline::{caller_address, is_from_this_machine};

use super::call::Call;
use super::refusal::Refusal;

/// Carries the token of the page.
pub const TOKEN: HeaderName = HeaderName::from_static("x-cygnet-token");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The refusal of whoever may not ask this.
pub fn refuse(call: &Call<'_>) -> Option<Refusal> {
    // Whoever is elsewhere learns no more than that there is nothing for them.
    if !may_look(call) {
        log::info!(
            hint = "--inspect-from ADDR lets it in";
            "the inspector was asked for from another machine, and answers 404"
        );
        return Some(Refusal::not_found("not found"));
    }
    if is_of_another_site(call) {
        return Some(Refusal::of(
            403,
            "a page of another origin sent this, and the inspector answers its own pages only",
        ));
    }
    match *call.request.method() {
        Method::GET | Method::HEAD => None,
        Method::POST if has_token(call) && header(call, &ORIGIN) == Some(&*own_origin(call)) => {
            None
        }
        Method::POST => Some(
            Refusal::of(403, "what changes something needs the token of the inspector's page")
                .hint("send `X-Cygnet-Token` as in <meta name=\"cygnet-token\"> of /.cygnet/, and `Origin`"),
        ),
        _ => Some(Refusal::of(405, "the inspector answers GET and POST")),
    }
}

/// Whether the request comes from this machine, or from where the settings allow it.
fn may_look(call: &Call<'_>) -> bool {
    let (app, request) = (&call.worker.app, call.request);
    let address = caller_address(app, request);
    let mut allowed = call.inspector.info.from.iter();
    is_from_this_machine(app, request) || allowed.any(|range| range.contains(address))
}

/// Whether the request carries the token of the page.
pub fn has_token(call: &Call<'_>) -> bool {
    header(call, &TOKEN) == Some(call.inspector.token())
}

fn is_of_another_site(call: &Call<'_>) -> bool {
    is_cross_site(
        header(call, &SEC_FETCH_SITE),
        header(call, &ORIGIN),
        |origin| origin == own_origin(call),
    )
}

fn own_origin(call: &Call<'_>) -> String {
    let app = &call.worker.app;
    let scheme = if app.secure { "https" } else { "http" };
    format!(
        "{scheme}://{}",
        header(call, &HOST).unwrap_or(&app.own_host)
    )
}

fn header<'c>(call: &'c Call<'_>, name: &HeaderName) -> Option<&'c str> {
    call.request.headers().get(name)?.to_str().ok()
}
