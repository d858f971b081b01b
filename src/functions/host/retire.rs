//! A worker and its end.

use std::sync::Arc;
use std::time::Duration;

use crate::functions::call::worker_handle::Link;
use crate::process::GroupChild;

/// How long an old worker may finish its calls; the edge ends a call after 45 s (B1-9).
const DRAIN: Duration = Duration::from_secs(60);

/// A worker that is ready: what callers hold, and the process.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) link: Arc<Link>,
    pub(crate) child: GroupChild,
}

/// Lets a replaced worker finish its calls, then stops it.
pub(crate) async fn retire(worker: Worker) {
    let Worker { link, mut child } = worker;
    tokio::select! {
        () = link.idle() => {}
        _ = child.wait() => {}
        () = tokio::time::sleep(DRAIN) => {}
    }
    end(&link, child).await;
    link.died();
}

/// Lets a worker end by itself if it can, then stops what is left.
pub(crate) async fn end(link: &Link, mut child: GroupChild) {
    if let Some(grace) = link.calls.farewell() {
        let _ = tokio::time::timeout(grace, child.wait()).await;
    }
    child.stop().await;
}
