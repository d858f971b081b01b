//! What is printed, until the writer takes it: the lines of both streams in the order in which they came, in bounded memory.

/// What may wait for a slow reader: some ten thousand lines of the request log.
const MAX_BYTES: usize = 1024 * 1024;
/// What a buffer keeps of its memory after a burst.
const KEPT_BYTES: usize = 64 * 1024;

/// One of the two streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output: data, the request log.
    Stdout,
    /// Standard error: messages.
    Stderr,
}

/// Lines in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) text: String,
    /// Which stream the next so many bytes of `text` are for.
    pub(super) runs: Vec<(Stream, usize)>,
    /// Lines that came when it was full.
    pub(super) lost: Lost,
}

/// How many lines of each stream were lost.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lost {
    pub(super) stdout: usize,
    pub(super) stderr: usize,
}

impl Batch {
    pub(super) const fn new() -> Self {
        Self {
            text: String::new(),
            runs: Vec::new(),
            lost: Lost {
                stdout: 0,
                stderr: 0,
            },
        }
    }

    pub(super) fn push(&mut self, stream: Stream, text: &str) {
        // Once something is lost, so is what comes after it: the count stands where the lines would have been.
        if self.lost != Lost::default() || self.text.len() + text.len() > MAX_BYTES {
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

    pub(super) fn is_empty(&self) -> bool {
        self.runs.is_empty() && self.lost == Lost::default()
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.text.shrink_to(KEPT_BYTES);
        self.runs.clear();
        self.lost = Lost::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_finds_no_room_is_counted_until_the_batch_is_taken() {
        let mut batch = Batch::default();
        batch.push(Stream::Stdout, &"x".repeat(MAX_BYTES - 4));
        batch.push(Stream::Stderr, "a\nb\nc\n");
        // It would fit, but it comes after what did not.
        batch.push(Stream::Stdout, "d\n");
        assert_eq!(batch.runs, [(Stream::Stdout, MAX_BYTES - 4)]);
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
    fn neighbours_of_one_stream_are_written_together() {
        let mut batch = Batch::default();
        batch.push(Stream::Stdout, "a\n");
        batch.push(Stream::Stdout, "b\n");
        batch.push(Stream::Stderr, "c\n");
        assert_eq!(batch.runs, [(Stream::Stdout, 4), (Stream::Stderr, 2)]);
    }
}
