//! The host's own port (7071, as with the Core Tools), for tools and scripts that call the functions without the front door.
//!
//! 1. [`Port::bind`]: on the loopback interface, before the host starts, so that `WEBSITE_HOSTNAME` can name it
//! 2. [`serve`]: `cors` in front of everything, as in the Core Tools
//! 3. `admin`: `/` and `/admin/…`; all else is a call of a function, without a principal

use std::convert::Infallible;
use std::net::{Ipv4Addr, TcpListener};

use http::{Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;

use super::{FunctionsHost, admin};
use crate::functions::call::cors;
use crate::http::body::Body;

/// A port that is taken and not yet served.
#[derive(Debug)]
pub struct Port(TcpListener);

impl Port {
    /// Takes a port of the loopback interface; 0 picks a free one.
    ///
    /// # Errors
    /// Somebody else has it.
    pub fn bind(port: u16) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        // What is accepted inherits it.
        socket2::SockRef::from(&listener).set_tcp_nodelay(true)?;
        Ok(Self(listener))
    }

    /// Which one it is.
    pub fn number(&self) -> u16 {
        self.0.local_addr().map_or(0, |address| address.port())
    }
}

/// Serves the port until the host is stopped. Must be called on a tokio runtime with a `LocalSet` (actix's).
pub async fn serve(port: Port, host: FunctionsHost) {
    let listener = match tokio::net::TcpListener::from_std(port.0) {
        Ok(listener) => listener,
        Err(error) => {
            log::warn!("the port of the functions cannot be served: {error}");
            return;
        }
    };
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // A caller that has gone, or too many open files; the next one may fare better.
                    log::debug!("the port of the functions: {error}");
                    tokio::task::yield_now().await;
                    continue;
                }
            },
            () = host.stopped() => return,
        };
        let host = host.clone();
        tokio::task::spawn_local(async move {
            let answer = service_fn(|request| {
                let host = host.clone();
                async move { Ok::<_, Infallible>(answer(&host, request).await) }
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .half_close(false)
                .serve_connection(TokioIo::new(stream), answer);
            if let Err(error) = connection.await {
                log::debug!("a connection to the port of the functions ended: {error}");
            }
        });
    }
}

async fn answer(host: &FunctionsHost, request: Request<Incoming>) -> Response<Body> {
    let request = request.map(|body| body.map_err(Into::into).boxed_unsync());
    // How the host is must be told while it starts too; everything else waits.
    let worker = if admin::is_about_the_host(request.uri().path()) {
        host.worker()
    } else {
        host.settled().await
    };
    let policy = worker
        .as_ref()
        .map(|worker| cors::Policy::of(&worker.origins, &request))
        .unwrap_or_default();
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
