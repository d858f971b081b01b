//! A worker and its end.

use std::sync::Arc;
use std::time::Duration;

use crate::functions::call::worker_handle::WorkerHandle;
use crate::process::GroupChild;

/// How long an old worker may finish its calls; the edge ends a call after 45 s (B1-9).
const DRAIN: Duration = Duration::from_secs(60);

/// A worker that is ready: what callers hold, and the process.
#[derive(Debug)]
pub(crate) struct RunningWorker {
    pub(crate) handle: Arc<WorkerHandle>,
    pub(crate) child: GroupChild,
}

/// Lets a replaced worker finish its calls, then stops it.
pub(crate) async fn retire(worker: RunningWorker) {
    let RunningWorker { handle, mut child } = worker;
    tokio::select! {
        () = handle.idle() => {}
        _ = child.wait() => {}
        () = tokio::time::sleep(DRAIN) => {}
    }
    end(&handle, child).await;
    handle.mark_exited();
}

/// Lets a worker end by itself if it can, then stops what is left.
pub(crate) async fn end(handle: &WorkerHandle, mut child: GroupChild) {
    if let Some(grace) = handle.client.shutdown_grace() {
        let _ = tokio::time::timeout(grace, child.wait()).await;
    }
    child.stop().await;
}
