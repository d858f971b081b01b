//! A decision → its [`Resolution`]. Looks for files; reads, sends and waits for nothing.
//!
//! What depends on the answer of a dev server is a second step of the same kind: [`resolve_after`].

use std::borrow::Cow;

use actix_web::http::{Method, StatusCode};

use crate::backend::reject::is_websocket;
use crate::config::Config;
use crate::content::disk::{Stamp, is_configuration};
use crate::content::lookup::Lookup;
use crate::data_api;
use crate::routing::path::{is_api, is_auth, is_data_api, normalize, without_query};
use crate::routing::rules::OverrideAction;
use crate::routing::url::{encode_component, encode_path, location};
use crate::routing::{Decision, ErrorCause, Outcome, Refusal, Target};

use super::access;
use super::context::RequestContext;
use super::record::{Overridden, PlatformError, Reason};
use super::resolution::{ConfiguredHeaders, Handler, Purpose, Resolution};

/// Says what answers a request.
pub fn resolve<'a>(context: &'a RequestContext<'_>, decision: &Decision<'a>) -> Resolution<'a> {
    if let Outcome::Refused(refusal) = decision.outcome {
        // NW-2, RO-9: nothing overrides the page of a refusal.
        return Resolution::error_page(403, refusal_reason(refusal));
    }
    if let Some(access) = &context.app().access
        && let Some(resolution) = access::resolve(access, context.request)
    {
        return resolution;
    }
    outcome(context, decision).with_rule(decision.rule)
}

fn outcome<'a>(context: &'a RequestContext<'_>, decision: &Decision<'a>) -> Resolution<'a> {
    let rule = decision.rule;
    match decision.outcome {
        Outcome::Refused(refusal) => Resolution::error_page(403, refusal_reason(refusal)),
        Outcome::Error(cause) => error(context, cause.status(), error_reason(cause)),
        Outcome::MethodNotAllowed => Resolution::new(Handler::Empty, Reason::Method)
            .with_status(StatusCode::METHOD_NOT_ALLOWED),
        Outcome::Redirect { to, status } => {
            Resolution::redirect(status, location(to), Reason::Redirect)
        }
        Outcome::Auth(target) => sign_in(context, target),
        Outcome::Api(target) => Resolution::new(
            Handler::Api {
                target: context.target(target),
                shows_caller: true,
            },
            Reason::Api,
        ),
        Outcome::DataApi(target) => database(context, target),
        // RT-23: the rule is about the provider, not about the page that stands in.
        Outcome::Fallback => fallback(context, None, None),
        Outcome::Content { target, status } => {
            let status = status.and_then(|code| StatusCode::from_u16(code).ok());
            content(context, target, status, rule)
        }
    }
}

fn sign_in<'a>(context: &'a RequestContext<'_>, target: Target<'a>) -> Resolution<'a> {
    let (path, query) = match target {
        Target::Requested => (Cow::Borrowed(&*context.path), context.query()),
        // RT-44.
        Target::Rewritten(to) => match to.split_once('?') {
            Some((path, query)) => (normalize(path), Some(query)),
            None => (normalize(to), context.query()),
        },
    };
    Resolution::new(Handler::SignIn { path, query }, Reason::Auth)
}

/// AP-80: the request as it came, without the prefix.
fn database<'a>(context: &'a RequestContext<'_>, target: Target<'a>) -> Resolution<'a> {
    let inner = match context.target(target) {
        Cow::Borrowed(raw) => data_api::inner(raw, &context.path),
        Cow::Owned(raw) => {
            data_api::inner(&raw, &context.path).map(|inner| Cow::Owned(inner.into_owned()))
        }
    };
    match inner {
        Some(target) => Resolution::new(Handler::DataApi { target }, Reason::DataApi),
        None => error(context, 404, Reason::NoDataApi),
    }
}

/// The requested path or a rule's rewrite: a file, its canonical path, or what stands in for it.
fn content<'a>(
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
        Lookup::Moved(to) => {
            let to = Cow::Owned(canonical(context, &to));
            Resolution::redirect(301, to, Reason::TrailingSlash)
        }
        Lookup::File { relative, meta } => file(relative, meta, reason)
            .with_status(status.unwrap_or(StatusCode::OK))
            .with_headers(ConfiguredHeaders::Content(rule)),
        Lookup::Missing if target == Target::Requested => fallback(context, rule, status),
        Lookup::Missing => error(context, 404, Reason::NoTarget),
    }
}

fn file<'a>(relative: Cow<'a, str>, stamp: Stamp, reason: Reason) -> Resolution<'a> {
    Resolution::new(Handler::File { relative, stamp }, reason)
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
            target: Cow::Borrowed(context.raw()),
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
/// 200 or the status of the matched rule (NF-2, RT-29). Rules of the requested path apply to it, rules of the file do
/// not (NF-8).
fn fallback<'a>(
    context: &'a RequestContext<'_>,
    rule: Option<usize>,
    status: Option<StatusCode>,
) -> Resolution<'a> {
    let (path, environment) = (&*context.path, context.environment);
    // CF-9: no page stands in for the configuration.
    if is_configuration(path) {
        return error(context, 404, Reason::Configuration);
    }
    if is_data_api(path) {
        return error(context, 404, Reason::NoDataApi);
    }
    let Some(to) = environment.rules.fallback(path) else {
        let reason = no_fallback(environment.rules.config());
        return error(context, 404, reason);
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
            Lookup::File { relative, meta } => {
                file(relative, meta, Reason::Fallback).with_status(status.unwrap_or(StatusCode::OK))
            }
            Lookup::Moved(_) | Lookup::Missing => {
                return error(context, 404, Reason::NoFallbackTarget);
            }
        }
    };
    resolution.with_headers(ConfiguredHeaders::Content(rule))
}

fn no_fallback(config: &Config) -> Reason {
    match config.navigation_fallback {
        Some(_) => Reason::Excluded,
        None => Reason::NoFile,
    }
}

/// 400, 401, 403 or 404: the override of that status if there is one, else the default page (RO, RS-40).
pub(super) fn error<'a>(
    context: &'a RequestContext<'_>,
    status: u16,
    reason: Reason,
) -> Resolution<'a> {
    let environment = context.environment;
    let Some(entry) = environment.rules.override_for(status) else {
        return Resolution::error_page(status, reason);
    };
    let told = StatusCode::from_u16(entry.status.unwrap_or(status));
    let told = told.unwrap_or(StatusCode::NOT_FOUND);
    let content = ConfiguredHeaders::Content(None);
    let mut resolution = match &entry.action {
        OverrideAction::Redirect(to, code) => {
            Resolution::redirect(*code, referrer(context, to), reason)
        }
        // RO-6: a rewrite straight to sign-in starts it; in Azure that is a redirect to the provider.
        OverrideAction::Rewrite(to) if is_auth(without_query(to)) => {
            Resolution::redirect(302, referrer(context, to), reason)
        }
        OverrideAction::Rewrite(to) if environment.dev_server.is_some() => {
            let handler = Handler::DevServer {
                target: Cow::Borrowed(to),
                purpose: Purpose::ErrorPage,
            };
            Resolution::new(handler, reason)
                .with_status(told)
                .with_headers(content)
        }
        OverrideAction::Rewrite(to) => match environment.content.find_target(to) {
            Lookup::File { relative, meta } => file(relative, meta, reason)
                .with_status(told)
                .with_headers(content),
            Lookup::Moved(_) | Lookup::Missing => {
                return target_missing(status, told, to, reason);
            }
        },
        OverrideAction::StatusOnly => Resolution::error_page(status, reason).with_status(told),
    };
    resolution.error = Some(PlatformError {
        status,
        overridden: Overridden::Yes,
    });
    resolution
}

fn target_missing<'a>(status: u16, told: StatusCode, to: &str, reason: Reason) -> Resolution<'a> {
    let mut page = Resolution::error_page(status, reason).with_status(told);
    page.error = Some(PlatformError {
        status,
        overridden: Overridden::TargetMissing(to.into()),
    });
    page
}

/// RO-5: `.referrer` is the requested path, without its query.
fn referrer<'a>(context: &RequestContext<'_>, to: &'a str) -> Cow<'a, str> {
    if !to.contains(".referrer") {
        return location(to);
    }
    let to = to.replace(".referrer", &encode_component(context.request.uri().path()));
    Cow::Owned(location(&to).into_owned())
}

/// What takes the place of an answer with this status from the dev server; `None` when that answer passes. For GET and
/// HEAD only: what the server says to other methods is the app's own, since on Azure only an app answers them.
///
/// 1. 404 to the requested path: the navigation fallback (NF-1)
/// 2. 404 to the fallback: an error (NF-11)
/// 3. 400, 401, 403, 404: their `responseOverrides`; without one the server's own page passes
/// 4. anything but a success to an override's page: the default page
pub fn resolve_after<'a>(
    context: &'a RequestContext<'_>,
    before: &Resolution<'_>,
    status: StatusCode,
) -> Option<Resolution<'a>> {
    let Handler::DevServer { target, purpose } = &before.handler else {
        return None;
    };
    let is_read = matches!(*context.request.method(), Method::GET | Method::HEAD);
    let rules = &context.environment.rules;
    let is_missing = status == StatusCode::NOT_FOUND;
    let next = match purpose {
        Purpose::Tunnel => return None,
        Purpose::ErrorPage if status.is_success() => return None,
        Purpose::ErrorPage => return Some(error_page_missing(before, target)),
        Purpose::Fallback if is_missing => error(context, 404, Reason::NoFallbackTarget),
        Purpose::Fallback => return None,
        Purpose::Requested if is_missing && is_read && rules.fallback(&context.path).is_some() => {
            let rule = match before.headers {
                ConfiguredHeaders::Content(rule) => rule,
                _ => None,
            };
            fallback(context, rule, before.status)
        }
        Purpose::Requested | Purpose::Rewritten
            if is_read && rules.override_for(status.as_u16()).is_some() =>
        {
            let status = status.as_u16();
            let reason = Reason::Text(format!("the dev server answered {status}"));
            error(context, status, reason)
        }
        Purpose::Requested | Purpose::Rewritten => return None,
    };
    Some(next.with_rule(before.rule))
}

/// The dev server does not have the page that `responseOverrides` names.
pub(super) fn error_page_missing<'a>(before: &Resolution<'_>, to: &str) -> Resolution<'a> {
    let status = before.error.as_ref().map_or(404, |error| error.status);
    let told = before.status.unwrap_or(StatusCode::NOT_FOUND);
    target_missing(status, told, to, before.reason.clone()).with_rule(before.rule)
}

fn refusal_reason(refusal: Refusal<'_>) -> Reason {
    match refusal {
        Refusal::Address => Reason::Static("address not in networking.allowedIpRanges"),
        Refusal::Header(name) => Reason::Text(format!(
            "forwardingGateway.requiredHeaders: `{name}` is missing or different"
        )),
    }
}

fn error_reason(cause: ErrorCause) -> Reason {
    Reason::Static(match cause {
        ErrorCause::RolesSource => "rolesSource is not reachable from outside",
        ErrorCause::RuleStatus(_) => "the rule's statusCode",
        ErrorCause::NotSignedIn => "a role is needed and nobody is signed in",
        ErrorCause::MissingRole => "the signed-in user has none of the roles",
        ErrorCause::NoDataApi => return Reason::NoDataApi,
    })
}
