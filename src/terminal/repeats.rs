//! Warnings that a client can cause with every request: the first is said, then how many more there were.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// How long the same message is only counted after it was said.
const WINDOW: Duration = Duration::from_secs(10);
/// More different messages than this in one window are all said.
const KNOWN: usize = 256;

/// The messages of the last [`WINDOW`].
#[derive(Debug, Default)]
pub(super) struct Repeats(Option<HashMap<String, Repeat>>);

#[derive(Debug)]
struct Repeat {
    until: Instant,
    more: usize,
}

impl Repeats {
    pub(super) const fn new() -> Self {
        Self(None)
    }

    /// Whether a message is to be said now; otherwise it was counted.
    pub(super) fn is_new(&mut self, text: &str, now: Instant) -> bool {
        let known = self.0.get_or_insert_default();
        if let Some(repeat) = known.get_mut(text)
            && (now < repeat.until || repeat.more > 0)
        {
            repeat.more += 1;
            return false;
        }
        if known.len() >= KNOWN {
            known.retain(|_, repeat| now < repeat.until || repeat.more > 0);
        }
        if known.len() < KNOWN {
            let until = now + WINDOW;
            known.insert(text.to_owned(), Repeat { until, more: 0 });
        }
        true
    }

    /// When there is a count to be said next.
    pub(super) fn next(&self) -> Option<Instant> {
        let repeats = self.0.as_ref()?.values();
        repeats
            .filter(|repeat| repeat.more > 0)
            .map(|repeat| repeat.until)
            .min()
    }

    /// The counts that are to be said now; at the end, all.
    pub(super) fn due(&mut self, now: Instant, is_end: bool) -> Vec<String> {
        let known = self.0.iter_mut().flatten();
        known
            .filter(|(_, repeat)| repeat.more > 0 && (is_end || repeat.until <= now))
            .map(|(text, repeat)| {
                let more = std::mem::take(&mut repeat.more);
                repeat.until = now + WINDOW;
                let first = text.lines().next().unwrap_or_default();
                format!("{first} (repeated {more} more {})\n", times(more))
            })
            .collect()
    }
}

fn times(count: usize) -> &'static str {
    if count == 1 { "time" } else { "times" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_said_once_in_a_window_and_then_counted() {
        let mut repeats = Repeats::new();
        let start = Instant::now();
        assert!(repeats.is_new("warning: a\nhint: b\n", start));
        assert!(repeats.is_new("warning: other\n", start));
        assert_eq!(repeats.next(), None);
        for _ in 0..3 {
            assert!(!repeats.is_new("warning: a\nhint: b\n", start));
        }
        assert_eq!(repeats.next(), Some(start + WINDOW));
        assert!(repeats.due(start, false).is_empty());
        let later = start + WINDOW;
        assert_eq!(
            repeats.due(later, false),
            ["warning: a (repeated 3 more times)\n"]
        );
        assert!(!repeats.is_new("warning: a\nhint: b\n", later));
        assert_eq!(
            repeats.due(later, true),
            ["warning: a (repeated 1 more time)\n"]
        );
        assert!(repeats.is_new("warning: a\nhint: b\n", later + WINDOW));
    }
}
