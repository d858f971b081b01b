//! What `--json` prints of a start: of one app once all that it needs answers, or one part of it never will; of deployed
//! environments once they are listened for.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::backend::Backend;
use crate::environment::{Environment, State};
use crate::pipeline::{AppState, OWN_PATHS};
use crate::store::locator::Locator;
use crate::store::timestamp::rfc3339;

use super::readiness::Readiness;

/// The members for every emulator; `ms` is the time since `begun`, in milliseconds.
pub(super) fn of(locator: &Locator, (begun, inspects): (Instant, bool)) -> Value {
    let url = &locator.url;
    json!({
        "url": url,
        "port": locator.port,
        "pid": locator.pid,
        "project": locator.project.display().to_string(),
        "app": locator.app,
        "startedAt": rfc3339(locator.started_at),
        "ms": begun.elapsed().as_millis(),
        "inspector": inspects.then(|| format!("{url}{OWN_PATHS}")),
    })
}

/// Waits until the app is ready or never will be; adds that, and the members for one app, to those of [`of`].
pub(super) async fn when_ready(
    app: &AppState,
    readiness: &Readiness,
    locator: &Locator,
    known: (Instant, bool),
) -> Value {
    let readiness = readiness.to_json(Duration::MAX).await;
    let mut started = of(locator, known);
    for member in ["ready", "failed", "parts"] {
        started[member] = readiness[member].clone();
    }
    let state = app.current.load_full();
    let (source, environment) = match &*state {
        State::Serving(environment) => (environment.source.as_ref(), Some(environment)),
        State::Broken(broken) => (Some(&broken.source), None),
    };
    started["configuration"] = json!(source.map(|source| source.path().display().to_string()));
    started["api"] = environment.map_or(Value::Null, |it| api(&it.backend));
    let sign_in = environment.map(|environment| sign_in(environment, &locator.url));
    started["signIn"] = Value::from(sign_in.unwrap_or_default());
    started
}

/// `kind`, `folder` and `url`. Of functions that run here, `url` is where they can be called directly, or `null`.
fn api(backend: &Backend) -> Value {
    match backend {
        Backend::None => Value::Null,
        Backend::Managed(host) => {
            let config = host.config();
            let url = config.own_port;
            let url = url.map(|port| format!("http://localhost:{port}"));
            let folder = config.app_dir.display().to_string();
            json!({ "kind": "managed", "folder": folder, "url": url })
        }
        Backend::BringYourOwn(upstream) => {
            let kind = upstream.kind().to_string();
            json!({ "kind": kind, "folder": null, "url": upstream.url() })
        }
    }
}

/// For each provider `provider`, `url`, and `real`: whether it signs in for real.
fn sign_in(environment: &Environment, url: &str) -> Vec<Value> {
    let names = environment.providers.names().iter();
    let real = |name: &str| {
        let mut asked = environment.real_sign_in.asked();
        asked.any(|(asked, why_mock)| asked == name && why_mock.is_none())
    };
    names
        .map(|name| {
            let url = format!("{url}/.auth/login/{name}");
            json!({ "provider": name, "url": url, "real": real(name) })
        })
        .collect()
}
