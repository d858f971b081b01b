//! `/.cygnet/status` and `/.cygnet/stop`: how `cygnet status`, `wait` and `stop` reach an emulator. They answer whoever
//! knows the secret of its [`Locator`], which only its user can read; to everybody else they do not exist.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, ORIGIN};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use tokio::sync::Notify;

use crate::deployment::password::same;
use crate::finding::Advice;
use crate::store::locator::{Announced, Locator, Running};

use super::readiness::Readiness;

/// How the emulator is; `?wait=SECONDS` answers once it is ready, or that time is over.
pub const STATUS: &str = "/.cygnet/status";
/// Ends it as a signal does.
pub const STOP: &str = "/.cygnet/stop";
/// Carries the secret.
pub const SECRET: &str = "x-cygnet-secret";
/// No answer is waited for longer, in seconds.
pub const LONGEST_WAIT: u64 = 600;

/// Somebody has asked for the end; as a signal.
#[derive(Debug, Clone, Default)]
pub struct StopRequest(Arc<Notify>);

impl StopRequest {
    /// Asks.
    fn send(&self) {
        self.0.notify_one();
    }

    /// Waits until somebody asks.
    pub async fn received(&self) {
        self.0.notified().await;
    }
}

/// What answers them.
#[derive(Debug)]
pub struct Control {
    secret: String,
    readiness: Readiness,
    stop: StopRequest,
}

impl Control {
    /// For the emulator that a locator leads to.
    pub fn new(locator: &Locator, readiness: Readiness, stop: StopRequest) -> Self {
        Self {
            secret: locator.secret.clone(),
            readiness,
            stop,
        }
    }

    /// Answers the two addresses; `None` for every other, and for whoever does not know the secret. No browser sends it
    /// from a page.
    pub async fn answer(&self, request: &HttpRequest) -> Option<HttpResponse> {
        let (method, path) = (request.method(), request.path());
        let is_ours =
            (method, path) == (&Method::GET, STATUS) || (method, path) == (&Method::POST, STOP);
        if !is_ours || !self.knows_secret(request) || request.headers().contains_key(ORIGIN) {
            return None;
        }
        if path == STOP {
            self.stop.send();
            return Some(HttpResponse::new(StatusCode::ACCEPTED));
        }
        let readiness = self.readiness.to_json(wait(request)).await;
        let mut response = HttpResponse::Ok();
        Some(
            response
                .insert_header((CACHE_CONTROL, "no-store"))
                .json(readiness),
        )
    }

    fn knows_secret(&self, request: &HttpRequest) -> bool {
        let sent = request.headers().get(SECRET);
        let sent = sent.and_then(|sent| sent.to_str().ok());
        sent.is_some_and(|sent| same(sent, &self.secret))
    }
}

/// Lets others find the emulator for as long as what this gives is kept. Without a place for that it runs all the same.
pub fn announce(locator: &Locator) -> Option<Announced> {
    let announced = Running::of_user().and_then(|running| running.announce(locator));
    announced
        .inspect_err(|error| {
            log::info!(hint:% = error.hint().unwrap_or_default(); "`cygnet status` does not find this emulator: {error}");
        })
        .ok()
}

fn wait(request: &HttpRequest) -> Duration {
    let query = request.query_string().strip_prefix("wait=");
    let seconds = query.and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or(0).min(LONGEST_WAIT))
}
