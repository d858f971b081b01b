//! `/.cygnet/api/backend`: what answers `/api`.

use std::io;

use actix_web::HttpResponse;
use serde_json::{Value, json};

use crate::backend::{Backend, Upstream};
use crate::environment::State;
use crate::functions::{FunctionInfo, FunctionsHost, HostStatus, LeftOut, runtime_of};
use crate::link::linked_backend::LinkedBackend;

use super::call::{self, Call};
use super::events::log_line;
use super::refusal::Refusal;
use super::state::ServedEnvironment;

/// How many lines of the log are shown.
const LINES: usize = 500;

/// Answers.
///
/// # Errors
/// There is no such environment.
pub async fn answer(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    let environment = call.environment()?;
    let state = environment.app.current.load_full();
    let mut shown = match &*state {
        State::Serving(serving) => described(&serving.backend, &environment).await,
        State::Broken(_) => json!({
            "kind": "none",
            "status": "failed",
            "error": "the configuration is invalid, so nothing is called",
        }),
    };
    let lines = call.inspector.journal.logs.of(&environment.name);
    let last = lines.iter().skip(lines.len().saturating_sub(LINES));
    shown["log"] = last.map(|line| log_line(line)).collect();
    Ok(call::json(&shown))
}

async fn described(backend: &Backend, environment: &ServedEnvironment) -> Value {
    match backend {
        Backend::None => json!({ "kind": "none" }),
        Backend::Managed(host) => {
            let mut shown = managed(host, environment);
            shown["lastToken"] = json!(backend.last_claims());
            shown
        }
        Backend::BringYourOwn(upstream) => {
            let mut shown = bring_your_own(upstream, upstream.reach().await);
            shown["lastToken"] = json!(backend.last_claims());
            shown
        }
    }
}

fn managed(host: &FunctionsHost, environment: &ServedEnvironment) -> Value {
    let status = host.status();
    let status = status.borrow();
    let problem = status.problem();
    let runtime = runtime_of(host.config());
    let loaded = status.functions().unwrap_or_default();
    let loaded = loaded.iter().map(|each| function(each, environment));
    let left_out = status.left_out().iter().map(left_out);
    let own_port = host.config().own_port;
    json!({
        "kind": "managed",
        "url": own_port.map(|port| format!("http://localhost:{port}")),
        "status": word(&status),
        "starting": status.is_starting().then(|| host.stage()),
        "error": problem.map(|problem| &problem.message),
        "hint": problem.map(|problem| &problem.hint),
        "stack": problem.and_then(|problem| problem.stack.as_ref()),
        "language": runtime.as_ref().map(|choice| choice.runtime.to_string()).ok(),
        "folder": host.config().app_dir,
        "functions": loaded.chain(left_out).collect::<Value>(),
    })
}

fn word(status: &HostStatus) -> &'static str {
    match status {
        HostStatus::Asleep => "asleep",
        HostStatus::Starting { .. } => "starting",
        HostStatus::Ready { .. } => "ready",
        HostStatus::Failed(_) => "failed",
        HostStatus::Stopped => "stopped",
    }
}

fn function(function: &FunctionInfo, environment: &ServedEnvironment) -> Value {
    let (file, line) = place(function.source.as_deref());
    let inactive = &function.inactive;
    json!({
        "name": function.name,
        "methods": function.methods,
        "route": function.route,
        "url": format!("{}/{}", environment.url, function.route),
        "authLevel": function.auth_level,
        "file": file,
        "line": line,
        "disabled": false,
        "why": (!inactive.is_empty()).then(|| format!("{} inactive here (AP-86)", inactive.join(", "))),
    })
}

fn left_out(function: &LeftOut) -> Value {
    json!({ "name": function.name, "disabled": true, "why": function.why })
}

/// `src/app.js:12` in its two parts.
fn place(source: Option<&str>) -> (Option<&str>, Option<u32>) {
    let Some(source) = source else {
        return (None, None);
    };
    let line = source.rsplit_once(':');
    match line.and_then(|(file, line)| Some((file, line.parse().ok()?))) {
        Some((file, line)) => (Some(file), Some(line)),
        None => (Some(source), None),
    }
}

fn bring_your_own(upstream: &Upstream, reached: io::Result<()>) -> Value {
    let linked = upstream.linked();
    let status = match reached {
        Ok(()) => "ready",
        Err(_) => "failed",
    };
    json!({
        "kind": upstream.kind().to_string(),
        "url": upstream.url(),
        "status": status,
        "error": reached.err().map(|error| format!("{} does not answer: {error}", upstream.url())),
        "link": linked.map(|linked| link(linked)),
        "gate": linked.map(|linked| gate(linked)),
        "functions": [],
    })
}

/// What the environment says to its backend.
fn link(linked: &LinkedBackend) -> Value {
    let record = linked.record();
    json!({
        "kind": record.kind.title(),
        "name": record.name,
        "host": record.host,
        "issuer": linked.issuer.issuer(),
        "audience": record.audience(),
    })
}

/// The lock on the backend's own address.
fn gate(linked: &LinkedBackend) -> Value {
    let record = linked.record();
    let providers = record.providers.iter().map(|each| &each.client_id);
    let others = record.other_providers.iter().map(|each| &each.name);
    json!({
        "url": record.gate_url(),
        "open": record.is_open(),
        "providers": providers.chain(others).collect::<Vec<_>>(),
    })
}
