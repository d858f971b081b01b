//! What the store says → sites. One whose parts are as they were is kept, with its running functions.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::door::Door;
use super::{Site, Sites, run};
use crate::backend::{Backend, Limits};
use crate::deployment::guests::Guests;
use crate::deployment::model::{Environment, State};
use crate::deployment::password;
use crate::deployment::store::{Places, StoreError};
use crate::environment::Current;
use crate::environment::discover::Places as Folders;
use crate::environment::load::Loader;
use crate::functions::{FunctionsHost, HostOptions};
use crate::link::model::Link;
use crate::link::store::{Places as LinkPlaces, State as LinkState};
use crate::pipeline::Shared;
use crate::server::{api, links, report};

/// What all sites have in common.
#[derive(Debug, Clone)]
pub struct Common {
    /// Where the deployments are.
    pub places: Places,
    /// The port of all hosts.
    pub port: u16,
    /// As for `cygnet start`.
    pub strict: bool,
    /// As for `cygnet start`.
    pub client_ip: Option<IpAddr>,
    /// As for `cygnet start`.
    pub limits: Limits,
    /// Whether packages may be installed.
    pub install: bool,
    /// How long functions run without a call.
    pub idle: Duration,
    /// Whether anything is said.
    pub says: bool,
}

/// The sites of a state. `links` are those of the app, where they can be read.
pub async fn sites(
    common: &Common,
    state: &State,
    links: Option<(&LinkState, &LinkPlaces)>,
    before: &Sites,
) -> Sites {
    let mut sites = Sites::default();
    for environment in &state.environments {
        let label = state.host_label(&environment.id);
        let url = state.url(&environment.id, common.port);
        sites.list.push((environment.id.to_string(), url));
        let link = links.and_then(|(links, _)| link(links, environment));
        let made_of = made_of(state, environment, links.map(|(links, _)| links), link);
        let known = before
            .by_label
            .get(&label)
            .filter(|site| site.made_of == made_of);
        let site = match known {
            Some(site) => Arc::clone(site),
            None => {
                let backend = match backend(common, environment, links, link).await {
                    Ok(backend) => backend,
                    Err(error) => {
                        report::error(
                            &format!("environment `{}` has no API: {error}", environment.id),
                            Some(&error.hint()),
                        );
                        Backend::None
                    }
                };
                Arc::new(site(common, state, environment, backend, &label, made_of))
            }
        };
        if !environment.id.is_preview() {
            sites.production = Some(Arc::clone(&site));
        }
        sites.by_label.insert(label, site);
    }
    sites
}

/// The link of an environment: never one of a pull request (EN-12).
fn link<'a>(links: &'a LinkState, environment: &Environment) -> Option<&'a Link> {
    let name = environment.id.link_name();
    let mut all = links.project.links.iter();
    all.find(|link| environment.id.may_be_linked() && link.environment.eq_ignore_ascii_case(&name))
}

fn made_of(
    state: &State,
    environment: &Environment,
    links: Option<&LinkState>,
    link: Option<&Link>,
) -> Vec<u8> {
    let record = links
        .zip(link)
        .and_then(|(links, link)| links.machine.backend(link.kind, &link.url));
    let parts = (
        (&state.app.name, &state.app.secret, &state.password),
        (&environment.active, &environment.app_settings),
        (links.map(|links| &links.project.app), link, record),
    );
    // Names, numbers and strings always serialize.
    serde_json::to_vec(&parts).unwrap_or_default()
}

/// EN-13: functions of its own, or what it is linked to (AP-1).
async fn backend(
    common: &Common,
    environment: &Environment,
    links: Option<(&LinkState, &LinkPlaces)>,
    link: Option<&Link>,
) -> Result<Backend, StoreError> {
    let has_api = environment
        .deployment()
        .is_some_and(|deployment| deployment.has_api);
    if has_api {
        return functions(common, environment).await.map(Backend::Managed);
    }
    if let (Some((state, places)), Some(link)) = (links, link) {
        let linked = links::backend_of(state, places, link).await;
        return Ok(linked.unwrap_or(Backend::None));
    }
    if !environment.id.may_be_linked()
        && links.is_some_and(|(state, _)| !state.project.links.is_empty())
        && common.says
    {
        report::note(&format!(
            "environment `{}` is that of a pull request: its /api is static, linked backends are for production and named environments (EN-12; docs/differences.md#preview-environments)",
            environment.id
        ));
    }
    Ok(Backend::None)
}

async fn functions(
    common: &Common,
    environment: &Environment,
) -> Result<FunctionsHost, StoreError> {
    let (places, active) = (common.places.clone(), environment.active.clone());
    let folder = {
        let path = places.run();
        let copied = tokio::task::spawn_blocking(move || run::folder(&places, &active)).await;
        copied.unwrap_or_else(|error| {
            Err(StoreError::io("copying to", &path)(std::io::Error::other(
                error,
            )))
        })?
    };
    let content = common.places.content(&environment.active);
    let folders = folders(content);
    Ok(FunctionsHost::start(HostOptions {
        api_runtime: api::runtime_of(&folders),
        install: common.install,
        environment: environment
            .app_settings
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        idle: Some(common.idle),
        ..HostOptions::new(folder)
    }))
}

fn folders(content: std::path::PathBuf) -> Folders {
    Folders {
        config_location: None,
        app_location: content.clone(),
        output_location: content,
    }
}

fn site(
    common: &Common,
    state: &State,
    environment: &Environment,
    backend: Backend,
    label: &str,
    made_of: Vec<u8>,
) -> Site {
    let domain = format!("{label}.localhost");
    let guests = Guests::new(common.places.clone(), domain.clone());
    let password = password::of(state, &environment.id);
    // EN-14: the configuration is that of the artefact.
    let loader = Loader::new(folders(common.places.content(&environment.active)), backend);
    let loaded = loader.load();
    if common.says {
        report::loaded(&loaded);
    }
    Site {
        id: environment.id.clone(),
        shared: Arc::new(Shared {
            current: Current::from_pointee(loaded.state),
            strict: common.strict,
            client_ip: common.client_ip,
            limits: common.limits,
            live: None,
            own_host: format!("{domain}:{}", common.port),
            secure: false,
            guests: Some(guests.clone()),
        }),
        door: Door {
            password: password.map(|kept| (kept.clone(), password::session(state, kept, &domain))),
            guests,
        },
        made_of,
    }
}

/// The sites that are served no more, once their calls are over.
pub fn retire(before: &Sites, now: &Sites) {
    /// As long as a call may last, and some more.
    const PATIENCE: Duration = Duration::from_secs(60);
    let kept: HashMap<*const Site, ()> = now.all().map(|site| (Arc::as_ptr(site), ())).collect();
    for old in before
        .all()
        .filter(|site| !kept.contains_key(&Arc::as_ptr(site)))
    {
        let Some(host) = old.functions() else {
            continue;
        };
        actix_web::rt::spawn(async move {
            let _ = tokio::time::timeout(PATIENCE, host.quiet()).await;
            host.stop().await;
        });
    }
}
