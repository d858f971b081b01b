//! What Azure looks at before it links (BK-3…BK-9), in its order: the app, the environment, the backend.

use std::path::Path;

use super::BackendKind;
use super::model::{App, BackendRecord, EasyAuth, Link, PRODUCTION, Plan};
use super::refusal::Refusal;
use super::store::{LinkPaths, LinkState};

/// What is to be linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRequest {
    /// What it is.
    pub kind: BackendKind,
    /// Its name; `None`: after its URL.
    pub name: Option<String>,
    /// Scheme, host and port.
    pub url: String,
    /// [`PRODUCTION`] or a named environment.
    pub environment: String,
    /// The plan of the app.
    pub plan: Plan,
    /// The region of the backend (BK-2).
    pub region: Option<String>,
    /// Overwrite another app's provider (Functions only, BK-8).
    pub force: bool,
    /// Whether the app has managed functions (`api_location`).
    pub has_managed_api: bool,
}

/// Every check that needs no network.
pub fn check(state: &LinkState, wanted: &LinkRequest) -> Result<(), Refusal> {
    plan(wanted)?;
    environment(&wanted.environment)?;
    if wanted.has_managed_api {
        return Err(Refusal::new(
            "BK-3",
            "the app has managed functions, and an environment has one API at a time",
            "remove the API location (`apiLocation` or --api-location; in the workflow `api_location: \"\"`), then link",
        ));
    }
    let links = &state.project.links;
    let linked = links
        .iter()
        .find(|link| link.environment == wanted.environment);
    if let Some(link) = linked.filter(|link| (link.kind, &link.url) != (wanted.kind, &wanted.url)) {
        return Err(second_link(link));
    }
    name(state, wanted)?;
    match state.machine.backend(wanted.kind, &wanted.url) {
        Some(backend) => {
            authentication(backend)?;
            backend_is_free(backend, &state.project.app, wanted)
        }
        None => Ok(()),
    }
}

/// BK-7, BK-9: what the backend's own authentication settings must be like. API Management has none.
fn authentication(backend: &BackendRecord) -> Result<(), Refusal> {
    let (title, name) = (backend.kind.title(), &backend.name);
    if backend.kind == BackendKind::ApiManagement {
        return Ok(());
    }
    if backend.own_auth == Some(EasyAuth::V1) {
        return Err(Refusal::new(
            "BK-7",
            format!(
                "{title} `{name}` has authentication of version 1, to which no provider can be added"
            ),
            "upgrade it: cygnet backends auth --kind KIND --url URL --easy-auth v2, and in Azure `az webapp auth config-version upgrade`",
        ));
    }
    if backend.is_cloned && !backend.providers.is_empty() {
        return Err(Refusal::new(
            "BK-9",
            format!(
                "{title} `{name}` is a cloned slot that carries the identity provider of the original; Azure answers with a generic error (500)"
            ),
            "remove the provider first: cygnet backends auth --kind KIND --url URL --remove-provider",
        ));
    }
    Ok(())
}

fn plan(wanted: &LinkRequest) -> Result<(), Refusal> {
    match wanted.plan {
        Plan::Standard => Ok(()),
        Plan::Free => Err(Refusal::new(
            "BK-3",
            "the Free plan has managed functions only; bring-your-own APIs need the Standard plan (AP-15)",
            "use --plan standard, and the Standard plan in Azure",
        )),
    }
}

/// EN-3 says what a name may be; a pull request's environment is named by its number (EN-2).
///
/// # Errors
/// A pull request, or a name that no environment can have.
pub fn environment(name: &str) -> Result<(), Refusal> {
    if name == PRODUCTION {
        return Ok(());
    }
    if !name.is_empty() && name.chars().all(|digit| digit.is_ascii_digit()) {
        return Err(Refusal::new(
            "EN-12",
            format!(
                "`{name}` is the environment of a pull request, which never has a linked backend"
            ),
            "link `production` or a named environment; /api of a pull request is static",
        ));
    }
    let fits = (1..=16).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric());
    match fits {
        true => Ok(()),
        false => Err(Refusal::new(
            "EN-3",
            format!("`{name}` cannot be an environment: letters and digits, 16 at most"),
            "leave --environment out for production",
        )
        .usage()),
    }
}

fn second_link(link: &Link) -> Refusal {
    Refusal::new(
        "BK-4",
        format!(
            "environment `{}` is linked to {} `{}` already",
            link.environment,
            link.kind.title(),
            link.name
        ),
        "cygnet backends unlink, then link the other one",
    )
    .azure(
        Some("59363"),
        "One Static Web App can not have more than one linked backend.",
    )
}

/// A name is one resource in Azure, wherever it is played here.
fn name(state: &LinkState, wanted: &LinkRequest) -> Result<(), Refusal> {
    let Some(name) = &wanted.name else {
        return Ok(());
    };
    let other = state.machine.backends.iter().find(|backend| {
        backend.kind == wanted.kind && &backend.name == name && backend.url != wanted.url
    });
    match other {
        None => Ok(()),
        Some(other) => Err(Refusal::new(
            "BK-1",
            format!(
                "`{name}` is the name of the {} at {}",
                other.kind.title(),
                other.url
            ),
            "choose another --name",
        )
        .usage()),
    }
}

/// BK-5, BK-8: all kinds but API Management belong to one app, and to one of its environments.
fn backend_is_free(
    backend: &BackendRecord,
    app: &App,
    wanted: &LinkRequest,
) -> Result<(), Refusal> {
    if wanted.kind == BackendKind::ApiManagement {
        return Ok(());
    }
    let host = app.host(&wanted.environment, wanted.region.as_deref());
    let Some(other) = backend
        .providers
        .iter()
        .find(|provider| provider.client_id != host)
    else {
        return Ok(());
    };
    if wanted.force && wanted.kind == BackendKind::Functions {
        return Ok(());
    }
    let title = wanted.kind.title();
    let (name, client, folder) = (&backend.name, &other.client_id, &other.folder);
    let is_linked = links_of(Path::new(folder))
        .iter()
        .any(|link| link.kind == wanted.kind && link.url == wanted.url);
    let (rule, message) = match is_linked {
        true => (
            "BK-5",
            format!(
                "{title} `{name}` is linked to {client} ({folder}), and serves one static web app at a time"
            ),
        ),
        false => (
            "BK-8",
            format!("{title} `{name}` still has the identity provider of {client} ({folder})"),
        ),
    };
    let mut hint = format!("cygnet backends unlink --remove-backend-auth in {folder}");
    hint.push_str(match wanted.kind {
        BackendKind::Functions => ", or --force to overwrite it",
        _ => "; --force is for Functions apps only",
    });
    Err(Refusal::new(rule, message, hint).azure(
        None,
        "Cannot link backend with a preexisting Azure Static Web Apps configuration.",
    ))
}

/// The links of another project, as far as they can be read.
fn links_of(folder: &Path) -> Vec<Link> {
    let paths = LinkPaths {
        project: folder.to_path_buf(),
        // Only the project's side is asked for.
        state: folder.to_path_buf(),
    };
    paths.peek(&mut Vec::new()).project.links
}
