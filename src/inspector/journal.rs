//! The last requests, in a ring that is bounded in number and in bytes.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::functions::Output;
use crate::pipeline::RequestIds;
use crate::pipeline::record::Configured;

use super::audience::{Audience, Event};
use super::entry::{Ended, Entry};
use super::logs::{LogLine, Logs};

/// Most requests that are kept.
pub const CAPACITY: usize = 10_000;
/// Most that are kept until somebody looks for the first time.
const UNREAD: usize = 1000;
/// Most bytes that they take together: what is kept of most requests is some hundred bytes.
pub const MAX_BYTES: usize = 32 * 1024 * 1024;

/// The last requests.
pub struct Journal {
    ring: Mutex<Ring>,
    ids: RequestIds,
    /// Who looks.
    pub audience: Audience,
    /// What the functions said.
    pub logs: Logs,
}

#[derive(Default)]
struct Ring {
    /// Whether somebody has ever looked. Until then fewer are kept, so that they stay in the processor's own memory.
    was_read: bool,
    kept: VecDeque<Kept>,
    bytes: usize,
    dropped: u64,
    /// The configuration of the newest entry: counted once, and not for each that shares it.
    newest: Option<Configured>,
}

struct Kept {
    entry: Arc<Entry>,
    bytes: usize,
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
        let audience = Audience::default();
        Self {
            ring: Mutex::default(),
            ids: RequestIds::watched_by(audience.listeners()),
            audience,
            logs: Logs::default(),
        }
    }
}

impl Journal {
    /// What numbers the requests.
    pub fn ids(&self) -> &RequestIds {
        &self.ids
    }

    /// Takes an entry.
    pub fn add(&self, entry: Entry) -> Arc<Entry> {
        let entry = Arc::new(entry);
        let bytes = entry.size();
        // Freed when the lock is released.
        let oldest = self.ring().push(Arc::clone(&entry), bytes);
        drop(oldest);
        self.audience.tell(|| Event::Request(Arc::clone(&entry)));
        entry
    }

    /// Takes the end of an exchange.
    pub fn end(&self, entry: &Arc<Entry>, ended: Ended) {
        let bytes = ended.size();
        if entry.ended.set(Box::new(ended)).is_ok() {
            self.ring().grow(entry.id, bytes);
            self.audience.tell(|| Event::Completed(Arc::clone(entry)));
        }
    }

    /// One request, if it is still kept.
    pub fn find(&self, id: u64) -> Option<Arc<Entry>> {
        let ring = self.ring();
        let mut kept = ring.kept.iter().rev();
        let found = kept.find(|kept| kept.entry.id == id)?;
        Some(Arc::clone(&found.entry))
    }

    /// The newest `limit` of those after a number.
    pub fn after(&self, id: u64, limit: usize) -> Snapshot {
        let mut ring = self.ring();
        ring.was_read = true;
        let newer = ring.kept.iter().rev().filter(|kept| kept.entry.id > id);
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
        let mut ring = self.ring();
        let empty = Ring {
            was_read: ring.was_read,
            ..Ring::default()
        };
        let forgotten = std::mem::replace(&mut *ring, empty);
        drop(ring);
        drop(forgotten);
        self.changed("cleared");
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ring {
    /// Adds an entry; gives the oldest back if it had to go.
    fn push(&mut self, entry: Arc<Entry>, mut bytes: usize) -> Option<Kept> {
        if let Some(judged) = entry.record.configuration() {
            let is_known = |newest: &Configured| Arc::ptr_eq(&newest.config, &judged.config);
            if !self.newest.as_ref().is_some_and(is_known) {
                // Its text and what was read of it live as long as the entries that were judged by it.
                bytes += judged
                    .source
                    .as_ref()
                    .map_or(0, |source| 8 * source.text().len());
                self.newest = Some(judged.clone());
            }
        }
        self.bytes += bytes;
        self.kept.push_back(Kept { entry, bytes });
        self.forget()
    }

    /// Takes the size of what came later.
    fn grow(&mut self, id: u64, bytes: usize) {
        let mut kept = self.kept.iter_mut().rev();
        if let Some(kept) = kept.find(|kept| kept.entry.id == id) {
            kept.bytes += bytes;
            self.bytes += bytes;
            self.forget();
        }
    }

    fn forget(&mut self) -> Option<Kept> {
        let mut oldest = None;
        let capacity = if self.was_read { CAPACITY } else { UNREAD };
        while self.kept.len() > capacity || self.bytes > MAX_BYTES && self.kept.len() > 1 {
            oldest = self.kept.pop_front();
            self.bytes -= oldest.as_ref().map_or(0, |kept| kept.bytes);
            self.dropped += 1;
        }
        oldest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspector::entry::Text;
    use crate::pipeline::reason::Reason;
    use crate::pipeline::record::AccessRecord;
    use actix_web::http::Method;

    fn entry(journal: &Journal, target: &str) -> Arc<Entry> {
        let text = Text::new(target, Some(b"text/html"));
        let id = journal.ids().next();
        journal.add(Entry::new(
            id,
            Method::GET,
            text,
            AccessRecord::new(Reason::File),
        ))
    }

    #[test]
    fn a_hundred_thousand_requests_take_bounded_memory() {
        let journal = Journal::default();
        for _ in 0..100_000 {
            entry(&journal, "/a/usual/path?with=a&query=of&some=length");
        }
        let ring = journal.ring();
        assert_eq!((ring.kept.len(), ring.dropped), (UNREAD, 99_000));
        drop(ring);
        journal.after(0, 1);
        for _ in 0..100_000 {
            entry(&journal, "/a/usual/path?with=a&query=of&some=length");
        }
        let ring = journal.ring();
        assert_eq!((ring.kept.len(), ring.dropped), (CAPACITY, 190_000));
        assert!(ring.bytes < 8 * 1024 * 1024, "{}", ring.bytes);
        assert_eq!(
            ring.bytes,
            ring.kept.iter().map(|kept| kept.bytes).sum::<usize>()
        );
    }

    #[test]
    fn long_requests_and_bodies_push_older_ones_out() {
        let journal = Journal::default();
        let target = format!("/{}", "x".repeat(100_000));
        for _ in 0..1000 {
            let entry = entry(&journal, &target);
            let mut ended = Ended::default();
            ended.response.get_or_insert_default().add(&[b'x'; 100_000]);
            journal.end(&entry, ended);
        }
        let ring = journal.ring();
        assert!(ring.bytes <= MAX_BYTES, "{}", ring.bytes);
        assert!(ring.kept.len() > 100, "{}", ring.kept.len());
        assert_eq!(
            ring.bytes,
            ring.kept.iter().map(|kept| kept.bytes).sum::<usize>()
        );
    }

    #[test]
    fn the_newest_after_a_number_are_found() {
        let journal = Journal::default();
        for _ in 0..10 {
            entry(&journal, "/x");
        }
        let ids = |id, limit| -> Vec<u64> {
            let found = journal.after(id, limit).entries;
            found.iter().map(|entry| entry.id).collect()
        };
        assert_eq!(ids(7, 10), [8, 9, 10]);
        assert_eq!(ids(0, 2), [9, 10]);
        assert_eq!(journal.find(3).map(|entry| entry.id), Some(3));
        journal.clear();
        assert!(ids(0, 10).is_empty());
        assert_eq!(entry(&journal, "/x").id, 11);
    }
}
