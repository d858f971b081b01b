//! Standard output and standard error as the writer of the queue sees them: batches of lines, with or without colours, and
//! the line at the bottom of the terminal.

use std::io::{self, Write};
use std::time::Duration;

use anstream::adapter::strip_str;
use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};

use super::batch::{Batch, Stream};

/// Between two tries to write to a stream that takes nothing more.
const RETRY: Duration = Duration::from_millis(4);
/// To the beginning of the line, and nothing after it.
const ERASE: &str = "\r\u{1b}[K";

/// The two streams.
pub(super) struct Streams {
    stdout: Output<io::Stdout>,
    stderr: Output<io::Stderr>,
    /// Whether a line stands at the bottom.
    has_line: bool,
}

impl Streams {
    pub(super) fn of_process() -> Self {
        Self {
            stdout: Output::new(io::stdout()),
            stderr: Output::new(io::stderr()),
            has_line: false,
        }
    }

    /// Writes the lines, and `line` below them. A reader that has gone is not an error.
    pub(super) fn write(&mut self, batch: &Batch, line: Option<&str>) {
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
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::thread::sleep(RETRY),
            Err(error) => return Err(error),
        }
    }
    stream.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
