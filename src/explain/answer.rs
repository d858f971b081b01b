//! A resolution in words, and what follows where a dev server has a say.

use actix_web::http::StatusCode;
use serde::Serialize;

use crate::devserver::DevServer;
use crate::pipeline::context::RequestContext;
use crate::pipeline::reason::Reason;
use crate::pipeline::resolution::{Handler, Purpose, Resolution};
use crate::pipeline::resolve_after;

/// What takes the place of a dev server's answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AfterView {
    /// The status of the dev server's answer.
    pub answered: u16,
    /// As for the result.
    pub kind: &'static str,
    /// The status that is sent instead; null when whoever answers then decides.
    pub status: Option<u16>,
    /// The path and query that the dev server or the API is asked for then.
    pub target: Option<String>,
    /// In words.
    pub answer: String,
    /// What takes the place of that answer in turn.
    pub after: Vec<AfterView>,
}

/// What would follow each answer of a dev server that does not pass.
pub(super) fn after(context: &RequestContext<'_>, resolution: &Resolution<'_>) -> Vec<AfterView> {
    let statuses: &[StatusCode] = match resolution.handler {
        Handler::DevServer {
            purpose: Purpose::ErrorPage,
            ..
        } => &[StatusCode::NOT_FOUND],
        _ => &[
            StatusCode::BAD_REQUEST,
            StatusCode::UNAUTHORIZED,
            StatusCode::FORBIDDEN,
            StatusCode::NOT_FOUND,
        ],
    };
    let views = statuses.iter().filter_map(|&answered| {
        let next = resolve_after(context, resolution, answered)?;
        Some(AfterView {
            answered: answered.as_u16(),
            kind: next.handler.kind(),
            status: next.status.map(|status| status.as_u16()),
            target: target(&next.handler).map(str::to_owned),
            answer: handler_in_words(context, &next),
            after: after(context, &next),
        })
    });
    views.collect()
}

/// What another program is asked for.
pub(super) fn target<'r>(handler: &'r Handler<'_>) -> Option<&'r str> {
    match handler {
        Handler::Api { target, .. }
        | Handler::DataApi { target }
        | Handler::DevServer { target, .. } => Some(target),
        _ => None,
    }
}

/// What answers.
pub(super) fn handler_in_words(
    context: &RequestContext<'_>,
    resolution: &Resolution<'_>,
) -> String {
    let how = match resolution.reason {
        Reason::Fallback => " by navigationFallback",
        _ => "",
    };
    let status = resolution.status.map_or(200, |status| status.as_u16());
    let with = match status {
        200 => String::new(),
        status => format!(" with status {status}"),
    };
    match &resolution.handler {
        Handler::File { relative, .. } => format!("the file {relative}{how}{with}"),
        Handler::Redirect(to) => format!("{status} to {to}"),
        Handler::ErrorPage(page) if *page == status => "the default page".to_owned(),
        Handler::ErrorPage(_) => format!("the default page{with}"),
        Handler::Empty => format!("{status} without a body"),
        Handler::SignIn { .. } => "the sign-in endpoints".to_owned(),
        Handler::PasswordPage => "the page that asks for the password".to_owned(),
        Handler::PasswordCheck => "the typed password is checked".to_owned(),
        Handler::Invitation => "the link is checked, then sign-in".to_owned(),
        Handler::Api {
            target,
            shows_caller: true,
        } => format!("the API, asked for {target}"),
        Handler::Api { target, .. } => {
            format!("the API, asked for {target} by navigationFallback without the caller (AP-27)")
        }
        Handler::DataApi { target } => {
            format!("the database connection, asked for {target} (AP-80)")
        }
        Handler::DevServer { target, .. } => {
            let server = context.environment.dev_server.as_ref();
            let server = server.map_or("the dev server".to_owned(), DevServer::name);
            format!("{server}, asked for {target}{how}{with}")
        }
    }
}
