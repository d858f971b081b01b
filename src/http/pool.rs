//! Idle connections to one server, on one thread.
//!
//! Not hyper-util's pool: that one moves connections between threads, which forbids request bodies that stay on theirs,
//! and it does not tell whether a failed connection had been used before, which decides about a retry.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
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
use super::connector::Connection;
use super::in_place::InPlace;

/// How long an unused connection is kept. Node closes its side after 5 s: let go before that.
const IDLE: Duration = Duration::from_secs(4);

/// The idle connections to one server, the one used last at the back.
pub(crate) struct Pool<B: ClientBody>(Mutex<Idle<B>>);

struct Idle<B: ClientBody> {
    all: VecDeque<(Pooled<B>, Instant)>,
    /// Whether a task waits to close what stays unused.
    swept: bool,
}

/// A connection of the pool, and what sends requests over it.
struct Pooled<B: ClientBody> {
    sender: SendRequest<B>,
    /// `None` where a task runs it.
    connection: Option<Box<InPlace<Connection<B>>>>,
}

/// A connection in the hands of one call. Dropped, it is closed.
pub(crate) struct Lease<B: ClientBody> {
    pooled: Pooled<B>,
    pool: Weak<Pool<B>>,
    reused: bool,
}

impl<B: ClientBody> Default for Pool<B> {
    fn default() -> Self {
        Self(Mutex::new(Idle {
            all: VecDeque::new(),
            swept: false,
        }))
    }
}

impl<B: ClientBody> Pool<B> {
    fn idle(&self) -> MutexGuard<'_, Idle<B>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether no connection is kept.
    pub(super) fn is_empty(&self) -> bool {
        self.idle().all.is_empty()
    }

    /// Takes the connection that was used last and is still open.
    pub(super) fn take(self: &Arc<Self>) -> Option<Lease<B>> {
        let now = Instant::now();
        let mut idle = self.idle();
        // Those that are closed, or still finish their last exchange, are left to the sweep.
        let index = idle
            .all
            .iter_mut()
            .rposition(|(pooled, since)| now.duration_since(*since) < IDLE && pooled.is_ready())?;
        let (pooled, _) = idle.all.remove(index)?;
        Some(Lease {
            pooled,
            pool: Arc::downgrade(self),
            reused: true,
        })
    }

    fn keep(self: &Arc<Self>, pooled: Pooled<B>) {
        let mut idle = self.idle();
        idle.all.push_back((pooled, Instant::now()));
        if !std::mem::replace(&mut idle.swept, true) {
            B::sweep(Sweep(Arc::downgrade(self)));
        }
    }
}

/// The task of one pool that closes connections as they reach [`IDLE`]; ends when none is left.
pub(crate) struct Sweep<B: ClientBody>(Weak<Pool<B>>);

impl<B: ClientBody> Pooled<B> {
    /// Whether it is open and can take another exchange.
    fn is_ready(&mut self) -> bool {
        if let Some(connection) = &mut self.connection
            && (connection.is_woken() || !self.sender.is_ready())
        {
            connection.settle();
        }
        !self.sender.is_closed() && self.sender.is_ready()
    }
}

impl<B: ClientBody> Sweep<B> {
    pub(crate) async fn run(self) {
        let mut next = Instant::now() + IDLE;
        loop {
            tokio::time::sleep_until(next).await;
            let Some(pool) = self.0.upgrade() else {
                return;
            };
            let mut idle = pool.idle();
            let now = Instant::now();
            idle.all.retain(|(pooled, since)| {
                !pooled.sender.is_closed() && now.duration_since(*since) < IDLE
            });
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
    pub(super) fn fresh(
        (sender, connection): (SendRequest<B>, Connection<B>),
        pool: &Arc<Pool<B>>,
    ) -> Self {
        let connection = Some(Box::new(InPlace::new(connection)));
        Self {
            pooled: Pooled { sender, connection },
            pool: Arc::downgrade(pool),
            reused: false,
        }
    }

    /// Whether the connection has carried an exchange before, and so may have gone stale.
    pub(super) fn is_reused(&self) -> bool {
        self.reused
    }

    /// Sends a request; [`Self::wait`] for the head of its answer. A body that is `at_hand` is written while somebody waits for
    /// the answer or its body; one that comes bit by bit must not wait for a caller who is slow to read, and gets a task.
    pub(super) fn send(
        &mut self,
        request: Request<B>,
        at_hand: bool,
    ) -> impl Future<Output = Result<Response<Incoming>, TrySendError<Request<B>>>> + use<B> {
        let Pooled { sender, connection } = &mut self.pooled;
        if !at_hand
            && let Some(connection) = connection.take()
            && let Some(connection) = connection.into_connection()
        {
            B::drive(connection);
        }
        sender.try_send_request(request)
    }

    /// Waits for the head of an answer.
    pub(super) async fn wait<F: Future>(&mut self, mut answer: Pin<&mut F>) -> F::Output {
        poll_fn(|context| match &mut self.pooled.connection {
            Some(connection) => connection.poll(context, |context| answer.as_mut().poll(context)),
            None => answer.as_mut().poll(context),
        })
        .await
    }

    /// Waits for more of an answer.
    fn poll_frame(
        &mut self,
        incoming: &mut Incoming,
        context: &mut Context<'_>,
    ) -> PolledFrame<hyper::Error> {
        match &mut self.pooled.connection {
            Some(connection) => connection.poll(context, |context| {
                Pin::new(&mut *incoming).poll_frame(context)
            }),
            None => Pin::new(incoming).poll_frame(context),
        }
    }

    /// Keeps the connection for another call. Only after the whole response has been read.
    fn give_back(mut self) {
        // Most exchanges are over with the last byte of the response.
        if let Some(connection) = &mut self.pooled.connection
            && !self.pooled.sender.is_ready()
        {
            connection.settle();
        }
        if let Some(pool) = self.pool.upgrade()
            && !self.pooled.sender.is_closed()
        {
            pool.keep(self.pooled);
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
        let Self { incoming, lease } = &mut *self;
        let frame = ready!(match lease {
            Some(lease) => lease.poll_frame(incoming, context),
            None => Pin::new(incoming).poll_frame(context),
        });
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
