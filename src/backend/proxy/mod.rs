//! The hop to a bring-your-own backend, over HTTP/1.1 by hyper's connections.
//!
//! [`connect`] opens a connection (plain or TLS, found by [`resolve`]; [`stream`] makes an early answer survive on it), [`pool`] keeps idle ones for a few seconds, [`exchange`] sends one
//! request and takes the head of its response. Everything stays on the actix worker that serves the call: its request
//! bodies cannot leave that thread, and a connection that lives beside them needs no channel in between.

mod connect;
mod pool;
mod resolve;
mod stream;
mod tls;

use std::{cell::RefCell, rc::Rc};

use actix_web::{HttpRequest, HttpResponse};
use http::{Method, Request, Response, StatusCode, Uri, header};
use hyper::body::Incoming;

use self::{
    connect::Connector,
    pool::{Lease, Pool},
};
use super::{
    ApiCall, Upstream,
    error::{CallError, io_kind},
    gate, headers, identity,
    inbound::{self, InboundBody},
    notices,
    outbound::{Origin, Outbound},
};

pub(super) use self::pool::Lease as ConnectionLease;

/// The connections of one actix worker to its backends. Neither `Send` nor shared: make one for each worker.
#[derive(Default)]
pub struct ApiClient {
    connector: Connector,
    /// By origin; an environment has one backend, so this stays short.
    pools: RefCell<Vec<(String, Rc<Pool>)>>,
}

impl ApiClient {
    /// A client without connections; the first call opens one.
    pub fn new() -> Self {
        Self::default()
    }

    fn pool(&self, origin: &str) -> Rc<Pool> {
        let mut pools = self.pools.borrow_mut();
        if let Some((_, pool)) = pools.iter().find(|(known, _)| known == origin) {
            return Rc::clone(pool);
        }
        let pool = Rc::new(Pool::default());
        pools.push((origin.to_owned(), Rc::clone(&pool)));
        pool
    }

    /// An idle connection, or a new one if there is none or `fresh` demands it.
    async fn lease(&self, upstream: &Upstream, fresh: bool) -> Result<Lease, CallError> {
        let pool = self.pool(upstream.url());
        if !fresh && let Some(lease) = pool.idle() {
            return Ok(lease);
        }
        // Boxed: rare, and its future would make that of every call several times larger.
        let sender = Box::pin(self.connector.open(upstream)).await?;
        Ok(Lease::fresh(sender, &pool))
    }
}

impl std::fmt::Debug for ApiClient {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ApiClient").finish_non_exhaustive()
    }
}

/// Sends one call and takes its answer.
pub(super) async fn exchange(
    client: &ApiClient,
    upstream: &Upstream,
    request: &HttpRequest,
    call: &ApiCall<'_>,
    body: InboundBody,
    outbound: Outbound<'_>,
) -> Result<HttpResponse, CallError> {
    let fate = body.fate();
    let (response, lease) = send(client, upstream, request, call, body)
        .await
        // The end of the caller's body explains the end of the connection, not the other way round.
        .map_err(|error| fate.take().unwrap_or(error))?;
    check(&response, upstream.url())?;
    notices::look_at(response.headers(), upstream.url());
    let (head, body) = response.into_parts();
    Ok(outbound.respond(&head, body, Origin::new(upstream.url(), Some(lease))))
}

/// Refuses answers that would reach the caller changed: another protocol (AP-5), or a coding that ends at this hop and that
/// nobody here takes off.
fn check(response: &Response<Incoming>, origin: &str) -> Result<(), CallError> {
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return Err(CallError::Backend(format!(
            "{origin} switched protocols although nobody asked for it"
        )));
    }
    let mut codings = response.headers().get_all(header::TRANSFER_ENCODING).iter();
    if let Some(coding) = codings.find(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"chunked"))
    {
        return Err(CallError::Backend(format!(
            "{origin} answered in the transfer coding {coding:?} although nobody asked for it"
        )));
    }
    Ok(())
}

/// Sends the request, twice if the first connection turns out to be stale.
///
/// A backend closes idle connections when it likes, and a request may just then be on its way (trap 10). One that was
/// never written goes again whatever it is; one that was, only if it is idempotent and its body still at hand.
async fn send(
    client: &ApiClient,
    upstream: &Upstream,
    request: &HttpRequest,
    call: &ApiCall<'_>,
    body: InboundBody,
) -> Result<(Response<Incoming>, Lease), CallError> {
    let replay = is_idempotent(request).then(|| body.again()).flatten();
    let mut lease = client.lease(upstream, false).await?;
    let first = head(upstream, request, call, body)?;
    let mut error = match lease.send(first).await {
        Ok(response) => return Ok((response, lease)),
        Err(error) => error,
    };
    let unsent = error.take_message().map(Request::into_body);
    let cause = error.into_error();
    let again = match unsent {
        Some(body) => Some(body),
        None if is_stale(&cause) => replay,
        None => None,
    };
    let Some(body) = again.filter(|_| lease.is_reused()) else {
        return Err(CallError::hop(upstream.url(), &cause));
    };
    Box::pin(send_again(client, upstream, request, call, body)).await
}

/// Sends the request on a fresh connection, after a stale one. Boxed by its caller: rare.
async fn send_again(
    client: &ApiClient,
    upstream: &Upstream,
    request: &HttpRequest,
    call: &ApiCall<'_>,
    body: InboundBody,
) -> Result<(Response<Incoming>, Lease), CallError> {
    let origin = upstream.url();
    log::debug!("{origin} had closed an idle connection; trying a fresh one");
    let mut lease = client.lease(upstream, true).await?;
    match lease.send(head(upstream, request, call, body)?).await {
        Ok(response) => Ok((response, lease)),
        Err(error) => Err(CallError::hop(origin, &error.into_error())),
    }
}

fn is_idempotent(request: &HttpRequest) -> bool {
    matches!(
        request.method().as_str(),
        "GET" | "HEAD" | "OPTIONS" | "PUT" | "DELETE" | "TRACE"
    )
}

/// Whether a connection broke before any answer, as a stale one does.
fn is_stale(error: &hyper::Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected};
    error.is_incomplete_message()
        || error.is_canceled()
        || matches!(
            io_kind(error),
            Some(BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected)
        )
}

/// The request as the backend gets it.
fn head(
    upstream: &Upstream,
    request: &HttpRequest,
    call: &ApiCall<'_>,
    body: InboundBody,
) -> Result<Request<InboundBody>, CallError> {
    let mut outgoing = Request::new(body);
    *outgoing.uri_mut() = target(call.target)?;
    if upstream.is_behind_gate() {
        gate::pass(&mut outgoing, request, upstream.host())?;
        return Ok(outgoing);
    }
    prepare(
        &mut outgoing,
        request,
        call,
        upstream.kind(),
        Some(upstream.host()),
    )?;
    if let Some(linked) = upstream.linked() {
        identity::add_proof(outgoing.headers_mut(), linked, call);
    }
    Ok(outgoing)
}

/// The part of the head that does not depend on the way to the backend: method and headers.
pub(super) fn prepare(
    outgoing: &mut Request<InboundBody>,
    request: &HttpRequest,
    call: &ApiCall<'_>,
    kind: super::BackendKind,
    own_host: Option<&http::HeaderValue>,
) -> Result<(), CallError> {
    *outgoing.method_mut() = Method::from_bytes(request.method().as_str().as_bytes())
        .map_err(|_| CallError::Target(request.method().to_string()))?;
    let mut copied = headers::to_backend(
        request.headers(),
        inbound::loses_content_type(request.method(), outgoing.body()),
        identity::replaces_authorization(kind),
    );
    identity::add(&mut copied, kind, own_host, call);
    // RFC 9110, 8.6: methods that expect a body say so when there is none.
    if matches!(outgoing.body(), InboundBody::Empty)
        && matches!(request.method().as_str(), "POST" | "PUT" | "PATCH")
    {
        copied.insert(
            header::CONTENT_LENGTH,
            header::HeaderValue::from_static("0"),
        );
    }
    *outgoing.headers_mut() = copied;
    Ok(())
}

/// Path and query as a request target, untouched.
pub(super) fn target(raw: &str) -> Result<Uri, CallError> {
    Some(raw)
        .filter(|raw| raw.starts_with('/'))
        .and_then(|raw| raw.parse::<http::uri::PathAndQuery>().ok())
        .map(Uri::from)
        .ok_or_else(|| CallError::Target(raw.to_owned()))
}
