//! The dev server that serves the app in place of a folder: Vite, webpack, Astro and their like.
//!
//! The rules are judged before this room is entered and once more over its answers, by [`crate::pipeline`]. In here:
//!
//! 1. [`rewrite`]: what the dev server is told of a request ([`call`]), and what of its answer leads back to us
//! 2. [`proxy`]: one request there and back, made of the parts of [`crate::backend`]; waits while nobody listens
//! 3. [`tunnel`]: WebSockets (HMR): the head is passed on, then raw bytes both ways
//! 4. [`readiness`]: whether somebody listens, found out by one task for all requests
//! 5. [`run`], [`command`]: `--run`, the command that starts it (or anything else)
//! 6. [`printed`]: where it listens, by what that command prints

mod call;
pub mod command;
pub mod printed;
mod proxy;
mod readiness;
mod rewrite;
pub mod run;
mod tunnel;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::Uri;
use tokio::sync::watch;

use crate::backend::{BackendKind, Upstream, UpstreamError};

pub(crate) use call::{Call, Wanted};
pub use printed::Printed;
pub(crate) use proxy::NoAnswer;
pub use readiness::{Down, Phase, probe};
pub use run::Run;

/// A dev server; cheap to clone, shared by all workers.
#[derive(Debug, Clone)]
pub struct DevServer(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Where it listens, once that is known.
    upstream: OnceLock<Upstream>,
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
        let server = Self::awaited(patience, run);
        server.found(url)?;
        Ok(server)
    }

    /// A dev server whose address is not known yet: requests wait until it is [`DevServer::found`].
    pub fn awaited(patience: Option<Duration>, run: Option<Run>) -> Self {
        Self(Arc::new(Inner {
            upstream: OnceLock::new(),
            patience,
            phase: watch::Sender::new(Phase::unasked()),
            run,
            told_of_methods: AtomicBool::new(false),
        }))
    }

    /// Says where it listens; the first address counts.
    ///
    /// # Errors
    /// As [`DevServer::new`].
    pub fn found(&self, url: &Uri) -> Result<(), UpstreamError> {
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
        let _ = self.0.upstream.set(upstream);
        Ok(())
    }

    /// Scheme, host and port, such as `http://localhost:5173`, once they are known.
    pub fn url(&self) -> Option<&str> {
        self.upstream().map(Upstream::url)
    }

    fn upstream(&self) -> Option<&Upstream> {
        self.0.upstream.get()
    }

    /// What it is called in a sentence.
    pub fn name(&self) -> String {
        match (self.url(), self.run()) {
            (Some(url), _) => format!("the dev server at {url}"),
            (None, Some(run)) => format!("the dev server that `{}` starts", run.text()),
            (None, None) => "the dev server that --run starts".to_owned(),
        }
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
