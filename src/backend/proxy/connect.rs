//! Opening a connection to a backend.

use std::cell::RefCell;

use hyper::{
    client::conn::http1::{Builder, SendRequest},
    rt::{Read, Write},
};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use tower_service::Service;

use super::{dial::Dialer, stream::AnswerFirst, tls};
use crate::backend::{Upstream, error::CallError, request_body::RequestBody};

/// Headers that one response may have. hyper's own limit of 100 refuses what browsers accept; the head as a whole
/// stays within its buffer of some 400 KiB.
const MAX_HEADERS: usize = 512;

/// Opens plain and TLS connections.
#[derive(Default)]
pub(super) struct Connector {
    plain: Dialer,
    /// By whether the backend is on this machine; made when first needed because reading the system's certificates takes
    /// time.
    local: RefCell<Option<HttpsConnector<Dialer>>>,
    remote: RefCell<Option<HttpsConnector<Dialer>>>,
}

/// What a connection is opened for.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    /// One request after the other.
    Calls,
    /// One request, after which the connection may speak another protocol.
    Upgrade,
}

impl Connector {
    /// Whether something listens there; nothing is sent.
    pub(super) async fn reach(&self, upstream: &Upstream) -> Result<(), CallError> {
        match self
            .plain
            .clone()
            .call(upstream.connect_uri().clone())
            .await
        {
            Ok(_) => Ok(()),
            Err(error) => Err(CallError::connect(upstream.url(), &*error)),
        }
    }

    /// Connects and starts the connection's task on this worker.
    pub(super) async fn open(
        &self,
        upstream: &Upstream,
        purpose: Purpose,
    ) -> Result<SendRequest<RequestBody>, CallError> {
        let uri = upstream.connect_uri().clone();
        if uri.scheme() == Some(&http::uri::Scheme::HTTPS) {
            let mut connector = self.tls(upstream)?;
            let stream = connector
                .call(uri)
                .await
                .map_err(|error| CallError::connect(upstream.url(), &*error))?;
            start(stream, upstream, purpose).await
        } else {
            let stream = self
                .plain
                .clone()
                .call(uri)
                .await
                .map_err(|error| CallError::connect(upstream.url(), &*error))?;
            start(stream, upstream, purpose).await
        }
    }

    fn tls(&self, upstream: &Upstream) -> Result<HttpsConnector<Dialer>, CallError> {
        let local = upstream.is_loopback();
        let slot = if local { &self.local } else { &self.remote };
        if let Some(connector) = &*slot.borrow() {
            return Ok(connector.clone());
        }
        let config = tls::client_config(local).map_err(|error| {
            CallError::Backend(format!(
                "cannot prepare TLS for {}: {error}",
                upstream.url()
            ))
        })?;
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(config)
            .https_only()
            .enable_http1()
            .wrap_connector(self.plain.clone());
        *slot.borrow_mut() = Some(connector.clone());
        Ok(connector)
    }
}

async fn start<T>(
    stream: T,
    upstream: &Upstream,
    purpose: Purpose,
) -> Result<SendRequest<RequestBody>, CallError>
where
    T: Read + Write + Unpin + Send + 'static,
{
    let (sender, connection) = Builder::new()
        .max_headers(MAX_HEADERS)
        .handshake(AnswerFirst::new(stream))
        .await
        .map_err(|error| CallError::hop(upstream.url(), &error))?;
    let origin = upstream.url().to_owned();
    actix_web::rt::spawn(async move {
        // Whoever waits for an exchange on this connection gets the error too, and says it at a higher level.
        let ended = match purpose {
            Purpose::Calls => connection.await,
            Purpose::Upgrade => connection.with_upgrades().await,
        };
        if let Err(error) = ended {
            log::debug!("connection to {origin}: {error}");
        }
    });
    Ok(sender)
}
