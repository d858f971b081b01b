//! Environments and deployments in words and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::deployment::model::{Deployment, DeploymentState, Environment, ServedAt};
use crate::link::model::Link;
use crate::store::timestamp::rfc3339;

/// `id`, `kind`, `host`, `url`, `createdAt`, `deployment`, `deployments`, `settings` (names).
pub(super) fn environment(
    state: &DeploymentState,
    environment: &Environment,
    at: ServedAt,
) -> Value {
    json!({
        "id": environment.id.to_string(),
        "kind": environment.id.kind(),
        "host": format!("{}.localhost", state.host_label(&environment.id)),
        "url": state.url(&environment.id, at),
        "createdAt": rfc3339(environment.created_at),
        "deployment": environment.deployment().map(|it| deployment(it, true)),
        "deployments": environment.history.len(),
        "settings": environment.app_settings.keys().collect::<Vec<_>>(),
    })
}

/// `id`, `at`, `files`, `bytes`, `source`, `api`, `active`.
pub(super) fn deployment(deployment: &Deployment, is_active: bool) -> Value {
    json!({
        "id": deployment.id,
        "at": rfc3339(deployment.at),
        "files": deployment.files,
        "bytes": deployment.bytes,
        "source": deployment.source,
        "api": deployment.has_api,
        "active": is_active,
    })
}

/// `kind`, `name`, `url` of what an environment is linked to.
pub(super) fn link(link: &Link) -> Value {
    json!({ "kind": link.kind.to_string(), "name": link.name, "url": link.url })
}

/// One line an environment.
pub(super) fn list(state: &DeploymentState, at: ServedAt) -> String {
    let mut text = String::new();
    if state.environments.is_empty() {
        text.push_str("there is no environment: cygnet deploy\n");
    }
    for environment in &state.environments {
        let name = environment.id.to_string();
        let time = environment
            .deployment()
            .map(|it| rfc3339(it.at))
            .unwrap_or_default();
        let kind = environment.id.kind();
        let url = state.url(&environment.id, at);
        let _ = writeln!(text, "{name:<18} {kind:<13} {time:<21} {url}");
    }
    text
}

/// One environment, a line each fact.
pub(super) fn one(
    state: &DeploymentState,
    environment: &Environment,
    link: Option<&Link>,
    at: ServedAt,
) -> String {
    let mut text = format!("{} ({})\n", environment.id, environment.id.kind());
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:<11} {value}");
    };
    line("url", &state.url(&environment.id, at));
    if let Some(deployment) = environment.deployment() {
        line("deployment", &words(deployment));
        line("from", &deployment.source);
        let api = match (deployment.has_api, link) {
            (true, _) => "managed functions".to_owned(),
            (false, Some(link)) => format!("{} `{}` at {}", link.kind.title(), link.name, link.url),
            (false, None) => "none".to_owned(),
        };
        line("api", &api);
    }
    let names: Vec<&str> = environment
        .app_settings
        .keys()
        .map(String::as_str)
        .collect();
    if !names.is_empty() {
        line("settings", &names.join(", "));
    }
    text
}

/// One line a deployment, the present one marked.
pub(super) fn history(environment: &Environment) -> String {
    let mut text = String::new();
    for deployment in &environment.history {
        let mark = if deployment.id == environment.active {
            "*"
        } else {
            " "
        };
        let _ = writeln!(text, "{mark} {}  {}", words(deployment), deployment.source);
    }
    text
}

fn words(deployment: &Deployment) -> String {
    format!(
        "{}  {}  {}",
        deployment.id,
        rfc3339(deployment.at),
        size(deployment)
    )
}

/// `1 file, 14 bytes`
pub(super) fn size(deployment: &Deployment) -> String {
    format!(
        "{}, {}",
        counted(deployment.files, "file"),
        counted(deployment.bytes, "byte")
    )
}

/// `1 file`, `2 files`
pub(super) fn counted(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}
