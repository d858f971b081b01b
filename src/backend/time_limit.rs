//! The time that a call has (AP-6).
//!
//! Timers are set anew for call after call: that only writes the later time down, where one of its own would be entered
//! among all timers of the thread for each call, and taken out again.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// The timers of one actix worker that no call needs at the moment.
#[derive(Default)]
pub(super) struct Timers(RefCell<Vec<Pin<Box<Sleep>>>>);

/// A timer in the hands of one call.
struct Lent<'t> {
    timers: &'t Timers,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Timers {
    /// Calls that are under way at once, mostly.
    const MOST: usize = 16;

    fn lend(&self, deadline: Instant) -> Lent<'_> {
        let kept = self.0.borrow_mut().pop();
        let sleep = match kept {
            Some(mut sleep) => {
                sleep.as_mut().reset(deadline);
                sleep
            }
            None => Box::pin(sleep_until(deadline)),
        };
        Lent {
            timers: self,
            sleep: Some(sleep),
        }
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut kept = self.timers.0.borrow_mut();
        if kept.len() < Timers::MOST {
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
    /// Begins to count. Without a limit a call may take for ever.
    pub(super) fn start(timers: &'t Timers, limit: Option<Duration>) -> Self {
        let limit = limit.map(|limit| (Instant::now() + limit, limit));
        Self { timers, limit }
    }

    /// When it is over.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.limit.map(|(deadline, _)| deadline)
    }

    /// Waits for a step, but no longer than the call may last; otherwise tells how long that was. The step is pinned where it
    /// is made: that of a call is large to move.
    pub(super) async fn keep<T>(
        &self,
        mut step: Pin<&mut impl Future<Output = T>>,
    ) -> Result<T, Duration> {
        let Some((deadline, limit)) = self.limit else {
            return Ok(step.await);
        };
        let mut lent = None;
        poll_fn(|context| {
            if let Poll::Ready(done) = step.as_mut().poll(context) {
                return Poll::Ready(Ok(done));
            }
            let lent = lent.get_or_insert_with(|| self.timers.lend(deadline));
            match &mut lent.sleep {
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
            assert_eq!(time.keep(pin!(tokio::time::sleep(takes))).await, expected);
            let took = before.elapsed();
            assert!(took >= takes.min(limit) && took < LONG, "{took:?}");
            assert_eq!(timers.0.borrow().len(), 1, "the same one each time");
        }
    }

    #[tokio::test]
    async fn what_is_there_already_needs_no_timer_and_two_calls_need_two() {
        let timers = Timers::default();
        let time = TimeLimit::start(&timers, Some(SHORT));
        assert_eq!(time.keep(pin!(async { 1 })).await, Ok(1));
        assert!(timers.0.borrow().is_empty());
        let short = pin!(tokio::task::yield_now());
        let endless = pin!(std::future::pending::<()>());
        let (one, two) = tokio::join!(time.keep(short), time.keep(endless));
        assert_eq!((one, two), (Ok(()), Err(SHORT)));
        assert_eq!(timers.0.borrow().len(), 2);
    }
}
