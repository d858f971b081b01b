//! HTTP/2 for those who asked for it in the TLS handshake: hyper speaks it, the app sees the same requests as over
//! HTTP/1.1.
//!
//! Not actix's own: it goes on with a request whose caller has gone, and knows no limit on streams or headers. WebSockets
//! come over HTTP/1.1: browsers open a connection for them that asks for that.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use actix_http::error::PayloadError;
use actix_http::{BoxedPayloadStream, Payload, Request, Response};
use actix_service::Service;
use actix_web::body::{BodySize, BoxBody, MessageBody as _};
use actix_web::http as edge;
use bytes::Bytes;
use futures_util::StreamExt as _;
use http::header::{CONTENT_LENGTH, COOKIE, HOST};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyDataStream;
use hyper::body::Incoming;
use hyper::server::conn::http2::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};

use super::timeouts::{DISCONNECT_TIMEOUT, HEAD_TIMEOUT, KEEP_ALIVE};
use crate::http::HopByHop;

/// Requests of one connection at a time, as nginx and Azure's edge allow it.
const STREAMS: u32 = 128;
/// The head of a request in bytes, and the number of its headers: as many as over HTTP/1.1.
const HEAD: u32 = 128 * 1024;
const HEADERS: usize = 96;
/// Bytes that a client may send ahead: of one body, and of all of a connection.
const STREAM_WINDOW: u32 = 1024 * 1024;
const CONNECTION_WINDOW: u32 = 2 * 1024 * 1024;
/// How long a client may take to answer a ping.
const PONG: Duration = Duration::from_secs(20);

/// Serves a connection until it is closed, or was idle for a while.
///
/// # Errors
/// What the client did wrong, or the network.
pub(super) async fn serve<T, S>(
    io: T,
    peer: Option<SocketAddr>,
    app: Rc<S>,
) -> Result<(), hyper::Error>
where
    T: AsyncRead + AsyncWrite + Unpin + 'static,
    S: Service<Request, Response = Response<BoxBody>, Error = Response<BoxBody>> + 'static,
{
    let activity = Rc::new(Activity::new());
    let answer = {
        let activity = Rc::clone(&activity);
        service_fn(move |request| {
            let (app, busy) = (Rc::clone(&app), activity.begin());
            async move { Ok::<_, io::Error>(answer(&*app, request, peer, busy).await) }
        })
    };
    let connection = Builder::new(OnThisThread)
        .timer(TokioTimer::new())
        .keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(PONG)
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(HEAD)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .serve_connection(TokioIo::new(io), answer);
    let mut connection = pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => return ended,
        () = activity.idle() => connection.as_mut().graceful_shutdown(),
    }
    let ended = tokio::time::timeout(DISCONNECT_TIMEOUT, connection).await;
    ended.unwrap_or(Ok(()))
}

/// Everything of a worker stays on its thread.
#[derive(Clone, Copy)]
struct OnThisThread;

impl<F: Future + 'static> hyper::rt::Executor<F> for OnThisThread {
    fn execute(&self, future: F) {
        tokio::task::spawn_local(async { drop(future.await) });
    }
}

/// What a connection does.
struct Activity {
    running: Cell<usize>,
    /// When the last request ended; at first, when the connection began.
    since: Cell<Instant>,
    has_asked: Cell<bool>,
}

/// A request that runs.
struct Busy(Rc<Activity>);

impl Activity {
    fn new() -> Self {
        Self {
            running: Cell::new(0),
            since: Cell::new(Instant::now()),
            has_asked: Cell::new(false),
        }
    }

    fn begin(self: &Rc<Self>) -> Busy {
        self.running.set(self.running.get() + 1);
        self.has_asked.set(true);
        Busy(Rc::clone(self))
    }

    /// Waits until nothing has been asked for as long as HTTP/1.1 waits too.
    async fn idle(&self) {
        loop {
            let patience = match self.has_asked.get() {
                true => KEEP_ALIVE,
                false => HEAD_TIMEOUT,
            };
            let quiet = match self.running.get() {
                0 => self.since.get().elapsed(),
                _ => Duration::ZERO,
            };
            if quiet >= patience {
                return;
            }
            tokio::time::sleep(patience - quiet).await;
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.running.set(self.0.running.get().saturating_sub(1));
        self.0.since.set(Instant::now());
    }
}

async fn answer<S>(
    app: &S,
    request: http::Request<Incoming>,
    peer: Option<SocketAddr>,
    busy: Busy,
) -> http::Response<Sent>
where
    S: Service<Request, Response = Response<BoxBody>, Error = Response<BoxBody>>,
{
    let is_head = request.method() == http::Method::HEAD;
    let request = match read(request, peer) {
        Ok(request) => request,
        Err(status) => return refusal(status, busy),
    };
    let response = app.call(request).await.unwrap_or_else(|refused| refused);
    sent(response, is_head, busy)
}

/// The request as it would have come over HTTP/1.1.
///
/// # Errors
/// The status of what cannot be one.
fn read(
    request: http::Request<Incoming>,
    peer: Option<SocketAddr>,
) -> Result<Request, http::StatusCode> {
    const BAD: http::StatusCode = http::StatusCode::BAD_REQUEST;
    let (head, body) = request.into_parts();
    if head.headers.len() > HEADERS {
        return Err(http::StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    }
    let payload = match body.is_end_stream() {
        true => Payload::None,
        false => {
            let data = BodyDataStream::new(body);
            let data =
                data.map(|data| data.map_err(|error| PayloadError::Io(io::Error::other(error))));
            let payload: BoxedPayloadStream = Box::pin(data);
            Payload::Stream { payload }
        }
    };
    let mut to = Request::with_payload(payload);
    let into = to.head_mut();
    let target = match (head.uri.path_and_query(), head.uri.authority()) {
        (Some(target), _) => target.as_str(),
        (None, authority) => authority.map_or("/", |authority| authority.as_str()),
    };
    into.uri = target.parse().map_err(|_| BAD)?;
    into.method = edge::Method::from_bytes(head.method.as_str().as_bytes()).map_err(|_| BAD)?;
    into.version = edge::Version::HTTP_2;
    into.peer_addr = peer;
    let headers = head.headers.iter().filter(|(name, _)| **name != COOKIE);
    for (name, value) in headers {
        into.headers.append(
            edge_name(name).ok_or(BAD)?,
            edge_value(value.as_bytes()).ok_or(BAD)?,
        );
    }
    if let Some(cookies) = joined_cookies(&head.headers) {
        into.headers
            .insert(edge::header::COOKIE, edge_value(&cookies).ok_or(BAD)?);
    }
    if let Some(authority) = head.uri.authority() {
        // RFC 9113, 8.3.1: whoever says both says the same.
        let mut named = head.headers.get_all(HOST).iter();
        let is_other = |host: &http::HeaderValue| {
            !host
                .as_bytes()
                .eq_ignore_ascii_case(authority.as_str().as_bytes())
        };
        if named.any(is_other) {
            return Err(BAD);
        }
        let value = edge_value(authority.as_str().as_bytes()).ok_or(BAD)?;
        into.headers.insert(edge::header::HOST, value);
    }
    Ok(to)
}

/// RFC 9113, 8.2.3: what browsers send in pieces is one header to everybody else.
fn joined_cookies(headers: &http::HeaderMap) -> Option<Vec<u8>> {
    let pieces = headers.get_all(COOKIE).iter();
    let pieces: Vec<_> = pieces.map(http::HeaderValue::as_bytes).collect();
    (!pieces.is_empty()).then(|| pieces.join(&b"; "[..]))
}

fn edge_name(name: &http::HeaderName) -> Option<edge::header::HeaderName> {
    edge::header::HeaderName::from_bytes(name.as_str().as_bytes()).ok()
}

fn edge_value(value: &[u8]) -> Option<edge::header::HeaderValue> {
    edge::header::HeaderValue::from_bytes(value).ok()
}

fn refusal(status: http::StatusCode, busy: Busy) -> http::Response<Sent> {
    let mut response = http::Response::new(Sent::none(busy));
    *response.status_mut() = status;
    response
}

/// The response with its length, and without what is of HTTP/1.1 connections only.
fn sent(response: Response<BoxBody>, is_head: bool, busy: Busy) -> http::Response<Sent> {
    let (head, body) = response.into_parts();
    let status = head.status().as_u16();
    let size = match status {
        204 | 304 => BodySize::None,
        _ => body.size(),
    };
    let mut to = http::Response::new(Sent::none(busy));
    *to.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    let connection = head.headers().get_all(edge::header::CONNECTION);
    let ends = HopByHop::of(connection.map(|value| value.as_bytes()));
    for (name, value) in head.headers() {
        // A length is as for HTTP/1.1: that of the body, or what a 304 or an unknown one says itself.
        let is_replaced = name == edge::header::CONTENT_LENGTH
            && (status == 204 || matches!(size, BodySize::Sized(_)));
        if is_replaced || ends.contains(name.as_str()) {
            continue;
        }
        if let Ok(name) = http::HeaderName::from_bytes(name.as_str().as_bytes())
            && let Ok(value) = http::HeaderValue::from_bytes(value.as_bytes())
        {
            to.headers_mut().append(name, value);
        }
    }
    if let BodySize::Sized(length) = size {
        to.headers_mut().insert(CONTENT_LENGTH, length.into());
    }
    if !is_head && !size.is_eof() {
        to.body_mut().body = Some((body, size));
    }
    to
}

/// A body on its way. As long as it is, its request runs.
struct Sent {
    body: Option<(BoxBody, BodySize)>,
    _busy: Busy,
}

impl Sent {
    fn none(busy: Busy) -> Self {
        Self {
            body: None,
            _busy: busy,
        }
    }
}

impl Body for Sent {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let Some((body, _)) = &mut self.body else {
            return Poll::Ready(None);
        };
        let chunk = ready!(Pin::new(body).poll_next(context));
        Poll::Ready(chunk.map(|chunk| match chunk {
            Ok(bytes) => Ok(Frame::data(bytes)),
            Err(error) => Err(io::Error::other(error.to_string())),
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        match self.body {
            Some((_, BodySize::Sized(length))) => SizeHint::with_exact(length),
            Some(_) => SizeHint::default(),
            None => SizeHint::with_exact(0),
        }
    }
}
