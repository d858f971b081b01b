//! `cygnet explain`: how one request is answered, and why. The verdicts come from the code that serves: the decision,
//! the file lookup, the fallback, the overrides; the answer itself is the pipeline's. Only the API and a dev server are not called.
//!
//! 1. [`question`]: a request as typed → the request that the pipeline gets
//! 2. [`steps`]: production's steps in order, each with its outcome; `answer`: the last of them, up to the [`end`]
//! 3. [`rules`]: every rule that was tried, and why it did not match
//! 4. [`headers`]: who set which header
//! 5. [`text`]: all of it for a terminal; serde for `--json`

mod answer;
pub mod end;
pub mod headers;
pub mod request;
pub mod rules;
pub mod steps;
pub mod text;

use std::rc::Rc;
use std::sync::Arc;

use actix_web::http::header::LOCATION;
use serde::Serialize;

use crate::backend::ApiClient;
use crate::environment::{Environment, State};
use crate::pipeline::context::RequestContext;
use crate::pipeline::{self, AppState, WorkerState};
use crate::routing::decide;

use end::End;
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
    /// `file`, `redirect`, `error`, `sign-in`, `api`, `dev-server`, or `empty`.
    pub kind: &'static str,
    /// The status; null when the API decides.
    pub status: Option<u16>,
    /// Where a redirect leads.
    pub location: Option<String>,
    /// The file, relative to the content root.
    pub file: Option<String>,
    /// What answers `/api`, and the path that it is asked for.
    pub backend: Option<String>,
    /// The rule that decided.
    pub rule: Option<usize>,
    /// Why, in the words of the request log.
    pub reason: String,
}

/// Explains. `api` says in words what answers `/api`; the environment's own backend only tells whether there is one.
///
/// # Errors
/// When the request cannot be built.
pub async fn explain(
    shared: Arc<AppState>,
    environment: &Environment,
    question: &ExplainRequest,
    api: &str,
) -> actix_web::Result<Explanation> {
    let (request, payload) = question.request().await?;
    let asked = RequestContext::new(&shared, &request);
    let header = |name: &str| {
        let value = request.headers().get(name)?;
        value.to_str().ok()
    };
    let facts = asked.facts(&header, environment);
    let decision = decide(&environment.rules, &facts);
    let (steps, end) = steps::walk(environment, &asked, &facts, &decision);
    let rules = rules::tried(environment, &facts);
    let request_view = RequestView {
        method: request.method().to_string(),
        target: asked.raw().to_string(),
        path: asked.path.to_string(),
        roles: match asked.caller.principal() {
            Some(principal) => principal.user_roles.clone(),
            None => Vec::new(),
        },
    };
    let mut result = ResultView {
        kind: end.kind(),
        status: None,
        location: None,
        file: None,
        backend: None,
        rule: decision.rule,
        reason: String::new(),
    };
    let mut headers = Vec::new();
    if let End::Api { target } = &end {
        result.backend = Some(format!("{api}, asked for {target}"));
        result.reason = "the API answers; its status and headers pass through".to_string();
    } else if let End::DevServer { target } = &end {
        result.reason =
            format!("the dev server answers, asked for {target}; nothing was sent to it");
    } else {
        let worker = WorkerState {
            shared: Arc::clone(&shared),
            client: Rc::new(ApiClient::new()),
        };
        let answer = pipeline::handle(&worker, &request, payload).await;
        let response = &answer.response;
        result.status = Some(response.status().as_u16());
        result.location = response
            .headers()
            .get(LOCATION)
            .and_then(|value| value.to_str().ok())
            .map(str::to_string);
        result.reason = answer.record.to_string();
        headers = headers::attribute(environment, &end, decision.rule, response.headers());
        result.file = end.file();
    }
    Ok(Explanation {
        request: request_view,
        configuration: environment
            .source
            .as_ref()
            .map(|source| source.path().display().to_string()),
        steps,
        rules,
        result,
        headers,
    })
}

/// The environment of a state, if it serves.
pub fn serving(state: &State) -> Option<&Environment> {
    match state {
        State::Serving(environment) => Some(environment),
        State::Broken(_) => None,
    }
}

/// `file:line` of a span in the configuration.
fn place(environment: &Environment, span: crate::finding::Span) -> Option<String> {
    let source = environment.source.as_ref()?;
    let line = source.position(span.start).line;
    Some(format!("{}:{line}", source.path().display()))
}
