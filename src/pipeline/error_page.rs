//! The pages of errors that the platform itself makes (RS-40), and of a configuration that cannot be used.

use std::io;

use actix_web::body::{BodySize, BoxBody, MessageBody, SizedStream};
use actix_web::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue,
};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;

use crate::environment::Broken;
use crate::live::inject;
use crate::pages;
use crate::pages::{DiagnosticView, DiagnosticsView};

use super::context::RequestContext;
use super::record::{AccessRecord, Reason, Reply};
use super::resolution::Resolution;

/// The default page of an error of status `page`, sent with the status of the resolution (RS-40).
pub(super) fn respond(
    context: &RequestContext<'_>,
    resolution: &Resolution<'_>,
    page: u16,
) -> HttpResponse {
    let request = context.request;
    let why = resolution.why();
    let html = pages::ErrorPage {
        status: page,
        why: Some(&why),
        providers: context.environment.providers.names(),
        path: Some(request.uri().path()),
    };
    let mut html = html.to_html();
    if context.is_live() {
        html = with_client(request, html, inject::tag(None));
    }
    let status = resolution.status.map_or(page, |status| status.as_u16());
    let mut response = html_response(request, status, html);
    let headers = context.environment.content.header_sets().of_errors();
    headers.apply_to_error(response.headers_mut());
    // The page is ours and brings its style along, which the app's own policy would take from it.
    response.headers_mut().remove(CONTENT_SECURITY_POLICY);
    response
}

/// The configuration was invalid at start: every request gets the findings, so that nothing is ever served without
/// the rules that were meant to guard it.
pub(super) fn broken(broken: &Broken, request: &HttpRequest, is_live: bool) -> Reply {
    let wants_html = request.headers().get(ACCEPT).is_none_or(|accept| {
        let accept = accept.to_str().unwrap_or("");
        accept.contains("text/html") || accept.contains("*/*")
    });
    let view = view(broken, is_live && wants_html);
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

/// The same for those who are not to read the file: that it is so, without a word of it.
pub(super) fn broken_for_strangers(request: &HttpRequest) -> Reply {
    let html = pages::error_page(
        500,
        Some(
            "The configuration is invalid. What is wrong is told in the emulator's terminal, and to browsers on its machine.",
        ),
    );
    let mut response = html_response(request, 500, html);
    let no_store = HeaderValue::from_static("no-store");
    response.headers_mut().insert(CACHE_CONTROL, no_store);
    Reply {
        response,
        record: AccessRecord::new(Reason::Broken),
    }
}

fn view(broken: &Broken, reloads: bool) -> DiagnosticsView {
    let source = &broken.source;
    let mut findings: Vec<_> = broken.findings.iter().collect();
    findings.sort_by_key(|found| found.severity);
    let diagnostics = findings
        .into_iter()
        .map(|found| DiagnosticView::new(source, found));
    DiagnosticsView {
        title: "The configuration is invalid".to_string(),
        intro: format!(
            "Nothing is served until it is fixed: without its rules, the pages that they protect would be public. {}",
            match reloads {
                true => "This page reloads itself when you save the file.",
                false => "Save the file and reload this page.",
            }
        ),
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
