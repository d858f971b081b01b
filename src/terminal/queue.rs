//! The bounded queue between everything that speaks and the one thread that writes.
//!
//! Speakers append to one buffer under a lock that is never held during a write. The writer takes the whole buffer and
//! writes it, then waits a moment so that what is said soon after goes together. A buffer that is full takes nothing
//! more until the writer has taken it; what was lost in between is counted and said in its place.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::batch::{Batch, Lost, Stream};
use super::output::Streams;
use super::progress::{TICK, Work};
use super::repeats::Repeats;

/// Between two writes: under load, one write for many lines.
const PAUSE: Duration = Duration::from_millis(4);

/// The name of the thread that writes.
pub(super) const WRITER: &str = "terminal";

/// The queue of this process: there is one standard output and one standard error.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<QueueState>,
    /// Wakes the writer.
    news: Condvar,
    /// Wakes those who wait for the end of a write.
    written: Condvar,
}

#[derive(Debug, Default)]
struct QueueState {
    batch: Batch,
    repeats: Repeats,
    /// The writer waits without a limit for the first line.
    is_idle: bool,
    /// The writer has taken lines that it has not written yet.
    is_writing: bool,
    /// Somebody waits in [`Queue::flush`].
    is_flushing: bool,
    /// What goes on; the last one is shown.
    works: Vec<Arc<Work>>,
    /// The line at the bottom of the terminal.
    line: Option<String>,
}

/// Whether anything goes on.
static SHOWS: AtomicBool = AtomicBool::new(false);

impl Queue {
    /// The one queue. Its writer thread starts with the first call; `None` if the system gives none.
    pub(super) fn of_process() -> Option<&'static Self> {
        static QUEUE: Queue = Queue {
            state: Mutex::new(QueueState {
                batch: Batch::new(),
                repeats: Repeats::new(),
                is_idle: false,
                is_writing: false,
                is_flushing: false,
                works: Vec::new(),
                line: None,
            }),
            news: Condvar::new(),
            written: Condvar::new(),
        };
        static HAS_WRITER: OnceLock<bool> = OnceLock::new();
        let start = || {
            let thread = std::thread::Builder::new().name(WRITER.into());
            thread.spawn(|| QUEUE.run()).is_ok()
        };
        HAS_WRITER.get_or_init(start).then_some(&QUEUE)
    }

    /// The queue, while it shows that something goes on.
    pub(super) fn that_shows() -> Option<&'static Self> {
        let shows = SHOWS.load(Ordering::Relaxed);
        shows.then(Self::of_process).flatten()
    }

    /// Shows that something goes on.
    pub(super) fn show(&self, work: Arc<Work>) {
        let mut state = self.lock();
        state.works.push(work);
        SHOWS.store(true, Ordering::Relaxed);
        self.wake(state);
    }

    /// It is over.
    pub(super) fn hide(&self, work: &Arc<Work>) {
        let mut state = self.lock();
        state.works.retain(|other| !Arc::ptr_eq(other, work));
        SHOWS.store(!state.works.is_empty(), Ordering::Relaxed);
        self.wake(state);
    }

    /// Takes text; never waits for a reader.
    pub(super) fn push(&self, stream: Stream, text: &str) {
        let mut state = self.lock();
        state.batch.push(stream, text);
        self.wake(state);
    }

    /// Takes a message for standard error that may come again and again.
    pub(super) fn push_repeatable(&self, text: String) {
        let mut state = self.lock();
        if state.repeats.is_new(&text, Instant::now()) {
            state.batch.push(Stream::Stderr, &text);
        }
        // Also for a repetition: the writer must know when to say how many there were.
        self.wake(state);
    }

    /// Waits until what was said before is written, for at most `limit`.
    pub(super) fn flush(&self, limit: Duration) {
        let mut state = self.lock();
        state.is_flushing = true;
        self.news.notify_one();
        let waits = |state: &mut QueueState| state.is_flushing || state.is_writing;
        let _ = self.written.wait_timeout_while(state, limit, waits);
    }

    fn lock(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self, mut state: MutexGuard<'_, QueueState>) {
        let is_idle = std::mem::take(&mut state.is_idle);
        drop(state);
        if is_idle {
            self.news.notify_one();
        }
    }

    /// The writer's life.
    fn run(&self) {
        let mut streams = Streams::of_process();
        let mut batch = Batch::default();
        loop {
            let line = self.next(&mut batch);
            streams.write(&batch, line.as_deref());
            batch.clear();
        }
    }

    /// Waits for lines and swaps them with the empty `batch`; with them, what is to stand at the bottom then.
    fn next(&self, batch: &mut Batch) -> Option<String> {
        let mut state = self.lock();
        state.is_writing = false;
        self.written.notify_all();
        let pauses = |state: &mut QueueState| !state.is_flushing;
        state = match self.news.wait_timeout_while(state, PAUSE, pauses) {
            Ok((state, _)) => state,
            Err(poisoned) => poisoned.into_inner().0,
        };
        loop {
            let now = Instant::now();
            // Not into a batch that has lost lines already: they come with the next.
            if state.batch.lost == Lost::default() {
                let is_flushing = state.is_flushing;
                for text in state.repeats.due(now, is_flushing) {
                    state.batch.push(Stream::Stderr, &text);
                }
            }
            let line = state.works.last().and_then(|work| work.line(now));
            let is_new = line != state.line;
            state.line = line;
            if is_new || !state.batch.is_empty() {
                break;
            }
            // Everything that was to be flushed is out.
            state.is_flushing = false;
            self.written.notify_all();
            state.is_idle = true;
            let tick = (!state.works.is_empty()).then(|| now + TICK);
            let next = state.repeats.next().into_iter().chain(tick).min();
            state = match next {
                None => self
                    .news
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(at) => {
                    let rest = at.saturating_duration_since(now);
                    match self.news.wait_timeout(state, rest) {
                        Ok((state, _)) => state,
                        Err(poisoned) => poisoned.into_inner().0,
                    }
                }
            };
        }
        state.is_idle = false;
        state.is_writing = true;
        std::mem::swap(&mut state.batch, batch);
        state.line.clone()
    }
}
