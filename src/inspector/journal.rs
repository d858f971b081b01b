//! The last requests, in a ring that is bounded in number and in bytes. They come there from the shards of the threads that
//! answered them ([`pending`](super::pending)) when somebody asks, in the order in which they were answered, and get their
//! numbers then: what is read later always has the higher number.

use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::functions::Output;
use crate::pipeline::RequestNumbers;

use super::audience::{Audience, Event, Seat};
use super::entry::{Ended, Entry};
use super::logs::{LogLine, Logs};
use super::pending::{self, Kept, Pending};

/// Most requests that are kept.
pub const CAPACITY: usize = 10_000;
/// Most that are kept until somebody looks for the first time.
const UNREAD: usize = pending::ALL;
/// Most bytes that they take together: what is kept of most requests is some hundred bytes.
const MAX_BYTES: usize = 32 * 1024 * 1024;
/// Most of them that the ring takes.
const RING_BYTES: usize = MAX_BYTES - pending::ALL_BYTES;

/// The last requests.
pub struct Journal {
    pending: Pending,
    ring: Mutex<Ring>,
    /// Whether somebody has ever looked. Until then fewer are kept.
    was_read: AtomicBool,
    /// Who looks.
    pub audience: Audience,
    /// What the functions said.
    pub logs: Logs,
}

#[derive(Default)]
struct Ring {
    kept: VecDeque<Kept<Arc<Entry>>>,
    bytes: usize,
    dropped: u64,
    /// How many of the oldest have no bodies, or not any more.
    without_bodies: usize,
    /// The number that was given last.
    last: u64,
}

/// What is kept, at one moment.
pub struct Snapshot {
    /// From old to new.
    pub entries: Vec<Arc<Entry>>,
    /// How many were forgotten since the start.
    pub dropped: u64,
}

impl fmt::Debug for Journal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Journal")
    }
}

impl Default for Journal {
    fn default() -> Self {
        Self {
            pending: Pending::default(),
            ring: Mutex::default(),
            was_read: AtomicBool::new(false),
            audience: Audience::default(),
            logs: Logs::default(),
        }
    }
}

impl RequestNumbers for Journal {
    fn next(&self) -> u64 {
        self.gather().next_number()
    }

    fn are_watched(&self) -> bool {
        self.audience.is_there()
    }
}

impl Journal {
    /// Takes an entry with all that will be known of it.
    pub fn add(&self, entry: Entry) {
        let was_read = self.was_read.load(Ordering::Relaxed);
        let is_full = self.pending.push(entry, was_read);
        self.added(is_full && was_read);
    }

    /// Takes an entry whose end is still to come.
    pub fn add_followed(&self, entry: Arc<Entry>) {
        let was_read = self.was_read.load(Ordering::Relaxed);
        let is_full = self.pending.push_followed(entry, was_read);
        self.added(is_full && was_read);
    }

    fn added(&self, is_full: bool) {
        if is_full || self.audience.is_there() {
            drop(self.gather());
        }
    }

    /// Takes the end of an exchange.
    pub fn end(&self, entry: &Arc<Entry>, ended: Ended) {
        let bytes = ended.size();
        let is_seen = bytes > 0 || self.audience.is_there();
        // Nobody finds bodies that are not counted yet.
        let ring = is_seen.then(|| self.gather());
        if entry.ended.set(Box::new(ended)).is_err() {
            return;
        }
        if let Some(mut ring) = ring {
            ring.grow(entry.id(), bytes);
            drop(ring);
            self.audience.tell(|| Event::Completed(Arc::clone(entry)));
        }
    }

    /// Begins to look.
    pub fn join(&self) -> Seat {
        // What came before has lower numbers.
        drop(self.gather());
        self.audience.join()
    }

    /// The number of a request that was added.
    pub fn number(&self, entry: &Entry) -> u64 {
        if entry.id() == 0 {
            drop(self.gather());
        }
        entry.id()
    }

    /// One request, if it is still kept.
    pub fn find(&self, id: u64) -> Option<Arc<Entry>> {
        let ring = self.gather();
        let mut kept = ring.kept.iter().rev();
        let found = kept.find(|kept| kept.entry.id() == id)?;
        Some(Arc::clone(&found.entry))
    }

    /// The newest `limit` of those after a number.
    pub fn after(&self, id: u64, limit: usize) -> Snapshot {
        let ring = self.gather();
        self.was_read.store(true, Ordering::Relaxed);
        let newer = ring.kept.iter().rev().filter(|kept| kept.entry.id() > id);
        let mut entries: Vec<_> = newer
            .take(limit)
            .map(|kept| Arc::clone(&kept.entry))
            .collect();
        entries.reverse();
        Snapshot {
            entries,
            dropped: ring.dropped,
        }
    }

    /// Keeps each line that an environment's functions say before it goes where it goes without an inspector.
    pub fn keep(self: &Arc<Self>, environment: Arc<str>, output: Output) -> Output {
        let journal = Arc::clone(self);
        output.heard_by(move |line| {
            let kept = Arc::new(LogLine::new(line, &environment));
            journal.logs.add(Arc::clone(&kept));
            journal.audience.tell(|| Event::Log(kept));
        })
    }

    /// Tells whoever looks that something is another one now: `configuration`, `functions`, `backend`,
    /// `environments`, `cleared`, or `missed`.
    pub fn changed(&self, what: &'static str) {
        self.audience.tell(|| Event::Changed(what));
    }

    /// Forgets everything.
    pub fn clear(&self) {
        let mut ring = self.gather();
        let empty = Ring {
            last: ring.last,
            ..Ring::default()
        };
        let forgotten = std::mem::replace(&mut *ring, empty);
        drop(ring);
        drop(forgotten);
        self.changed("cleared");
    }

    /// The ring, with everything in it that was answered until now.
    fn gather(&self) -> MutexGuard<'_, Ring> {
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let (waiting, dropped) = self.pending.take();
        ring.dropped += dropped;
        for kept in waiting {
            if kept.entry.id() == 0 {
                kept.entry.set_id(ring.next_number());
            }
            self.audience
                .tell(|| Event::Request(Arc::clone(&kept.entry)));
            ring.push(kept);
        }
        ring.forget(match self.was_read.load(Ordering::Relaxed) {
            true => CAPACITY,
            false => UNREAD,
        });
        ring
    }
}

impl Ring {
    fn next_number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    fn push(&mut self, kept: Kept<Arc<Entry>>) {
        self.bytes += kept.bytes;
        self.kept.push_back(kept);
    }

    /// Takes the size of what came later.
    fn grow(&mut self, id: u64, bytes: usize) {
        let mut kept = self.kept.iter_mut().enumerate().rev();
        if let Some((at, kept)) = kept.find(|(_, kept)| kept.entry.id() == id) {
            kept.bytes += bytes;
            self.bytes += bytes;
            self.without_bodies = self.without_bodies.min(at);
        }
    }

    /// Bodies go before requests: which there were is worth more than what the oldest said.
    fn forget(&mut self, capacity: usize) {
        while self.kept.len() > capacity {
            self.forget_oldest();
        }
        while self.bytes > RING_BYTES && self.without_bodies < self.kept.len() {
            self.forget_oldest_bodies();
        }
        while self.bytes > RING_BYTES && self.kept.len() > 1 {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let oldest = self.kept.pop_front();
        self.bytes -= oldest.map_or(0, |kept| kept.bytes);
        self.without_bodies = self.without_bodies.saturating_sub(1);
        self.dropped += 1;
    }

    fn forget_oldest_bodies(&mut self) {
        let at = self.without_bodies;
        self.without_bodies += 1;
        if let Some(kept) = self.kept.get_mut(at)
            && let Some(ended) = kept.entry.ended.get()
        {
            let freed = ended.forget_bodies();
            kept.bytes -= freed;
            self.bytes -= freed;
        }
    }
}

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;
