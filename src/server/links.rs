//! Links of a running emulator: what `cygnet backends` writes takes effect at once, without a restart.

use std::sync::Arc;
use std::time::Duration;

use crate::backend::{Backend, Upstream};
use crate::environment::load::Loader;
use crate::link::actions;
use crate::link::checks::Wanted;
use crate::link::linked_backend::LinkedBackend;
use crate::link::model::{DEFAULT_ENVIRONMENT, Link, Plan};
use crate::link::store::{LinkPaths, State};
use crate::pipeline::AppState;
use crate::settings::{ApiSetting, Settings, Source};
use crate::terminal::Printer;

use super::backend_listener::BackendListeners;
use super::file_watcher::{Watch, wait};

/// How long until a gate whose port was taken is tried again: another emulator of the same backend may have ended.
const TRY_AGAIN: Duration = Duration::from_millis(500);
/// How often the files are looked at when the system tells nothing of changes.
const LOOK: Duration = Duration::from_millis(500);

/// Gives a backend of the settings its link: that of the project if it was chosen by it, else one for this run (AP-23).
/// Managed functions at a URL are told nothing of links.
pub fn connect(upstream: Upstream, settings: &Settings) -> Upstream {
    let kind = upstream.kind();
    if !kind.is_linkable() {
        return upstream;
    }
    if matches!(settings.api.source, Source::Link(_))
        && let Ok(paths) = LinkPaths::of(&settings.base_dir)
    {
        let state = paths.peek(&mut Vec::new());
        if let Some(linked) = link_of(&state, settings)
            .filter(|link| link.kind == kind)
            .and_then(|link| LinkedBackend::of(&state, &paths, link))
        {
            return upstream.with_link(Arc::new(linked));
        }
    }
    let linked = implicit(settings).and_then(|(state, paths)| {
        let link = state.project.links.first()?;
        LinkedBackend::implicit(&state, &paths, link)
    });
    match linked {
        Some(linked) => upstream.with_link(Arc::new(linked)),
        None => upstream,
    }
}

/// The link of this run alone, of a backend that was named with its URL and kind; nothing of it is written anywhere.
fn implicit(settings: &Settings) -> Option<(State, LinkPaths)> {
    let ApiSetting::Url { url, kind } = &settings.api.value else {
        return None;
    };
    let url = Upstream::parse(&url.to_string(), *kind).ok()?;
    let paths = LinkPaths::of(&settings.base_dir)
        .inspect_err(|error| log::info!("the API gets no `x-ms-auth-token`: {error}"))
        .ok()?;
    let mut state = State::new(&settings.base_dir);
    let wanted = Wanted {
        kind: *kind,
        name: None,
        url: url.url().to_owned(),
        environment: DEFAULT_ENVIRONMENT.to_owned(),
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
fn link_of<'a>(state: &'a State, settings: &Settings) -> Option<&'a Link> {
    let name = settings.environment_overlay.value.link.as_deref()?;
    let mut links = state.project.links.iter();
    links.find(|link| link.environment == name)
}

/// Follows both files until the emulator ends: swaps the backend if the settings leave it to the link, and keeps the
/// listeners as the backends' records say.
pub async fn follow(
    settings: Settings,
    loader: Arc<Loader>,
    shared: Arc<AppState>,
    printer: Printer,
) {
    // The key is made or read before somebody asks for it, and after everything that a start waits for.
    if let Backend::BringYourOwn(upstream) = &*loader.backend()
        && let Some(linked) = upstream.linked()
    {
        linked.issuer.ready().await;
    }
    let paths = match LinkPaths::of(&settings.base_dir) {
        Ok(paths) => paths,
        Err(error) => {
            log::info!("links are not followed: {error}");
            return;
        }
    };
    let files = vec![paths.project_file(), paths.machine_file()];
    let (mut watch, mut events) = Watch::start(files);
    let mut listeners = BackendListeners::new(&paths);
    let follows_link = matches!(settings.api.source, Source::Link(_) | Source::Default)
        && !matches!(settings.api.value, ApiSetting::Folder(_));
    let mut seen = match follows_link {
        // What the server started with was read before the watch; whatever changed since is taken now.
        true => None,
        false => Some(Vec::new()),
    };
    let mut first = true;
    loop {
        watch.arm();
        let mut problems = Vec::new();
        let state = paths.peek(&mut problems);
        if problems.is_empty() {
            let backend = follows_link.then(|| {
                swap(
                    &state,
                    &paths,
                    link_of(&state, &settings),
                    (&loader, &shared),
                    &mut seen,
                )
            });
            if let Some(backend) = backend {
                let changed = backend.await;
                if changed && !first {
                    printer.note(told(link_of(&state, &settings)));
                }
            }
            listeners.update(&state, printer);
        } else {
            let hint = "links stay as they were; `cygnet backends show` keeps the file aside";
            problems
                .iter()
                .for_each(|problem| printer.warning(problem, Some(hint)));
        }
        if first
            && settings.api_kind.source != Source::Default
            && !matches!(settings.api.source, Source::Link(_))
            && let Backend::BringYourOwn(upstream) = &*loader.backend()
            && let Some(linked) = upstream.linked()
        {
            listeners.add(linked.record(), printer);
        }
        first = false;
        let again = match (listeners.all_open(), watch.is_deaf()) {
            (_, true) => Some(LOOK),
            (false, _) => Some(TRY_AGAIN),
            (true, false) => None,
        };
        if !wait(&mut events, again).await {
            return;
        }
    }
}

/// Swaps the backend if the link's two sides changed; tells whether they did.
async fn swap(
    state: &State,
    paths: &LinkPaths,
    link: Option<&Link>,
    (loader, shared): (&Loader, &AppState),
    seen: &mut Option<Vec<u8>>,
) -> bool {
    let record = link.and_then(|link| state.machine.backend(link.kind, &link.url));
    // Both types always serialize.
    let now = serde_json::to_vec(&(&state.project.app, link, record)).unwrap_or_default();
    if seen.as_ref() == Some(&now) {
        return false;
    }
    *seen = Some(now);
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
pub(super) async fn backend_of(state: &State, paths: &LinkPaths, link: &Link) -> Option<Backend> {
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
