//! What the host is doing, for everyone who waits for it or shows it.

use std::sync::Arc;

use crate::functions::call::worker_handle::WorkerHandle;
use crate::functions::error::HostError;
use crate::functions::routing::route_table::{FunctionInfo, LeftOut};

/// What the host is doing now.
#[derive(Debug, Clone)]
pub enum HostStatus {
    /// Waiting for the first call, or for one after a long silence: the next call starts a worker.
    Asleep,
    /// Installing dependencies or starting the worker.
    Starting {
        /// The crash or the failed start before this one.
        after: Option<HostError>,
    },
    /// Ready to answer.
    Ready {
        /// What answers.
        worker: Arc<WorkerHandle>,
        /// Why the app that is on the disk does not run; the worker is that of an earlier version then.
        outdated: Option<HostError>,
    },
    /// Cannot run.
    Failed(HostError),
    /// Stopped because it was asked to.
    Stopped,
}

impl HostStatus {
    /// Neither ready, nor at an end: installing, starting, or starting again after a crash.
    pub fn is_starting(&self) -> bool {
        matches!(self, Self::Starting { .. })
    }

    /// The functions in the order in which routes are tried, once they are known.
    pub fn functions(&self) -> Option<Vec<FunctionInfo>> {
        self.worker().map(|worker| worker.table.infos())
    }

    /// The functions of the app that nobody can call.
    pub fn left_out(&self) -> &[LeftOut] {
        self.worker().map_or(&[], |worker| &worker.table.left_out)
    }

    /// Why the app that is on the disk does not run: it does not start (an earlier version may answer meanwhile), or it
    /// crashed and is not up again. `None` while all is well.
    pub fn problem(&self) -> Option<&HostError> {
        match self {
            Self::Starting { after: problem }
            | Self::Ready {
                outdated: problem, ..
            } => problem.as_ref(),
            Self::Failed(problem) => Some(problem),
            Self::Asleep | Self::Stopped => None,
        }
    }

    /// Whether an earlier version of the app answers, as the one on the disk does not run.
    pub fn worker_is_outdated(&self) -> bool {
        matches!(
            self,
            Self::Ready {
                outdated: Some(_),
                ..
            }
        )
    }

    pub(crate) fn worker(&self) -> Option<&Arc<WorkerHandle>> {
        match self {
            Self::Ready { worker, .. } => Some(worker),
            Self::Asleep | Self::Starting { .. } | Self::Failed(_) | Self::Stopped => None,
        }
    }
}
