//! Requests that nobody has asked for yet, each with the thread that answered it: a lock that nobody else wants, memory that
//! is taken and freed by one thread, and nothing that two cores write to in turns. Whoever reads gathers them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::pipeline::record::Configured;

use super::entry::Entry;

/// Threads that have a shard of their own: as many as the server has workers at most. More of them share.
const SHARDS: usize = 4;
/// Most requests that one shard keeps: few, so that they stay in the processor's own memory.
const MOST: usize = 256;
/// Most requests that all shards keep.
pub const ALL: usize = SHARDS * MOST;
/// Most bytes of one shard.
const MOST_BYTES: usize = 2 * 1024 * 1024;
/// Most bytes of all shards.
pub const ALL_BYTES: usize = SHARDS * MOST_BYTES;

static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static SHARD: usize = THREADS.fetch_add(1, Ordering::Relaxed) % SHARDS;
}

/// A request with what it takes of the memory.
pub struct Kept<E> {
    /// The request.
    pub entry: E,
    /// What it takes of the memory.
    pub bytes: usize,
}

/// A request that was just answered.
enum Answered {
    /// With all that will be known of it.
    Whole(Box<Entry>),
    /// Whose end is still to come, to be noted by whoever sends it.
    Followed(Arc<Entry>),
}

/// The shards of all threads.
#[derive(Default)]
pub struct Pending([Shard; SHARDS]);

/// Aligned, so that no two of them lie in one cache line.
#[derive(Default)]
#[repr(align(128))]
struct Shard(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    kept: VecDeque<Kept<Answered>>,
    bytes: usize,
    dropped: u64,
    /// The configuration of the newest entry: counted once, and not for each that shares it.
    newest: Option<Arc<Configured>>,
}

impl Pending {
    /// Takes a request that was just answered, with all that will be known of it. `keeps_all`: whether somebody may ask for
    /// more than a shard keeps.
    ///
    /// True if the shard is full and should be gathered; otherwise the oldest have made room.
    pub fn push(&self, entry: Entry, keeps_all: bool) -> bool {
        let mut waiting = self.own().lock();
        let bytes = waiting.count(&entry);
        let entry = match waiting.make_room(keeps_all) {
            // Into the memory of the one that it replaces.
            Some(mut oldest) => {
                *oldest = entry;
                oldest
            }
            None => Box::new(entry),
        };
        waiting.push(Answered::Whole(entry), bytes)
    }

    /// The same of one whose end is still to come.
    pub fn push_followed(&self, entry: Arc<Entry>, keeps_all: bool) -> bool {
        let mut waiting = self.own().lock();
        let bytes = waiting.count(&entry);
        waiting.make_room(keeps_all);
        waiting.push(Answered::Followed(entry), bytes)
    }

    /// Takes all of them out, from old to new, and the number of those that were forgotten.
    pub fn take(&self) -> (Vec<Kept<Arc<Entry>>>, u64) {
        let (mut all, mut dropped) = (Vec::new(), 0);
        for shard in &self.0 {
            let mut waiting = shard.lock();
            all.extend(waiting.kept.drain(..).map(Kept::shared));
            waiting.bytes = 0;
            dropped += std::mem::take(&mut waiting.dropped);
        }
        all.sort_by_key(|kept| kept.entry.started + kept.entry.first_byte);
        (all, dropped)
    }

    #[cfg(test)]
    pub fn bytes(&self) -> usize {
        self.0.iter().map(|shard| shard.lock().bytes).sum()
    }

    fn own(&self) -> &Shard {
        let [first, ..] = &self.0;
        self.0.get(SHARD.with(|shard| *shard)).unwrap_or(first)
    }
}

impl Kept<Answered> {
    fn shared(self) -> Kept<Arc<Entry>> {
        let entry = match self.entry {
            Answered::Whole(entry) => Arc::from(entry),
            Answered::Followed(entry) => entry,
        };
        Kept {
            entry,
            bytes: self.bytes,
        }
    }
}

impl Shard {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// The size of the configuration of an entry, if it is another one than that of the last: its text and what was read of
    /// it live as long as the entries that were judged by it.
    fn configuration(&mut self, entry: &Entry) -> usize {
        let Some(judged) = entry.record.configuration() else {
            return 0;
        };
        if matches!(&self.newest, Some(newest) if newest.is(judged)) {
            return 0;
        }
        self.newest = Some(Arc::clone(judged));
        let source = judged.source.as_ref();
        source.map_or(0, |source| 8 * source.text().len())
    }

    fn is_full(&self) -> bool {
        self.kept.len() >= MOST || self.bytes > MOST_BYTES
    }

    /// What one more takes of the memory.
    fn count(&mut self, entry: &Entry) -> usize {
        let bytes = entry.size() + self.configuration(entry);
        self.bytes += bytes;
        bytes
    }

    /// Forgets the oldest until there is room for one more, unless all are kept, and gives back the last of them.
    fn make_room(&mut self, keeps_all: bool) -> Option<Box<Entry>> {
        let mut last = None;
        while !keeps_all && (self.kept.len() >= MOST || self.bytes > MOST_BYTES) {
            let oldest = self.kept.pop_front()?;
            self.bytes -= oldest.bytes;
            self.dropped += 1;
            if let Answered::Whole(entry) = oldest.entry {
                last = Some(entry);
            }
        }
        last
    }

    fn push(&mut self, entry: Answered, bytes: usize) -> bool {
        self.kept.push_back(Kept { entry, bytes });
        self.is_full()
    }
}
