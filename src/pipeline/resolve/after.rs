//! What depends on the answer of a dev server.

use actix_web::http::{Method, StatusCode};

use super::content::fallback;
use super::error::{error, error_page_missing};
use crate::pipeline::context::RequestContext;
use crate::pipeline::reason::Reason;
use crate::pipeline::resolution::{ConfiguredHeaders, Handler, Purpose, Resolution};

/// What takes the place of an answer with this status from the dev server; `None` when that answer passes. For GET and
/// HEAD only: what the server says to other methods is the app's own, since on Azure only an app answers them.
///
/// 1. 404 to the requested path: the navigation fallback (NF-1)
/// 2. 404 to the fallback: the override of 404; without one the server's own page passes (NF-11)
/// 3. 400, 401, 403, 404: their `responseOverrides`; without one the server's own page passes
/// 4. anything but a success to an override's page: the default page; of a 404, the server's own page passes
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
    let has_override = rules.override_for(status.as_u16()).is_some();
    let next = match purpose {
        Purpose::Tunnel => return None,
        Purpose::ErrorPage if status.is_success() => return None,
        // Frameworks make that page themselves, from no file that could be named.
        Purpose::ErrorPage if is_missing && before.is_of_error(404) => return None,
        Purpose::ErrorPage => return Some(error_page_missing(before, target)),
        Purpose::Fallback if is_missing && has_override => {
            error(context, 404, Reason::NoFallbackTarget).with_rule_status(before.status)
        }
        Purpose::Fallback => return None,
        Purpose::Requested if is_missing && is_read && rules.fallback(&context.path).is_some() => {
            let rule = match before.headers {
                ConfiguredHeaders::Content(rule) => rule,
                _ => None,
            };
            fallback(context, rule, before.status)
        }
        Purpose::Requested | Purpose::Rewritten if is_read && has_override => {
            let code = status.as_u16();
            let reason = Reason::Text(format!("the dev server answered {code}"));
            let page = error(context, code, reason);
            match (purpose, is_missing) {
                (Purpose::Requested, true) => page.with_rule_status(before.status),
                _ => page,
            }
        }
        Purpose::Requested | Purpose::Rewritten => return None,
    };
    Some(next.with_rule(before.rule))
}
