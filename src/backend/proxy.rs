//! The hop to a bring-your-own backend, over the connections of [`crate::http`]. Everything stays on the actix worker that
//! serves the call: its request bodies cannot leave that thread, and a connection that lives beside them needs no channel
//! in between.

use actix_web::{HttpRequest, HttpResponse};
use futures_util::TryFutureExt as _;
use http::{Method, Request, Response, Uri, header};

use super::{
    api_call::ApiCall,
    compat_warnings,
    error::CallError,
    headers, identity,
    request_body::{self, RequestBody},
    response::ResponseContext,
    upstream::Upstream,
};
use crate::http::{Client, Lease, Leased};

/// The connections of one actix worker to its backends. Neither `Send` nor shared: make one for each worker.
#[derive(Default)]
pub struct ApiClient(pub(crate) Client<RequestBody>);

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
        let exchanged = self.0.exchange(upstream.origin(), lease, head, body);
        // The end of the caller's body explains the end of the connection, not the other way round.
        exchanged.map_err(move |error| slot.take().unwrap_or(error))
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
        let outgoing = head(upstream, call, body)?;
        if let Some(hop) = call.hop {
            hop.sent(upstream.url(), &outgoing);
        }
        Ok(outgoing)
    };
    let lease = client.0.lease(upstream.origin()).await?;
    let response = client.exchange(lease, upstream, head, body).await?;
    let public = upstream.linked().and_then(|linked| linked.host.as_ref());
    compat_warnings::look_at(response.headers(), upstream.url(), public);
    let (head, body) = response.into_parts();
    if let Some(hop) = call.hop {
        hop.received(&head);
    }
    Ok(context.respond(&head, body, upstream.url()))
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
        *outgoing.uri_mut() = target(context.target)?;
        *outgoing.method_mut() = method(context.request)?;
        let mut copied = headers::unchanged(context.request.headers());
        copied.insert(header::HOST, upstream.host().clone());
        *outgoing.headers_mut() = copied;
        Ok(outgoing)
    };
    let lease = client.0.lease(upstream.origin()).await?;
    let response = client.exchange(lease, upstream, head, body).await?;
    let (head, body) = response.into_parts();
    Ok(context.respond(&head, body, upstream.url()))
}

/// The request as the backend gets it.
fn head(
    upstream: &Upstream,
    call: &ApiCall<'_>,
    body: RequestBody,
) -> Result<Request<RequestBody>, CallError> {
    let mut outgoing = Request::new(body);
    *outgoing.uri_mut() = target(call.target)?;
    prepare(&mut outgoing, call, upstream.kind(), Some(upstream.host()))?;
    if let Some(linked) = upstream.linked() {
        identity::add_proof(outgoing.headers_mut(), linked, call);
    }
    Ok(outgoing)
}

/// The part of the head that does not depend on the way to the backend: method and headers.
pub(super) fn prepare(
    outgoing: &mut Request<RequestBody>,
    call: &ApiCall<'_>,
    kind: crate::link::BackendKind,
    own_host: Option<&http::HeaderValue>,
) -> Result<(), CallError> {
    let request = call.request;
    *outgoing.method_mut() = method(request)?;
    let mut copied = headers::to_backend(
        request.headers(),
        request_body::loses_content_type(request.method(), outgoing.body()),
        identity::replaces_authorization(kind),
    );
    identity::add(&mut copied, kind, own_host, call);
    *outgoing.headers_mut() = copied;
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
pub(crate) fn target(raw: &str) -> Result<Uri, CallError> {
    Some(raw)
        .filter(|raw| raw.starts_with('/'))
        .and_then(|raw| raw.parse::<http::uri::PathAndQuery>().ok())
        .map(Uri::from)
        .ok_or_else(|| CallError::Target(raw.to_owned()))
}
