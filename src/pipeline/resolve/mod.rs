//! A decision → its [`Resolution`]. Looks for files; reads, sends and waits for nothing.
//!
//! - `content`: files, their canonical paths, the dev server in their place, the navigation fallback
//! - `error`: errors of the platform's own and their `responseOverrides`
//! - `after`: [`resolve_after`], what depends on the answer of a dev server

mod after;
mod content;
mod error;

use std::borrow::Cow;

use actix_web::http::StatusCode;

use crate::data_api;
use crate::routing::path::normalize;
use crate::routing::url::location;
use crate::routing::{Decision, Outcome, Refusal, Target};

use super::access;
use super::context::RequestContext;
use super::reason::Reason;
use super::resolution::{Handler, Resolution};
pub use after::resolve_after;
pub(super) use error::{error, error_page_missing};

/// Says what answers a request.
pub fn resolve<'a>(context: &'a RequestContext<'_>, decision: &Decision<'a>) -> Resolution<'a> {
    // Whom the network rules keep out sees no password page (NW-1, before EN-16).
    if !matches!(decision.outcome, Outcome::Refused(_))
        && let Some(access) = &context.app().access
        && let Some(resolution) = access::resolve(access, context.request)
    {
        return resolution;
    }
    outcome(context, decision).with_rule(decision.rule)
}

fn outcome<'a>(context: &'a RequestContext<'_>, decision: &Decision<'a>) -> Resolution<'a> {
    let rule = decision.rule;
    match decision.outcome {
        // NW-2, RO-9: nothing overrides the page of a refusal.
        Outcome::Refused(refusal) => Resolution::error_page(403, refusal_reason(refusal)),
        Outcome::Error(cause) => error(context, cause.status(), Reason::Error(cause)),
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
        Outcome::Fallback => content::fallback(context, None, None),
        Outcome::Content { target, status } => {
            let status = status.and_then(|code| StatusCode::from_u16(code).ok());
            content::content(context, target, status, rule)
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

fn refusal_reason(refusal: Refusal<'_>) -> Reason {
    Reason::Refused(match refusal {
        Refusal::Address => "address not in networking.allowedIpRanges".into(),
        Refusal::Header(name) => {
            format!("forwardingGateway.requiredHeaders: `{name}` is missing or different").into()
        }
    })
}
