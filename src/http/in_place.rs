//! A connection without a task of its own: whoever waits for something on it polls it, so that an exchange costs no more
//! wake-ups than its reads and writes.
//!
//! What the connection and its waiting end wake in each other while they are polled here is no reason to run the task again:
//! they are polled once more at once. At most [`ROUNDS`] times: once a task has used up its budget, tokio wakes it at each
//! read until it yields.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::task::AtomicWaker;

/// Somebody waits, and nothing has happened since: the next wake-up goes to their task.
const WAITED_FOR: u8 = 0;
/// It is being polled, or nobody waits.
const QUIET: u8 = 1;
/// Something has happened since.
const WOKEN: u8 = 2;

/// How often they are polled before the task yields.
const ROUNDS: usize = 8;

/// See the module.
pub(super) struct InPlace<C> {
    /// `None` once it is closed: dropping it tells whoever waits for an answer.
    connection: Option<C>,
    relay: Arc<Relay>,
    /// Of the relay.
    waker: Waker,
}

/// Where the connection wakes its task.
struct Relay {
    state: AtomicU8,
    task: AtomicWaker,
}

impl Wake for Relay {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.state.swap(WOKEN, Ordering::AcqRel) == WAITED_FOR {
            self.task.wake();
        }
    }
}

impl<C: Future<Output = ()> + Unpin> InPlace<C> {
    pub(super) fn new(connection: C) -> Self {
        let relay = Arc::new(Relay {
            state: AtomicU8::new(QUIET),
            task: AtomicWaker::new(),
        });
        Self {
            connection: Some(connection),
            waker: Waker::from(Arc::clone(&relay)),
            relay,
        }
    }

    /// Waits for something that only the connection can bring about.
    pub(super) fn poll<T>(
        &mut self,
        context: &mut Context<'_>,
        mut wanted: impl FnMut(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        let Self {
            connection,
            relay,
            waker,
        } = self;
        let mut within = Context::from_waker(waker);
        relay.task.register(context.waker());
        if relay.state.load(Ordering::Acquire) == WAITED_FOR {
            // The task was woken for another reason: nothing has happened on this connection.
            return Poll::Pending;
        }
        for _ in 0..ROUNDS {
            relay.state.store(QUIET, Ordering::Release);
            if let Poll::Ready(found) = wanted(&mut within) {
                return Poll::Ready(found);
            }
            drive(connection, &mut within);
            let (order, woken) = (Ordering::AcqRel, Ordering::Acquire);
            let waits = relay
                .state
                .compare_exchange(QUIET, WAITED_FOR, order, woken);
            if waits.is_ok() {
                return Poll::Pending;
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// Lets an exchange end that nobody waits for any more, and a connection that was closed be seen as such.
    pub(super) fn settle(&mut self) {
        // What is woken by this very poll is done by it, but for what comes from the socket later.
        self.relay.state.store(QUIET, Ordering::Release);
        drive(&mut self.connection, &mut Context::from_waker(&self.waker));
    }

    /// Whether something has happened on the connection since it was polled.
    pub(super) fn is_woken(&self) -> bool {
        self.relay.state.load(Ordering::Acquire) == WOKEN
    }

    /// The connection, to be run by a task.
    pub(super) fn into_connection(self) -> Option<C> {
        self.connection
    }
}

fn drive(connection: &mut Option<impl Future<Output = ()> + Unpin>, within: &mut Context<'_>) {
    if let Some(open) = connection
        && Pin::new(open).poll(within).is_ready()
    {
        *connection = None;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::rc::Rc;
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[derive(Default)]
    struct Task(AtomicUsize);

    impl Wake for Task {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A connection that needs some polls for an answer and asks for them itself; then it waits for its socket.
    struct Connection {
        left: Rc<Cell<usize>>,
        socket: Rc<Cell<Option<Waker>>>,
    }

    impl Future for Connection {
        type Output = ();

        fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
            let left = self.left.get();
            self.left.set(left.saturating_sub(1));
            if left > 0 {
                context.waker().wake_by_ref();
            }
            self.socket.set(Some(context.waker().clone()));
            Poll::Pending
        }
    }

    #[test]
    fn a_task_is_woken_for_what_comes_from_the_socket_only() {
        let (left, socket) = (Rc::new(Cell::new(3)), Rc::new(Cell::new(None)));
        let mut place = InPlace::new(Connection {
            left: Rc::clone(&left),
            socket: Rc::clone(&socket),
        });
        let task = Arc::new(Task::default());
        let waker = Waker::from(Arc::clone(&task));
        let mut context = Context::from_waker(&waker);
        let woken = || task.0.load(Ordering::Relaxed);
        let answer = |_: &mut Context<'_>| match left.get() {
            0 => Poll::Ready(()),
            _ => Poll::Pending,
        };
        assert!(place.poll(&mut context, answer).is_ready());
        assert_eq!(woken(), 0, "one poll of the task was enough");

        let asked = Cell::new(0);
        let more = |_: &mut Context<'_>| {
            asked.set(asked.get() + 1);
            Poll::<()>::Pending
        };
        assert!(place.poll(&mut context, more).is_pending());
        assert_eq!((woken(), asked.get()), (0, 1));
        assert!(place.poll(&mut context, more).is_pending());
        assert_eq!(asked.get(), 1, "nothing has happened");
        let waker = socket.take().unwrap();
        waker.wake_by_ref();
        waker.wake();
        assert_eq!(woken(), 1, "somebody waits");
        assert!(place.poll(&mut context, more).is_pending());
        assert_eq!(asked.get(), 2);

        place.settle();
        assert!(!place.is_woken());
        socket.take().unwrap().wake();
        assert_eq!((woken(), place.is_woken()), (1, true), "nobody waits");
    }

    #[test]
    fn a_task_that_is_always_woken_yields() {
        let mut place = InPlace::new(Connection {
            left: Rc::new(Cell::new(usize::MAX)),
            socket: Rc::default(),
        });
        let task = Arc::new(Task::default());
        let waker = Waker::from(Arc::clone(&task));
        let mut context = Context::from_waker(&waker);
        let never = |_: &mut Context<'_>| Poll::<()>::Pending;
        assert!(place.poll(&mut context, never).is_pending());
        assert_eq!(task.0.load(Ordering::Relaxed), 1, "it comes back");
    }

    #[test]
    fn a_connection_that_ends_is_dropped_at_once() {
        let alive = Rc::new(());
        let held = Rc::clone(&alive);
        let mut place = InPlace::new(Box::pin(async move { drop(held) }));
        place.settle();
        assert_eq!(Rc::strong_count(&alive), 1);
        assert!(place.into_connection().is_none());
    }
}
