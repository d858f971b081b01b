//! A [`Resolution`] → a [`Reply`]. A handler that cannot answer says what takes its place, and the line goes on with that.

use std::io;

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::http::header::{HeaderValue, LOCATION};
use actix_web::http::{Method, StatusCode};

use crate::content::respond::{Served, Serving};
use crate::routing::decide;

use super::context::RequestContext;
use super::reason::Reason;
use super::record::Reply;
use super::resolution::{ConfiguredHeaders, Handler, Resolution, Step};
use super::resolve::resolve;
use super::{access, api, being_written, dev_server, error_page, sign_in};

/// Answers.
pub async fn respond(
    context: &RequestContext<'_>,
    mut payload: Payload,
    mut resolution: Resolution<'_>,
) -> Reply {
    loop {
        match step(context, payload.take(), resolution).await {
            Step::Reply(reply) => return reply,
            Step::Instead(next) => resolution = next,
        }
    }
}

/// The response of a file that is in memory: the usual case, whatever the client accepts.
pub(super) fn at_once(
    context: &RequestContext<'_>,
    resolution: &Resolution<'_>,
) -> Option<HttpResponse> {
    let Handler::File { relative, found } = &resolution.handler else {
        return None;
    };
    let content = &context.environment.content;
    match content.serve(relative, found, &serving(context, resolution)) {
        Served::Response(response) => Some(response),
        Served::Unread(_) => None,
    }
}

/// One attempt.
pub(crate) async fn step<'a>(
    context: &'a RequestContext<'_>,
    payload: Payload,
    mut resolution: Resolution<'a>,
) -> Step<'a> {
    let status = resolution.status.unwrap_or(StatusCode::OK);
    let response = match &resolution.handler {
        Handler::File { relative, found } => {
            let serving = serving(context, &resolution);
            let content = &context.environment.content;
            let read = match content.serve(relative, found, &serving) {
                Served::Response(response) => Ok(response),
                Served::Unread(unread) => unread.read().await,
            };
            match read {
                Ok(response) => response,
                Err(error) => {
                    let now = resolved_again(context, &resolution, &error).await;
                    let now = now.unwrap_or_else(|| unreadable(context, &error));
                    return Step::instead(&resolution, now);
                }
            }
        }
        Handler::Redirect(location) => redirect(status, location),
        Handler::ErrorPage(page) => error_page::respond(context, &resolution, *page),
        Handler::Empty => error_page::empty(context, &resolution, status),
        Handler::PasswordPage => access::page(context.request, status, None),
        Handler::PasswordCheck | Handler::Invitation => {
            let (response, reason) = access::respond(context, &resolution.handler, payload).await;
            resolution.reason = reason;
            response
        }
        Handler::SignIn { .. } => return sign_in::respond(context, payload, resolution).await,
        Handler::Api { .. } | Handler::DataApi { .. } => {
            return api::respond(context, payload, resolution).await;
        }
        Handler::DevServer { .. } => {
            return dev_server::respond(context, payload, resolution).await;
        }
    };
    Step::Reply(resolution.reply(context, response))
}

fn serving<'s>(context: &'s RequestContext<'_>, resolution: &'s Resolution<'_>) -> Serving<'s> {
    let request = context.request;
    let rule = match resolution.headers {
        ConfiguredHeaders::Content(rule) => rule,
        ConfiguredHeaders::None | ConfiguredHeaders::ErrorPage => None,
    };
    let method = match *request.method() {
        // A script sees the app's own error page, whatever its method.
        ref method if resolution.error.is_some() && method != Method::HEAD => &Method::GET,
        ref method => method,
    };
    Serving {
        method,
        headers: request.headers(),
        status: resolution.status.unwrap_or(StatusCode::OK),
        header_set: context.environment.content.header_sets().of_rule(rule),
        is_live: context.is_live(),
    }
}

/// What answers now, if the file that was found has gone since: a build or a checkout removes files and writes them anew.
async fn resolved_again<'a>(
    context: &'a RequestContext<'_>,
    before: &Resolution<'_>,
    error: &io::Error,
) -> Option<Resolution<'a>> {
    let is_gone = matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    );
    // What a dev server has been asked is not asked again.
    if !is_gone || context.environment.dev_server.is_some() {
        return None;
    }
    let decision = decide(&context.environment.rules, &context.facts());
    let now = resolve(context, &decision);
    let now = being_written::resolve_when_written(context, &decision, now).await;
    match (&before.handler, &now.handler) {
        // It is there, the same one, and cannot be opened all the same.
        (Handler::File { found, .. }, Handler::File { found: again, .. })
            if found.is_same(again) =>
        {
            None
        }
        _ => Some(now),
    }
}

/// A file that is there and cannot be read.
fn unreadable<'a>(context: &RequestContext<'_>, error: &io::Error) -> Resolution<'a> {
    let why = format!("{} cannot be read: {error}", context.path);
    log::error!("{why}");
    Resolution::error_page(500, Reason::Text(why))
}

fn redirect(status: StatusCode, location: &str) -> HttpResponse {
    let mut response = HttpResponse::with_body(status, BoxBody::new(()));
    match HeaderValue::from_str(location) {
        Ok(value) => {
            response.headers_mut().insert(LOCATION, value);
        }
        Err(_) => log::error!("{location:?} cannot be a Location header"),
    }
    response
}
