//! What is said while nobody is to be disturbed, kept for the case that something fails.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

/// Bytes that are kept; the oldest go first.
const MOST: usize = 256 << 10;

static KEPT: Mutex<Kept> = Mutex::new(Kept {
    texts: VecDeque::new(),
    bytes: 0,
    lost: 0,
});

struct Kept {
    texts: VecDeque<String>,
    bytes: usize,
    lost: usize,
}

pub(super) fn keep(text: &str) {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    kept.bytes += text.len();
    kept.texts.push_back(text.to_owned());
    while kept.bytes > MOST
        && let Some(oldest) = kept.texts.pop_front()
    {
        kept.bytes -= oldest.len();
        kept.lost += 1;
    }
}

/// All that is kept, in order, with the number of messages before it that are not.
pub fn take() -> String {
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let mut text = match kept.lost {
        0 => String::new(),
        lost => format!("({lost} earlier messages are not kept)\n"),
    };
    text.extend(kept.texts.drain(..));
    (kept.bytes, kept.lost) = (0, 0);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_kept_and_the_rest_counted() {
        let long = "x".repeat(MOST / 2);
        for text in ["first\n", &long, &long, "last\n"] {
            keep(text);
        }
        let text = take();
        assert!(text.starts_with("(2 earlier messages are not kept)\nx"));
        assert!(text.ends_with("xlast\n"));
        assert_eq!(take(), "");
    }
}
