//! What the proxy tests share: an [`edge`] (actix server that answers every path by `backend::serve`), upstreams that speak
//! [`raw`] bytes, and the [`log`](mod@log).

mod edge;
mod log;
mod raw;

use std::time::{Duration, Instant};

pub use crate::common::http::{Response, ask, header, read_chunk, read_head, read_response};

pub use self::{
    edge::Edge,
    log::{listen_to_the_log, logged},
    raw::{RawUpstream, closes_within, reset},
};

/// No wait of a test lasts longer.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Polls until there is a value; fails the test after [`PATIENCE`].
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
