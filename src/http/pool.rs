//! Idle connections to one server, on one thread.
//!
//! Not hyper-util's pool: that one moves connections between threads, which forbids request bodies that stay on theirs,
//! and it does not tell whether a failed connection had been used before, which decides about a retry.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, SizeHint};
use hyper::body::Incoming;
use hyper::client::conn::{TrySendError, http1::SendRequest};
use tokio::time::Instant;

use super::ClientBody;
use super::body::PolledFrame;

/// How long an unused connection is kept. Node closes its side after 5 s: let go before that.
const IDLE: Duration = Duration::from_secs(4);

/// The idle connections to one server, the one used last at the back.
pub(crate) struct Pool<B>(Mutex<Idle<B>>);

struct Idle<B> {
    all: VecDeque<(SendRequest<B>, Instant)>,
    /// Whether a task waits to close what stays unused.
    swept: bool,
}

/// A connection in the hands of one call. Dropped, it is closed.
pub(crate) struct Lease<B> {
    sender: SendRequest<B>,
    pool: Weak<Pool<B>>,
    reused: bool,
}

impl<B> Default for Pool<B> {
    fn default() -> Self {
        Self(Mutex::new(Idle {
            all: VecDeque::new(),
            swept: false,
        }))
    }
}

impl<B> Pool<B> {
    fn idle(&self) -> MutexGuard<'_, Idle<B>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether no connection is kept.
    pub(super) fn is_empty(&self) -> bool {
        self.idle().all.is_empty()
    }

    /// Takes the connection that was used last and is still open.
    pub(super) fn take(self: &Arc<Self>) -> Option<Lease<B>> {
        let mut idle = self.idle();
        idle.all.retain(|(sender, _)| !sender.is_closed());
        // One that is open but not ready still finishes its last exchange.
        let index = idle
            .all
            .iter()
            .rposition(|(sender, since)| sender.is_ready() && since.elapsed() < IDLE)?;
        let (sender, _) = idle.all.remove(index)?;
        Some(Lease {
            sender,
            pool: Arc::downgrade(self),
            reused: true,
        })
    }
}

impl<B: ClientBody> Pool<B> {
    fn keep(self: &Arc<Self>, sender: SendRequest<B>) {
        let mut idle = self.idle();
        idle.all.push_back((sender, Instant::now()));
        if !std::mem::replace(&mut idle.swept, true) {
            B::sweep(Sweep(Arc::downgrade(self)));
        }
    }
}

/// The task of one pool that closes connections as they reach [`IDLE`]; ends when none is left.
pub(crate) struct Sweep<B>(Weak<Pool<B>>);

impl<B> Sweep<B> {
    pub(crate) async fn run(self) {
        let mut next = Instant::now() + IDLE;
        loop {
            tokio::time::sleep_until(next).await;
            let Some(pool) = self.0.upgrade() else {
                return;
            };
            let mut idle = pool.idle();
            let now = Instant::now();
            idle.all
                .retain(|(sender, since)| !sender.is_closed() && now.duration_since(*since) < IDLE);
            match idle.all.front() {
                Some((_, oldest)) => next = *oldest + IDLE,
                None => {
                    idle.swept = false;
                    return;
                }
            }
        }
    }
}

impl<B: ClientBody> Lease<B> {
    pub(super) fn fresh(sender: SendRequest<B>, pool: &Arc<Pool<B>>) -> Self {
        Self {
            sender,
            pool: Arc::downgrade(pool),
            reused: false,
        }
    }

    /// Whether the connection has carried an exchange before, and so may have gone stale.
    pub(super) fn is_reused(&self) -> bool {
        self.reused
    }

    pub(super) fn send(
        &mut self,
        request: Request<B>,
    ) -> impl Future<Output = Result<Response<Incoming>, TrySendError<Request<B>>>> + use<B> {
        self.sender.try_send_request(request)
    }

    /// Keeps the connection for another call. Only after the whole response has been read.
    fn give_back(self) {
        if let Some(pool) = self.pool.upgrade()
            && !self.sender.is_closed()
        {
            pool.keep(self.sender);
        }
    }
}

/// The body of a response, and the connection that it comes over: read to its end, the connection is free for the next
/// call; dropped before, it is closed.
pub(crate) struct Leased<B: ClientBody> {
    incoming: Incoming,
    lease: Option<Lease<B>>,
}

impl<B: ClientBody> Leased<B> {
    pub(super) fn new(incoming: Incoming, lease: Lease<B>) -> Self {
        let mut body = Self {
            incoming,
            lease: Some(lease),
        };
        body.look_for_end();
        body
    }

    fn look_for_end(&mut self) {
        if self.incoming.is_end_stream()
            && let Some(lease) = self.lease.take()
        {
            lease.give_back();
        }
    }
}

impl<B: ClientBody> Body for Leased<B> {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> PolledFrame<hyper::Error> {
        let frame = ready!(Pin::new(&mut self.incoming).poll_frame(context));
        match &frame {
            Some(Ok(_)) => self.look_for_end(),
            Some(Err(_)) => self.lease = None,
            None => {
                if let Some(lease) = self.lease.take() {
                    lease.give_back();
                }
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}
