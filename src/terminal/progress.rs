//! What takes longer than a moment: a line at the bottom of the terminal that moves, and goes when it is over. Where
//! standard error is no terminal, nothing: what happens is said in lines of its own.

use std::io::{IsTerminal as _, stderr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};

use super::queue::Queue;
use super::style::DIM;

/// What is over sooner is not shown.
const MOMENT: Duration = Duration::from_secs(1);
/// Between two pictures.
pub(super) const TICK: Duration = Duration::from_millis(100);
/// Columns of a bar.
const BAR: u64 = 24;

const ACCENT: Style = AnsiColor::Cyan.on_default();
const SPINNER: [char; 10] = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/// Something that goes on; dropping it says that it is over.
#[derive(Debug)]
pub struct Progress(Option<(&'static Queue, Arc<Work>)>);

/// What goes on, and how far it is.
#[derive(Debug)]
pub(super) struct Work {
    name: String,
    since: Instant,
    done: AtomicU64,
    /// 0 while that is not known.
    total: AtomicU64,
}

impl Progress {
    /// Nothing is shown.
    pub(super) const fn hidden() -> Self {
        Self(None)
    }

    /// Shows that something goes on, if there is a terminal.
    pub(super) fn start(name: String) -> Self {
        let queue = stderr().is_terminal().then(Queue::of_process).flatten();
        Self(queue.map(|queue| {
            let work = Arc::new(Work {
                name,
                since: Instant::now(),
                done: AtomicU64::new(0),
                total: AtomicU64::new(0),
            });
            queue.show(Arc::clone(&work));
            (queue, work)
        }))
    }

    /// Says how far it is.
    pub fn set(&self, done: usize, total: usize) {
        if let Some((_, work)) = &self.0 {
            work.total.store(total as u64, Ordering::Relaxed);
            work.done.store(done.min(total) as u64, Ordering::Relaxed);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((queue, work)) = &self.0 {
            queue.hide(work);
        }
    }
}

impl Work {
    /// The line of this moment, without a line break; `None` for what has just begun.
    pub(super) fn line(&self, now: Instant) -> Option<String> {
        let spent = now.saturating_duration_since(self.since);
        if spent < MOMENT {
            return None;
        }
        let (done, total) = (
            self.done.load(Ordering::Relaxed),
            self.total.load(Ordering::Relaxed),
        );
        let (name, seconds) = (&self.name, spent.as_secs());
        if total == 0 {
            let frame = spent.as_millis() / TICK.as_millis();
            let spinner = SPINNER[(frame % SPINNER.len() as u128) as usize];
            return Some(format!(
                "{ACCENT}{spinner}{ACCENT:#} {name} {DIM}{seconds} s{DIM:#}"
            ));
        }
        let full = BAR * done / total;
        let (full, rest) = ("━".repeat(full as usize), "━".repeat((BAR - full) as usize));
        Some(format!(
            "{ACCENT}{full}{ACCENT:#}{DIM}{rest}{DIM:#} {name} {DIM}{done}/{total}{DIM:#}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;

    use super::*;

    #[test]
    fn a_line_says_what_goes_on_and_how_far_it_is() {
        let work = Work {
            name: "npm ci".to_owned(),
            since: Instant::now(),
            done: AtomicU64::new(0),
            total: AtomicU64::new(0),
        };
        let at = |millis| work.line(work.since + Duration::from_millis(millis));
        let shown = |millis| strip_str(&at(millis).unwrap()).to_string();
        assert_eq!(at(900), None);
        assert_eq!(shown(2_100), "⠙ npm ci 2 s");
        work.total.store(300, Ordering::Relaxed);
        work.done.store(100, Ordering::Relaxed);
        assert_eq!(shown(2_100), format!("{} npm ci 100/300", "━".repeat(24)));
        assert!(at(2_100).unwrap().contains(&"━".repeat(8)));
    }
}
