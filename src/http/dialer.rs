//! TCP connections by host name, with `localhost` taken literally: both families of this machine and no resolver.
//!
//! Many systems name only one of them; the name means loopback without asking anyone (RFC 6761, 6.3). A program that
//! listens on `localhost` has `::1` or `127.0.0.1`, as its runtime pleases. Both are tried once, the first that answers
//! is remembered for its port, and the other is tried again only when that one does not answer.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use http::Uri;
use hyper_util::{client::legacy::connect::HttpConnector, rt::TokioIo};
use tokio::net::TcpStream;
use tower_service::Service;

use super::body::BoxError;
use super::origin::port_of;

/// How long the first address may hesitate before the second is tried beside it: Windows takes two seconds to refuse.
const HEAD_START: Duration = Duration::from_millis(250);

/// Ports whose address is remembered.
const REMEMBERED: usize = 16;

/// Opens TCP connections. Clones share what they remember.
#[derive(Clone)]
pub(super) struct Dialer {
    others: HttpConnector,
    /// Which address answered last, by port; the port remembered last at the end.
    known: Arc<Mutex<Vec<(u16, IpAddr)>>>,
}

impl Default for Dialer {
    fn default() -> Self {
        let mut others = HttpConnector::new();
        others.set_nodelay(true);
        others.enforce_http(false);
        Self {
            others,
            known: Arc::default(),
        }
    }
}

impl Dialer {
    async fn localhost(&self, port: u16) -> io::Result<TcpStream> {
        let (first, second) = match self.known(port) {
            Some(IpAddr::V6(_)) => (Ipv6Addr::LOCALHOST.into(), Ipv4Addr::LOCALHOST.into()),
            _ => (Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()),
        };
        let stream = race(SocketAddr::new(first, port), SocketAddr::new(second, port)).await?;
        stream.set_nodelay(true)?;
        self.remember(port, stream.peer_addr()?.ip());
        Ok(stream)
    }

    fn known(&self, port: u16) -> Option<IpAddr> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.iter().find(|(of, _)| *of == port);
        found.map(|(_, address)| *address)
    }

    fn remember(&self, port: u16, address: IpAddr) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match known.iter_mut().find(|(of, _)| *of == port) {
            Some((_, old)) => *old = address,
            None => {
                if known.len() == REMEMBERED {
                    known.remove(0);
                }
                known.push((port, address));
            }
        }
    }
}

/// The first of two addresses that answers; the error of the second if neither does.
async fn race(first: SocketAddr, second: SocketAddr) -> io::Result<TcpStream> {
    let mut early = Box::pin(TcpStream::connect(first));
    tokio::select! {
        connected = &mut early => match connected {
            Ok(stream) => return Ok(stream),
            Err(_) => return TcpStream::connect(second).await,
        },
        () = tokio::time::sleep(HEAD_START) => {}
    }
    tokio::select! {
        Ok(stream) = &mut early => Ok(stream),
        connected = TcpStream::connect(second) => match connected {
            Ok(stream) => Ok(stream),
            Err(_) => early.await,
        },
    }
}

impl Service<Uri> for Dialer {
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.others.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let is_localhost = uri
            .host()
            .is_some_and(|host| host.eq_ignore_ascii_case("localhost"));
        if !is_localhost {
            let connecting = self.others.call(uri);
            return Box::pin(async move { Ok(connecting.await?) });
        }
        let port = port_of(&uri);
        let dialer = self.clone();
        Box::pin(async move { Ok(TokioIo::new(dialer.localhost(port).await?)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    async fn dial(dialer: &Dialer, port: u16) -> Result<SocketAddr, BoxError> {
        let uri: Uri = format!("http://localhost:{port}").parse().unwrap();
        let stream = dialer.clone().call(uri).await?;
        Ok(stream.inner().peer_addr().unwrap())
    }

    #[tokio::test]
    async fn localhost_is_whichever_address_answers_and_that_is_remembered() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let listener = TcpListener::bind(address).await.unwrap();
            let here = listener.local_addr().unwrap();
            let dialer = Dialer::default();
            assert_eq!(dial(&dialer, here.port()).await.unwrap(), here);
            assert_eq!(dialer.known(here.port()), Some(here.ip()));
            assert_eq!(dial(&dialer, here.port()).await.unwrap(), here);
            drop(listener);
            assert!(dial(&dialer, here.port()).await.is_err());
        }
    }

    #[tokio::test]
    async fn a_server_that_comes_back_on_the_other_address_is_found() {
        let four = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = four.local_addr().unwrap().port();
        let dialer = Dialer::default();
        dial(&dialer, port).await.unwrap();
        drop(four);
        let six = TcpListener::bind(("::1", port)).await.unwrap();
        assert_eq!(
            dial(&dialer, port).await.unwrap(),
            six.local_addr().unwrap()
        );
        assert_eq!(dialer.known(port), Some(Ipv6Addr::LOCALHOST.into()));
    }
}
