//! Opening a connection.

use std::future::Future;
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll};

use hyper::client::conn::http1::{self, Builder, SendRequest};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
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

    /// Connects. The connection has to be polled, in place or by a task.
    pub(super) async fn open<B: ClientBody>(
        &self,
        origin: &Origin,
    ) -> Result<(SendRequest<B>, Connection<B>), ClientError> {
        let uri = origin.uri().clone();
        let failed = |error: super::body::BoxError| ClientError::connect(origin, &*error);
        let stream = if origin.scheme() == "https" {
            self.tls(origin)?.call(uri).await.map_err(failed)?
        } else {
            let stream = self.plain.clone().call(uri).await.map_err(failed)?;
            MaybeHttpsStream::Http(stream)
        };
        let (sender, inner) = Builder::new()
            .max_headers(MAX_HEADERS)
            .handshake(ReadAfterWriteError::new(stream))
            .await
            .map_err(|error| ClientError::exchange(origin, &error))?;
        let origin = origin.as_str().to_owned();
        Ok((sender, Connection { inner, origin }))
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
type Transport = ReadAfterWriteError<MaybeHttpsStream<TokioIo<TcpStream>>>;

/// One connection.
pub(crate) struct Connection<B: ClientBody> {
    inner: http1::Connection<Transport, B>,
    origin: String,
}

impl<B: ClientBody> Connection<B> {
    /// Runs until the connection is closed; it may change its protocol.
    pub(crate) async fn run(self) {
        ended(&self.origin, self.inner.with_upgrades().await);
    }
}

/// Goes on as far as it can; ready when the connection is closed.
impl<B: ClientBody> Future for Connection<B> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let polled = Pin::new(&mut self.inner).poll(context);
        polled.map(|result| ended(&self.origin, result))
    }
}

/// Whoever waits for an exchange on this connection gets the error too, and says it at a higher level.
fn ended(origin: &str, result: hyper::Result<()>) {
    if let Err(error) = result {
        log::debug!("connection to {origin}: {error}");
    }
}
