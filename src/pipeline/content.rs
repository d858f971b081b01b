//! Static content as an answer: the file, its canonical path, or the fallback.

use actix_web::http::StatusCode;

use crate::content::disk::Stamp;
use crate::content::header_set::HeaderSet;
use crate::content::lookup::Lookup;
use crate::content::respond::Serving;
use crate::environment::Environment;
use crate::routing::Target;

use super::asked::{Asked, encode_path};
use super::record::Note;
use super::{Answer, Worker, dev_server, errors};

/// The file of the requested path, or of a rule's rewrite; `None` when there is none.
pub(super) async fn requested(
    environment: &Environment,
    asked: &Asked<'_>,
    target: Target<'_>,
    status: Option<StatusCode>,
    rule: Option<usize>,
) -> Option<Answer> {
    let content = &environment.content;
    let (found, note) = match target {
        Target::Requested => (content.find(&asked.path), Note::File),
        Target::Rewritten(to) => (
            content.find_target(to.split(['?', '#']).next().unwrap_or(to)),
            Note::Rewrite,
        ),
    };
    match found {
        Lookup::Moved(to) => Some(Answer::redirect(
            301,
            &canonical(asked, &to),
            Note::TrailingSlash,
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
    worker: &Worker,
    environment: &Environment,
    asked: &Asked<'_>,
    rule: Option<usize>,
    status: StatusCode,
) -> Answer {
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
        return errors::fail(worker, environment, asked, 404, Note::NoFallbackTarget).await;
    };
    let serving = serving(asked, status, content.header_sets().of_rule(rule));
    serve(
        environment,
        asked,
        &relative,
        meta,
        &serving,
        Note::Fallback,
    )
    .await
}

/// Serves a file; what is in memory without a future of its own.
async fn serve(
    environment: &Environment,
    asked: &Asked<'_>,
    relative: &str,
    stamp: Stamp,
    serving: &Serving<'_>,
    note: Note,
) -> Answer {
    let content = &environment.content;
    if let Some(response) = content.serve_at_once(relative, stamp, serving) {
        return Answer::new(response, note);
    }
    match Box::pin(content.serve(relative, stamp, serving)).await {
        Ok(response) => Answer::new(response, note),
        Err(error) => errors::unreadable(environment, asked, &error),
    }
}

pub(super) fn serving<'a>(
    asked: &'a Asked<'_>,
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
fn canonical(asked: &Asked<'_>, path: &str) -> String {
    let mut url = format!("{}{}", asked.own_origin(), encode_path(path));
    if let Some(query) = asked.query() {
        url.push('?');
        url.push_str(query);
    }
    url
}
