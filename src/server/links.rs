//! Links of a running emulator: what `cygnet backends` writes takes effect at once, without a restart.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::backend::{Backend, Upstream};
use crate::environment::load::Loader;
use crate::http::AllowedHosts;
use crate::inspector::Journal;
use crate::link::actions;
use crate::link::checks::LinkRequest;
use crate::link::linked_backend::LinkedBackend;
use crate::link::model::{BackendRecord, Link, PRODUCTION, Plan};
use crate::link::store::{LinkPaths, LinkState};
use crate::pipeline::AppState;
use crate::settings::{ApiSetting, ApiSettings, ValueSource};
use crate::terminal::Printer;

use super::store_follower::StoreFollower;

/// Gives a backend of the settings its link: that of the project if it was chosen by it, else one for this run (AP-23).
/// Managed functions at a URL are told nothing of links.
pub fn connect(upstream: Upstream, api: &ApiSettings, base: &Path) -> Upstream {
    let kind = upstream.kind();
    if !kind.is_linkable() {
        return upstream;
    }
    if matches!(api.target.source, ValueSource::Link(_))
        && let Ok(paths) = LinkPaths::of(base)
    {
        let state = paths.peek(&mut Vec::new());
        if let Some(linked) = link_of(&state, api)
            .filter(|link| link.kind == kind)
            .and_then(|link| LinkedBackend::of(&state, &paths, link))
        {
            return upstream.with_link(Arc::new(linked));
        }
    }
    let linked = implicit(api, base).and_then(|(state, paths)| {
        let link = state.project.links.first()?;
        LinkedBackend::implicit(&state, &paths, link)
    });
    match linked {
        Some(linked) => upstream.with_link(Arc::new(linked)),
        None => upstream,
    }
}

/// The link of this run alone, of a backend that was named with its URL and kind; nothing of it is written anywhere.
fn implicit(api: &ApiSettings, base: &Path) -> Option<(LinkState, LinkPaths)> {
    let ApiSetting::Url { url, kind } = &api.target.value else {
        return None;
    };
    let url = Upstream::parse(&url.to_string(), *kind).ok()?;
    let paths = LinkPaths::of(base)
        .inspect_err(|error| log::info!("the API gets no `x-ms-auth-token`: {error}"))
        .ok()?;
    let mut state = LinkState::new(base);
    let wanted = LinkRequest {
        kind: *kind,
        name: None,
        url: url.url().to_owned(),
        environment: PRODUCTION.to_owned(),
        plan: Plan::Standard,
        region: None,
        force: false,
        has_managed_api: false,
    };
    actions::link(&mut state, &wanted, "")
        .inspect_err(|refusal| log::warn!("the API gets no `x-ms-auth-token`: {refusal}"))
        .ok()?;
    // There is no command that could add an API to an instance of this run alone.
    for product in state
        .machine
        .backends
        .iter_mut()
        .flat_map(|it| &mut it.products)
    {
        product.apis.push("api".to_owned());
    }
    Some((state, paths))
}

/// The link of production, or of the environment that is borrowed from.
fn link_of<'a>(state: &'a LinkState, api: &ApiSettings) -> Option<&'a Link> {
    let name = api.overlay.value.link.as_deref()?;
    let mut links = state.project.links.iter();
    links.find(|link| link.environment == name)
}

/// Follows both files until the emulator ends: swaps the backend if the settings leave it to the link, and keeps the
/// listeners as the backends' records say.
pub async fn follow(
    api: ApiSettings,
    base: PathBuf,
    loader: Arc<Loader>,
    shared: Arc<AppState>,
    hosts: AllowedHosts,
    (printer, journal): (Printer, Option<Arc<Journal>>),
) {
    // The key is made or read before somebody asks for it, and after everything that a start waits for.
    if let Backend::BringYourOwn(upstream) = &*loader.backend()
        && let Some(linked) = upstream.linked()
    {
        linked.issuer.ready().await;
    }
    let paths = match LinkPaths::of(&base) {
        Ok(paths) => paths,
        Err(error) => {
            log::info!("links are not followed: {error}");
            return;
        }
    };
    let follows_link = matches!(
        api.target.source,
        ValueSource::Link(_) | ValueSource::Default
    ) && !matches!(api.target.value, ApiSetting::Folder(_));
    let mut of_this_run = record_of_this_run(&api, &loader);
    let mut follower = StoreFollower::new(Some(paths.clone()), Vec::new(), hosts, printer);
    // What the server started with was read before the files were watched; whatever changed since is taken now.
    let mut served = None;
    loop {
        let hint = "links stay as they were; `cygnet backends show` keeps the file aside";
        if let Ok(Some(state)) = follower.links(Vec::new(), hint) {
            let link = link_of(&state, &api);
            let fingerprint = fingerprint(&state, link);
            if follows_link && served.as_ref() != Some(&fingerprint) {
                let is_first = served.replace(fingerprint).is_none();
                let swapped = swap(&state, &paths, link, &loader, &shared).await;
                if swapped && !is_first {
                    printer.note(told(link));
                    if let Some(journal) = &journal {
                        journal.changed("backend");
                    }
                }
            }
            follower.update_listeners(&state);
        }
        if let Some(record) = of_this_run.take() {
            follower.add_listener(&record);
        }
        follower.changed().await;
    }
}

/// The backend that was named with its kind on the command line, which has a gate for this run.
fn record_of_this_run(api: &ApiSettings, loader: &Loader) -> Option<BackendRecord> {
    if api.kind.source == ValueSource::Default || matches!(api.target.source, ValueSource::Link(_))
    {
        return None;
    }
    match &*loader.backend() {
        Backend::BringYourOwn(upstream) => Some(upstream.linked()?.record().clone()),
        _ => None,
    }
}

/// Everything that the backend of a link is made of.
fn fingerprint(state: &LinkState, link: Option<&Link>) -> Vec<u8> {
    let record = link.and_then(|link| state.machine.backend(link.kind, &link.url));
    // Both types always serialize.
    serde_json::to_vec(&(&state.project.app, link, record)).unwrap_or_default()
}

/// Lets the backend of the link answer; tells whether that is another one than before.
async fn swap(
    state: &LinkState,
    paths: &LinkPaths,
    link: Option<&Link>,
    loader: &Loader,
    shared: &AppState,
) -> bool {
    if link.is_none() && matches!(*loader.backend(), Backend::None) {
        return false;
    }
    let backend = match link {
        None => Backend::None,
        Some(link) => match backend_of(state, paths, link).await {
            Some(backend) => backend,
            None => return false,
        },
    };
    loader.swap_backend(backend, &shared.current);
    true
}

/// The backend that a link names, with the proof that its calls carry. `None` if its address is none.
pub(super) async fn backend_of(
    state: &LinkState,
    paths: &LinkPaths,
    link: &Link,
) -> Option<Backend> {
    let upstream = Upstream::parse(&link.url, link.kind).ok()?;
    Some(match LinkedBackend::of(state, paths, link) {
        Some(linked) => {
            linked.issuer.ready().await;
            Backend::BringYourOwn(upstream.with_link(Arc::new(linked)))
        }
        None => Backend::BringYourOwn(upstream),
    })
}

fn told(link: Option<&Link>) -> String {
    match link {
        Some(link) => format!(
            "/api is answered by {} `{}` at {}",
            link.kind.title(),
            link.name,
            link.url
        ),
        None => "/api is static content: no backend is linked".to_owned(),
    }
}
