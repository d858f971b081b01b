//! What the requests to one app share, and how it stays as the disk says.

use std::path::Path;
use std::sync::Arc;

use crate::backend::Limits;
use crate::environment::load::Loader;
use crate::environment::{Current, State};
use crate::http::AllowedHosts;
use crate::inspector::Journal;
use crate::live::{Hub, problems};
use crate::pipeline::AppState;
use crate::settings::{ServerSettings, Settings, WatchMode};
use crate::terminal::Printer;

use super::{links, listen, reload};

/// What all requests share.
pub(super) fn state(
    settings: &Settings,
    state: State,
    listeners: &listen::Listeners,
    live: Option<Hub>,
) -> AppState {
    let strict = settings.server.strict.value;
    AppState {
        live,
        current: Current::from_pointee(state),
        strict,
        client_ip: settings.server.client_ip.value,
        limits: Limits {
            timeout: settings.api.timeout.value,
            is_strict: strict,
            ..Limits::default()
        },
        prod_errors: settings.server.prod_errors.value,
        personas: Arc::new(settings.personas()),
        own_host: listeners.authority(),
        secure: listeners.secure,
        access: None,
    }
}

/// The pages that are open, if they are to learn of changes.
pub(super) fn live(server: &ServerSettings, state: &State) -> Option<Hub> {
    let live = server.live_reload.value && server.watch.value != WatchMode::Off;
    let hub = live.then(Hub::default)?;
    if let State::Broken(broken) = state {
        hub.set_configuration(problems::of_configuration(&broken.source, &broken.findings));
    }
    Some(hub)
}

/// Takes over what is linked and edited, in tasks of their own.
pub(super) fn follow_disk(
    settings: &Settings,
    loader: Arc<Loader>,
    shared: &Arc<AppState>,
    hosts: &AllowedHosts,
    told: (Printer, Option<Arc<Journal>>),
) {
    actix_web::rt::spawn(links::follow(
        settings.api.clone(),
        settings.project.base_dir.clone(),
        Arc::clone(&loader),
        Arc::clone(shared),
        hosts.clone(),
        told.clone(),
    ));
    let watch = settings.server.watch.value;
    if watch != WatchMode::Off {
        let api = settings.api.folder().map(Path::to_path_buf);
        actix_web::rt::spawn(reload::follow(watch, loader, api, Arc::clone(shared), told));
    }
}
