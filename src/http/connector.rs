//! Opening a connection.

use std::sync::OnceLock;

use hyper::client::conn::http1::{self, Builder, SendRequest};
use hyper::rt::{Read, Write};
use hyper_rustls::HttpsConnector;
use tower_service::Service;

use super::dialer::Dialer;
use super::read_after_write_error::ReadAfterWriteError;
use super::tls::{self, Trust};
use super::{ClientBody, ClientError, Origin};

/// Headers that one response may have. hyper's own limit of 100 refuses what browsers accept; the head as a whole
/// stays within its buffer of some 400 KiB.
const MAX_HEADERS: usize = 512;

/// Opens plain and TLS connections.
#[derive(Default)]
pub(super) struct Connector {
    plain: Dialer,
    local: OnceLock<HttpsConnector<Dialer>>,
    remote: OnceLock<HttpsConnector<Dialer>>,
}

impl Connector {
    /// Whether something listens there; nothing is sent.
    pub(super) async fn reach(&self, origin: &Origin) -> Result<(), ClientError> {
        match self.plain.clone().call(origin.uri().clone()).await {
            Ok(_) => Ok(()),
            Err(error) => Err(ClientError::connect(origin, &*error)),
        }
    }

    /// Connects and starts the connection's task.
    pub(super) async fn open<B: ClientBody>(
        &self,
        origin: &Origin,
    ) -> Result<SendRequest<B>, ClientError> {
        let uri = origin.uri().clone();
        let failed = |error: super::body::BoxError| ClientError::connect(origin, &*error);
        if origin.scheme() == "https" {
            let stream = self.tls(origin)?.call(uri).await.map_err(failed)?;
            start(stream, origin).await
        } else {
            let stream = self.plain.clone().call(uri).await.map_err(failed)?;
            start(stream, origin).await
        }
    }

    fn tls(&self, origin: &Origin) -> Result<HttpsConnector<Dialer>, ClientError> {
        let trust = Trust::of(origin);
        let slot = match trust {
            Trust::AnyCertificate => &self.local,
            Trust::System => &self.remote,
        };
        if let Some(connector) = slot.get() {
            return Ok(connector.clone());
        }
        let config = tls::client_config(trust).map_err(|error| {
            ClientError::Exchange(format!(
                "cannot prepare TLS for {}: {error}",
                origin.as_str()
            ))
        })?;
        let connector = HttpsConnector::from((self.plain.clone(), config));
        Ok(slot.get_or_init(|| connector).clone())
    }
}

/// What a connection goes over.
pub(crate) trait Transport: Read + Write + Unpin + Send + 'static {}

impl<T: Read + Write + Unpin + Send + 'static> Transport for T {}

/// The task of one connection.
pub(crate) struct Connection<T: Transport, B: ClientBody> {
    inner: http1::Connection<ReadAfterWriteError<T>, B>,
    origin: String,
}

impl<T: Transport, B: ClientBody> Connection<T, B> {
    /// Runs until the connection is closed.
    pub(crate) async fn run(self) {
        // Whoever waits for an exchange on this connection gets the error too, and says it at a higher level.
        if let Err(error) = self.inner.with_upgrades().await {
            log::debug!("connection to {}: {error}", self.origin);
        }
    }
}

async fn start<T: Transport, B: ClientBody>(
    stream: T,
    origin: &Origin,
) -> Result<SendRequest<B>, ClientError> {
    let (sender, connection) = Builder::new()
        .max_headers(MAX_HEADERS)
        .handshake(ReadAfterWriteError::new(stream))
        .await
        .map_err(|error| ClientError::exchange(origin, &error))?;
    B::drive(Connection {
        inner: connection,
        origin: origin.as_str().to_owned(),
    });
    Ok(sender)
}
