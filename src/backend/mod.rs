//! How `/api` is answered: whatever the backend is, one call goes through the
//! same steps, in this order.
//!
//! 1. [`reject`]: what a backend never gets to see: WebSocket upgrades (AP-5), tunnels.
//! 2. [`request_body`]: the request's body: too large is 413 (AP-7), small ones are read at once, large ones stream.
//! 3. [`headers`] copies the head without hop-by-hop headers and without what a caller may not say;
//!    [`identity`] adds what Azure says instead (AP-20…AP-30), [`token`] the managed `authorization` (AP-25).
//! 4. The hop: [`proxy`] over HTTP for a bring-your-own backend, [`managed`] for the Functions host in this process.
//!    A linked backend may refuse: [`link_denial`].
//! 5. [`response`]: the response goes back, streamed or whole, framed anew; [`buffering`]: whole where `--strict` demands
//!    it (AP-10); [`compat_warnings`] tells once what Azure would change.
//! 6. [`error`]: the one place that turns a failure into a response (AP-41…AP-43) and a cause for the log.
//!
//! [`hop`] records what was sent and what came back. [`time_limit`] ends a call after the 45 seconds of AP-6.
//! [`roles_source`] is the one call that no client asks for. The hop to a dev server ([`crate::devserver`]) is made of the
//! same parts.

mod api_call;
mod buffering;
mod compat_warnings;
pub mod error;
pub mod headers;
pub mod hop;
pub(crate) mod identity;
pub mod link_denial;
mod managed;
pub(crate) mod proxy;
pub(crate) mod reject;
pub(crate) mod request_body;
pub(crate) mod response;
pub mod roles_source;
mod time_limit;
mod token;
mod upstream;

use std::pin::pin;

use actix_web::{HttpRequest, HttpResponse, dev::Payload};

use self::{
    error::CallError, request_body::RequestBody, response::ResponseContext, time_limit::TimeLimit,
};
pub use crate::link::BackendKind;

pub use self::{
    api_call::{ApiCall, ApiOutcome, Backend, Limits},
    proxy::ApiClient,
    upstream::{Upstream, UpstreamError},
};

/// Answers one call to the API. Never fails: every fault is a response (AP-41…AP-45).
///
/// Dropping the future, or later the response, ends the call at the backend too.
pub async fn serve(
    backend: &Backend,
    client: &ApiClient,
    limits: &Limits,
    payload: Payload,
    call: ApiCall<'_>,
) -> ApiOutcome {
    answer(backend, client, limits, payload, call)
        .await
        .unwrap_or_else(|error| error.into_outcome(call.request, call.target))
}

/// The straight line of one call; see the steps above.
async fn answer(
    backend: &Backend,
    client: &ApiClient,
    limits: &Limits,
    payload: Payload,
    call: ApiCall<'_>,
) -> Result<ApiOutcome, CallError> {
    let request = call.request;
    reject::check(request, limits.is_strict)?;
    if let Backend::BringYourOwn(upstream) = backend
        && let Some(linked) = upstream.linked()
    {
        if !linked.issuer.is_ready() {
            Box::pin(linked.issuer.ready()).await;
        }
        if let Some(outcome) = link_denial::denied(linked, upstream, &call) {
            return Ok(outcome);
        }
    }
    let time = TimeLimit::start(&client.timers, limits.timeout);
    let body = match payload {
        // Most calls: no timer for what is not waited for.
        Payload::None => RequestBody::Empty,
        payload => time
            .wait_for(pin!(request_body::receive(
                request,
                payload,
                limits.max_request_bytes,
            )))
            .await
            .unwrap_or_else(|limit| Err(CallError::SlowCaller { limit }))?,
    };
    let context = ResponseContext::new(request, call.target, time.deadline());
    let answered = async {
        let response = match backend {
            Backend::None => Err(CallError::NoBackend),
            Backend::BringYourOwn(upstream) => {
                proxy::call(client, upstream, &call, body, context).await
            }
            Backend::Managed(host) => Box::pin(managed::exchange(host, &call, body, context)).await,
        }?;
        match limits.is_strict && buffering::applies(request, &response) {
            true => Box::pin(buffering::whole(response)).await,
            false => Ok(response),
        }
    };
    let response = time
        .wait_for(pin!(answered))
        .await
        .unwrap_or_else(|limit| Err(CallError::timeout(backend, limit)))?;
    Ok(ApiOutcome {
        response,
        note: None,
    })
}

/// Passes a request on as it came, to a backend behind the listener that stands for its own address: what that listener
/// lets through, nothing of the edge is added to. No limits: the 45 seconds are the static web app's (AP-6).
pub async fn forward(
    upstream: &Upstream,
    client: &ApiClient,
    request: &HttpRequest,
    payload: Payload,
) -> HttpResponse {
    let target = request.uri().path_and_query();
    let target = target.map_or("/", |target| target.as_str());
    let forwarded = async {
        reject::check(request, false)?;
        let body = request_body::receive(request, payload, u64::MAX).await?;
        let context = ResponseContext::new(request, target, None);
        proxy::forward(client, upstream, body, context).await
    };
    forwarded
        .await
        .unwrap_or_else(|error| error.into_outcome(request, target).response)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn ap_6_and_ap_7_are_the_default_limits() {
        let limits = Limits::default();
        assert_eq!(limits.timeout, Some(Duration::from_secs(45)));
        assert_eq!(limits.max_request_bytes, 31_457_280);
    }

    #[test]
    fn the_future_of_a_call_stays_small_because_it_is_moved_about() {
        let upstream = Upstream::parse("http://localhost", BackendKind::Functions).unwrap();
        let (backend, client, limits) = (
            Backend::BringYourOwn(upstream),
            ApiClient::new(),
            Limits::default(),
        );
        let request = actix_web::test::TestRequest::get().to_http_request();
        let call = ApiCall {
            request: &request,
            target: "/api/x",
            original_url: "http://localhost/api/x",
            peer: None,
            principal: None,
            hop: None,
        };
        let future = serve(&backend, &client, &limits, Payload::None, call);
        let size = std::mem::size_of_val(&future);
        assert!(size <= 3 * 1024, "{size} bytes");
    }
}
