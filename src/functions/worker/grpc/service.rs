//! The gRPC server that one worker connects to: `AzureFunctionsRpcMessages.FunctionRpc/EventStream`, HTTP/2 without TLS
//! on the loopback interface.
//!
//! A stream belongs to the worker that names the id it was started with, a random one: nobody else gets calls (FR-1). The
//! id stands on a command line, which all users of a machine can read, so connections of others are closed unread.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures_util::StreamExt as _;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Request, Response};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tonic::Status;
use tonic::body::Body;
use tonic::transport::server::TcpIncoming;
use tower_service::Service;

use super::framing::{self, Incoming};
use super::proto::StreamingMessage;
use super::proto::streaming_message::Content;
use crate::process::is_strangers_connection;

/// The one call of the service.
const EVENT_STREAM: &str = "/AzureFunctionsRpcMessages.FunctionRpc/EventStream";

/// A body of 100 MB in one message would crawl through windows of 64 KB. In bytes.
const WINDOW: u32 = 4 * 1024 * 1024;

/// Messages to a worker.
pub(crate) type Outgoing = mpsc::UnboundedSender<Result<StreamingMessage, Status>>;

/// Both directions of a worker's stream.
pub(crate) struct Opened {
    pub(crate) incoming: Incoming,
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
    pub(crate) fn start(worker_id: &str) -> std::io::Result<(Self, oneshot::Receiver<Opened>)> {
        let incoming = TcpIncoming::bind((Ipv4Addr::LOCALHOST, 0).into())?.with_nodelay(Some(true));
        let port = incoming.local_addr()?.port();
        let (opened, stream) = oneshot::channel();
        let service = Expected {
            worker_id: worker_id.into(),
            opened: Arc::new(Mutex::new(Some(opened))),
        };
        let server = tonic::transport::Server::builder()
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(WINDOW);
        let ours = incoming.filter(|connection| std::future::ready(is_ours(connection)));
        let task = tokio::spawn(async move {
            if let Err(error) = server.serve_with_incoming(service, ours).await {
                log::warn!("the gRPC server of the functions ended: {error}");
            }
        });
        Ok((Self { port, task }, stream))
    }
}

/// Whether a connection is of a program of our user.
fn is_ours(connection: &std::io::Result<TcpStream>) -> bool {
    let Ok(stream) = connection else {
        return true;
    };
    let (Ok(local), Ok(peer)) = (stream.local_addr(), stream.peer_addr()) else {
        return false;
    };
    let is_strangers = is_strangers_connection(local, peer);
    if is_strangers {
        log::warn!("another user of this machine tried to speak as a worker of the functions");
    }
    !is_strangers
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Taken by the first stream that proves to be the worker's.
type Waiting = Arc<Mutex<Option<oneshot::Sender<Opened>>>>;

#[derive(Clone)]
struct Expected {
    worker_id: Arc<str>,
    opened: Waiting,
}

impl Service<Request<Body>> for Expected {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (outgoing, messages) = mpsc::unbounded_channel();
        if request.uri().path() == EVENT_STREAM {
            // The answer must begin before the first message is read: some clients wait for it.
            tokio::spawn(hand_over(
                Incoming::new(request.into_body()),
                outgoing,
                Arc::clone(&self.worker_id),
                Arc::clone(&self.opened),
            ));
        } else {
            let _ = outgoing.send(Err(Status::unimplemented("there is only EventStream")));
        }
        let mut response = Response::new(Body::new(framing::Outgoing::new(messages)));
        let kind = HeaderValue::from_static("application/grpc");
        response.headers_mut().insert(CONTENT_TYPE, kind);
        ready(Ok(response))
    }
}

/// Gives the stream to who waits for it, if its first message names the worker.
async fn hand_over(
    mut incoming: Incoming,
    outgoing: Outgoing,
    worker_id: Arc<str>,
    opened: Waiting,
) {
    let is_workers = matches!(
        incoming.message().await,
        Ok(Some(StreamingMessage { content: Some(Content::StartStream(start)), .. }))
            if *start.worker_id == *worker_id
    );
    let take = || opened.lock().unwrap_or_else(PoisonError::into_inner).take();
    match is_workers.then(take).flatten() {
        // The start may have been given up meanwhile.
        Some(opened) => drop(opened.send(Opened { incoming, outgoing })),
        None => {
            let denied = Status::permission_denied("no worker of this id is expected");
            let _ = outgoing.send(Err(denied));
        }
    }
}
