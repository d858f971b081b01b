//! One request over HTTP/1.1 and the head of its response, by hyper's connections.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Method, Request, Response, StatusCode, header};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::client::conn::TrySendError;

use super::body::{Body, BoxError, LARGE};
use super::connector::{Connection, Connector};
use super::error::io_kind;
use super::pool::{Lease, Leased, Pool, Sweep};
use super::{ClientError, Origin};

/// Servers whose connections are kept. A backend that is unlinked or a worker that is replaced leaves an empty pool.
const POOLS: usize = 16;

/// The connections of one thread to the servers that it calls. A body of [`Client`] that stays on its thread keeps the
/// client there too.
pub(crate) struct Client<B: ClientBody> {
    connector: Connector,
    pools: Mutex<Vec<(String, Arc<Pool<B>>)>>,
}

/// A request body that a [`Client`] sends, and how tasks that hold such bodies are run.
pub(crate) trait ClientBody:
    http_body::Body<Data = Bytes, Error: Into<BoxError>> + Unpin + Sized + 'static
{
    /// The same body once more, for a second try; `None` if it can be read only once.
    fn replay(&self) -> Option<Self>;

    /// Whether all of it is in memory and small enough to be written at once.
    fn is_at_hand(&self) -> bool;

    /// Runs a connection in the background.
    fn drive(connection: Connection<Self>);

    /// Runs the task of a pool in the background.
    fn sweep(task: Sweep<Self>);
}

/// Bodies between threads. Their connections still belong to the thread that opened them: they end with its runtime.
impl ClientBody for Body {
    /// A body for a function can be read only once.
    fn replay(&self) -> Option<Self> {
        None
    }

    fn is_at_hand(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.len() <= LARGE,
            Self::Streamed(body) => body.is_end_stream(),
        }
    }

    fn drive(connection: Connection<Self>) {
        tokio::spawn(connection.run());
    }

    fn sweep(task: Sweep<Self>) {
        tokio::spawn(task.run());
    }
}

thread_local! {
    static OF_THREAD: Arc<Client<Body>> = Arc::default();
}

/// The client of this thread.
pub(crate) fn of_thread() -> Arc<Client<Body>> {
    OF_THREAD.with(Arc::clone)
}

impl<B: ClientBody> Default for Client<B> {
    fn default() -> Self {
        Self {
            connector: Connector::default(),
            pools: Mutex::default(),
        }
    }
}

impl<B: ClientBody> Client<B> {
    fn pool(&self, origin: &Origin) -> Arc<Pool<B>> {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, pool)) = pools.iter().find(|(known, _)| known == origin.as_str()) {
            return Arc::clone(pool);
        }
        if pools.len() >= POOLS {
            pools.retain(|(_, pool)| !pool.is_empty());
        }
        let pool = Arc::new(Pool::default());
        pools.push((origin.as_str().to_owned(), Arc::clone(&pool)));
        pool
    }

    /// An idle connection, or a new one if there is none.
    pub(crate) async fn lease(&self, origin: &Origin) -> Result<Lease<B>, ClientError> {
        match self.pool(origin).take() {
            Some(lease) => Ok(lease),
            // Boxed: rare, and its future would make that of every call several times larger.
            None => Box::pin(self.lease_fresh(origin)).await,
        }
    }

    /// A new connection.
    pub(crate) async fn lease_fresh(&self, origin: &Origin) -> Result<Lease<B>, ClientError> {
        let opened = self.connector.open(origin).await?;
        Ok(Lease::fresh(opened, &self.pool(origin)))
    }

    /// Whether something listens there; nothing is sent.
    pub(crate) async fn reach(&self, origin: &Origin) -> Result<(), ClientError> {
        self.connector.reach(origin).await
    }

    /// Sends one request over a connection of its own, which is never used again; the response may change its protocol
    /// (`hyper::upgrade::on`).
    pub(crate) async fn send_alone(
        &self,
        origin: &Origin,
        request: Request<B>,
    ) -> Result<Response<Incoming>, ClientError> {
        let (mut sender, connection) = self.connector.open(origin).await?;
        B::drive(connection);
        let response = sender.send_request(request).await;
        response.map_err(|error| ClientError::exchange(origin, &error))
    }

    /// Sends one request and takes the head of its response; `head` makes the request of its body. Twice if the
    /// connection turns out to be stale, the second time over a fresh one.
    ///
    /// A server closes idle connections when it likes, and a request may just then be on its way. One that was never
    /// written goes again whatever it is; one that was, only if it is idempotent and its body still at hand.
    ///
    /// Not an `async fn`: the future of one holds each of its arguments twice.
    pub(crate) fn exchange<E: From<ClientError>>(
        &self,
        origin: &Origin,
        mut lease: Lease<B>,
        head: impl Fn(B) -> Result<Request<B>, E>,
        body: B,
    ) -> impl Future<Output = Result<Response<Leased<B>>, E>> {
        let mut replay = Replay {
            body: body.replay(),
            is_idempotent: false,
        };
        let at_hand = body.is_at_hand();
        async move {
            // No variable for the request or the error either: the future would hold it.
            let answer = pin!(lease.send(replay.note(head(body)?), at_hand));
            let request = match lease.wait(answer).await {
                Ok(response) => return Ok(check(response, lease, origin)?),
                Err(error) => replay.after(error, lease.is_reused(), origin, head)?,
            };
            Ok(Box::pin(self.exchange_again(origin, request)).await?)
        }
    }

    /// Sends a request on a fresh connection, after a stale one. Boxed by its caller: rare.
    async fn exchange_again(
        &self,
        origin: &Origin,
        request: Request<B>,
    ) -> Result<Response<Leased<B>>, ClientError> {
        log::debug!(
            "{} had closed an idle connection; trying a fresh one",
            origin.as_str()
        );
        let mut lease = self.lease_fresh(origin).await?;
        let at_hand = request.body().is_at_hand();
        let answer = pin!(lease.send(request, at_hand));
        match lease.wait(answer).await {
            Ok(response) => check(response, lease, origin),
            Err(error) => Err(ClientError::exchange(origin, &error.into_error())),
        }
    }
}

impl Client<Body> {
    /// Sends one request, over a connection that may have been used before. Its target is a path; `host` is the server's
    /// unless the request says another.
    pub(crate) fn send<'a>(
        &'a self,
        origin: &'a Origin,
        request: Request<Body>,
    ) -> BoxFuture<'a, Result<Response<Body>, ClientError>> {
        let (mut head, body) = request.into_parts();
        let host = head.headers.entry(header::HOST);
        host.or_insert_with(|| origin.host().clone());
        let head = Mutex::new(Some(head));
        let head = move |body| {
            let head = head.lock().unwrap_or_else(PoisonError::into_inner).take();
            // Taken only once: such bodies are not replayed.
            let head =
                head.ok_or_else(|| ClientError::Exchange("it was sent before".to_owned()))?;
            Ok(Request::from_parts(head, body))
        };
        Box::pin(async move {
            let lease = self.lease(origin).await?;
            let response = self.exchange(origin, lease, head, body).await?;
            Ok(response.map(Body::streamed))
        })
    }
}

/// What a second try needs.
struct Replay<B> {
    body: Option<B>,
    is_idempotent: bool,
}

impl<B: ClientBody> Replay<B> {
    fn note(&mut self, request: Request<B>) -> Request<B> {
        self.is_idempotent = is_idempotent(request.method());
        request
    }

    /// The request to send again after `error`; `head` makes it from a body that can be read once more.
    ///
    /// # Errors
    /// `error`, if nothing may be sent again.
    fn after<E: From<ClientError>>(
        self,
        mut error: TrySendError<Request<B>>,
        is_reused: bool,
        origin: &Origin,
        head: impl Fn(B) -> Result<Request<B>, E>,
    ) -> Result<Request<B>, E> {
        let unsent = error.take_message();
        let cause = error.into_error();
        match (unsent, self.body) {
            (Some(request), _) if is_reused => Ok(request),
            (None, Some(body)) if is_reused && self.is_idempotent && is_stale(&cause) => head(body),
            _ => Err(ClientError::exchange(origin, &cause).into()),
        }
    }
}

/// Refuses answers that would be passed on changed: another protocol, or a coding that ends at this hop and that nobody
/// here takes off.
fn check<B: ClientBody>(
    response: Response<Incoming>,
    lease: Lease<B>,
    origin: &Origin,
) -> Result<Response<Leased<B>>, ClientError> {
    let origin = origin.as_str();
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        return Err(ClientError::Exchange(format!(
            "{origin} switched protocols although nobody asked for it"
        )));
    }
    let mut codings = response.headers().get_all(header::TRANSFER_ENCODING).iter();
    if let Some(coding) = codings.find(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"chunked"))
    {
        return Err(ClientError::Exchange(format!(
            "{origin} answered in the transfer coding {coding:?} although nobody asked for it"
        )));
    }
    Ok(response.map(|incoming| Leased::new(incoming, lease)))
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
