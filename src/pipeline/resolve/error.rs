//! Errors of the platform's own and what `responseOverrides` makes of them (RO).

use std::borrow::Cow;

use actix_web::http::StatusCode;

use crate::content::lookup::Lookup;
use crate::pipeline::context::RequestContext;
use crate::pipeline::reason::{Overridden, PlatformError, Reason};
use crate::pipeline::resolution::{ConfiguredHeaders, Handler, Purpose, Resolution};
use crate::routing::path::{is_auth, without_query};
use crate::routing::rules::OverrideAction;
use crate::routing::url::{encode_component, location};

/// 400, 401, 403 or 404: the override of that status if there is one, else the default page (RO, RS-40).
pub(in crate::pipeline) fn error<'a>(
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
            Lookup::File { relative, meta } => Resolution::file(relative, meta, reason)
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
    let to = to.replace(".referrer", &encode_component(context.requested_path()));
    Cow::Owned(location(&to).into_owned())
}

/// The dev server does not have the page that `responseOverrides` names.
pub(in crate::pipeline) fn error_page_missing<'a>(
    before: &Resolution<'_>,
    to: &str,
) -> Resolution<'a> {
    let status = before.error.as_ref().map_or(404, |error| error.status);
    let told = before.status.unwrap_or(StatusCode::NOT_FOUND);
    target_missing(status, told, to, before.reason.clone()).with_rule(before.rule)
}
