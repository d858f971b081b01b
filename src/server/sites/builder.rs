//! What the store says → sites. One whose parts are as they were is kept, with its running functions.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::functions::{Functions, Reaper};
use super::{Site, Sites};
use crate::auth::real::{AppSettings, AuthChoice, Registrar, SharedSignIn};
use crate::backend::{Backend, Limits};
use crate::content::cache::FileCache;
use crate::deployment::invitations::Invitations;
use crate::deployment::model::{DeploymentState, Environment, ServedAt};
use crate::deployment::store::StorePaths;
use crate::deployment::{password, snapshot};
use crate::environment::Current;
use crate::environment::load::{Configuration, Loader};
use crate::environment::personas::PersonaFiles;
use crate::environment::search_paths::ConfigSearchPaths;
use crate::finding::Advice;
use crate::inspector::Journal;
use crate::link::model::Link;
use crate::link::store::{LinkPaths, LinkState};
use crate::pipeline::{Access, AppState, PasswordAttempts};
use crate::server::{links, report};
use crate::store::StoreError;
use crate::terminal::Printer;

/// What all sites have in common.
#[derive(Debug, Clone)]
pub struct Common {
    /// Where the deployments are.
    pub paths: StorePaths,
    /// The port of all hosts, and whether by HTTPS.
    pub at: ServedAt,
    /// Who can be signed in as by name.
    pub personas: Arc<PersonaFiles>,
    /// Which providers sign in for real, and what that needs.
    pub sign_in: Option<(Vec<AuthChoice>, Arc<SharedSignIn>)>,
    /// As for `cygnet start`.
    pub strict: bool,
    /// As for `cygnet start`.
    pub client_ip: Option<IpAddr>,
    /// As for `cygnet start`.
    pub prod_errors: bool,
    /// As for `cygnet start`.
    pub limits: Limits,
    /// Whether packages may be installed.
    pub install: bool,
    /// How long functions run without a call.
    pub idle: Duration,
    /// Where it is said what becomes of them.
    pub printer: Printer,
}

/// What makes sites.
#[derive(Debug)]
pub struct SiteBuilder {
    /// Same for all.
    pub common: Common,
    /// Ends functions that nobody can call any more.
    pub reaper: Reaper,
    /// Environments that were told that they get no linked backend.
    pub told: Mutex<HashSet<String>>,
    /// Takes what their functions say, if it is remembered.
    pub journal: Option<Arc<Journal>>,
    /// Static files of all environments.
    pub files: FileCache,
}

impl SiteBuilder {
    /// Whether something is said of an environment for the first time.
    fn tells(&self, environment: &Environment) -> bool {
        let told = self.told.lock();
        told.is_ok_and(|mut told| told.insert(environment.id.to_string()))
    }
}

/// The sites of a state. `links` are those of the app, where they can be read.
pub async fn sites(
    builder: &SiteBuilder,
    state: &DeploymentState,
    links: Option<(&LinkState, &LinkPaths)>,
    before: &Sites,
) -> Sites {
    let common = &builder.common;
    let mut sites = Sites::default();
    for environment in &state.environments {
        let label = state.host_label(&environment.id);
        let url = state.url(&environment.id, common.at);
        sites.list.push((environment.id.to_string(), url));
        let link = links.and_then(|(links, _)| environment.id.link(&links.project));
        let fingerprint = fingerprint(state, environment, links.map(|(links, _)| links), link);
        let known = before
            .by_label
            .get(&label)
            .filter(|site| site.fingerprint == fingerprint);
        let site = match known {
            Some(site) => Arc::clone(site),
            None => {
                // EN-14: the configuration is that of the artefact.
                let content = common.paths.content(&environment.active);
                let search_paths = ConfigSearchPaths::of_folder(content);
                let configuration = Configuration::read(&search_paths);
                let api_runtime = configuration.api_runtime();
                let made = backend(builder, environment, api_runtime, (links, link), before).await;
                let ((backend, functions), fingerprint) = match made {
                    Ok(parts) => (parts, fingerprint),
                    Err(error) => {
                        common.printer.error(
                            format_args!("environment `{}` has no API: {error}", environment.id),
                            error.hint().as_deref(),
                        );
                        // Of nothing: it is made again at the next change of the store.
                        ((Backend::None, None), Vec::new())
                    }
                };
                let loaded = Loader::new(search_paths, backend)
                    .with_cache(file_cache(builder, environment))
                    .with_registrar(registrar(common, environment))
                    .build(configuration);
                report::loaded(common.printer, &loaded);
                let url = state.url(&environment.id, common.at);
                report::sign_in(common.printer, &loaded.state, &url);
                let shared = app_state(common, state, environment, loaded.state, &label);
                Arc::new(Site {
                    name: environment.id.to_string().into(),
                    shared,
                    fingerprint,
                    functions,
                })
            }
        };
        if !environment.id.is_preview() {
            sites.production = Some(Arc::clone(&site));
        }
        sites.by_label.insert(label, site);
    }
    sites
}

fn fingerprint(
    state: &DeploymentState,
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
    builder: &SiteBuilder,
    environment: &Environment,
    api_runtime: Option<&str>,
    (links, link): (Option<(&LinkState, &LinkPaths)>, Option<&Link>),
    before: &Sites,
) -> Result<(Backend, Option<Arc<Functions>>), StoreError> {
    let has_api = environment
        .deployment()
        .is_some_and(|deployment| deployment.has_api);
    if has_api {
        let functions = Functions::of(builder, environment, api_runtime, before).await?;
        return Ok((Backend::Managed(functions.host()), Some(functions)));
    }
    if let (Some((state, paths)), Some(link)) = (links, link) {
        let linked = links::backend_of(state, paths, link).await;
        return Ok((linked.unwrap_or(Backend::None), None));
    }
    if !environment.id.may_be_linked()
        && links.is_some_and(|(state, _)| !state.project.links.is_empty())
        && builder.tells(environment)
    {
        builder.common.printer.note(format_args!(
            "environment `{}` is that of a pull request: its /api is static, linked backends are for production and named environments (EN-12; docs/differences.md#preview-environments)",
            environment.id
        ));
    }
    Ok((Backend::None, None))
}

/// CF-46: the settings of the environment, then the variables of this process.
fn registrar(common: &Common, environment: &Environment) -> Option<Registrar> {
    let (choices, shared) = common.sign_in.clone()?;
    let settings = environment.app_settings.clone().into_iter().collect();
    let scope = format!("{} {}", common.paths.project().display(), environment.id);
    let settings = AppSettings::new(settings, Vec::new());
    Some(Registrar::new(choices, settings, scope, shared))
}

/// Equal files of several deployments are in memory once: what is deployed never changes and has a hash of its content.
fn file_cache(builder: &SiteBuilder, environment: &Environment) -> FileCache {
    match snapshot::manifest(&builder.common.paths, &environment.active) {
        Ok(manifest) => {
            let files = manifest.files.iter();
            let content = files
                .filter_map(|(path, hash)| Some((path.strip_prefix("content/")?, hash.as_str())));
            builder.files.of_immutable(&content.collect())
        }
        Err(error) => {
            log::warn!(hint:% = error.hint().unwrap_or_default(); "{error}");
            FileCache::default()
        }
    }
}

/// What the requests of a site share.
fn app_state(
    common: &Common,
    state: &DeploymentState,
    environment: &Environment,
    served: crate::environment::State,
    label: &str,
) -> Arc<AppState> {
    let domain = format!("{label}.localhost");
    let password = password::of(state, &environment.id);
    let access = Access {
        password: password.map(|kept| (kept.clone(), password::session(state, kept, &domain))),
        attempts: PasswordAttempts::default(),
        invitations: Invitations::new(common.paths.clone(), domain.clone()),
    };
    Arc::new(AppState {
        current: Current::from_pointee(served),
        strict: common.strict,
        client_ip: common.client_ip,
        limits: common.limits,
        live: None,
        prod_errors: common.prod_errors,
        own_host: format!("{domain}:{}", common.at.port),
        secure: common.at.secure,
        personas: Arc::clone(&common.personas),
        access: Some(access),
    })
}
