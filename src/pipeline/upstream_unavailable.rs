//! The page, or text, in place of the answer of a dev server that does not answer.

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER,
};

use crate::devserver::{DevServer, Down, NoAnswer};
use crate::pages::NoAnswerPage;
use crate::process::ServiceState;

use super::context::{RequestContext, is_from_this_machine};

/// 503 while nobody listens, 502 for an answer that is none: a page for documents, text for everything else. With it,
/// why.
pub(super) fn respond(
    context: &RequestContext<'_>,
    server: &DevServer,
    error: NoAnswer,
) -> (HttpResponse, String) {
    let (status, page) = match error {
        NoAnswer::Down(down) => (503, waiting(server, &down)),
        NoAnswer::Failed { status, message } => {
            log::warn!("{} {}: {message}", context.request.method(), context.raw());
            (status, failed(server, message))
        }
    };
    let app = context.app();
    let is_developer = !app.prod_errors && is_from_this_machine(app, context.request);
    let page = NoAnswerPage {
        request: context.request_id().filter(|_| is_developer),
        ..page
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    let (mime, text) = if wants_document(context) {
        ("text/html; charset=utf-8", page.to_html())
    } else {
        ("text/plain; charset=utf-8", page.to_text())
    };
    let mut response = HttpResponse::with_body(status, BoxBody::new(text));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(mime));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if page.reloads {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    (response, page.why)
}

fn waiting(server: &DevServer, down: &Down) -> NoAnswerPage {
    let seconds = down.since.elapsed().as_secs();
    let mut lead = match server.url() {
        Some(url) => format!("The dev server at `{url}` has not answered for {seconds} s."),
        None => format!("The dev server's command has not printed its URL for {seconds} s."),
    };
    if down.overdue
        && let Some(limit) = server.patience()
    {
        lead.push_str(&format!(
            " That is more than the {} s of `--devserver-timeout`.",
            limit.as_secs()
        ));
    }
    let hint = match server
        .run()
        .map(|run| (run.text(), run.state().borrow().clone()))
    {
        None => "Start it, or let `--run` start it. Is the port right?".to_owned(),
        Some((text, ServiceState::Starting | ServiceState::Ready)) => format!(
            "`{text}` is running; its lines in the terminal begin with `[run]`. {}",
            match server.url() {
                Some(_) => "Does it listen at that port?",
                None => "Name its URL if it prints none: `cygnet http://localhost:PORT --run …`",
            }
        ),
        Some((text, ServiceState::Ended(how))) => {
            format!("`{text}` has ended with {how}; its last lines are in the terminal.")
        }
        Some((text, ServiceState::NotStarted { why, .. })) => {
            format!("`{text}` could not be started: {why}")
        }
    };
    let why = down.error.clone();
    NoAnswerPage {
        title: "Waiting for the dev server",
        lead,
        why: why.unwrap_or_else(|| "nothing listens there".to_owned()),
        hint,
        reloads: true,
        request: None,
    }
}

fn failed(server: &DevServer, message: String) -> NoAnswerPage {
    let url = server.url().unwrap_or_default();
    let other = match url.starts_with("https:") {
        true => "http",
        false => "https",
    };
    NoAnswerPage {
        title: "The dev server did not answer",
        lead: format!("The dev server at `{url}` did not answer the request."),
        why: message,
        hint: format!("Check its log. Does it expect `{other}`?"),
        reloads: false,
        request: None,
    }
}

/// Whether the answer is shown as a page: what the browser says, else whether HTML is accepted by name.
fn wants_document(context: &RequestContext<'_>) -> bool {
    match context.header(HeaderName::from_static("sec-fetch-dest")) {
        Some(destination) => matches!(destination, "document" | "iframe" | "frame"),
        None => context
            .header(ACCEPT)
            .is_some_and(|accept| accept.contains("text/html")),
    }
}
