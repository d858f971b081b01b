//! The host's own port (7071, as with the Core Tools), for tools and scripts that call the functions without the front door.
//!
//! 1. [`Port::bind`]: on the loopback interface, before the host starts, so that `WEBSITE_HOSTNAME` can name it
//! 2. [`serve`]: connections; each request's host must be ours, and what a page of another site sends must be allowed
//!    ([`guard`](mod@super::guard))
//! 3. `cors` in front of everything, as in the Core Tools
//! 4. `admin`: `/` and `/admin/…`; all else is a call of a function, without a principal

use std::convert::Infallible;
use std::io::{self, ErrorKind};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{FunctionsHost, admin, guard};
use crate::functions::call::cors;
use crate::http::AllowedHosts;
use crate::http::body::Body;
use crate::http::listen::{self, LOCALHOST};

/// How long a caller may take to send a request's head, and an idle connection is kept.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections that are served at a time; others wait to be accepted.
const MOST_CONNECTIONS: usize = 512;
/// How long nothing is accepted after that failed: a moment later there may be descriptors again.
const PAUSE: Duration = Duration::from_millis(100);

/// A port that is taken and not yet served.
#[derive(Debug)]
pub struct Port {
    sockets: Vec<TcpListener>,
    number: u16,
}

impl Port {
    /// Takes a port of the loopback interface, in both families; 0 picks a free one.
    ///
    /// # Errors
    /// Somebody else has it.
    pub fn bind(port: u16) -> io::Result<Self> {
        let (sockets, number) = listen::bind(&LOCALHOST, port)?;
        Ok(Self { sockets, number })
    }

    /// Which one it is.
    pub fn number(&self) -> u16 {
        self.number
    }
}

/// Serves the port until the host is stopped. Must be called on a tokio runtime with a `LocalSet` (actix's).
pub async fn serve(port: Port, host: FunctionsHost, hosts: AllowedHosts) {
    let server = Server {
        host,
        hosts: Arc::new(hosts),
        places: Arc::new(Semaphore::new(MOST_CONNECTIONS)),
    };
    let sockets = port.sockets.into_iter();
    futures_util::future::join_all(sockets.map(|socket| server.accept(socket))).await;
}

#[derive(Clone)]
struct Server {
    host: FunctionsHost,
    hosts: Arc<AllowedHosts>,
    places: Arc<Semaphore>,
}

impl Server {
    async fn accept(&self, socket: TcpListener) {
        let listener = match tokio::net::TcpListener::from_std(socket) {
            Ok(listener) => listener,
            Err(error) => {
                log::warn!("the port of the functions cannot be served: {error}");
                return;
            }
        };
        loop {
            let next = async {
                let place = Arc::clone(&self.places).acquire_owned().await;
                (place, listener.accept().await)
            };
            let (place, accepted) = tokio::select! {
                next = next => next,
                () = self.host.stopped() => return,
            };
            // The semaphore is never closed.
            let Ok(place) = place else { return };
            match accepted {
                Ok((stream, _)) => {
                    tokio::task::spawn_local(self.clone().connection(stream, place));
                }
                // The caller has gone.
                Err(error)
                    if matches!(
                        error.kind(),
                        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
                    ) => {}
                Err(error) => {
                    log::warn!("no connection to the port of the functions is accepted: {error}");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    async fn connection(self, stream: TcpStream, _place: OwnedSemaphorePermit) {
        let answer =
            service_fn(|request| async { Ok::<_, Infallible>(self.answer(request).await) });
        let connection = hyper::server::conn::http1::Builder::new()
            .half_close(false)
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .serve_connection(TokioIo::new(stream), answer);
        if let Err(error) = connection.await {
            log::debug!("a connection to the port of the functions ended: {error}");
        }
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        if let Some(refusal) = guard::misdirected(&self.hosts, &request) {
            return refusal;
        }
        let host = &self.host;
        let mut request = request.map(Body::streamed);
        guard::strip_identity(request.headers_mut());
        // How the host is must be told while it starts too; everything else waits.
        let worker = if admin::is_about_the_host(request.uri().path()) {
            host.worker()
        } else {
            host.settled().await
        };
        let policy = match &worker {
            Some(worker) => cors::Policy::of(&worker.origins, &request),
            None => cors::Policy::of(&cors::Origins::default(), &request),
        };
        if let Some(refusal) = guard::foreign(&policy, &request) {
            return refusal;
        }
        if let Some(preflight) = policy.preflight(&request) {
            return preflight;
        }
        let mut response = match admin::answer(host, worker.as_deref(), request).await {
            admin::AdminReply::Answered(response) => *response,
            admin::AdminReply::Other(request) => host.handle(*request).await,
        };
        policy.mark(response.headers_mut());
        response
    }
}
