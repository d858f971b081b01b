//! The time limit of a call (AP-6).
//!
//! Timers are used again: resetting one only writes down a later deadline, while a new one is entered among all timers of the
//! thread, and taken out again, for each call.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// The timers of one actix worker that no call needs at the moment.
#[derive(Default)]
pub(super) struct Timers(RefCell<Vec<Pin<Box<Sleep>>>>);

/// A timer while one call uses it; goes back when it is dropped.
struct Timer<'t> {
    timers: &'t Timers,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Timers {
    /// How many calls usually run at once.
    const MAX_KEPT: usize = 16;

    fn take(&self, deadline: Instant) -> Timer<'_> {
        let kept = self.0.borrow_mut().pop();
        let sleep = match kept {
            Some(mut sleep) => {
                sleep.as_mut().reset(deadline);
                sleep
            }
            None => Box::pin(sleep_until(deadline)),
        };
        Timer {
            timers: self,
            sleep: Some(sleep),
        }
    }
}

impl Drop for Timer<'_> {
    fn drop(&mut self) {
        let mut kept = self.timers.0.borrow_mut();
        if kept.len() < Timers::MAX_KEPT {
            kept.extend(self.sleep.take());
        }
    }
}

/// The limit of one call, counted from its start.
pub(super) struct TimeLimit<'t> {
    timers: &'t Timers,
    limit: Option<(Instant, Duration)>,
}

impl<'t> TimeLimit<'t> {
    /// Begins to count. `None` is no limit.
    pub(super) fn start(timers: &'t Timers, limit: Option<Duration>) -> Self {
        let limit = limit.map(|limit| (Instant::now() + limit, limit));
        Self { timers, limit }
    }

    /// When the time is over; `None` if it never is.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.limit.map(|(deadline, _)| deadline)
    }

    /// Waits for a step of the call. The caller pins it, because it is large to move.
    ///
    /// # Errors
    /// The limit, if its time is over first.
    pub(super) async fn wait_for<T>(
        &self,
        mut step: Pin<&mut impl Future<Output = T>>,
    ) -> Result<T, Duration> {
        let Some((deadline, limit)) = self.limit else {
            return Ok(step.await);
        };
        let mut timer = None;
        poll_fn(|context| {
            if let Poll::Ready(done) = step.as_mut().poll(context) {
                return Poll::Ready(Ok(done));
            }
            let timer = timer.get_or_insert_with(|| self.timers.take(deadline));
            match &mut timer.sleep {
                Some(sleep) => sleep.as_mut().poll(context).map(|()| Err(limit)),
                None => Poll::Pending,
            }
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use super::*;

    const SHORT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(45);

    #[tokio::test]
    async fn a_timer_counts_for_one_call_after_the_other() {
        let timers = Timers::default();
        for (limit, takes, expected) in [
            (LONG, Duration::ZERO, Ok(())),
            (SHORT, LONG, Err(SHORT)),
            (LONG, 2 * SHORT, Ok(())),
            (SHORT, LONG, Err(SHORT)),
        ] {
            let before = Instant::now();
            let time = TimeLimit::start(&timers, Some(limit));
            assert_eq!(
                time.wait_for(pin!(tokio::time::sleep(takes))).await,
                expected
            );
            let took = before.elapsed();
            assert!(took >= takes.min(limit) && took < LONG, "{took:?}");
            assert_eq!(timers.0.borrow().len(), 1, "the same one each time");
        }
    }

    #[tokio::test]
    async fn what_is_there_already_needs_no_timer_and_two_calls_need_two() {
        let timers = Timers::default();
        let time = TimeLimit::start(&timers, Some(SHORT));
        assert_eq!(time.wait_for(pin!(async { 1 })).await, Ok(1));
        assert!(timers.0.borrow().is_empty());
        let short = pin!(tokio::task::yield_now());
        let endless = pin!(std::future::pending::<()>());
        let (one, two) = tokio::join!(time.wait_for(short), time.wait_for(endless));
        assert_eq!((one, two), (Ok(()), Err(SHORT)));
        assert_eq!(timers.0.borrow().len(), 2);
    }
}
