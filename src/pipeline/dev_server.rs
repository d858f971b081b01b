//! A dev server's answer in place of a file: asked for, judged as production would judge a file, and given its headers.
//!
//! 1. a WebSocket is passed on as it is
//! 2. the dev server is asked for the target
//! 3. [`resolve_after`] says from the status whether its answer passes, or what takes its place
//! 4. a rule's status (RT-27), configured headers and types

use actix_web::HttpResponse;
use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
use actix_web::http::{Method, StatusCode};

use crate::backend::request_body::RequestBody;
use crate::devserver::{Call, DevServer, NoAnswer, Wanted};
use crate::environment::Environment;

use super::context::RequestContext;
use super::reason::Reason;
use super::resolution::{ConfiguredHeaders, Handler, Purpose, Resolution, Step};
use super::resolve::{error_page_missing, resolve_after};
use super::upstream_unavailable;

/// Asks the dev server of a resolution.
pub(super) async fn respond<'a>(
    context: &'a RequestContext<'_>,
    payload: Payload,
    resolution: Resolution<'a>,
) -> Step<'a> {
    let (Some(server), Handler::DevServer { target, purpose }) =
        (&context.environment.dev_server, &resolution.handler)
    else {
        let page = Resolution::error_page(404, Reason::NoFile);
        return Step::instead(&resolution, page);
    };
    let purpose = *purpose;
    let response = match ask(context, server, payload, target, purpose).await {
        Ok(response) => response,
        Err(_) if purpose == Purpose::ErrorPage => {
            return Step::Instead(error_page_missing(&resolution, target));
        }
        Err(error) => {
            let (response, why) = upstream_unavailable::respond(context, server, error);
            let mut resolution = resolution;
            resolution.reason = Reason::Text(why);
            return Step::Reply(resolution.reply(context, response));
        }
    };
    if purpose == Purpose::Tunnel {
        return Step::Reply(resolution.reply(context, response));
    }
    if let Some(next) = resolve_after(context, &resolution, response.status()) {
        return Step::Instead(next);
    }
    let mut resolution = resolution;
    if response.status() == StatusCode::NOT_FOUND {
        resolution.tell_missing();
    }
    let response = finish(context, &resolution, purpose, response);
    Step::Reply(resolution.reply(context, response))
}

async fn ask(
    context: &RequestContext<'_>,
    server: &DevServer,
    payload: Payload,
    target: &str,
    purpose: Purpose,
) -> Result<HttpResponse, NoAnswer> {
    let (client, request) = (&context.worker.client, context.request);
    let call = Call {
        target,
        original_url: &context.original_url(),
        principal: context.caller.principal(),
        hop: context.hop(),
        wanted: match purpose {
            Purpose::ErrorPage => Wanted::Page,
            _ => Wanted::Answer,
        },
    };
    let body = match purpose {
        Purpose::Tunnel => return server.upgrade(client, request, payload, &call).await,
        // The request's body went to the server with the first question.
        Purpose::Fallback | Purpose::ErrorPage => RequestBody::Empty,
        Purpose::Requested | Purpose::Rewritten => {
            let method = request.method();
            if ![Method::GET, Method::HEAD, Method::OPTIONS].contains(method) {
                server.tell_of_method(method.as_str(), request.uri().path());
            }
            server.receive(request, payload).await?
        }
    };
    server.ask(client, request, body, &call).await
}

/// Status, headers and type as configured. Redirects of the server's own keep theirs, as a rule's do (HD-7).
fn finish(
    context: &RequestContext<'_>,
    resolution: &Resolution<'_>,
    purpose: Purpose,
    mut response: HttpResponse,
) -> HttpResponse {
    // RT-29: a path that is not there keeps the rule's status; RT-27: the target of a rewrite does not.
    let is_missing = response.status() == StatusCode::NOT_FOUND && purpose != Purpose::Rewritten;
    if let Some(status) = resolution.status
        && (response.status().is_success() || is_missing)
        && response.status() != status
    {
        *response.status_mut() = status;
    }
    let status = response.status();
    let is_page = purpose == Purpose::ErrorPage;
    if is_page || !status.is_redirection() || status == StatusCode::NOT_MODIFIED {
        let rule = match resolution.headers {
            // A rule's own headers are about its content, so errors do not get them.
            ConfiguredHeaders::Content(rule) => {
                rule.filter(|_| !status.is_client_error() && !status.is_server_error())
            }
            ConfiguredHeaders::None | ConfiguredHeaders::ErrorPage => None,
        };
        let headers = context.environment.content.header_sets().of_rule(rule);
        headers.apply_to_upstream(response.headers_mut());
    }
    if !is_page
        && status.is_success()
        && let Some(mime) = configured_type(context.environment, &context.path)
        && keeps_file_type(&response)
    {
        response.headers_mut().insert(CONTENT_TYPE, mime);
    }
    response
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
