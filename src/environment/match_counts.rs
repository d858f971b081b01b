//! How often each rule of a configuration decided since it serves. Counting takes no lock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The counts of one configuration.
#[derive(Debug)]
pub struct MatchCounts {
    rules: Box<[AtomicU64]>,
    fallback: AtomicU64,
    since: Instant,
}

impl MatchCounts {
    /// Of a configuration with this many rules, none of which was met yet.
    pub fn new(rules: usize) -> Self {
        Self {
            rules: (0..rules).map(|_| AtomicU64::new(0)).collect(),
            fallback: AtomicU64::new(0),
            since: Instant::now(),
        }
    }

    /// Counts the rule that decided about a request.
    pub fn add_rule(&self, rule: Option<usize>) {
        if let Some(count) = rule.and_then(|rule| self.rules.get(rule)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts a request that the navigation fallback answered.
    pub fn add_fallback(&self) {
        self.fallback.fetch_add(1, Ordering::Relaxed);
    }

    /// How often a rule decided.
    pub fn of_rule(&self, rule: usize) -> u64 {
        let count = self.rules.get(rule);
        count.map_or(0, |count| count.load(Ordering::Relaxed))
    }

    /// How often the navigation fallback answered.
    pub fn of_fallback(&self) -> u64 {
        self.fallback.load(Ordering::Relaxed)
    }

    /// For how long it has been counted.
    pub fn age(&self) -> Duration {
        self.since.elapsed()
    }
}
