//! The gRPC server that one worker connects to: `AzureFunctionsRpcMessages.FunctionRpc/EventStream`, HTTP/2 without TLS
//! on the loopback interface.
//!
//! A stream belongs to the worker that names the id it was started with, a random one: nobody else gets calls (FR-1). The
//! id stands on a command line, which all users of a machine can read, so connections of others are closed unread.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::StreamExt as _;
use futures_util::stream::{BoxStream, poll_fn};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status, Streaming};

use super::proto::StreamingMessage;
use super::proto::function_rpc_server::{FunctionRpc, FunctionRpcServer};
use super::proto::streaming_message::Content;
use crate::process::is_strangers_connection;

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
    pub(crate) fn start(worker_id: &str) -> std::io::Result<(Self, oneshot::Receiver<Opened>)> {
        let incoming = TcpIncoming::bind((Ipv4Addr::LOCALHOST, 0).into())?.with_nodelay(Some(true));
        let port = incoming.local_addr()?.port();
        let (opened, stream) = oneshot::channel();
        let service = FunctionRpcServer::new(Expected {
            worker_id: worker_id.to_owned(),
            opened: Arc::new(Mutex::new(Some(opened))),
        })
        .max_decoding_message_size(usize::MAX);
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

struct Expected {
    worker_id: String,
    opened: Waiting,
}

#[tonic::async_trait]
impl FunctionRpc for Expected {
    type EventStreamStream = BoxStream<'static, Result<StreamingMessage, Status>>;

    async fn event_stream(
        &self,
        request: Request<Streaming<StreamingMessage>>,
    ) -> Result<Response<Self::EventStreamStream>, Status> {
        let (outgoing, mut messages) = mpsc::unbounded_channel();
        // The answer must begin before the first message is read: some clients wait for it.
        tokio::spawn(hand_over(
            request.into_inner(),
            outgoing,
            self.worker_id.clone(),
            Arc::clone(&self.opened),
        ));
        let stream = poll_fn(move |context| messages.poll_recv(context));
        Ok(Response::new(Box::pin(stream)))
    }
}

/// Gives the stream to who waits for it, if its first message names the worker.
async fn hand_over(
    mut incoming: Streaming<StreamingMessage>,
    outgoing: Outgoing,
    worker_id: String,
    opened: Waiting,
) {
    let is_workers = matches!(
        incoming.message().await,
        Ok(Some(StreamingMessage { content: Some(Content::StartStream(start)), .. }))
            if start.worker_id == worker_id
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
