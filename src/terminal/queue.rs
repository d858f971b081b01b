//! The bounded queue between everything that speaks and the one thread that writes.
//!
//! Speakers append to one buffer under a lock that is never held during a write. The writer takes the whole buffer and
//! writes it, then waits a moment so that what is said soon after goes together. A buffer that is full takes nothing
//! more until the writer has taken it; what was lost in between is counted and said in its place.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use anstream::adapter::strip_str;
use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};

use super::Stream;
use super::progress::{TICK, Work};
use super::repeats::Repeats;

/// In bytes: what may wait for a slow reader. Some ten thousand lines of the request log.
const ROOM: usize = 1024 * 1024;
/// In bytes: what a buffer keeps of its memory after a burst.
const KEPT: usize = 64 * 1024;
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
/// To the beginning of the line, and nothing after it.
const ERASE: &str = "\r\u{1b}[K";

/// Lines in the order in which they came.
#[derive(Debug, Default)]
struct Batch {
    text: String,
    /// Which stream the next so many bytes of `text` are for.
    runs: Vec<(Stream, usize)>,
    /// Lines that came when there was no room.
    lost: Lost,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Lost {
    stdout: usize,
    stderr: usize,
}

impl Queue {
    /// The one queue. Its writer thread starts with the first call; `None` if the system gives none.
    pub(super) fn of_process() -> Option<&'static Self> {
        static QUEUE: Queue = Queue {
            state: Mutex::new(QueueState {
                batch: Batch {
                    text: String::new(),
                    runs: Vec::new(),
                    lost: Lost {
                        stdout: 0,
                        stderr: 0,
                    },
                },
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

impl Batch {
    fn push(&mut self, stream: Stream, text: &str) {
        // Once something is lost, so is what comes after it: the count stands where the lines would have been.
        if self.lost != Lost::default() || self.text.len() + text.len() > ROOM {
            let lines = text.bytes().filter(|&byte| byte == b'\n').count();
            match stream {
                Stream::Stdout => self.lost.stdout += lines.max(1),
                Stream::Stderr => self.lost.stderr += lines.max(1),
            }
            return;
        }
        self.text.push_str(text);
        match self.runs.last_mut() {
            Some((last, length)) if *last == stream => *length += text.len(),
            _ => self.runs.push((stream, text.len())),
        }
    }

    fn is_empty(&self) -> bool {
        self.runs.is_empty() && self.lost == Lost::default()
    }

    fn clear(&mut self) {
        self.text.clear();
        self.text.shrink_to(KEPT);
        self.runs.clear();
        self.lost = Lost::default();
    }
}

/// The two streams.
struct Streams {
    stdout: Output<io::Stdout>,
    stderr: Output<io::Stderr>,
    /// Whether a line stands at the bottom.
    has_line: bool,
}

impl Streams {
    fn of_process() -> Self {
        Self {
            stdout: Output::new(io::stdout()),
            stderr: Output::new(io::stderr()),
            has_line: false,
        }
    }

    /// Writes the lines, and `line` below them. A reader that has gone is not an error.
    fn write(&mut self, batch: &Batch, line: Option<&str>) {
        if std::mem::take(&mut self.has_line) {
            let _ = whole(&mut self.stderr.stream, ERASE);
        }
        self.write_all(batch);
        if let Some(line) = line {
            self.put(Stream::Stderr, line);
            self.has_line = true;
        }
    }

    fn write_all(&mut self, batch: &Batch) {
        let mut rest = batch.text.as_str();
        for &(stream, length) in &batch.runs {
            let (text, after) = rest.split_at(length);
            rest = after;
            self.put(stream, text);
        }
        for (stream, lost) in [
            (Stream::Stdout, batch.lost.stdout),
            (Stream::Stderr, batch.lost.stderr),
        ] {
            if lost > 0 {
                let lines = if lost == 1 { "line was" } else { "lines were" };
                let text = format!("… {lost} {lines} dropped: the output is read too slowly\n");
                self.put(stream, &text);
            }
        }
    }

    /// A reader that has gone is not an error.
    fn put(&mut self, stream: Stream, text: &str) {
        let _ = match stream {
            Stream::Stdout => self.stdout.write(text),
            Stream::Stderr => self.stderr.write(text),
        };
    }
}

/// A stream, and whether it shows colours. Not anstream's own: it reads the rest of a text again after each write that
/// was cut short, which takes minutes for a reader that comes late.
struct Output<S> {
    stream: S,
    has_colors: bool,
}

impl<S: RawStream + Write> Output<S> {
    fn new(stream: S) -> Self {
        let has_colors = AutoStream::choice(&stream) != ColorChoice::Never;
        // A console of Windows must be told that colours come.
        let stream = match has_colors {
            true => AutoStream::always_ansi(stream).into_inner(),
            false => stream,
        };
        Self { stream, has_colors }
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        if self.has_colors || is_plain(text) {
            return whole(&mut self.stream, text);
        }
        whole(&mut self.stream, &strip_str(text).to_string())
    }
}

/// Whether nothing is to be taken out of a text: the request log, mostly, byte by byte a hundred times faster than by the
/// rules of terminals.
fn is_plain(text: &str) -> bool {
    let plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\n');
    text.bytes().fold(true, |all, byte| all & plain(byte))
}

/// Writes all of it, also where another program has made the stream non-blocking.
fn whole(stream: &mut impl Write, text: &str) -> io::Result<()> {
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        match stream.write(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => rest = &rest[written..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::thread::sleep(PAUSE),
            Err(error) => return Err(error),
        }
    }
    stream.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_finds_no_room_is_counted_until_the_batch_is_taken() {
        let mut batch = Batch::default();
        batch.push(Stream::Stdout, &"x".repeat(ROOM - 4));
        batch.push(Stream::Stderr, "a\nb\nc\n");
        // It would fit, but it comes after what did not.
        batch.push(Stream::Stdout, "d\n");
        assert_eq!(batch.runs, [(Stream::Stdout, ROOM - 4)]);
        assert_eq!(
            batch.lost,
            Lost {
                stdout: 1,
                stderr: 3
            }
        );
        batch.clear();
        assert!(batch.is_empty());
        batch.push(Stream::Stdout, "d\n");
        assert_eq!(batch.text, "d\n");
    }

    #[test]
    fn only_plain_text_goes_out_as_it_is() {
        for (text, expected) in [
            ("GET /a%20b 200\n", true),
            ("", true),
            ("\u{1b}[31mred", false),
            ("a\u{7}", false),
            ("a\u{7f}", false),
            ("\u{9b}31m", false),
            ("…", false),
        ] {
            assert_eq!(is_plain(text), expected, "{text:?}");
            assert!(!expected || strip_str(text).to_string() == text);
        }
    }

    #[test]
    fn neighbours_of_one_stream_are_written_together() {
        let mut batch = Batch::default();
        batch.push(Stream::Stdout, "a\n");
        batch.push(Stream::Stdout, "b\n");
        batch.push(Stream::Stderr, "c\n");
        assert_eq!(batch.runs, [(Stream::Stdout, 4), (Stream::Stderr, 2)]);
    }
}
