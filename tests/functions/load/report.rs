//! How many answers of each kind came, how fast, and what was wrong.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

/// Nobody waits longer for anything, however slow others read and write.
const STARVED: Duration = Duration::from_secs(15);

#[derive(Default)]
pub(super) struct Report {
    times: BTreeMap<&'static str, Vec<Duration>>,
    failures: Vec<String>,
}

impl Report {
    /// Does one thing and notes how long it took and what was wrong.
    pub(super) fn time(&mut self, kind: &'static str, work: impl FnOnce() -> Result<(), String>) {
        let from = Instant::now();
        let outcome = work();
        self.times.entry(kind).or_default().push(from.elapsed());
        if let Err(failure) = outcome {
            self.failures.push(format!("{kind}: {failure}"));
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        for (kind, times) in other.times {
            self.times.entry(kind).or_default().extend(times);
        }
        self.failures.extend(other.failures);
    }

    /// Every kind was asked, every answer was right, and none took for ever.
    pub(super) fn assert_sound(&self) {
        let shown = &self.failures[..self.failures.len().min(20)];
        assert!(
            shown.is_empty(),
            "{} wrong: {shown:#?}",
            self.failures.len()
        );
        assert_eq!(self.times.len(), 14, "{:?}", self.times.keys());
        let slowest = self.times.values().flatten().max();
        assert!(slowest < Some(&STARVED), "{slowest:?}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<22}{:>9}{:>10}{:>10}{:>10}",
            "", "answers", "p50 ms", "p99 ms", "max ms"
        )?;
        for (kind, times) in &self.times {
            let mut times = times.clone();
            times.sort_unstable();
            let at = |part: usize| times[(times.len() - 1) * part / 100].as_secs_f64() * 1e3;
            let (count, p50, p99, max) = (times.len(), at(50), at(99), at(100));
            writeln!(f, "{kind:<22}{count:>9}{p50:>10.1}{p99:>10.1}{max:>10.1}")?;
        }
        write!(f, "wrong or lost: {}", self.failures.len())
    }
}
