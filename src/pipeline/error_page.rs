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
use crate::pages::{DiagnosticView, DiagnosticsView, ErrorDetails, Visitor};
use crate::routing::ErrorCause;
use crate::routing::url::encode_component;

use super::context::{RequestContext, is_from_this_machine};
use super::reason::Reason;
use super::record::{AccessRecord, Reply};
use super::resolution::Resolution;
use super::state::WorkerState;

/// More links than this to sign in by are no help.
const MOST_WAYS: usize = 4;

/// The default page of an error of status `page`, sent with the status of the resolution (RS-40).
pub(super) fn respond(
    context: &RequestContext<'_>,
    resolution: &Resolution<'_>,
    page: u16,
) -> HttpResponse {
    let request = context.request;
    let mut html = html(context, resolution, page);
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

/// An answer without a body (RS-20). A browser would show an empty page for it: the developer's gets one that says why.
pub(super) fn empty(
    context: &RequestContext<'_>,
    resolution: &Resolution<'_>,
    status: StatusCode,
) -> HttpResponse {
    let (app, request) = (context.app(), context.request);
    let is_told = status == StatusCode::METHOD_NOT_ALLOWED
        && !app.prod_errors
        && inject::is_for_document(request.headers())
        && is_from_this_machine(app, request);
    match is_told {
        true => html_response(request, 405, html(context, resolution, 405)),
        false => HttpResponse::with_body(status, BoxBody::new(())),
    }
}

fn html(context: &RequestContext<'_>, resolution: &Resolution<'_>, page: u16) -> String {
    let why = resolution.why();
    let app = context.app();
    let bare = pages::ErrorPage {
        status: page,
        why: Some(&why),
        providers: context.environment.providers.names(),
        path: Some(context.requested_path()),
        details: None,
    };
    if app.prod_errors {
        return bare.to_bare_html();
    }
    let is_developer = is_from_this_machine(app, context.request);
    let details = is_developer.then(|| details(context, resolution));
    let details = details.as_ref();
    pages::ErrorPage { details, ..bare }.to_html()
}

/// What the developer may read: the configuration lies on the same machine.
fn details(context: &RequestContext<'_>, resolution: &Resolution<'_>) -> ErrorDetails {
    let environment = context.environment;
    let routes = &environment.rules.config().routes;
    let rule = resolution.rule.and_then(|at| Some((at, routes.get(at)?)));
    let is_about_roles = matches!(
        resolution.reason,
        Reason::Error(ErrorCause::NotSignedIn | ErrorCause::MissingRole)
    );
    let mut details = ErrorDetails {
        rule: rule.map(|(at, rule)| {
            let place = environment.source.as_ref().map(|source| {
                let line = source.position(rule.span.start).line;
                format!("{}:{line}", source.path().display())
            });
            (format!("routes[{at}] {}", rule.route.value), place)
        }),
        hint: resolution.reason.hint(),
        request: context.request_id(),
        ..ErrorDetails::default()
    };
    if let (true, Some((_, rule))) = (is_about_roles, rule) {
        let roles = rule.allowed_roles.iter();
        details.needed = roles.map(|role| role.value.clone()).collect();
        details.ways = ways_in(context, &details.needed);
        details.visitor = Some(match context.caller.principal() {
            None => Visitor::Anonymous,
            Some(user) => Visitor::User(
                user.user_details.clone(),
                user.identity_provider.clone(),
                user.user_roles.clone(),
            ),
        });
    }
    details
}

/// A link for each needed role, of the first few: to a persona that has it, or to the form with the role filled in.
fn ways_in(context: &RequestContext<'_>, needed: &[String]) -> Vec<(String, String)> {
    let environment = context.environment;
    let picker = context.app().personas.picker(environment);
    let providers = &environment.providers;
    let back = encode_component(context.requested());
    let is_mock = |name: &str| environment.real_sign_in.provider(name).is_none();
    let way = |role: &String| {
        let mut personas = picker.personas.iter();
        let persona =
            personas.find(|it| it.has_role(role) && it.provider_in(providers).is_ok_and(is_mock));
        let first = providers.names().iter().find(|name| is_mock(name));
        let address = match (persona, first) {
            (Some(persona), _) => {
                let name = encode_component(&persona.name);
                format!("/.cygnet/sign-in?persona={name}&redirect={back}")
            }
            (None, provider) => {
                let (provider, role) = (provider?, encode_component(role));
                format!("/.auth/login/{provider}?userRoles={role}&post_login_redirect_uri={back}")
            }
        };
        let words = match (persona, &**role) {
            (Some(persona), "authenticated") => format!("Sign in as {}", persona.name),
            _ => format!("Sign in with role {role}"),
        };
        Some((words, address))
    };
    needed.iter().filter_map(way).take(MOST_WAYS).collect()
}

/// The configuration was invalid at start: every request gets the findings, so that nothing is ever served without
/// the rules that were meant to guard it.
pub(super) fn broken(broken: &Broken, request: &HttpRequest, worker: &WorkerState) -> Reply {
    let is_live = worker.app.live.is_some();
    let requests = worker.requests.as_ref();
    let id = requests
        .filter(|_| !worker.app.prod_errors)
        .map(|requests| requests.next());
    let wants_html = request.headers().get(ACCEPT).is_none_or(|accept| {
        let accept = accept.to_str().unwrap_or("");
        accept.contains("text/html") || accept.contains("*/*")
    });
    let view = DiagnosticsView {
        request: id,
        ..view(broken, is_live && wants_html)
    };
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
        record: AccessRecord::new(Reason::Broken).with_number(id),
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
        request: None,
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
