//! Files, their canonical paths, the dev server in their place, and the navigation fallback.

use std::borrow::Cow;

use actix_web::http::header::ACCEPT;
use actix_web::http::{Method, StatusCode};

use super::error::error;
use crate::artefact::exclusion::is_configuration;
use crate::backend::reject::is_websocket;
use crate::config::model::TrailingSlash;
use crate::content::lookup::Lookup;
use crate::pipeline::context::RequestContext;
use crate::pipeline::reason::Reason;
use crate::pipeline::resolution::{ConfiguredHeaders, Handler, Purpose, Resolution};
use crate::routing::Target;
use crate::routing::path::{is_api, is_data_api, without_query};
use crate::routing::url::encode_path;

/// The requested path or a rule's rewrite: a file, its canonical path, or what stands in for it.
pub(super) fn content<'a>(
    context: &'a RequestContext<'_>,
    target: Target<'a>,
    status: Option<StatusCode>,
    rule: Option<usize>,
) -> Resolution<'a> {
    if context.environment.dev_server.is_some() {
        return dev_server(context, target, status, rule);
    }
    let content = &context.environment.content;
    let (found, reason) = match target {
        Target::Requested => (content.find(&context.path), Reason::File),
        Target::Rewritten(to) => (content.find_target(without_query(to)), Reason::Rewrite),
    };
    match found {
        // RS-31: where pages have no form of their own, a fallback answers what is asked for by another.
        Lookup::Moved(_) if is_fallback_first(context) => fallback(context, rule, status),
        Lookup::Moved(to) => {
            let to = Cow::Owned(canonical(context, &to));
            Resolution::redirect(301, to, Reason::TrailingSlash)
        }
        Lookup::File { relative, meta } => Resolution::file(relative, meta, reason)
            .with_status(status.unwrap_or(StatusCode::OK))
            .with_headers(ConfiguredHeaders::Content(rule)),
        Lookup::Missing if target == Target::Requested => fallback(context, rule, status),
        Lookup::Missing => error(context, 404, Reason::NoTarget),
    }
}

/// Whether the navigation fallback answers before a redirect to the canonical path. A rewrite is never redirected.
fn is_fallback_first(context: &RequestContext<'_>) -> bool {
    let rules = &context.environment.rules;
    rules.config().trailing_slash == TrailingSlash::Omitted
        && rules.fallback(&context.path).is_some()
}

/// TS-10: absolute, with the host that was asked; TS-12: the query stays (undocumented, our guess).
fn canonical(context: &RequestContext<'_>, path: &str) -> String {
    let mut url = format!("{}{}", context.own_origin(), encode_path(path));
    if let Some(query) = context.query() {
        url.push('?');
        url.push_str(query);
    }
    url
}

fn dev_server<'a>(
    context: &'a RequestContext<'_>,
    target: Target<'a>,
    status: Option<StatusCode>,
    rule: Option<usize>,
) -> Resolution<'a> {
    if is_websocket(context.request) {
        // Rules have said whether the socket may be opened. A rewrite does not move it: a rule such as `/*` →
        // `/index.html` is about documents.
        let handler = Handler::DevServer {
            target: Cow::Borrowed(context.requested()),
            purpose: Purpose::Tunnel,
        };
        return Resolution::new(handler, Reason::DevServer);
    }
    let path = context.target(target);
    // CF-9: the configuration is not content, also for servers that serve the whole project folder.
    if is_configuration(without_query(&path)) || is_configuration(&context.path) {
        return error(context, 404, Reason::Configuration);
    }
    let (purpose, reason) = match target {
        Target::Requested => (Purpose::Requested, Reason::DevServer),
        Target::Rewritten(_) => (Purpose::Rewritten, Reason::Rewrite),
    };
    let handler = Handler::DevServer {
        target: path,
        purpose,
    };
    Resolution::new(handler, reason)
        .with_status(status)
        .with_headers(ConfiguredHeaders::Content(rule))
}

/// Nothing answers to the path itself: the navigation fallback, which may be a file or an API path (NF-1, NF-5), with
/// 200 or the status of the matched rule (NF-2); where that is missing too, an error with the rule's status (RT-29). Rules of the requested path apply to it, rules of the file do
/// not (NF-8).
pub(super) fn fallback<'a>(
    context: &'a RequestContext<'_>,
    rule: Option<usize>,
    status: Option<StatusCode>,
) -> Resolution<'a> {
    let (path, environment) = (&*context.path, context.environment);
    // CF-9: no page stands in for the configuration, whatever the rule says.
    if is_configuration(path) {
        return error(context, 404, Reason::Configuration);
    }
    if is_data_api(path) {
        return error(context, 404, Reason::NoDataApi);
    }
    let Some(to) = environment.rules.fallback(path) else {
        let reason = no_fallback(context);
        return error(context, 404, reason).with_rule_status(status);
    };
    if environment.has_api() && is_api(without_query(to)) {
        let handler = Handler::Api {
            target: context.target(Target::Rewritten(to)),
            shows_caller: environment.rules.demands_role(rule),
        };
        return Resolution::new(handler, Reason::Api);
    }
    let resolution = if environment.dev_server.is_some() {
        let handler = Handler::DevServer {
            target: context.target(Target::Rewritten(to)),
            purpose: Purpose::Fallback,
        };
        Resolution::new(handler, Reason::Fallback)
            .with_status(status.filter(|status| *status != StatusCode::OK))
    } else {
        match environment.content.find_target(without_query(to)) {
            Lookup::File { relative, meta } => Resolution::file(relative, meta, Reason::Fallback)
                .with_status(status.unwrap_or(StatusCode::OK)),
            Lookup::Moved(_) | Lookup::Missing => {
                return error(context, 404, Reason::NoFallbackTarget).with_rule_status(status);
            }
        }
    };
    resolution.with_headers(ConfiguredHeaders::Content(rule))
}

fn no_fallback(context: &RequestContext<'_>) -> Reason {
    match context.environment.rules.config().navigation_fallback {
        Some(_) => Reason::Excluded,
        None if is_deep_link(context) => Reason::DeepLink,
        None => Reason::NoFile,
    }
}

/// Whether a browser asks for a page below an app that has one: for a route that only the app's own script knows, perhaps.
fn is_deep_link(context: &RequestContext<'_>) -> bool {
    let path = &*context.path;
    let name = path.rsplit('/').next().unwrap_or_default();
    let accept = context.header(ACCEPT).unwrap_or_default();
    matches!(*context.request.method(), Method::GET | Method::HEAD)
        && accept.contains("text/html")
        && !name.contains('.')
        && !is_api(path)
        && matches!(
            context.environment.content.find_target("/index.html"),
            Lookup::File { .. }
        )
}
