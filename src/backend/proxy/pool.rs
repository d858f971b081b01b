//! Idle connections to one backend, on one worker thread.
//!
//! Not hyper-util's pool: that one moves connections between threads, which forbids request bodies that stay on theirs,
//! and it does not tell whether a failed connection had been used before, which decides about a retry.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    future::Future,
    rc::{Rc, Weak},
    time::Duration,
};

use http::{Request, Response};
use hyper::{
    body::Incoming,
    client::conn::{TrySendError, http1::SendRequest},
};
use tokio::time::Instant;

use crate::backend::request_body::RequestBody;

/// How long an unused connection is kept. Node closes its side after 5 s: let go before that.
const IDLE: Duration = Duration::from_secs(4);

/// The idle connections to one backend, the one used last at the back.
#[derive(Default)]
pub(super) struct Pool {
    idle: RefCell<VecDeque<Idle>>,
    /// Whether a task waits to close what stays unused.
    swept: Cell<bool>,
}

struct Idle {
    sender: SendRequest<RequestBody>,
    since: Instant,
}

/// A connection in the hands of one call. Dropped, it is closed; [`Lease::give_back`] keeps it for the next call.
pub(crate) struct Lease {
    sender: SendRequest<RequestBody>,
    pool: Weak<Pool>,
    reused: bool,
}

impl Pool {
    /// Takes the connection that was used last and is still open.
    pub(super) fn idle(self: &Rc<Self>) -> Option<Lease> {
        let mut idle = self.idle.borrow_mut();
        idle.retain(|connection| !connection.sender.is_closed());
        // One that is open but not ready still finishes its last exchange.
        let index = idle.iter().rposition(|connection| {
            connection.sender.is_ready() && connection.since.elapsed() < IDLE
        })?;
        let connection = idle.remove(index)?;
        Some(Lease {
            sender: connection.sender,
            pool: Rc::downgrade(self),
            reused: true,
        })
    }

    fn keep(self: &Rc<Self>, sender: SendRequest<RequestBody>) {
        let since = Instant::now();
        self.idle.borrow_mut().push_back(Idle { sender, since });
        if !self.swept.replace(true) {
            actix_web::rt::spawn(sweep(Rc::downgrade(self)));
        }
    }
}

/// Closes connections as they reach [`IDLE`]; ends when none is left.
async fn sweep(pool: Weak<Pool>) {
    let mut next = Instant::now() + IDLE;
    loop {
        tokio::time::sleep_until(next).await;
        let Some(pool) = pool.upgrade() else {
            return;
        };
        let mut idle = pool.idle.borrow_mut();
        let now = Instant::now();
        idle.retain(|connection| {
            !connection.sender.is_closed() && now.duration_since(connection.since) < IDLE
        });
        match idle.front() {
            Some(oldest) => next = oldest.since + IDLE,
            None => {
                pool.swept.set(false);
                return;
            }
        }
    }
}

impl Lease {
    pub(super) fn fresh(sender: SendRequest<RequestBody>, pool: &Rc<Pool>) -> Self {
        Self {
            sender,
            pool: Rc::downgrade(pool),
            reused: false,
        }
    }

    /// Whether the connection has carried an exchange before, and so may have gone stale.
    pub(super) fn is_reused(&self) -> bool {
        self.reused
    }

    pub(super) fn send(
        &mut self,
        request: Request<RequestBody>,
    ) -> impl Future<Output = Result<Response<Incoming>, TrySendError<Request<RequestBody>>>> {
        self.sender.try_send_request(request)
    }

    /// Keeps the connection for another call. Only after the whole response has been read.
    pub(crate) fn give_back(self) {
        if let Some(pool) = self.pool.upgrade()
            && !self.sender.is_closed()
        {
            pool.keep(self.sender);
        }
    }
}
