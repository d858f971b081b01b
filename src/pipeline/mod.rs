//! One request, top to bottom, in production's order.
//!
//! ```text
//! environment → gateway → caller (cookie → principal) → routing::decide (pure)
//!   → one of: auth page · redirect · error · file · api → response overrides → headers → one record for the log
//! ```
//!
//! | step | where |
//! |---|---|
//! | what was asked, by whom | [`context`] |
//! | the decision | [`crate::routing::decide()`] |
//! | content, fallback, trailing slash | [`content`] |
//! | the same, when a dev server serves the app | [`dev_server`] |
//! | `/data-api` | `data_api` |
//! | a dev server that says nothing | [`upstream_unavailable`] |
//! | `/.auth` | [`sign_in`] |
//! | the platform's own errors and their overrides | [`errors`] |
//! | what is remembered for the log | [`record`] |

pub mod content;
pub mod context;
mod data_api;
pub mod dev_server;
pub mod errors;
pub mod record;
pub mod sign_in;
pub mod upstream_unavailable;

use std::borrow::Cow;
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::UPGRADE;
use actix_web::http::{ConnectionType, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};

use crate::backend::reject::is_websocket;
use crate::backend::{self, ApiCall, ApiClient, Limits};
use crate::content::disk::is_configuration;
use crate::deployment::invitations::Invitations;
use crate::environment::{Current, Environment, State};
use crate::live::Hub;
use crate::routing::path::is_data_api;
use crate::routing::url::location;
use crate::routing::{Decision, Outcome, Refusal, Target, decide};

use context::RequestContext;
use record::{AccessRecord, Reason};

/// What all requests of one emulator share.
#[derive(Debug)]
pub struct AppState {
    /// The present environment.
    pub current: Current,
    /// Judge callers from this very machine as production judges everybody (`--strict`).
    pub strict: bool,
    /// Judge all callers as if they came from here (`--client-ip`).
    pub client_ip: Option<IpAddr>,
    /// Limits on calls to the backend.
    pub limits: Limits,
    /// Who tells open pages of changes; `None` without live reload.
    pub live: Option<Hub>,
    /// `localhost:4280`: stands in for a `Host` header that is missing or no host.
    pub own_host: String,
    /// Whether browsers come by HTTPS.
    pub secure: bool,
    /// Who was invited, where deployments are served (AU-60).
    pub invitations: Option<Invitations>,
}

/// What one worker thread owns.
pub struct WorkerState {
    /// Shared by all workers.
    pub shared: Arc<AppState>,
    /// This worker's connections to backends.
    pub client: Rc<ApiClient>,
}

/// An answer and what is to be remembered of it.
pub struct Reply {
    /// The response.
    pub response: HttpResponse,
    /// Why it is what it is.
    pub record: AccessRecord,
}

/// Answers one request. Never fails: every fault is a response.
pub async fn handle(worker: &WorkerState, request: &HttpRequest, payload: web::Payload) -> Reply {
    let state = worker.shared.current.load_full();
    let environment = match &*state {
        State::Serving(environment) => environment,
        State::Broken(broken) => {
            return errors::broken(broken, request, worker.shared.live.is_some());
        }
    };
    let asked = RequestContext::new(&worker.shared, request);
    let header = |name: &str| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let decision = decide(&environment.rules, &asked.facts(&header, environment));
    let mut answer = act(worker, environment, &asked, payload, &decision).await;
    if request.headers().contains_key(UPGRADE)
        && is_websocket(request)
        && answer.response.status() != StatusCode::SWITCHING_PROTOCOLS
    {
        // The client may go on in another protocol on this connection.
        answer
            .response
            .head_mut()
            .set_connection_type(ConnectionType::Close);
    }
    answer.with_rule(environment, decision.rule)
}

/// The refusal of a request that the network rules keep out (`allowedIpRanges`, `requiredHeaders`), for those who answer
/// in place of [`handle`]; `None` for all others.
pub fn refused(shared: &AppState, request: &HttpRequest) -> Option<Reply> {
    let state = shared.current.load_full();
    let State::Serving(environment) = &*state else {
        return None;
    };
    let asked = RequestContext::new(shared, request);
    let headers = request.headers();
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let decision = decide(&environment.rules, &asked.facts(&header, environment));
    let Outcome::Refused(refusal) = decision.outcome else {
        return None;
    };
    Some(errors::refused(environment, &asked, refused_note(refusal)))
}

/// Carries a decision out. All but the file at hand is boxed: its future would make that of every request larger, and
/// actix moves that one into a box for each.
async fn act(
    worker: &WorkerState,
    environment: &Environment,
    asked: &RequestContext<'_>,
    payload: web::Payload,
    decision: &Decision<'_>,
) -> Reply {
    match decision.outcome {
        Outcome::Refused(refusal) => errors::refused(environment, asked, refused_note(refusal)),
        Outcome::Error(status) => {
            let note = error_note(environment, decision, &asked.path, status);
            Box::pin(errors::fail(worker, environment, asked, status, note)).await
        }
        Outcome::MethodNotAllowed => errors::method_not_allowed(),
        Outcome::Redirect { to, status } => {
            Reply::redirect(status, &location(to), Reason::Redirect)
        }
        Outcome::Auth(target) => {
            Box::pin(sign_in::answer(worker, environment, asked, payload, target)).await
        }
        Outcome::Api(target) => {
            let target = raw_target(asked, target);
            let payload = payload.into_inner();
            Box::pin(call_api(worker, environment, asked, payload, &target, true)).await
        }
        Outcome::DataApi(target) => {
            // Boxed: its future would make that of every request larger.
            Box::pin(data_api::answer(
                worker,
                environment,
                asked,
                payload.into_inner(),
                target,
            ))
            .await
        }
        Outcome::Fallback => {
            Box::pin(content::fallback(
                worker,
                environment,
                asked,
                None,
                StatusCode::OK,
            ))
            .await
        }
        Outcome::Content { target, status } => {
            if let Some(server) = &environment.dev_server {
                let wanted = (target, status);
                // Boxed: its future would make that of every file several times larger.
                return Box::pin(dev_server::answer(
                    worker,
                    environment,
                    server,
                    asked,
                    payload,
                    decision,
                    wanted,
                ))
                .await;
            }
            let status = status.and_then(|code| StatusCode::from_u16(code).ok());
            match content::requested(environment, asked, target, status, decision.rule).await {
                Some(answer) => answer,
                None if target == Target::Requested => {
                    let status = status.unwrap_or(StatusCode::OK);
                    Box::pin(fall_back(worker, environment, asked, decision, status)).await
                }
                None => {
                    Box::pin(errors::fail(
                        worker,
                        environment,
                        asked,
                        404,
                        Reason::NoTarget,
                    ))
                    .await
                }
            }
        }
    }
}

/// Nothing answers to the path itself: the navigation fallback, which may be a file or an API path (NF-1, NF-5). The
/// status of the matched rule replaces its 200 too (RT-29).
async fn fall_back(
    worker: &WorkerState,
    environment: &Environment,
    asked: &RequestContext<'_>,
    decision: &Decision<'_>,
    status: StatusCode,
) -> Reply {
    // CF-9: the configuration is no content, and no page stands in for it.
    if is_configuration(&asked.path) {
        return errors::fail(worker, environment, asked, 404, Reason::Configuration).await;
    }
    if is_data_api(&asked.path) {
        let note = Reason::Static(data_api::NOT_CONFIGURED);
        return errors::fail(worker, environment, asked, 404, note).await;
    }
    if environment.rules.fallback(&asked.path).is_none() {
        return errors::fail(worker, environment, asked, 404, Reason::NoFile).await;
    }
    match api_fallback(worker, environment, asked, decision.demands_role).await {
        Some(answer) => answer,
        None => content::fallback(worker, environment, asked, decision.rule, status).await,
    }
}

/// The fallback's answer when it is an API path (NF-5). Only GET, HEAD and OPTIONS come here, whose bodies mean nothing.
async fn api_fallback(
    worker: &WorkerState,
    environment: &Environment,
    asked: &RequestContext<'_>,
    demands_role: bool,
) -> Option<Reply> {
    let target = environment.rules.fallback(&asked.path)?;
    let path = target.split('?').next().unwrap_or(target);
    if !environment.has_api() || !crate::routing::path::is_api(path) {
        return None;
    }
    let target = raw_target(asked, Target::Rewritten(target));
    let none = Payload::None;
    Some(call_api(worker, environment, asked, none, &target, demands_role).await)
}

/// AP-27: whether a call through the fallback shows the caller depends on the rule that the requested path met.
async fn call_api(
    worker: &WorkerState,
    environment: &Environment,
    asked: &RequestContext<'_>,
    payload: Payload,
    target: &str,
    shows_caller: bool,
) -> Reply {
    let call = ApiCall {
        target,
        original_url: &asked.original_url(),
        peer: asked.request.peer_addr(),
        principal: asked.caller.principal().filter(|_| shows_caller),
    };
    let outcome = backend::serve(
        &environment.backend,
        &worker.client,
        &worker.shared.limits,
        asked.request,
        payload,
        call,
    )
    .await;
    Reply {
        response: outcome.response,
        record: AccessRecord::new(outcome.note.map_or(Reason::Api, Reason::Text)),
    }
}

/// The path and query to send. A rewrite without a query takes the request's along; whether Azure does is undocumented
/// (RT-43), and a backend that does not expect it loses nothing.
fn raw_target<'a>(asked: &'a RequestContext<'_>, target: Target<'a>) -> Cow<'a, str> {
    match (target, asked.query()) {
        (Target::Requested, _) => Cow::Borrowed(asked.raw()),
        (Target::Rewritten(to), Some(query)) if !to.contains('?') => {
            Cow::Owned(format!("{to}?{query}"))
        }
        (Target::Rewritten(to), _) => Cow::Borrowed(to),
    }
}

fn refused_note(refusal: Refusal<'_>) -> Reason {
    match refusal {
        Refusal::Address => Reason::Static("address not in networking.allowedIpRanges"),
        Refusal::Header(name) => Reason::Text(format!(
            "forwardingGateway.requiredHeaders: `{name}` is missing or different"
        )),
    }
}

fn error_note(
    environment: &Environment,
    decision: &Decision<'_>,
    path: &str,
    status: u16,
) -> Reason {
    let routes = &environment.rules.config().routes;
    let rule = decision.rule.and_then(|rule| routes.get(rule));
    let by_rule = rule.and_then(|rule| rule.status_code.as_ref());
    let said = by_rule.is_some_and(|code| code.value == status);
    Reason::Static(match status {
        404 if !said && is_data_api(path) => data_api::NOT_CONFIGURED,
        _ if rule.is_none() => "rolesSource is not reachable from outside",
        _ if said => "the rule's statusCode",
        401 => "a role is needed and nobody is signed in",
        _ => "the signed-in user has none of the roles",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::content::Content;
    use crate::content::cache::FileCache;
    use crate::routing::Rules;
    use actix_web::FromRequest;

    /// actix moves a request's future into a box of its own: a large one costs each request that copy, and beyond a
    /// kilobyte the allocator's slow path.
    #[test]
    fn the_future_of_a_request_stays_small() {
        let size = actix_web::rt::System::new().block_on(size_of_future());
        assert!(size <= 1000, "{size} bytes");
    }

    async fn size_of_future() -> usize {
        let config = Arc::new(Config::default());
        let environment = Environment {
            content: Content::new(std::env::temp_dir(), &config, FileCache::default()),
            rules: Rules::new(config),
            dev_server: None,
            data_api: None,
            backend: crate::backend::Backend::None,
            providers: crate::auth::Providers::from_config(None),
            source: None,
        };
        let worker = WorkerState {
            shared: Arc::new(AppState {
                current: Current::from_pointee(State::Serving(Box::new(environment))),
                strict: false,
                client_ip: None,
                limits: Limits::default(),
                own_host: "localhost".to_string(),
                secure: false,
                live: None,
                invitations: None,
            }),
            client: Rc::new(ApiClient::new()),
        };
        let request = actix_web::test::TestRequest::default().to_http_request();
        let payload = web::Payload::extract(&request).await.unwrap();
        size_of_val(&handle(&worker, &request, payload))
    }
}
