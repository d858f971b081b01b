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
mod tests {
    use super::*;
    use crate::inspector::body_copy::BodyCopy;
    use crate::inspector::entry::{Bodies, Text};
    use crate::pipeline::reason::Reason;
    use crate::pipeline::record::AccessRecord;
    use actix_web::http::Method;
    use arc_swap::ArcSwapOption;
    use std::time::Instant;

    fn new(target: &str) -> Entry {
        let text = Text::new(target, Some(b"text/html"));
        let record = AccessRecord::new(Reason::File);
        Entry::new(Instant::now(), Method::GET, text, record)
    }

    fn entry(journal: &Journal, target: &str) -> Arc<Entry> {
        let entry = Arc::new(new(target));
        journal.add_followed(Arc::clone(&entry));
        entry
    }

    /// The end of an exchange with a body of that many bytes.
    fn ended(length: usize) -> Ended {
        let mut response = BodyCopy::default();
        response.add(&vec![b'x'; length]);
        let bodies = Bodies::Kept {
            request: None,
            response,
        };
        Ended {
            bodies: ArcSwapOption::from_pointee(bodies),
            ..Ended::default()
        }
    }

    fn sum(ring: &Ring) -> usize {
        ring.kept.iter().map(|kept| kept.bytes).sum()
    }

    fn ids(journal: &Journal, after: u64, limit: usize) -> Vec<u64> {
        let found = journal.after(after, limit).entries;
        found.iter().map(|entry| entry.id()).collect()
    }

    #[test]
    fn a_hundred_thousand_requests_take_bounded_memory() {
        let journal = Journal::default();
        for _ in 0..100_000 {
            let usual = new("/a/usual/path?with=a&query=of&some=length");
            journal.add(usual);
        }
        let ring = journal.gather();
        assert_eq!(
            (ring.kept.len(), ring.dropped),
            (256, 99_744),
            "of one thread"
        );
        drop(ring);
        journal.after(0, 1);
        for _ in 0..100_000 {
            entry(&journal, "/a/usual/path?with=a&query=of&some=length");
        }
        let ring = journal.gather();
        assert_eq!((ring.kept.len(), ring.dropped), (CAPACITY, 190_000));
        assert!(ring.bytes < 8 * 1024 * 1024, "{}", ring.bytes);
        assert_eq!(ring.bytes, sum(&ring));
    }

    #[test]
    fn long_requests_and_bodies_push_older_ones_out() {
        let target = format!("/{}", "x".repeat(100_000));
        let journal = Journal::default();
        for _ in 0..1000 {
            entry(&journal, &target);
        }
        assert!(journal.pending.bytes() <= pending::ALL_BYTES);
        for _ in 0..1000 {
            let entry = entry(&journal, &target);
            journal.end(&entry, ended(100_000));
        }
        let ring = journal.gather();
        assert!(ring.bytes <= RING_BYTES, "{}", ring.bytes);
        assert!(ring.kept.len() > 100, "{}", ring.kept.len());
        assert_eq!(ring.bytes, sum(&ring));
    }

    #[test]
    fn bodies_make_room_before_requests_do() {
        let journal = Journal::default();
        journal.after(0, 1);
        let entries: Vec<_> = (0..1000).map(|_| entry(&journal, "/x")).collect();
        // Each ends later than those that came after it, and the oldest last of all.
        for entry in entries.iter().rev() {
            journal.end(entry, ended(60_000));
        }
        let ring = journal.gather();
        assert_eq!((ring.kept.len(), ring.dropped), (1000, 0));
        assert!(ring.bytes <= RING_BYTES, "{}", ring.bytes);
        assert_eq!(ring.bytes, sum(&ring));
        let with: Vec<bool> = (ring.kept.iter())
            .map(|kept| kept.entry.ended.get().is_some_and(|ended| ended.size() > 0))
            .collect();
        let first = with.iter().position(|has_body| *has_body).unwrap();
        assert!(
            with[first..].iter().all(|has_body| *has_body),
            "the oldest go first"
        );
        assert!((1..1000 - RING_BYTES / 70_000).contains(&first), "{first}");
        drop(ring);

        // Without bodies there is nothing else to forget.
        let long = format!("/{}", "x".repeat(100_000));
        (0..1000).for_each(|_| drop(entry(&journal, &long)));
        let ring = journal.gather();
        assert!(ring.bytes <= RING_BYTES && ring.dropped > 0);
        assert_eq!(ring.bytes, sum(&ring));
        assert!(
            entries
                .iter()
                .all(|entry| entry.ended.get().is_some_and(|ended| ended.size() == 0))
        );
    }

    #[test]
    fn the_newest_after_a_number_are_found() {
        let journal = Journal::default();
        for _ in 0..10 {
            entry(&journal, "/x");
        }
        assert_eq!(ids(&journal, 7, 10), [8, 9, 10]);
        assert_eq!(ids(&journal, 0, 2), [9, 10]);
        assert_eq!(journal.find(3).map(|entry| entry.id()), Some(3));
        journal.clear();
        assert!(ids(&journal, 0, 10).is_empty());
        assert_eq!(journal.number(&entry(&journal, "/x")), 11);
    }

    #[test]
    fn requests_of_all_threads_are_numbered_as_they_were_answered() {
        let journal = Arc::new(Journal::default());
        // More threads than there are shards.
        let threads: Vec<_> = (0..6)
            .map(|_| {
                let journal = Arc::clone(&journal);
                std::thread::spawn(move || (0..100).for_each(|_| drop(entry(&journal, "/x"))))
            })
            .collect();
        // What is read while they come is never numbered anew, and nothing comes in below it.
        let mut seen = Vec::new();
        while !threads.iter().all(|thread| thread.is_finished()) {
            let last = seen.last().copied().unwrap_or(0);
            seen.extend(ids(&journal, last, CAPACITY));
        }
        let last = seen.last().copied().unwrap_or(0);
        seen.extend(ids(&journal, last, CAPACITY));
        assert_eq!(seen, (1..=600).collect::<Vec<u64>>());
        for thread in threads {
            thread.join().unwrap();
        }
        let first = entry(&journal, "/first");
        let asked = journal.next();
        assert_eq!((first.id(), asked), (601, 602), "older ones come first");
        entry(&journal, "/unwatched");
        let seat = journal.join();
        entry(&journal, "/watched");
        let told = seat.events.len();
        assert_eq!((ids(&journal, 602, 9), told), (vec![603, 604], 1));
    }
}
