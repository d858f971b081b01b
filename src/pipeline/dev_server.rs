//! A dev server's answer in place of a file: asked for, judged as production would judge a file, and given its headers.
//!
//! 1. a WebSocket is passed on as it is
//! 2. the dev server is asked for the path, or for a rule's rewrite
//! 3. a 404 to GET or HEAD: the navigation fallback, asked of the dev server (NF-1)
//! 4. 400, 401, 403, 404 to GET or HEAD: their `responseOverrides`; without one the server's own page passes
//! 5. a rule's status (RT-27), configured headers and types
//!
//! What the server says to other methods is the app's own: on Azure, only an app answers them.

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpResponse, web};

use crate::backend::reject::is_websocket;
use crate::backend::request_body::RequestBody;
use crate::content::disk::is_configuration;
use crate::devserver::{Call, DevServer, NoAnswer, Wanted};
use crate::environment::Environment;
use crate::routing::{Decision, Target};

use super::context::RequestContext;
use super::record::Reason;
use super::{Reply, WorkerState, api_fallback, errors, raw_target, upstream_unavailable};

/// Answers a request for content.
pub(super) async fn answer(
    worker: &WorkerState,
    environment: &Environment,
    server: &DevServer,
    asked: &RequestContext<'_>,
    payload: web::Payload,
    decision: &Decision<'_>,
    (target, status): (Target<'_>, Option<u16>),
) -> Reply {
    let request = asked.request;
    let payload = payload.into_inner();
    if is_websocket(request) {
        return tunnel(worker, server, asked, payload).await;
    }
    let status = status.and_then(|code| StatusCode::from_u16(code).ok());
    let path = raw_target(asked, target);
    // CF-9: the configuration is no content, also for servers that serve the whole project folder.
    if is_configuration(path.split(['?', '#']).next().unwrap_or(&path))
        || is_configuration(&asked.path)
    {
        return errors::fail(worker, environment, asked, 404, Reason::Configuration).await;
    }
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    if !reads && request.method() != Method::OPTIONS {
        server.tell_of_method(request.method().as_str(), request.uri().path());
    }
    let body = match server.receive(request, payload).await {
        Ok(body) => body,
        Err(error) => return upstream_unavailable::answer(server, asked, error),
    };
    let mut response = match ask(worker, server, asked, body, &path, Wanted::Answer).await {
        Ok(response) => response,
        Err(error) => return upstream_unavailable::answer(server, asked, error),
    };
    let said = response.status().as_u16();
    if said == 404 && reads && target == Target::Requested {
        if let Some(answer) = api_fallback(worker, environment, asked, decision.demands_role).await
        {
            return answer;
        }
        if let Some(to) = environment.rules.fallback(&asked.path) {
            let status = status.unwrap_or(StatusCode::OK);
            let as_if = (decision.rule, status);
            return fallback(worker, environment, server, asked, to, as_if).await;
        }
    }
    if reads && environment.rules.override_for(said).is_some() {
        let note = Reason::Text(format!("the dev server answered {said}"));
        return errors::fail(worker, environment, asked, said, note).await;
    }
    if let Some(status) = status
        && response.status().is_success()
    {
        response = with_status(response, status);
    }
    let note = match target {
        Target::Requested => Reason::DevServer,
        Target::Rewritten(_) => Reason::Rewrite,
    };
    finish(environment, asked, response, decision.rule, note)
}

/// The navigation fallback, asked of the dev server (NF-2): with 200, unless it is not there either (NF-11).
pub(super) async fn fallback(
    worker: &WorkerState,
    environment: &Environment,
    server: &DevServer,
    asked: &RequestContext<'_>,
    to: &str,
    (rule, status): (Option<usize>, StatusCode),
) -> Reply {
    let path = raw_target(asked, Target::Rewritten(to));
    let empty = RequestBody::Empty;
    match ask(worker, server, asked, empty, &path, Wanted::Answer).await {
        Ok(response) if response.status() == StatusCode::NOT_FOUND => {
            errors::fail(worker, environment, asked, 404, Reason::NoFallbackTarget).await
        }
        Ok(response) if status != StatusCode::OK && response.status().is_success() => {
            let response = with_status(response, status);
            finish(environment, asked, response, rule, Reason::Fallback)
        }
        Ok(response) => finish(environment, asked, response, rule, Reason::Fallback),
        Err(error) => upstream_unavailable::answer(server, asked, error),
    }
}

/// The page that `responseOverrides` names, with the status `told`; `None` when the dev server does not have it.
pub(super) async fn page(
    worker: &WorkerState,
    environment: &Environment,
    server: &DevServer,
    asked: &RequestContext<'_>,
    to: &str,
    told: StatusCode,
) -> Option<HttpResponse> {
    let empty = RequestBody::Empty;
    let response = ask(worker, server, asked, empty, to, Wanted::Page)
        .await
        .ok()
        .filter(|response| response.status().is_success())?;
    let mut response = with_status(response, told);
    let headers = environment.content.header_sets().of_errors();
    headers.apply_to_upstream(response.headers_mut());
    Some(response)
}

async fn ask(
    worker: &WorkerState,
    server: &DevServer,
    asked: &RequestContext<'_>,
    body: RequestBody,
    target: &str,
    wanted: Wanted,
) -> Result<HttpResponse, NoAnswer> {
    let call = Call {
        target,
        original_url: &asked.original_url(),
        principal: asked.caller.principal(),
        wanted,
    };
    server.ask(&worker.client, asked.request, body, &call).await
}

/// Rules have said whether the socket may be opened. A rewrite does not move it: a rule such as `/*` → `/index.html` is
/// about documents.
async fn tunnel(
    worker: &WorkerState,
    server: &DevServer,
    asked: &RequestContext<'_>,
    payload: Payload,
) -> Reply {
    let call = Call {
        target: asked.raw(),
        original_url: &asked.original_url(),
        principal: asked.caller.principal(),
        wanted: Wanted::Answer,
    };
    let upgraded = server.upgrade(&worker.client, asked.request, payload, &call);
    match upgraded.await {
        Ok(response) => Reply::new(response, Reason::DevServer),
        Err(error) => upstream_unavailable::answer(server, asked, error),
    }
}

/// Headers and type as configured. Redirects of the server's own keep theirs, as a rule's do (HD-7).
fn finish(
    environment: &Environment,
    asked: &RequestContext<'_>,
    mut response: HttpResponse,
    rule: Option<usize>,
    note: Reason,
) -> Reply {
    let status = response.status();
    if !status.is_redirection() || status == StatusCode::NOT_MODIFIED {
        // A rule's own headers are about its content, so errors do not get them.
        let rule = rule.filter(|_| !status.is_client_error() && !status.is_server_error());
        let headers = environment.content.header_sets().of_rule(rule);
        headers.apply_to_upstream(response.headers_mut());
    }
    if status.is_success()
        && let Some(mime) = configured_type(environment, &asked.path)
        && keeps_file_type(&response)
    {
        response.headers_mut().insert(CONTENT_TYPE, mime);
    }
    Reply::new(response, note)
}

/// What `mimeTypes` says of the extension (CF-24).
fn configured_type(environment: &Environment, path: &str) -> Option<HeaderValue> {
    let types = &environment.rules.config().mime_types;
    if types.is_empty() {
        return None;
    }
    let name = path.rsplit('/').next()?;
    let extension = &name[name.rfind('.')?..];
    let (_, mime) = types
        .iter()
        .find(|(known, _)| known.value.eq_ignore_ascii_case(extension))?;
    HeaderValue::from_str(&mime.value).ok()
}

/// Whether the answer is the file itself: dev servers answer `/data.json` with a script when a script imports it, and
/// any path with their page.
fn keeps_file_type(response: &HttpResponse) -> bool {
    let said = response.headers().get(CONTENT_TYPE);
    let said = said.and_then(|mime| mime.to_str().ok()).unwrap_or("");
    let essence = said.split(';').next().unwrap_or("").trim();
    !matches!(
        essence,
        "text/html" | "text/javascript" | "application/javascript"
    )
}

fn with_status(mut response: HttpResponse, status: StatusCode) -> HttpResponse {
    *response.status_mut() = status;
    if matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
        // A body here would be read as the next response (trap 2).
        return response.set_body(BoxBody::new(()));
    }
    response
}
