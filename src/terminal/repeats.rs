//! Warnings that a client can cause with every request: the first is said, then how many more there were. Of those that differ
//! each time, as by the path, the first ones are said, then how many others there were.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// How long the same message is only counted after it was said.
const WINDOW: Duration = Duration::from_secs(10);
/// More different messages than this in one window are only counted.
const KNOWN: usize = 64;

/// The messages of the last [`WINDOW`].
#[derive(Debug, Default)]
pub(super) struct Repeats {
    known: Option<HashMap<String, Repeat>>,
    /// Those that found no room.
    others: Option<Repeat>,
}

#[derive(Debug)]
struct Repeat {
    until: Instant,
    more: usize,
}

impl Repeats {
    pub(super) const fn new() -> Self {
        Self {
            known: None,
            others: None,
        }
    }

    /// Whether a message is to be said now; otherwise it was counted.
    pub(super) fn is_new(&mut self, text: &str, now: Instant) -> bool {
        let until = now + WINDOW;
        let known = self.known.get_or_insert_default();
        if let Some(repeat) = known.get_mut(text)
            && (now < repeat.until || repeat.more > 0)
        {
            repeat.more += 1;
            return false;
        }
        if known.len() >= KNOWN {
            known.retain(|_, repeat| now < repeat.until || repeat.more > 0);
        }
        if known.len() >= KNOWN {
            let others = self.others.get_or_insert(Repeat { until, more: 0 });
            others.more += 1;
            return false;
        }
        known.insert(text.to_owned(), Repeat { until, more: 0 });
        true
    }

    /// When there is a count to be said next.
    pub(super) fn next(&self) -> Option<Instant> {
        let known = self.known.iter().flatten().map(|(_, repeat)| repeat);
        let counted = known.chain(&self.others).filter(|repeat| repeat.more > 0);
        counted.map(|repeat| repeat.until).min()
    }

    /// The counts that are to be said now; at the end, all.
    pub(super) fn due(&mut self, now: Instant, is_end: bool) -> Vec<String> {
        let known = self.known.iter_mut().flatten();
        let repeated = known
            .filter(|(_, repeat)| repeat.more > 0 && (is_end || repeat.until <= now))
            .map(|(text, repeat)| {
                let more = std::mem::take(&mut repeat.more);
                repeat.until = now + WINDOW;
                let first = text.lines().next().unwrap_or_default();
                format!("{first} (repeated {more} more {})\n", times(more))
            });
        let mut due: Vec<String> = repeated.collect();
        let others = self.others.take_if(|others| is_end || others.until <= now);
        due.extend(others.map(|Repeat { more, .. }| {
            let warnings = if more == 1 { "warning" } else { "warnings" };
            format!("… and {more} other {warnings}\n")
        }));
        due
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

    #[test]
    fn of_many_that_differ_the_others_are_counted() {
        let mut repeats = Repeats::new();
        let start = Instant::now();
        let said = (0..500).filter(|number| repeats.is_new(&format!("warning: {number}\n"), start));
        assert_eq!(said.count(), KNOWN);
        assert_eq!(repeats.next(), Some(start + WINDOW));
        let later = start + WINDOW;
        assert_eq!(repeats.due(later, false), ["… and 436 other warnings\n"]);
        assert_eq!(repeats.next(), None);
        assert!(repeats.is_new("warning: 499\n", later));
    }
}
