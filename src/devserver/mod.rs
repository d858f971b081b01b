//! The dev server that serves the app in place of a folder: Vite, webpack, Astro and their like.
//!
//! The rules are judged before this room is entered and once more over its answers, by [`crate::pipeline`]. In here:
//!
//! 1. [`rewrite`]: what the dev server is told of a request, and what of its answer leads back to us
//! 2. [`proxy`]: one request there and back, made of the parts of [`crate::backend`]; waits while nobody listens
//! 3. [`tunnel`]: WebSockets (HMR): the head is passed on, then raw bytes both ways
//! 4. [`readiness`]: whether somebody listens, found out by one task for all requests
//! 5. [`run`], [`command`]: `--run`, the command that starts it (or anything else)

pub mod command;
mod proxy;
mod readiness;
mod rewrite;
pub mod run;
mod tunnel;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::Uri;
use tokio::sync::watch;

use crate::backend::{BackendKind, Upstream, UpstreamError};

pub(crate) use proxy::{Call, NoAnswer, Wanted};
pub use readiness::{Down, Phase, probe};
pub use run::Run;

/// A dev server; cheap to clone, shared by all workers.
#[derive(Debug, Clone)]
pub struct DevServer(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    upstream: Upstream,
    /// How long it may take to start until that is complained about.
    patience: Option<Duration>,
    phase: watch::Sender<Phase>,
    run: Option<Run>,
    told_of_methods: AtomicBool,
}

impl DevServer {
    /// The dev server at `url`, of which only scheme, host and port count. `patience` is `--devserver-timeout`; `run`
    /// is what starts the server, for the words of the waiting page.
    ///
    /// # Errors
    /// A URL with credentials or a query, or without a usable port.
    pub fn new(
        url: &Uri,
        patience: Option<Duration>,
        run: Option<Run>,
    ) -> Result<Self, UpstreamError> {
        let scheme = url.scheme_str().unwrap_or("http");
        let authority = url.authority().map_or("", |authority| authority.as_str());
        if !matches!(url.path(), "" | "/") {
            log::warn!(hint = "open the app at that path of the emulator"; "the path of the dev server's URL `{url}` is dropped: `/x` here is `/x` there"
            );
        }
        let query = url
            .query()
            .map_or(String::new(), |query| format!("?{query}"));
        // The kind decides how the principal is told: as managed functions are (AP-22, AP-24).
        let upstream = Upstream::parse(
            &format!("{scheme}://{authority}{query}"),
            BackendKind::Managed,
        )?;
        Ok(Self(Arc::new(Inner {
            upstream,
            patience,
            phase: watch::Sender::new(Phase::unasked()),
            run,
            told_of_methods: AtomicBool::new(false),
        })))
    }

    /// Scheme, host and port, such as `http://localhost:5173`.
    pub fn url(&self) -> &str {
        self.0.upstream.url()
    }

    /// Whether it answers, as far as is known; `changed` of the receiver wakes on each change.
    pub fn phase(&self) -> watch::Receiver<Phase> {
        self.0.phase.subscribe()
    }

    /// How long it may take to start.
    pub fn patience(&self) -> Option<Duration> {
        self.0.patience
    }

    /// The command that starts it, if we run one.
    pub fn run(&self) -> Option<&Run> {
        self.0.run.as_ref()
    }

    /// Says once that a method passed which production would refuse (RS-20).
    pub(crate) fn tell_of_method(&self, method: &str, path: &str) {
        if !self.0.told_of_methods.swap(true, Ordering::Relaxed) {
            log::warn!(hint = "that is fine for a server-rendered app; otherwise put the endpoint below /api"; "{method} {path} goes to the dev server; on Azure, static paths answer 405 to it (RS-20)"
            );
        }
    }
}
