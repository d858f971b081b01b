//! A worker and its end.

use std::sync::Arc;
use std::time::Duration;

use crate::functions::call::worker_handle::WorkerHandle;
use crate::process::Service;

/// How long an old worker may finish its calls; the edge ends a call after 45 s (B1-9).
const DRAIN: Duration = Duration::from_secs(60);

/// A worker that is ready: what callers hold, and the process.
#[derive(Debug)]
pub(crate) struct RunningWorker {
    pub(crate) handle: Arc<WorkerHandle>,
    pub(crate) service: Service,
}

/// Lets a replaced worker finish its calls, then stops it.
pub(crate) async fn retire(worker: RunningWorker) {
    let RunningWorker {
        handle,
        mut service,
    } = worker;
    tokio::select! {
        () = handle.idle() => {}
        _ = service.wait() => {}
        () = tokio::time::sleep(DRAIN) => {}
    }
    end(&handle, service).await;
    handle.mark_exited();
}

/// Lets a worker end by itself if it can, then stops what is left.
pub(crate) async fn end(handle: &WorkerHandle, mut service: Service) {
    if let Some(grace) = handle.client.shutdown_grace() {
        let _ = tokio::time::timeout(grace, service.wait()).await;
    }
    service.stop().await;
}
