//! The hop to a bring-your-own backend or a dev server, over HTTP/1.1 by hyper's connections.
//!
//! [`connect`] opens a connection (plain by [`dial`], or TLS; [`stream`] makes an early answer survive on it), [`pool`] keeps idle ones for a few seconds, [`exchange`] sends one
//! request and takes the head of its response. Everything stays on the actix worker that serves the call: its request
//! bodies cannot leave that thread, and a connection that lives beside them needs no channel in between.

mod connect;
mod dial;
mod pool;
mod stream;
pub(super) mod tls;

use std::{cell::RefCell, rc::Rc};

use actix_web::{HttpRequest, HttpResponse};
use http::{Method, Request, Response, StatusCode, Uri, header};
use hyper::{
    body::Incoming,
    client::conn::{TrySendError, http1::SendRequest},
};

use self::{
    connect::{Connector, Purpose},
    pool::{Lease, Pool},
};
use super::{
    ApiCall, Upstream, compat_warnings,
    error::{CallError, io_kind},
    gate, headers, identity,
    request_body::{self, BodyErrorSlot, RequestBody},
    response::{Origin, ResponseContext},
};

pub(crate) use self::pool::Lease as ConnectionLease;

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
    pub(crate) async fn lease(&self, upstream: &Upstream, fresh: bool) -> Result<Lease, CallError> {
        let pool = self.pool(upstream.url());
        if !fresh && let Some(lease) = pool.idle() {
            return Ok(lease);
        }
        // Boxed: rare, and its future would make that of every call several times larger.
        let sender = Box::pin(self.connector.open(upstream, Purpose::Calls)).await?;
        Ok(Lease::fresh(sender, &pool))
    }

    /// A connection of its own for one request, whose response may upgrade it (`hyper::upgrade::on`).
    pub(crate) async fn open_for_upgrade(
        &self,
        upstream: &Upstream,
    ) -> Result<SendRequest<RequestBody>, CallError> {
        self.connector.open(upstream, Purpose::Upgrade).await
    }

    /// Whether something listens there; nothing is sent.
    pub(crate) async fn reach(&self, upstream: &Upstream) -> Result<(), CallError> {
        self.connector.reach(upstream).await
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
    request: &HttpRequest,
    call: &ApiCall<'_>,
    body: RequestBody,
    context: ResponseContext<'_>,
) -> Result<HttpResponse, CallError> {
    let head = |body| head(upstream, request, call, body);
    let mut lease = client.lease(upstream, false).await?;
    let response = exchange(client, upstream, &mut lease, head, body).await?;
    let public = upstream.linked().and_then(|linked| linked.host.as_ref());
    compat_warnings::look_at(response.headers(), upstream.url(), public);
    let (head, body) = response.into_parts();
    Ok(context.respond(&head, body, Origin::new(upstream.url(), Some(lease))))
}

/// Refuses answers that would reach the caller changed: another protocol (AP-5), or a coding that ends at this hop and that
/// nobody here takes off.
fn check(response: Response<Incoming>, origin: &str) -> Result<Response<Incoming>, CallError> {
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
    Ok(response)
}

/// Sends one request over `lease` and takes the head of its response; `head` makes the request of its body. Twice if the
/// connection turns out to be stale, for which `lease` is replaced by a fresh one.
///
/// A backend closes idle connections when it likes, and a request may just then be on its way. One that was
/// never written goes again whatever it is; one that was, only if it is idempotent and its body still at hand.
///
/// Not an `async fn`, which would keep room for each of its arguments twice.
pub(crate) fn exchange(
    client: &ApiClient,
    upstream: &Upstream,
    lease: &mut Lease,
    head: impl Fn(RequestBody) -> Result<Request<RequestBody>, CallError>,
    body: RequestBody,
) -> impl Future<Output = Result<Response<Incoming>, CallError>> {
    let mut again = Again::of(&body);
    async move {
        // No variables for the request and its error either.
        let body_and_slot = match lease.send(again.first(head(body)?)).await {
            Ok(response) => return check(response, upstream.url()),
            Err(error) => again.body(error, lease.is_reused(), upstream.url())?,
        };
        Box::pin(send_again(client, upstream, lease, head, body_and_slot)).await
    }
}

/// What a second try needs.
struct Again {
    replay: Option<RequestBody>,
    is_idempotent: bool,
    error: BodyErrorSlot,
}

impl Again {
    fn of(body: &RequestBody) -> Self {
        Self {
            replay: body.again(),
            is_idempotent: false,
            error: body.error_slot(),
        }
    }

    fn first(&mut self, request: Request<RequestBody>) -> Request<RequestBody> {
        self.is_idempotent = is_idempotent(request.method());
        request
    }

    /// The body to send again after `error`, if that may be.
    fn body(
        self,
        mut error: TrySendError<Request<RequestBody>>,
        is_reused: bool,
        origin: &str,
    ) -> Result<(RequestBody, BodyErrorSlot), CallError> {
        let unsent = error.take_message().map(Request::into_body);
        let cause = error.into_error();
        let again = match unsent {
            Some(body) => Some(body),
            None if self.is_idempotent && is_stale(&cause) => self.replay,
            None => None,
        };
        match again.filter(|_| is_reused) {
            Some(body) => Ok((body, self.error)),
            None => Err(hop_error(origin, &cause, &self.error)),
        }
    }
}

/// The end of the caller's body explains the end of the connection, not the other way round.
fn hop_error(origin: &str, cause: &hyper::Error, slot: &BodyErrorSlot) -> CallError {
    slot.take().unwrap_or_else(|| CallError::hop(origin, cause))
}

/// Sends the request on a fresh connection, after a stale one. Boxed by its caller: rare.
async fn send_again(
    client: &ApiClient,
    upstream: &Upstream,
    lease: &mut Lease,
    head: impl Fn(RequestBody) -> Result<Request<RequestBody>, CallError>,
    (body, slot): (RequestBody, BodyErrorSlot),
) -> Result<Response<Incoming>, CallError> {
    let origin = upstream.url();
    log::debug!("{origin} had closed an idle connection; trying a fresh one");
    *lease = client.lease(upstream, true).await?;
    match lease.send(head(body)?).await {
        Ok(response) => check(response, origin),
        Err(error) => Err(hop_error(origin, &error.into_error(), &slot)),
    }
}

fn is_idempotent(method: &Method) -> bool {
    matches!(
        method.as_str(),
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
    body: RequestBody,
) -> Result<Request<RequestBody>, CallError> {
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
    outgoing: &mut Request<RequestBody>,
    request: &HttpRequest,
    call: &ApiCall<'_>,
    kind: super::BackendKind,
    own_host: Option<&http::HeaderValue>,
) -> Result<(), CallError> {
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
