//! The gRPC server that one worker connects to: `AzureFunctionsRpcMessages.FunctionRpc/EventStream`, HTTP/2 without TLS
//! on the loopback interface.
//!
//! A stream belongs to the worker that names the id it was started with, a random one: nobody else gets calls (FR-1).

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, poll_fn};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tonic::body::Body;
use tonic::server::{Grpc, StreamingService};
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;
use tower_service::Service;

use super::messages::{Content, StreamingMessage};

const PATH: &str = "/AzureFunctionsRpcMessages.FunctionRpc/EventStream";
/// A body of 100 MB in one message would crawl through windows of 64 KB. In bytes.
const WINDOW: u32 = 4 * 1024 * 1024;

/// Messages to a worker.
pub(crate) type Outgoing = mpsc::UnboundedSender<Result<StreamingMessage, Status>>;

/// Both directions of a worker's stream.
pub(crate) struct Opened {
    pub(crate) incoming: Streaming<StreamingMessage>,
    pub(crate) outgoing: Outgoing,
}

/// A server for one worker; dropping it closes the port.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) port: u16,
    task: JoinHandle<()>,
}

impl Server {
    /// Listens at a free port; the receiver gets the stream of the worker with the given id.
    ///
    /// # Errors
    /// The system has no port.
    pub(crate) fn start(worker_id: &str) -> std::io::Result<(Self, oneshot::Receiver<Opened>)> {
        let incoming = TcpIncoming::bind((Ipv4Addr::LOCALHOST, 0).into())?.with_nodelay(Some(true));
        let port = incoming.local_addr()?.port();
        let (opened, stream) = oneshot::channel();
        let door = Door(Arc::new(Expected {
            worker_id: worker_id.to_owned(),
            opened: Mutex::new(Some(opened)),
        }));
        let server = tonic::transport::Server::builder()
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW);
        let task = tokio::spawn(async move {
            if let Err(error) = server.serve_with_incoming(door, incoming).await {
                log::warn!("the gRPC server of the functions ended: {error}");
            }
        });
        Ok((Self { port, task }, stream))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Expected {
    worker_id: String,
    /// Taken by the first stream that proves to be the worker's.
    opened: Mutex<Option<oneshot::Sender<Opened>>>,
}

#[derive(Clone)]
struct Door(Arc<Expected>);

impl Service<http::Request<Body>> for Door {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let expected = Arc::clone(&self.0);
        Box::pin(async move {
            if request.uri().path() != PATH {
                return Ok(
                    Status::unimplemented("only FunctionRpc/EventStream is here").into_http(),
                );
            }
            let codec = ProstCodec::<StreamingMessage, StreamingMessage>::default();
            let mut grpc = Grpc::new(codec)
                .max_decoding_message_size(usize::MAX)
                .max_encoding_message_size(usize::MAX);
            Ok(grpc.streaming(EventStream(expected), request).await)
        })
    }
}

struct EventStream(Arc<Expected>);

impl StreamingService<StreamingMessage> for EventStream {
    type Response = StreamingMessage;
    type ResponseStream = BoxStream<'static, Result<StreamingMessage, Status>>;
    type Future = Ready<Result<Response<Self::ResponseStream>, Status>>;

    fn call(&mut self, request: Request<Streaming<StreamingMessage>>) -> Self::Future {
        let (outgoing, mut messages) = mpsc::unbounded_channel();
        let expected = Arc::clone(&self.0);
        // The answer must begin before the first message is read: some clients wait for it.
        tokio::spawn(async move {
            let mut incoming = request.into_inner();
            let first = incoming.message().await;
            let named = match first {
                Ok(Some(StreamingMessage {
                    content: Some(Content::StartStream(start)),
                    ..
                })) => start.worker_id,
                _ => String::new(),
            };
            let door = (named == expected.worker_id).then(|| {
                let mut opened = expected
                    .opened
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                opened.take()
            });
            match door.flatten() {
                // The start may have been given up meanwhile.
                Some(door) => drop(door.send(Opened { incoming, outgoing })),
                None => {
                    let refusal = Status::permission_denied("no worker of this id is expected");
                    let _ = outgoing.send(Err(refusal));
                }
            }
        });
        let stream = poll_fn(move |context| messages.poll_recv(context));
        ready(Ok(Response::new(Box::pin(stream))))
    }
}
