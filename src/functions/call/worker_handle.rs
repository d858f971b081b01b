//! A running worker as all threads see it: the way to it, its routes, its calls in flight.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Context;
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as HttpBody, SizeHint};
use tokio::sync::{Notify, watch};

use super::cors::Origins;
use crate::functions::app::discovery::DiscoveredApp;
use crate::functions::app::host_json::HostJson;
use crate::functions::app::inactive;
use crate::functions::app::runtime::Runtime;
use crate::functions::routing::route_table::RouteTable;
use crate::functions::worker::WorkerClient;
use crate::http::body::{BoxError, PolledFrame};

/// A worker that is ready, as callers see it.
#[derive(Debug)]
pub struct WorkerHandle {
    pub(crate) client: Box<dyn WorkerClient>,
    pub(crate) table: RouteTable,
    pub(crate) host: HostJson,
    pub(crate) runtime: Runtime,
    /// Who may call the host's own port from a page.
    pub(crate) origins: Origins,
    /// What is to be said at the first call of a function, by its name.
    notices: Mutex<HashMap<String, String>>,
    in_flight: InFlight,
    dead: watch::Sender<bool>,
    expired: watch::Sender<bool>,
}

impl WorkerHandle {
    pub(crate) fn new(
        client: Box<dyn WorkerClient>,
        table: RouteTable,
        app: DiscoveredApp,
    ) -> Self {
        let notices = table.infos().into_iter().filter_map(|function| {
            let said = inactive::sentence(&function.name, &function.inactive);
            (!function.inactive.is_empty()).then_some((function.name, said))
        });
        Self {
            notices: Mutex::new(notices.collect()),
            runtime: app.choice.runtime,
            origins: Origins {
                allowed: app.settings.cors,
                credentials: app.settings.cors_credentials,
            },
            client,
            table,
            host: app.host,
            in_flight: InFlight::default(),
            dead: watch::Sender::new(false),
            expired: watch::Sender::new(false),
        }
    }

    /// What is to be said of a function when it is called, once.
    pub(crate) fn notice(&self, function: &str) -> Option<String> {
        let notices = self.notices.lock();
        notices
            .unwrap_or_else(PoisonError::into_inner)
            .remove(function)
    }

    /// Counts a call in; it is over when the guard is dropped.
    pub(crate) fn enter(self: &Arc<Self>) -> InFlightGuard {
        self.in_flight.add();
        InFlightGuard(Arc::clone(self))
    }

    /// Waits until no call is in flight.
    pub(crate) async fn idle(&self) {
        drop(self.in_flight.until_idle().await);
    }

    /// Waits until no call came and none was in flight for this long.
    pub(crate) async fn unused_for(&self, time: Duration) {
        loop {
            let called = self.in_flight.until_idle().await;
            if tokio::time::timeout(time, called).await.is_err() {
                return;
            }
        }
    }

    /// How many calls are in flight.
    pub(crate) fn load(&self) -> usize {
        self.in_flight.count.load(Ordering::SeqCst)
    }

    /// Says that a call took too long: the worker is to be replaced.
    pub(crate) fn expire(&self) {
        self.expired.send_replace(true);
    }

    /// Waits until a call took too long, once for each time.
    pub(crate) async fn expiry(&self) {
        let _ = self.expired.subscribe().wait_for(|expired| *expired).await;
        self.expired.send_replace(false);
    }

    /// Says that the process is gone: every call in flight fails at once.
    pub(crate) fn mark_exited(&self) {
        self.dead.send_replace(true);
    }

    /// Waits until the process is gone.
    pub(crate) async fn exited(&self) {
        let _ = self.dead.subscribe().wait_for(|dead| *dead).await;
    }
}

/// Counts calls in flight. Whoever waits is only woken when the count becomes zero, or is no longer zero.
#[derive(Debug, Default)]
struct InFlight {
    count: AtomicUsize,
    /// The count has become zero, or is no longer zero.
    changed: Notify,
}

impl InFlight {
    fn add(&self) {
        if self.count.fetch_add(1, Ordering::SeqCst) == 0 {
            self.changed.notify_waiters();
        }
    }

    fn remove(&self) {
        if self.count.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.changed.notify_waiters();
        }
    }

    /// Waits until the count is zero; the future that it returns waits for the next call.
    async fn until_idle(&self) -> impl Future<Output = ()> {
        loop {
            // Registered before the count is read, so that no change is missed.
            let mut changed = Box::pin(self.changed.notified());
            changed.as_mut().enable();
            if self.count.load(Ordering::SeqCst) == 0 {
                return changed;
            }
            changed.await;
        }
    }
}

/// One call in flight on a worker, which is not stopped in an orderly way before the call is over.
#[derive(Debug)]
pub(crate) struct InFlightGuard(pub(crate) Arc<WorkerHandle>);

impl Drop for InFlightGuard {
    fn drop(&mut self) {
        self.0.in_flight.remove();
    }
}

/// A response body that keeps its call in flight until it is read or dropped.
pub(crate) struct GuardedBody<B> {
    pub(crate) body: B,
    pub(crate) _guard: InFlightGuard,
}

impl<B> HttpBody for GuardedBody<B>
where
    B: HttpBody<Data = Bytes, Error = BoxError> + Unpin,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> PolledFrame {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
