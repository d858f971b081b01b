//! Opening a connection to a backend.

use std::cell::RefCell;

use hyper::{
    client::conn::http1::{Builder, SendRequest},
    rt::{Read, Write},
};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use tower_service::Service;

use super::{resolve::Resolver, stream::AnswerFirst, tls};
use crate::backend::{Upstream, error::CallError, inbound::InboundBody};

/// Headers that one response may have. hyper's own limit of 100 refuses what browsers accept (trap 16); the head as a whole
/// stays within its buffer of some 400 KiB.
const MAX_HEADERS: usize = 512;

/// Opens plain and TLS connections.
///
/// A name is tried at every address it has, both families (hyper-util's happy eyeballs): a dev server may listen on `::1` or
/// `127.0.0.1` alone.
pub(super) struct Connector {
    plain: HttpConnector<Resolver>,
    /// By whether the backend is on this machine; made when first needed because reading the system's certificates takes
    /// time.
    local: RefCell<Option<HttpsConnector<HttpConnector<Resolver>>>>,
    remote: RefCell<Option<HttpsConnector<HttpConnector<Resolver>>>>,
}

impl Default for Connector {
    fn default() -> Self {
        let mut plain = HttpConnector::new_with_resolver(Resolver::new());
        plain.set_nodelay(true);
        plain.enforce_http(false);
        Self {
            plain,
            local: RefCell::default(),
            remote: RefCell::default(),
        }
    }
}

impl Connector {
    /// Connects and starts the connection's task on this worker.
    pub(super) async fn open(
        &self,
        upstream: &Upstream,
    ) -> Result<SendRequest<InboundBody>, CallError> {
        let uri = upstream.connect_uri().clone();
        if uri.scheme() == Some(&http::uri::Scheme::HTTPS) {
            let mut connector = self.tls(upstream)?;
            let stream = connector
                .call(uri)
                .await
                .map_err(|error| CallError::connect(upstream.url(), &*error))?;
            start(stream, upstream).await
        } else {
            let stream = self
                .plain
                .clone()
                .call(uri)
                .await
                .map_err(|error| CallError::connect(upstream.url(), &error))?;
            start(stream, upstream).await
        }
    }

    fn tls(
        &self,
        upstream: &Upstream,
    ) -> Result<HttpsConnector<HttpConnector<Resolver>>, CallError> {
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

async fn start<T>(stream: T, upstream: &Upstream) -> Result<SendRequest<InboundBody>, CallError>
where
    T: Read + Write + Unpin + 'static,
{
    let (sender, connection) = Builder::new()
        .max_headers(MAX_HEADERS)
        .handshake(AnswerFirst::new(stream))
        .await
        .map_err(|error| CallError::hop(upstream.url(), &error))?;
    let origin = upstream.url().to_owned();
    actix_web::rt::spawn(async move {
        // Whoever waits for an exchange on this connection gets the error too, and says it at a higher level.
        if let Err(error) = connection.await {
            log::debug!("connection to {origin}: {error}");
        }
    });
    Ok(sender)
}
