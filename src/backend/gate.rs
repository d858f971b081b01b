//! What a linked backend's own address adds to a call: on this side a lock that may have been changed ([`denied`]), on the
//! backend's side a gate through which what may pass does so unchanged ([`pass`]).

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header as edge},
};
use http::{HeaderValue, Method, Request, header};
use uuid::Uuid;

use super::{ApiCall, ApiOutcome, Upstream, error::CallError, headers, request_body::RequestBody};
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

/// The head of a request that the gate let pass.
pub(super) fn pass(
    outgoing: &mut Request<RequestBody>,
    request: &HttpRequest,
    host: &HeaderValue,
) -> Result<(), CallError> {
    *outgoing.method_mut() = Method::from_bytes(request.method().as_str().as_bytes())
        .map_err(|_| CallError::Target(request.method().to_string()))?;
    let mut copied = headers::through_gate(request.headers());
    copied.insert(header::HOST, host.clone());
    *outgoing.headers_mut() = copied;
    Ok(())
}
