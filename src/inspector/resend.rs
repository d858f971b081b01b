//! `/.cygnet/api/requests/ID/resend`: a request made again, by the same caller, by a persona, or by nobody.

use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::HttpResponse;
use actix_web::body::{BoxBody, MessageBody};
use serde::Deserialize;
use serde_json::json;

use crate::auth::ClientPrincipal;
use crate::environment::State;
use crate::pipeline::{self, REFUSED, WorkerState};

use super::call::{self, Call};
use super::capture::Capture;
use super::entry::{Bodies, Entry, Resent};
use super::rebuilt::Rebuilt;
use super::refusal::Refusal;
use super::requests;
use super::state::ServedEnvironment;

/// How long an answer is read that nobody waits for: an event stream has no end.
const LONGEST: Duration = Duration::from_secs(60);

/// Who asks.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct By {
    persona: Option<String>,
    anonymous: bool,
}

/// Makes the request again, and gives the number of the new one.
pub async fn answer(call: &mut Call<'_>, id: &str) -> Result<HttpResponse, Refusal> {
    let by: By = call.json().await?;
    let entry = requests::find(call, id)?;
    let environment = environment(call, &entry)?;
    let rebuilt = Rebuilt::of(&entry).with_body(&body(&entry)?);
    let rebuilt = match (&by.persona, by.anonymous) {
        (None, false) => rebuilt,
        (None, true) => rebuilt.asked_by(None).map_err(Refusal::bad)?,
        (Some(name), _) => {
            let principal = principal(&environment, name)?;
            rebuilt.asked_by(Some(&principal)).map_err(Refusal::bad)?
        }
    };
    let resent = Resent {
        from: entry.id(),
        persona: by.persona,
    };
    let worker = WorkerState {
        app: Arc::clone(&environment.app),
        client: Rc::clone(&call.worker.client),
        requests: call.worker.requests.clone(),
    };
    let started = Instant::now();
    let mut capture = Capture::again(&call.inspector.journal, started, resent);
    let (request, payload) = rebuilt.request();
    let payload = capture.payload(&request, payload);
    let reply = pipeline::handle(&worker, &request, payload).await;
    let (response, sent) =
        capture.answered(&request, Some(environment.name), (reply, started.elapsed()));
    let read = read(response.into_body());
    actix_web::rt::spawn(async move {
        // What is not read in time is as if its reader had gone.
        let _ = tokio::time::timeout(LONGEST, read).await;
    });
    // What is asked for here is followed to its end.
    let id = sent.map(|sent| call.inspector.journal.number(&sent));
    Ok(call::json(&json!({ "id": id })))
}

fn environment(call: &Call<'_>, entry: &Entry) -> Result<ServedEnvironment, Refusal> {
    let headers = entry.heads.as_ref().map(|heads| &heads.request);
    if entry.record.kind() == REFUSED {
        return Err(Refusal::bad(
            "this request was refused before the app was asked",
        ));
    }
    if headers.is_some_and(|headers| headers.get("upgrade").is_some()) {
        return Err(Refusal::bad("a WebSocket cannot be opened again from here"));
    }
    let name = entry.environment.as_deref().unwrap_or_default();
    let mut all = call.inspector.environments.all().into_iter();
    all.find(|environment| *environment.name == *name)
        .ok_or_else(|| Refusal::not_found(format!("environment `{name}` is gone")))
}

/// The body, if it had one.
fn body(entry: &Entry) -> Result<Vec<u8>, Refusal> {
    let bodies = entry.ended.get().and_then(|it| it.bodies.load_full());
    let kept = match bodies.as_deref() {
        Some(Bodies::Kept { request, .. }) => request.as_ref(),
        Some(Bodies::Forgotten) | None => None,
    };
    match kept {
        Some(kept) if !kept.is_truncated() => Ok(kept.kept().to_vec()),
        Some(_) => Err(Refusal::of(
            409,
            "the body of this request is too long to be kept whole",
        )),
        None if entry.request_bytes == Some(0) => Ok(Vec::new()),
        None => Err(Refusal::of(409, "the body of this request was not kept")
            .hint("bodies are kept while the inspector is open and there is room for them; make the request once more")),
    }
}

fn principal(environment: &ServedEnvironment, name: &str) -> Result<ClientPrincipal, Refusal> {
    let state = environment.app.current.load_full();
    let State::Serving(serving) = &*state else {
        return Err(Refusal::bad(
            "the configuration is invalid, so nobody can sign in",
        ));
    };
    let picker = environment.app.personas.picker(serving);
    let persona = picker.find(name).map_err(Refusal::bad)?;
    let provider = persona
        .provider_in(&serving.providers)
        .map_err(Refusal::bad)?;
    Ok(persona.principal(provider))
}

/// Reads a body to its end.
async fn read(mut body: BoxBody) {
    while let Some(Ok(_)) = poll_fn(|context| Pin::new(&mut body).poll_next(context)).await {}
}
