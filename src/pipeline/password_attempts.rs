//! Typed passwords, judged a few at a time: each costs 8 MiB and some milliseconds, on purpose.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::web;
use tokio::sync::Semaphore;

use crate::deployment::model::Password;
use crate::deployment::password::is_right;

/// Passwords that are hashed at the same time, in the whole process.
static HASHING: Semaphore = Semaphore::const_new(2);
/// So many wrong passwords within [`WINDOW`]; then nobody's is judged.
const MOST_WRONG: usize = 10;
const WINDOW: Duration = Duration::from_secs(60);

/// The wrong passwords of late, of whomever.
#[derive(Debug, Default)]
pub struct PasswordAttempts {
    wrong: Mutex<VecDeque<Instant>>,
}

/// What became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Right,
    Wrong,
    /// Not judged; worth trying again after this.
    TooMany(Duration),
}

impl PasswordAttempts {
    /// Judges a password on a thread where nobody waits.
    pub(super) async fn judge(&self, kept: Password, typed: String) -> Verdict {
        // Never closed; without a permit it would only be judged beside others.
        let _turn = HASHING.acquire().await;
        if let Some(wait) = self.wait(Instant::now()) {
            return Verdict::TooMany(wait);
        }
        let judged = web::block(move || is_right(&kept, &typed)).await;
        if judged.unwrap_or(false) {
            return Verdict::Right;
        }
        self.add_wrong(Instant::now());
        Verdict::Wrong
    }

    /// How long until the next attempt is judged; `None`: it is judged now.
    fn wait(&self, now: Instant) -> Option<Duration> {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        while wrong.front().is_some_and(|at| now - *at >= WINDOW) {
            wrong.pop_front();
        }
        let oldest = wrong.front().filter(|_| wrong.len() >= MOST_WRONG)?;
        Some(WINDOW.saturating_sub(now - *oldest))
    }

    fn add_wrong(&self, now: Instant) {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.push_back(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_wrong_ones_a_minute_are_judged() {
        let (attempts, start) = (PasswordAttempts::default(), Instant::now());
        for _ in 0..MOST_WRONG {
            assert_eq!(attempts.wait(start), None);
            attempts.add_wrong(start);
        }
        let later = start + Duration::from_secs(20);
        assert_eq!(attempts.wait(later), Some(Duration::from_secs(40)));
        assert_eq!(attempts.wait(start + WINDOW), None);
    }
}
