//! The hop to a bring-your-own backend, over the connections of [`crate::http`]. Everything stays on the actix worker that
//! serves the call: its request bodies cannot leave that thread, and a connection that lives beside them needs no channel
//! in between.

use std::cell::RefCell;

use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use futures_util::TryFutureExt as _;
use http::uri::PathAndQuery;
use http::{HeaderMap, Method, Request, Response, Uri, header};

use super::{
    api_call::ApiCall,
    compat_warnings,
    error::CallError,
    headers::{self, Values},
    identity,
    request_body::{self, RequestBody},
    response::ResponseContext,
    time_limit::Timers,
    upstream::Upstream,
};
use crate::http::{Client, Lease, Leased};

/// The connections of one actix worker to its backends. Neither `Send` nor shared: make one for each worker.
#[derive(Default)]
pub struct ApiClient {
    pub(crate) connections: Client<RequestBody>,
    spare: SpareHeaders,
    pub(super) timers: Timers,
}

/// Header maps for the next requests: hyper builds a response's headers in the memory of the request's.
#[derive(Default)]
struct SpareHeaders(RefCell<Vec<HeaderMap>>);

impl SpareHeaders {
    /// How many calls usually run at once.
    const MAX_KEPT: usize = 16;

    fn take(&self) -> HeaderMap {
        self.0.borrow_mut().pop().unwrap_or_default()
    }

    fn keep(&self, mut headers: HeaderMap) {
        let mut kept = self.0.borrow_mut();
        // The memory of an unusually large response is not kept.
        if kept.len() < Self::MAX_KEPT && headers.capacity() <= 64 {
            headers.clear();
            kept.push(headers);
        }
    }
}

impl ApiClient {
    /// A client without connections; the first call opens one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends one request over `lease`; see [`Client::exchange`].
    pub(crate) fn exchange(
        &self,
        lease: Lease<RequestBody>,
        upstream: &Upstream,
        head: impl Fn(RequestBody) -> Result<Request<RequestBody>, CallError>,
        body: RequestBody,
    ) -> impl Future<Output = Result<Response<Leased<RequestBody>>, CallError>> {
        let slot = body.error_slot();
        let exchanged = self
            .connections
            .exchange(upstream.origin(), lease, head, body);
        // The end of the caller's body explains the end of the connection, not the other way round.
        exchanged.map_err(move |error| slot.and_then(|slot| slot.take()).unwrap_or(error))
    }
}

impl std::fmt::Debug for ApiClient {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ApiClient").finish_non_exhaustive()
    }
}

/// Sends one call of the API and takes its answer.
pub(super) async fn call(
    client: &ApiClient,
    upstream: &Upstream,
    call: &ApiCall<'_>,
    body: RequestBody,
    context: ResponseContext<'_>,
) -> Result<HttpResponse, CallError> {
    let head = |body| {
        let outgoing = head(client, upstream, call, body)?;
        if let Some(hop) = call.hop {
            hop.sent(upstream.url(), &outgoing);
        }
        Ok(outgoing)
    };
    let lease = client.connections.lease(upstream.origin()).await?;
    let response = client.exchange(lease, upstream, head, body).await?;
    let public = upstream.linked().and_then(|linked| linked.host.as_ref());
    compat_warnings::look_at(response.headers(), upstream.url(), public);
    let (head, body) = response.into_parts();
    if let Some(hop) = call.hop {
        hop.received(&head);
    }
    let response = context.respond(&head, body, upstream.url());
    client.spare.keep(head.headers);
    Ok(response)
}

/// Sends a request as it came, but for what ends at this hop, and takes its answer.
pub(super) async fn forward(
    client: &ApiClient,
    upstream: &Upstream,
    body: RequestBody,
    context: ResponseContext<'_>,
) -> Result<HttpResponse, CallError> {
    let head = |body| {
        let mut outgoing = Request::new(body);
        *outgoing.uri_mut() = target(Bytes::copy_from_slice(context.target.as_bytes()))?;
        *outgoing.method_mut() = method(context.request)?;
        let mut copied = headers::unchanged(context.request.headers());
        copied.insert(header::HOST, upstream.host().clone());
        *outgoing.headers_mut() = copied;
        Ok(outgoing)
    };
    let lease = client.connections.lease(upstream.origin()).await?;
    let response = client.exchange(lease, upstream, head, body).await?;
    let (head, body) = response.into_parts();
    Ok(context.respond(&head, body, upstream.url()))
}

/// The request as the backend gets it.
fn head(
    client: &ApiClient,
    upstream: &Upstream,
    call: &ApiCall<'_>,
    body: RequestBody,
) -> Result<Request<RequestBody>, CallError> {
    let mut outgoing = Request::new(body);
    *outgoing.headers_mut() = client.spare.take();
    prepare(&mut outgoing, call, upstream.kind(), Some(upstream.host()))?;
    if let Some(linked) = upstream.linked() {
        identity::add_proof(outgoing.headers_mut(), linked, call);
    }
    Ok(outgoing)
}

/// The part of the head that does not depend on the way to the backend: method, target and headers.
pub(super) fn prepare(
    outgoing: &mut Request<RequestBody>,
    call: &ApiCall<'_>,
    kind: crate::link::BackendKind,
    own_host: Option<&http::HeaderValue>,
) -> Result<(), CallError> {
    let request = call.request;
    let from = request.headers();
    let length =
        headers::length(from) + call.target.len() + identity::estimated_length(own_host, call);
    let mut values = Values::with_capacity(length);
    let asked = values.add(call.target.as_bytes());
    *outgoing.uri_mut() = target(asked.clone())?;
    *outgoing.method_mut() = method(request)?;
    let loses_content_type = request_body::loses_content_type(request.method(), outgoing.body());
    let told = outgoing.headers_mut();
    told.reserve(from.len() + identity::MAX_ADDED);
    let replaces_authorization = identity::replaces_authorization(kind);
    headers::to_backend(
        from,
        (told, &mut values),
        loses_content_type,
        replaces_authorization,
    );
    identity::add((told, &mut values), kind, own_host, call, asked);
    set_zero_length(outgoing);
    Ok(())
}

/// RFC 9110, 8.6: methods that expect a body say so when there is none.
pub(crate) fn set_zero_length(outgoing: &mut Request<RequestBody>) {
    if matches!(outgoing.body(), RequestBody::Empty)
        && matches!(outgoing.method().as_str(), "POST" | "PUT" | "PATCH")
    {
        outgoing.headers_mut().insert(
            header::CONTENT_LENGTH,
            header::HeaderValue::from_static("0"),
        );
    }
}

/// The caller's method in hyper's words.
pub(crate) fn method(request: &HttpRequest) -> Result<Method, CallError> {
    Method::from_bytes(request.method().as_str().as_bytes())
        .map_err(|_| CallError::Target(request.method().to_string()))
}

/// Path and query as a request target, untouched.
pub(crate) fn target(raw: Bytes) -> Result<Uri, CallError> {
    Some(raw.clone())
        .filter(|raw| raw.starts_with(b"/"))
        .and_then(|raw| PathAndQuery::from_maybe_shared(raw).ok())
        .map(Uri::from)
        .ok_or_else(|| CallError::Target(String::from_utf8_lossy(&raw).into_owned()))
}
