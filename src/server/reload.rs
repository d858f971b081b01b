//! What edits on the disk do to a running emulator.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::backend::Backend;
use crate::config::FILE_NAME;
use crate::environment::load::Loader;
use crate::environment::reload::{Reloaded, reload};
use crate::environment::{Current, State};
use crate::finding::Source;
use crate::functions;
use crate::live::{Hub, debounce, problems};
use crate::pipeline::AppState;
use crate::settings::WatchMode;
use crate::terminal::Printer;
use crate::watch::{self, Change, Mode, WatchRoots};

use super::{api, report};

/// Saves and builds touch several files; the Functions worker restarts once they are quiet for this long.
const API_QUIET: Duration = Duration::from_millis(150);

/// Follows changes until the emulator ends; `api` is the folder of managed functions.
pub async fn follow(
    mode: WatchMode,
    loader: Arc<Loader>,
    api: Option<PathBuf>,
    shared: Arc<AppState>,
    printer: Printer,
) {
    let mode = match mode {
        WatchMode::Poll => Mode::Poll,
        WatchMode::Native | WatchMode::Off => Mode::Native,
    };
    let (sender, mut changes) = unbounded_channel();
    let content = shared.live.clone().map(|hub| {
        let root = loader.search_paths.output_location.clone();
        let api = api.clone();
        debounce::start(hub, debounce::Scope { root, api })
    });
    let site = loader
        .search_paths
        .roots()
        .into_iter()
        .map(std::path::Path::to_path_buf)
        .collect();
    let api_extra = api.as_deref().map(functions::watched).unwrap_or_default();
    let roots = WatchRoots {
        site,
        api_builds: api.as_deref().is_some_and(functions::has_dotnet_project),
        api,
        api_extra,
    };
    watch::start(roots, mode, move |change| match change {
        // Every request looks at the disk itself; only open pages must be told, whatever else is being reloaded.
        Change::Content(path) => content
            .as_ref()
            .is_none_or(|content| content.send(path).is_ok()),
        change => sender.send(change).is_ok(),
    });
    let mut refused = None;
    let mut runtime = api::runtime_of(&loader.search_paths);
    while let Some(change) = changes.recv().await {
        match change {
            Change::Configuration => {
                configuration(&loader, &shared, printer, &mut refused).await;
                tell_runtime(&loader, &mut runtime, printer);
            }
            Change::Content(_) => {}
            Change::Api => {
                let others = quiet(&mut changes).await;
                if let Backend::Managed(host) = &*loader.backend() {
                    host.restart("its files changed");
                }
                if others {
                    configuration(&loader, &shared, printer, &mut refused).await;
                }
            }
        }
    }
}

/// CF-68: the functions go on in the runtime that they were started in.
fn tell_runtime(loader: &Loader, known: &mut Option<String>, printer: Printer) {
    let now = api::runtime_of(&loader.search_paths);
    if now == *known || !matches!(*loader.backend(), Backend::Managed(_)) {
        return;
    }
    *known = now;
    printer.warning(
        format_args!(
            "platform.apiRuntime is now {}; the functions keep running in the runtime that they were started with",
            known.as_deref().unwrap_or("not set")
        ),
        Some("restart Cygnet to use it"),
    );
}

/// Waits until no change of the API comes for a while; tells whether the configuration changed meanwhile.
async fn quiet(changes: &mut UnboundedReceiver<Change>) -> bool {
    let mut configuration = false;
    while let Ok(Some(change)) = tokio::time::timeout(API_QUIET, changes.recv()).await {
        configuration |= change == Change::Configuration;
    }
    configuration
}

/// Reads the configuration again and says what became of it. `refused` is the last one that was not taken: an editor
/// that saves in several steps is told about it once.
async fn configuration(
    loader: &Loader,
    shared: &AppState,
    printer: Printer,
    refused: &mut Option<Arc<Source>>,
) {
    let reloaded = reload(loader, &shared.current).await;
    if let Some(hub) = &shared.live {
        tell_pages(hub, &reloaded, &shared.current);
    }
    let known = refused.take();
    match reloaded {
        Reloaded::Unchanged => {}
        Reloaded::Swapped {
            source,
            diagnostics,
        } => match source {
            Some(_) if printer.is_quiet() => {}
            Some(source) => {
                report::diagnostics(printer, &source, &diagnostics);
                printer.note(format_args!(
                    "configuration reloaded: {}",
                    source.path().display()
                ));
            }
            None => printer.warning("the configuration was removed; no rules apply now", None),
        },
        Reloaded::Kept {
            source,
            diagnostics,
        } => {
            let is_new = known.is_none_or(|known| known.text() != source.text());
            *refused = Some(Arc::clone(&source));
            if !is_new {
                return;
            }
            report::diagnostics(printer, &source, &diagnostics);
            printer.error(
                "the configuration is invalid; the previous one stays in effect",
                Some("fix the file; it is read again when you save it"),
            );
        }
    }
}

fn tell_pages(hub: &Hub, reloaded: &Reloaded, current: &Current) {
    match reloaded {
        // Edited, and edited back: what is on the disk is what serves.
        Reloaded::Unchanged => {
            if matches!(&**current.load(), State::Serving(_)) {
                hub.set_configuration(Vec::new());
            }
        }
        Reloaded::Swapped { source, .. } => {
            hub.set_configuration(Vec::new());
            let name = source.as_ref().and_then(|source| source.path().file_name());
            let name = name.map_or(FILE_NAME.into(), |name| name.to_string_lossy());
            hub.content_changed(&[format!("/{name}")], Instant::now());
        }
        Reloaded::Kept {
            source,
            diagnostics,
        } => hub.set_configuration(problems::of_configuration(source, diagnostics)),
    }
}
