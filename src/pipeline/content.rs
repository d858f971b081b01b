//! Static content as an answer: the file, its canonical path, or the fallback.

use actix_web::http::StatusCode;

use crate::content::disk::Stamp;
use crate::content::header_set::HeaderSet;
use crate::content::lookup::Lookup;
use crate::content::respond::Serving;
use crate::environment::Environment;
use crate::routing::Target;

use super::context::RequestContext;
use super::record::Reason;
use super::{Reply, WorkerState, dev_server, errors};
use crate::routing::url::encode_path;

/// The file of the requested path, or of a rule's rewrite; `None` when there is none.
pub(super) async fn requested(
    environment: &Environment,
    asked: &RequestContext<'_>,
    target: Target<'_>,
    status: Option<StatusCode>,
    rule: Option<usize>,
) -> Option<Reply> {
    let content = &environment.content;
    let (found, note) = match target {
        Target::Requested => (content.find(&asked.path), Reason::File),
        Target::Rewritten(to) => (
            content.find_target(to.split(['?', '#']).next().unwrap_or(to)),
            Reason::Rewrite,
        ),
    };
    match found {
        Lookup::Moved(to) => Some(Reply::redirect(
            301,
            &canonical(asked, &to),
            Reason::TrailingSlash,
        )),
        Lookup::File { relative, meta } => {
            let serving = serving(
                asked,
                status.unwrap_or(StatusCode::OK),
                content.header_sets().of_rule(rule),
            );
            Some(serve(environment, asked, &relative, meta, &serving, note).await)
        }
        Lookup::Missing => None,
    }
}

/// The fallback's file, usually with 200 (NF-2). Rules of the requested path apply to it, rules of the file do not (NF-8).
pub(super) async fn fallback(
    worker: &WorkerState,
    environment: &Environment,
    asked: &RequestContext<'_>,
    rule: Option<usize>,
    status: StatusCode,
) -> Reply {
    let content = &environment.content;
    let target = environment.rules.fallback(&asked.path).unwrap_or_default();
    if let Some(server) = &environment.dev_server {
        return Box::pin(dev_server::fallback(
            worker,
            environment,
            server,
            asked,
            target,
            (rule, status),
        ))
        .await;
    }
    let Lookup::File { relative, meta } =
        content.find_target(target.split(['?', '#']).next().unwrap_or(target))
    else {
        return errors::fail(worker, environment, asked, 404, Reason::NoFallbackTarget).await;
    };
    let serving = serving(asked, status, content.header_sets().of_rule(rule));
    serve(
        environment,
        asked,
        &relative,
        meta,
        &serving,
        Reason::Fallback,
    )
    .await
}

/// Serves a file; what is in memory without a future of its own.
async fn serve(
    environment: &Environment,
    asked: &RequestContext<'_>,
    relative: &str,
    stamp: Stamp,
    serving: &Serving<'_>,
    note: Reason,
) -> Reply {
    let content = &environment.content;
    if let Some(response) = content.serve_at_once(relative, stamp, serving) {
        return Reply::new(response, note);
    }
    match Box::pin(content.serve(relative, stamp, serving)).await {
        Ok(response) => Reply::new(response, note),
        Err(error) => errors::unreadable(environment, asked, &error),
    }
}

pub(super) fn serving<'a>(
    asked: &'a RequestContext<'_>,
    status: StatusCode,
    header_set: &'a HeaderSet,
) -> Serving<'a> {
    Serving {
        method: asked.request.method(),
        headers: asked.request.headers(),
        status,
        header_set,
        is_live: asked.is_live,
    }
}

/// TS-10: absolute, with the host that was asked; TS-12: the query stays (undocumented, our guess).
fn canonical(asked: &RequestContext<'_>, path: &str) -> String {
    let mut url = format!("{}{}", asked.own_origin(), encode_path(path));
    if let Some(query) = asked.query() {
        url.push('?');
        url.push_str(query);
    }
    url
}
