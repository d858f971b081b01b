//! What is missing in a folder that has just changed is looked for again: builds and checkouts remove files and write them anew.

use std::time::{Duration, Instant};

use actix_web::http::Method;

use crate::content::motion::LONGEST;
use crate::routing::path::without_query;
use crate::routing::{Decision, Outcome, Target};

use super::context::RequestContext;
use super::reason::Reason;
use super::resolution::Resolution;
use super::resolve::resolve;

/// Between two looks.
const LOOK: Duration = Duration::from_millis(5);

/// Whether a file was looked for in vain where files come and go at this moment.
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
        && path.is_some_and(|path| environment.content.is_in_motion(without_query(path)))
}

/// Looks again until the file is there, or its folder has come to rest.
pub(super) async fn resolve_at_rest<'a>(
    context: &'a RequestContext<'_>,
    decision: &Decision<'a>,
    mut resolution: Resolution<'a>,
) -> Resolution<'a> {
    let end = Instant::now() + LONGEST;
    while may_come_back(context, decision, &resolution) && Instant::now() < end {
        tokio::time::sleep(LOOK).await;
        resolution = resolve(context, decision);
    }
    resolution
}
