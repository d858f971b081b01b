//! Errors that the platform itself makes, the one place where they become responses (RO, RS-40).

use std::borrow::Cow;
use std::io;

use actix_web::body::{BodySize, BoxBody, MessageBody, SizedStream};
use actix_web::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue,
};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;

use crate::content::lookup::Lookup;
use crate::environment::{Broken, Environment};
use crate::live::inject;
use crate::pages;
use crate::pages::{DiagnosticView, DiagnosticsView};
use crate::routing::path::is_auth;
use crate::routing::rules::OverrideAction;

use super::content::serving;
use super::context::RequestContext;
use super::record::{AccessRecord, Reason};
use super::{Reply, WorkerState, dev_server};
use crate::routing::url::{encode_component, location};

/// 400, 401, 403 or 404: the override of that status if there is one, else the default page.
pub(super) async fn fail(
    worker: &WorkerState,
    environment: &Environment,
    asked: &RequestContext<'_>,
    status: u16,
    note: Reason,
) -> Reply {
    let Some(entry) = environment.rules.override_for(status) else {
        return page(environment, asked, status, status, note);
    };
    let overridden = |note| Reason::Override(status, Box::new(note));
    let told = entry.status.unwrap_or(status);
    match &entry.action {
        OverrideAction::Redirect(to, code) => {
            Reply::redirect(*code, &location(&referrer(asked, to)), overridden(note))
        }
        // RO-6: a rewrite straight to sign-in starts it; in Azure that is a redirect to the provider.
        OverrideAction::Rewrite(to) if is_auth(to.split('?').next().unwrap_or(to)) => {
            Reply::redirect(302, &location(&referrer(asked, to)), overridden(note))
        }
        OverrideAction::Rewrite(to) if let Some(server) = &environment.dev_server => {
            let with = StatusCode::from_u16(told).unwrap_or(StatusCode::NOT_FOUND);
            match Box::pin(dev_server::page(
                worker,
                environment,
                server,
                asked,
                to,
                with,
            ))
            .await
            {
                Some(response) => Reply::new(response, overridden(note)),
                None => page(environment, asked, status, told, missing(status, to, &note)),
            }
        }
        OverrideAction::Rewrite(to) => match environment.content.find_target(to) {
            Lookup::File { relative, meta } => {
                let told = StatusCode::from_u16(told).unwrap_or(StatusCode::NOT_FOUND);
                let content = &environment.content;
                // A body is wanted whatever the method, so that a script sees the app's own error page.
                let mut serving = serving(asked, told, content.header_sets().of_errors());
                if serving.method != Method::HEAD {
                    serving.method = &Method::GET;
                }
                match content.serve(&relative, meta, &serving).await {
                    Ok(response) => Reply::new(response, overridden(note)),
                    Err(error) => unreadable(environment, asked, &error),
                }
            }
            Lookup::Moved(_) | Lookup::Missing => {
                page(environment, asked, status, told, missing(status, to, &note))
            }
        },
        OverrideAction::StatusOnly => page(environment, asked, status, told, overridden(note)),
    }
}

fn missing(status: u16, to: &str, note: &Reason) -> Reason {
    Reason::Text(format!(
        "{note}; responseOverrides.{status} names `{to}`, which is missing"
    ))
}

/// RO-5: `.referrer` is the requested path, without its query.
fn referrer<'t>(asked: &RequestContext<'_>, to: &'t str) -> Cow<'t, str> {
    if !to.contains(".referrer") {
        return Cow::Borrowed(to);
    }
    Cow::Owned(to.replace(".referrer", &encode_component(asked.request.uri().path())))
}

/// The gateway's 403, which nothing overrides (NW-2, RO-9).
pub(super) fn refused(
    environment: &Environment,
    asked: &RequestContext<'_>,
    note: Reason,
) -> Reply {
    page(environment, asked, 403, 403, note)
}

/// RS-20: 405 without a body and without `Allow`.
pub(super) fn method_not_allowed() -> Reply {
    Reply::new(
        HttpResponse::with_body(StatusCode::METHOD_NOT_ALLOWED, BoxBody::new(())),
        Reason::Method,
    )
}

/// A file that is there and cannot be read.
pub(super) fn unreadable(
    environment: &Environment,
    asked: &RequestContext<'_>,
    error: &io::Error,
) -> Reply {
    let note = format!("{} cannot be read: {error}", asked.path);
    log::error!("{note}");
    page(environment, asked, 500, 500, Reason::Text(note))
}

/// The database connection that was asked for is not there.
pub(super) fn no_data_api(
    environment: &Environment,
    asked: &RequestContext<'_>,
    why: String,
) -> Reply {
    page(environment, asked, 500, 500, Reason::Text(why))
}

/// The default page of `kind`, sent with `status` (RS-40).
fn page(
    environment: &Environment,
    asked: &RequestContext<'_>,
    kind: u16,
    status: u16,
    note: Reason,
) -> Reply {
    let why = note.to_string();
    let html = pages::ErrorPage {
        status: kind,
        why: Some(&why),
        providers: environment.providers.names(),
        path: Some(asked.request.uri().path()),
    };
    let mut html = html.to_html();
    if asked.is_live {
        html = with_client(asked.request, html, inject::tag(None));
    }
    let mut response = html_response(asked.request, status, html);
    let headers = environment.content.header_sets().of_errors();
    headers.apply_to_error(response.headers_mut());
    // The page is ours and brings its style along, which the app's own policy would take from it.
    response.headers_mut().remove(CONTENT_SECURITY_POLICY);
    Reply::new(response, note)
}

/// The configuration was invalid at start: every request gets the findings, so that nothing is ever served without
/// the rules that were meant to guard it.
pub(super) fn broken(broken: &Broken, request: &HttpRequest, is_live: bool) -> Reply {
    let view = view(broken);
    let wants_html = request.headers().get(ACCEPT).is_none_or(|accept| {
        let accept = accept.to_str().unwrap_or("");
        accept.contains("text/html") || accept.contains("*/*")
    });
    let mut response = if wants_html {
        let mut html = pages::diagnostics_page(&view);
        if is_live {
            html = with_client(request, html, Some(inject::TAG_OF_FINDINGS.to_owned()));
        }
        html_response(request, 500, html)
    } else {
        let mut response = html_response(request, 500, pages::diagnostics_text(&view));
        response.headers_mut().insert(
            CONTENT_TYPE,
            HeaderValue::from_static("text/plain; charset=utf-8"),
        );
        response
    };
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Reply {
        response,
        record: AccessRecord::new(Reason::Broken),
    }
}

fn view(broken: &Broken) -> DiagnosticsView {
    let source = &broken.source;
    let mut diagnostics: Vec<_> = broken.diagnostics.iter().collect();
    diagnostics.sort_by_key(|found| found.severity);
    let diagnostics = diagnostics
        .into_iter()
        .map(|found| DiagnosticView::new(source, found));
    DiagnosticsView {
        title: "The configuration is invalid".to_string(),
        intro: "Nothing is served until it is fixed: without its rules, the pages that they guard would be open to everyone. Save the fixed file; with live reload this page reloads by itself."
            .to_string(),
        diagnostics: diagnostics.collect(),
    }
}

/// A page of ours with the live-reload client, when a browser will show it.
fn with_client(request: &HttpRequest, html: String, tag: Option<String>) -> String {
    let headers = request.headers();
    let tag = tag.filter(|_| inject::is_for_document(headers));
    let with_tag = tag.and_then(|tag| inject::inject(html.as_bytes(), &tag));
    with_tag
        .and_then(|page| String::from_utf8(page.into()).ok())
        .unwrap_or(html)
}

fn html_response(request: &HttpRequest, status: u16, html: String) -> HttpResponse {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let html = Bytes::from(html);
    let body = match (request.method() == Method::HEAD, html.size()) {
        (true, BodySize::Sized(length)) => BoxBody::new(SizedStream::new(
            length,
            futures_util::stream::empty::<io::Result<Bytes>>(),
        )),
        _ => BoxBody::new(html),
    };
    let mut response = HttpResponse::with_body(status, body);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    response
}
