//! A missing file in a folder that has just changed is looked for again: a build or a checkout may be about to write it.

use std::time::{Duration, Instant};

use actix_web::http::Method;

use crate::content::being_written::MAX_WAIT;
use crate::routing::path::without_query;
use crate::routing::{Decision, Outcome, Target};

use super::context::RequestContext;
use super::reason::Reason;
use super::resolution::Resolution;
use super::resolve::resolve;

/// Between two looks.
const INTERVAL: Duration = Duration::from_millis(5);

/// Whether a file was not found that may be about to be written.
pub(super) fn may_come_back(
    context: &RequestContext<'_>,
    decision: &Decision<'_>,
    resolution: &Resolution<'_>,
) -> bool {
    let environment = context.environment;
    let path = match (&resolution.reason, decision.outcome) {
        (Reason::NoFile | Reason::DeepLink | Reason::Excluded | Reason::Fallback, _) => {
            Some(&*context.path)
        }
        (Reason::NoFallbackTarget, _) => environment.rules.fallback(&context.path),
        (
            Reason::NoTarget,
            Outcome::Content {
                target: Target::Rewritten(to),
                ..
            },
        ) => Some(to),
        _ => None,
    };
    // actix frames the answer to HEAD by what it has read since: it must not wait.
    environment.dev_server.is_none()
        && context.request.method() != Method::HEAD
        && path.is_some_and(|path| environment.content.folder_just_changed(without_query(path)))
}

/// Looks again until the file is there, or its folder has not changed for a while; at most [`MAX_WAIT`].
pub(super) async fn resolve_when_written<'a>(
    context: &'a RequestContext<'_>,
    decision: &Decision<'a>,
    mut resolution: Resolution<'a>,
) -> Resolution<'a> {
    let end = Instant::now() + MAX_WAIT;
    while may_come_back(context, decision, &resolution) && Instant::now() < end {
        tokio::time::sleep(INTERVAL).await;
        resolution = resolve(context, decision);
    }
    resolution
}
