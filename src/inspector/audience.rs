//! The pages that are open, and what they are told.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::broadcast;

use super::entry::Entry;
use super::logs::LogLine;

/// Events that a page may be behind before it asks for everything anew.
const BEHIND: usize = 1024;

/// Everybody who looks.
pub struct Audience {
    events: broadcast::Sender<Event>,
    listeners: Arc<Listeners>,
}

/// How many look. Counted here, since asking the channel takes a lock; aligned, since every request asks, so that nothing
/// that is written to lies in its cache line.
#[derive(Default)]
#[repr(align(128))]
struct Listeners(AtomicUsize);

/// What a page is told.
#[derive(Clone)]
pub enum Event {
    /// A request was answered.
    Request(Arc<Entry>),
    /// The body of its answer has ended.
    Completed(Arc<Entry>),
    /// Something else is another one now.
    Changed(&'static str),
    /// The functions said something.
    Log(Arc<LogLine>),
}

/// A page's place in the audience, as long as it lives.
pub struct Seat {
    /// What is told from now on.
    pub events: broadcast::Receiver<Event>,
    listeners: Arc<Listeners>,
}

impl Default for Audience {
    fn default() -> Self {
        Self {
            events: broadcast::channel(BEHIND).0,
            listeners: Arc::default(),
        }
    }
}

impl Audience {
    /// Whether somebody looks.
    pub fn is_there(&self) -> bool {
        self.listeners.0.load(Ordering::Relaxed) > 0
    }

    /// Tells everybody, if there is somebody.
    pub fn tell(&self, event: impl FnOnce() -> Event) {
        if self.is_there() {
            let _ = self.events.send(event());
        }
    }

    /// Joins.
    pub fn join(&self) -> Seat {
        self.listeners.0.fetch_add(1, Ordering::Relaxed);
        Seat {
            events: self.events.subscribe(),
            listeners: Arc::clone(&self.listeners),
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.listeners.0.fetch_sub(1, Ordering::Relaxed);
    }
}
