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
    /// Counted here, since asking the channel takes a lock.
    listeners: Arc<AtomicUsize>,
}

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
    listeners: Arc<AtomicUsize>,
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
        self.listeners.load(Ordering::Relaxed) > 0
    }

    /// Tells everybody, if there is somebody.
    pub fn tell(&self, event: impl FnOnce() -> Event) {
        if self.is_there() {
            let _ = self.events.send(event());
        }
    }

    /// How many look, counted as it changes.
    pub fn listeners(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.listeners)
    }

    /// Joins.
    pub fn join(&self) -> Seat {
        self.listeners.fetch_add(1, Ordering::Relaxed);
        Seat {
            events: self.events.subscribe(),
            listeners: Arc::clone(&self.listeners),
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.listeners.fetch_sub(1, Ordering::Relaxed);
    }
}
