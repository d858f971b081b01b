//! `/.cygnet/api/environments`: the working copy, or what is deployed.

use actix_web::HttpResponse;
use serde_json::{Value, json};

use crate::backend::Backend;
use crate::deployment::model::{Deployment, DeploymentState, Environment};
use crate::deployment::password;
use crate::deployment::store::StorePaths;
use crate::environment::State;
use crate::pipeline::AppState;

use super::call::{self, Call};
use super::refusal::Refusal;
use super::state::{Mode, ServedEnvironment};
use crate::store::timestamp::rfc3339;

/// Stands for a value that is shown by `cygnet appsettings list` only.
const HIDDEN: &str = "‹hidden›";

/// Answers.
///
/// # Errors
/// The file of the deployments cannot be read.
pub fn answer(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    let info = &call.inspector.info;
    let served = call.inspector.environments.all();
    let environments: Value = match info.mode {
        Mode::Start => served.iter().map(working_copy).collect(),
        Mode::Serve => {
            let state = StorePaths::of(&info.project)
                .peek()
                .map_err(|error| Refusal::of(500, error.to_string()))?;
            // What is deployed is served a moment later.
            let pairs = state.iter().flat_map(|state| {
                let found = |environment: &Environment| {
                    let name = environment.id.to_string();
                    served.iter().find(|served| *served.name == *name)
                };
                let all = state.environments.iter();
                all.filter_map(move |it| Some(deployed(state, it, found(it)?)))
            });
            pairs.collect()
        }
    };
    Ok(call::json(&json!({ "environments": environments })))
}

fn working_copy(served: &ServedEnvironment) -> Value {
    json!({
        "name": &*served.name,
        "kind": "working copy",
        "url": served.url,
        "current": null,
        "history": [],
        "settings": [],
        "password": false,
        "functions": api(&served.app),
    })
}

fn deployed(
    state: &DeploymentState,
    environment: &Environment,
    served: &ServedEnvironment,
) -> Value {
    let settings = environment.app_settings.keys();
    let history = environment.history.iter();
    json!({
        "name": &*served.name,
        "kind": environment.id.kind(),
        "url": served.url,
        "current": environment.active,
        "history": history.map(|it| deployment(it, it.id == environment.active)).collect::<Value>(),
        "settings": settings.map(|name| json!({ "name": name, "value": HIDDEN })).collect::<Value>(),
        "password": password::of(state, &environment.id).is_some(),
        "functions": api(&served.app),
    })
}

fn deployment(deployment: &Deployment, active: bool) -> Value {
    json!({
        "id": deployment.id,
        "time": rfc3339(deployment.at),
        "files": deployment.files,
        "bytes": deployment.bytes,
        "source": deployment.source,
        "api": deployment.has_api,
        "active": active,
    })
}

/// What answers `/api`, in words; nothing where nothing does.
fn api(app: &AppState) -> Option<String> {
    let State::Serving(environment) = &**app.current.load() else {
        return None;
    };
    match &environment.backend {
        Backend::None => None,
        Backend::Managed(_) => Some("managed functions".to_owned()),
        Backend::BringYourOwn(upstream) => {
            Some(format!("{} at {}", upstream.kind().title(), upstream.url()))
        }
    }
}
