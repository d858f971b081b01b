//! The Functions host for managed functions (B1): discovery, route templates, invocation, supervision.

use std::path::PathBuf;

use crate::wire::Body;

/// What the host needs to start.
#[derive(Debug, Clone)]
pub struct HostOptions {
    /// The folder of the Functions app (`--api-location`), absolute.
    pub app_dir: PathBuf,
    /// Whether missing dependencies may be installed (`--no-install` clears it).
    pub install: bool,
}

/// A handle on the running Functions host; cheap to clone, usable from every worker thread.
#[derive(Debug, Clone)]
pub struct FunctionsHost {}

/// What the host is doing now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostStatus {
    /// Installing dependencies or starting the worker.
    Starting,
    /// Ready to answer; the functions found, in the order in which routes are tried.
    Ready(Vec<FunctionInfo>),
    /// Cannot run: what failed and, as a hint, what to do.
    Failed {
        /// What failed.
        message: String,
        /// The next step for the user.
        hint: String,
    },
}

/// One HTTP function, for summaries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionInfo {
    /// The function's name.
    pub name: String,
    /// Its route template including the prefix, such as `api/items/{id?}`.
    pub route: String,
    /// Upper-case methods; empty means all.
    pub methods: Vec<String>,
}

impl FunctionsHost {
    /// Starts the host in the background and returns at once. Must be called on a tokio runtime with a `LocalSet`
    /// (actix's).
    pub fn start(_options: HostOptions) -> Self {
        unimplemented!()
    }

    /// Answers one request to `/api/...`. Waits while the worker starts; never panics, never fails: errors are
    /// responses (§3.3 of the Functions contract: 404 for no route, 500 with an empty body for a throw).
    pub async fn handle(&self, _request: http::Request<Body>) -> http::Response<Body> {
        unimplemented!()
    }

    /// The present status; `changed` of the receiver wakes on each change.
    pub fn status(&self) -> tokio::sync::watch::Receiver<HostStatus> {
        unimplemented!()
    }

    /// The folder of the Functions app.
    pub fn app_dir(&self) -> &std::path::Path {
        std::path::Path::new("")
    }

    /// Starts a new worker beside the present one and swaps when it is ready. `why` goes to the log.
    pub fn restart(&self, _why: &str) {}

    /// Ends the worker and all its descendants: TERM to the group, two seconds, KILL.
    pub async fn stop(&self) {}
}
