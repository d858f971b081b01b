//! Requests for hosts that are not ours: 421 before anything else is looked at.

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_TYPE, HOST, X_CONTENT_TYPE_OPTIONS};
use actix_web::http::{ConnectionType, StatusCode};

use crate::http::{AllowedHosts, Misdirected};

/// The refusal of a request, and why; `None` if its host is allowed.
pub(super) fn refuse(
    hosts: &AllowedHosts,
    request: &HttpRequest,
) -> Option<(HttpResponse, Misdirected)> {
    let uri = request.uri();
    // The target of CONNECT has an authority and no scheme: it is no host of a request.
    let target = uri.scheme().and(uri.authority());
    let named = request.headers().get_all(HOST);
    let judged = hosts.check(
        target.map(|authority| authority.as_str()),
        named.map(|host| host.as_bytes()),
    );
    let misdirected = judged.err()?;
    let mut response = HttpResponse::build(StatusCode::MISDIRECTED_REQUEST)
        .insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(misdirected.text());
    // Whatever protocol the client goes on in, it does not do so here.
    response
        .head_mut()
        .set_connection_type(ConnectionType::Close);
    Some((response, misdirected))
}
