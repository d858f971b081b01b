//! What depends on the answer of a dev server.

use actix_web::http::{Method, StatusCode};

use super::content::fallback;
use super::error::{error, error_page_missing};
use crate::pipeline::context::RequestContext;
use crate::pipeline::record::Reason;
use crate::pipeline::resolution::{ConfiguredHeaders, Handler, Purpose, Resolution};

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
