//! WebSockets: the request's head goes to the dev server as it came, subprotocols and extensions included; a 101 comes
//! back the same way, and from then on bytes pass unread in both directions. A client that parses frames would make
//! a key of its own and lose the extensions.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::Payload;
use actix_web::http::{ConnectionType, StatusCode, header as edge};
use actix_web::rt::task::JoinHandle;
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use futures_util::StreamExt;
use http::{HeaderValue, header};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf, ReadHalf, WriteHalf};

use super::readiness::UNKNOWN;
use super::{Call, DevServer, NoAnswer, rewrite};
use crate::backend::request_body::RequestBody;
use crate::backend::response::ResponseContext;
use crate::backend::{ApiClient, headers};
use crate::http::ClientError;

/// Bytes that pass at once.
const PIECE: usize = 16 * 1024;

type Wire = TokioIo<Upgraded>;

impl DevServer {
    /// Passes an upgrade on. Never waits for a server that is not up: clients of HMR come again by themselves. Answers
    /// other than 101 are answers like any other.
    pub(crate) async fn upgrade(
        &self,
        client: &ApiClient,
        request: &HttpRequest,
        payload: Payload,
        call: &Call<'_>,
    ) -> Result<HttpResponse, NoAnswer> {
        let Some(upstream) = self.upstream() else {
            return Err(NoAnswer::Down(self.down(UNKNOWN)));
        };
        let failed = |error: ClientError| self.no_answer(error.into());
        let mut outgoing = rewrite::to_upstream(upstream, request, call, RequestBody::Empty)
            .map_err(|error| self.no_answer(error))?;
        let asked = outgoing.headers_mut();
        asked.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        asked.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        let sent = client
            .connections
            .send_alone(upstream.origin(), outgoing)
            .await;
        let mut response = sent.map_err(failed)?;
        if response.status() != http::StatusCode::SWITCHING_PROTOCOLS {
            let (head, body) = response.into_parts();
            let context = ResponseContext::new(request, call.target, None);
            return Ok(context.respond(&head, body, upstream.url()));
        }
        let upgraded = hyper::upgrade::on(&mut response).await;
        let upgraded =
            upgraded.map_err(|error| failed(ClientError::exchange(upstream.origin(), &error)))?;
        let (from_server, to_server) = tokio::io::split(TokioIo::new(upgraded));
        let mut answer = HttpResponse::new(StatusCode::SWITCHING_PROTOCOLS);
        headers::to_caller(response.headers(), answer.headers_mut());
        answer
            .headers_mut()
            .insert(edge::UPGRADE, edge::HeaderValue::from_static("websocket"));
        answer
            .head_mut()
            .set_connection_type(ConnectionType::Upgrade);
        Ok(answer.set_body(BoxBody::new(Tunnel {
            from_server,
            to_server: actix_web::rt::spawn(pump(payload, to_server)),
        })))
    }
}

/// From the caller to the server, until either of them ends.
async fn pump(mut payload: Payload, mut to_server: WriteHalf<Wire>) {
    while let Some(Ok(piece)) = payload.next().await {
        // TLS keeps what is not flushed.
        if to_server.write_all(&piece).await.is_err() || to_server.flush().await.is_err() {
            return;
        }
    }
    let _ = to_server.shutdown().await;
}

/// From the server to the caller, as the body of the 101. When either side ends, actix drops it, and with it the whole
/// tunnel.
struct Tunnel {
    from_server: ReadHalf<Wire>,
    to_server: JoinHandle<()>,
}

impl MessageBody for Tunnel {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, io::Error>>> {
        let mut storage = [0; PIECE];
        let mut read = ReadBuf::new(&mut storage);
        match ready!(Pin::new(&mut self.from_server).poll_read(context, &mut read)) {
            Ok(()) if read.filled().is_empty() => Poll::Ready(None),
            Ok(()) => Poll::Ready(Some(Ok(Bytes::copy_from_slice(read.filled())))),
            Err(error) => Poll::Ready(Some(Err(error))),
        }
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        self.to_server.abort();
    }
}
