//! The same server behind TLS: HTTP/1.1 by actix, and for those who ask for it in the handshake HTTP/2 by [`http2`]. Wired
//! by hand, because actix's own `listen_rustls` brings its own HTTP/2.

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::rc::Rc;
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{HttpService, Request, Response};
use actix_service::{IntoServiceFactory, Service, ServiceFactoryExt as _, fn_factory, fn_service};
use actix_tls::accept::TlsError;
use actix_tls::accept::rustls_0_23::{Acceptor, TlsStream};
use actix_web::Error;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{AppConfig, Server, ServiceFactory};
use actix_web::rt::net::TcpStream;
use rustls::ServerConfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::listen::Listeners;
use super::timeouts::{DISCONNECT_TIMEOUT, HEAD_TIMEOUT, KEEP_ALIVE, SHUTDOWN_SECONDS};
use super::{StartError, http2, tls};

/// How long a client may take to say its first byte, and a client of plain HTTP its head.
const FIRST: Duration = Duration::from_secs(30);
/// The first byte of every TLS connection: a handshake record.
const HANDSHAKE: u8 = 0x16;
/// Most bytes read of a plain HTTP request before it is answered.
const MAX_HEAD: usize = 16 * 1024;

/// Serves apps over HTTPS: services of type `S`, whose responses have bodies of type `B`.
pub(super) struct Https<S, B>(PhantomData<(S, B)>);

impl<S, B> Https<S, B>
where
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<Error> + 'static,
    S::InitError: fmt::Debug,
    S::Response: Into<Response<B>> + 'static,
    S::Service: 'static,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    /// Starts the workers; each makes its app with `make`.
    ///
    /// # Errors
    /// When actix cannot take the sockets.
    pub(super) fn start<I: IntoServiceFactory<S, Request>>(
        listeners: Listeners,
        config: &ServerConfig,
        workers: usize,
        make: impl Fn() -> I + Send + Clone + 'static,
    ) -> Result<Server, StartError> {
        let url = listeners.url();
        let mut server = actix_server::Server::build()
            .workers(workers)
            .disable_signals()
            .shutdown_timeout(SHUTDOWN_SECONDS);
        for socket in listeners.sockets {
            let (make, config, url) = (make.clone(), config.clone(), url.clone());
            server = server.listen("https", socket, move || {
                let (make, url) = (make.clone(), url.clone());
                let speak = fn_factory(move || Self::speak(make().into_factory()));
                fn_service(move |stream: TcpStream| welcome(stream, url.clone()))
                    .and_then(Acceptor::new(config.clone()).map_err(TlsError::into_service_error))
                    .and_then(speak.map_err(TlsError::Service))
            })?;
        }
        Ok(server.run())
    }

    /// The service for the connections of one worker: HTTP/1.1 or HTTP/2, as each has agreed on.
    async fn speak(
        app: S,
    ) -> Result<impl Service<TlsStream<TcpStream>, Response = (), Error = DispatchError>, ()> {
        use actix_service::ServiceExt as _;

        let app = app.new_service(AppConfig::default()).await;
        let app = app.map_err(|error| log::error!("the server cannot be prepared: {error:?}"))?;
        let app = app
            .map(|response| Into::<Response<B>>::into(response).map_into_boxed_body())
            .map_err(|error| -> Response<BoxBody> { error.into().error_response().into() });
        let app = Rc::new(app);
        let one = Rc::clone(&app);
        let one = HttpService::build()
            .keep_alive(KEEP_ALIVE)
            .client_request_timeout(HEAD_TIMEOUT)
            .client_disconnect_timeout(DISCONNECT_TIMEOUT)
            .h1_allow_half_closed(false)
            .h1(fn_factory(move || {
                let app = Rc::clone(&one);
                async move { Ok::<_, Infallible>(app) }
            }));
        let one = Rc::new(one.new_service(()).await?);
        Ok(fn_service(move |stream: TlsStream<TcpStream>| {
            let (app, one) = (Rc::clone(&app), Rc::clone(&one));
            async move {
                let (socket, session) = stream.get_ref();
                let peer = socket.peer_addr().ok();
                if session.alpn_protocol() != Some(tls::HTTP_2) {
                    return one.call((stream, peer)).await;
                }
                if let Err(error) = http2::serve(stream, peer, app).await {
                    log::debug!("a connection ended: {error}");
                }
                Ok(())
            }
        }))
    }
}

type Refused = TlsError<io::Error, DispatchError>;

/// Lets TLS through. A client that speaks plain HTTP is told the address.
async fn welcome(stream: TcpStream, url: String) -> Result<TcpStream, Refused> {
    let mut first = [0];
    let peeked = tokio::time::timeout(FIRST, stream.peek(&mut first)).await;
    match peeked {
        Ok(Ok(1)) if first[0] == HANDSHAKE => Ok(stream),
        Ok(Ok(1)) => {
            let _ = tokio::time::timeout(FIRST, tell(stream, &url)).await;
            Err(TlsError::Tls(io::Error::other("a client spoke no TLS")))
        }
        Ok(Ok(_)) => Err(TlsError::Tls(io::ErrorKind::UnexpectedEof.into())),
        Ok(Err(error)) => Err(TlsError::Tls(error)),
        Err(_) => Err(TlsError::Timeout),
    }
}

async fn tell(mut stream: TcpStream, url: &str) -> io::Result<()> {
    // Closing with unread bytes would reset the connection before the answer is read.
    let mut head = Vec::new();
    while head.len() < MAX_HEAD && !head.windows(4).any(|four| four == b"\r\n\r\n") {
        if stream.read_buf(&mut head).await? == 0 {
            break;
        }
    }
    let text = format!("This port speaks HTTPS: {url}\n");
    let answer = format!(
        "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}",
        text.len()
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}
