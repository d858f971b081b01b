//! `cygnet explain`: how one request is answered, and why. The pipeline says it: [`resolve`] for what answers,
//! [`resolve_after`](crate::pipeline::resolve_after) for what follows where a dev server has a say. Here it is only put into
//! words; the API, the database connection and the dev server are not called.
//!
//! 1. [`request`]: a request as typed → the request that the pipeline gets; [`caller`]: a name → who asks
//! 2. [`steps`]: production's steps in order, each with its outcome; [`answer`]: what answers, in words
//! 3. [`rules`]: every rule that was tried, and why it did not match
//! 4. [`headers`]: who set which header
//! 5. [`text`]: all of it for a terminal; serde for `--json`

pub mod answer;
pub mod caller;
pub mod headers;
pub mod request;
pub mod rules;
pub mod steps;
pub mod text;

use std::rc::Rc;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, LOCATION};
use serde::Serialize;

use crate::backend::ApiClient;
use crate::environment::{Environment, State};
use crate::finding::{Source, Span};
use crate::pipeline::context::RequestContext;
use crate::pipeline::resolution::{Handler, Step as Attempt};
use crate::pipeline::respond;
use crate::pipeline::{AppState, Reply, Resolution, WorkerState, resolve};
use crate::routing::{Decision, decide};

use answer::AfterView;
use headers::HeaderView;
use request::ExplainRequest;
use rules::RuleView;
use steps::Step;

/// Everything about one answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// What was asked.
    pub request: RequestView,
    /// The configuration file; null without one.
    pub configuration: Option<String>,
    /// Production's steps in order.
    pub steps: Vec<Step>,
    /// Every rule, in the order of the file.
    pub rules: Vec<RuleView>,
    /// What comes of it.
    pub result: ResultView,
    /// Headers of the answer, and headers that the configuration removed.
    pub headers: Vec<HeaderView>,
}

impl Explanation {
    /// The status, or who decides it.
    pub fn status_in_words(&self) -> String {
        match (self.result.status, self.result.kind) {
            (Some(status), _) => status.to_string(),
            (None, "dev-server") => "by the dev server".to_owned(),
            (None, "data-api") => "by the database connection".to_owned(),
            (None, _) => "by the API".to_owned(),
        }
    }
}

/// The request as it was understood.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestView {
    /// Method.
    pub method: String,
    /// Path and query as typed.
    pub target: String,
    /// The path that rules and files are compared with: decoded, without dot segments.
    pub path: String,
    /// Roles of the signed-in user; empty when nobody is signed in.
    pub roles: Vec<String>,
}

/// The answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResultView {
    /// `file`, `redirect`, `error`, `empty`, `sign-in`, `password`, `invitation`, `api`, `data-api`, or `dev-server`.
    pub kind: &'static str,
    /// The status; null when another program decides.
    pub status: Option<u16>,
    /// Where a redirect leads.
    pub location: Option<String>,
    /// The file, relative to the content root.
    pub file: Option<String>,
    /// What answers `/api`, and the path that it is asked for.
    pub backend: Option<String>,
    /// The path and query that another program is asked for, as they are sent.
    pub target: Option<String>,
    /// The path that a rule put in place of the one that was asked for.
    pub rewrite: Option<String>,
    /// The rule that decided.
    pub rule: Option<usize>,
    /// Why, in the words of the request log.
    pub reason: String,
    /// Why, in one word ([`Reason::WORDS`](crate::pipeline::reason::Reason::WORDS)).
    pub reason_word: &'static str,
    /// What takes the place of a dev server's answer, by its status.
    pub after: Vec<AfterView>,
}

/// Explains. `api` says in words what answers `/api`; the environment's own backend only tells whether there is one.
pub async fn explain(
    app: Arc<AppState>,
    environment: &Environment,
    request: &ExplainRequest,
    api: &str,
) -> actix_web::Result<Explanation> {
    let (request, payload) = request.request().await?;
    let worker = WorkerState {
        app,
        client: Rc::new(ApiClient::new()),
        requests: None,
    };
    let context = RequestContext::new(&worker, environment, &request);
    let facts = context.facts();
    let decision = decide(&environment.rules, &facts);
    let mut resolution = resolve(&context, &decision);
    let mut payload = payload.into_inner();
    // A handler that only asks this process and its disk answers, or says what takes its place.
    let (steps, result, headers) = loop {
        let steps = steps::steps(&context, &decision, &resolution);
        let mut result = result(&context, &decision, &resolution, api);
        if !resolution.handler.is_local() {
            break (steps, result, Vec::new());
        }
        let headers = headers::Attribution::of(environment, &resolution);
        match respond::step(&context, payload.take(), resolution).await {
            Attempt::Instead(next) => resolution = next,
            Attempt::Reply(reply) => {
                answered(&mut result, &reply);
                break (steps, result, headers.views(reply.response.headers()));
            }
        }
    };
    Ok(Explanation {
        request: RequestView {
            method: request.method().to_string(),
            target: context.raw().to_string(),
            path: context.path.to_string(),
            roles: match context.caller.principal() {
                Some(principal) => principal.user_roles.clone(),
                None => Vec::new(),
            },
        },
        configuration: environment
            .source
            .as_ref()
            .map(|source| source.path().display().to_string()),
        steps,
        rules: rules::tried(&environment.rules, environment.source.as_deref(), &facts),
        result,
        headers,
    })
}

/// The steps of a request that was answered, and who set which header of its answer, told again by an environment that has
/// the same configuration. Nothing is read, sent or changed.
pub fn retrace(
    app: Arc<AppState>,
    environment: &Environment,
    request: &HttpRequest,
    response: &HeaderMap,
) -> (Vec<Step>, Vec<HeaderView>) {
    let worker = WorkerState {
        app,
        client: Rc::new(ApiClient::new()),
        requests: None,
    };
    let context = RequestContext::new(&worker, environment, request);
    let decision = decide(&environment.rules, &context.facts());
    let resolution = resolve(&context, &decision);
    let steps = steps::steps(&context, &decision, &resolution);
    let headers = headers::Attribution::of(environment, &resolution).views(response);
    (steps, headers)
}

/// The result as far as it is known before anything is read or sent.
fn result(
    context: &RequestContext<'_>,
    decision: &Decision<'_>,
    resolution: &Resolution<'_>,
    api: &str,
) -> ResultView {
    let target = answer::target(&resolution.handler);
    let file = match &resolution.handler {
        Handler::File { relative, .. } => Some(relative.to_string()),
        _ => None,
    };
    let (backend, reason) = match (&resolution.handler, target) {
        (Handler::Api { .. }, Some(target)) => (
            Some(format!("{api}, asked for {target}")),
            "the API answers; its status and headers pass through".to_owned(),
        ),
        (Handler::DataApi { .. }, Some(target)) => (
            Some(format!("the database connection, asked for {target}")),
            "the database connection answers; its status and headers pass through".to_owned(),
        ),
        (_, Some(target)) => (
            None,
            format!("the dev server answers, asked for {target}; nothing was sent to it"),
        ),
        (_, None) => (None, String::new()),
    };
    ResultView {
        kind: resolution.handler.kind(),
        status: None,
        location: None,
        file,
        backend,
        target: target.map(str::to_owned),
        rewrite: decision.outcome.rewritten().map(str::to_owned),
        rule: resolution.rule,
        reason,
        reason_word: resolution.reason.word(),
        after: answer::after(context, resolution),
    }
}

fn answered(result: &mut ResultView, reply: &Reply) {
    let response = &reply.response;
    let location = response.headers().get(LOCATION);
    let location = location.and_then(|value| value.to_str().ok());
    result.status = Some(response.status().as_u16());
    result.location = location.map(str::to_owned);
    result.reason = reply.record.to_string();
    result.reason_word = reply.record.reason_word();
}

/// The environment of a state, if it serves.
pub fn serving(state: &State) -> Option<&Environment> {
    match state {
        State::Serving(environment) => Some(environment),
        State::Broken(_) => None,
    }
}

/// `file:line` of a span in the configuration.
fn place(source: Option<&Source>, span: Span) -> Option<String> {
    let source = source?;
    let line = source.position(span.start).line;
    Some(format!("{}:{line}", source.path().display()))
}
