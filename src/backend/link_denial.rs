//! The refusals of a linked backend, whose lock may have been changed since it was linked.

use actix_web::{
    HttpResponse,
    http::{StatusCode, header as edge},
};
use uuid::Uuid;

use super::api_call::{ApiCall, ApiOutcome};
use super::upstream::Upstream;
use crate::link::{authorize::Denied, linked_backend::LinkedBackend};

/// The 401 of a backend that was changed so that it refuses this app (AP-47, AP-48, B3-10), with its cause for the log.
pub(super) fn denied(
    linked: &LinkedBackend,
    upstream: &Upstream,
    call: &ApiCall<'_>,
) -> Option<ApiOutcome> {
    let denied = linked.denied(call.target)?;
    Some(ApiOutcome {
        response: response(&denied),
        note: Some(format!(
            "{} refuses this app: {}",
            upstream.url(),
            denied.cause
        )),
    })
}

/// A refusal on the wire.
pub fn response(denied: &Denied) -> HttpResponse {
    let mut response = HttpResponse::build(StatusCode::UNAUTHORIZED);
    response
        .insert_header((edge::CONTENT_TYPE, "application/json; charset=utf-8"))
        .insert_header((edge::WWW_AUTHENTICATE, denied.challenge.as_str()));
    if denied.is_middleware {
        response.insert_header(("x-ms-middleware-request-id", Uuid::new_v4().to_string()));
    }
    response.body(denied.body.clone())
}
