//! What edits on the disk do to a running emulator.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::backend::Backend;
use crate::config::FILE_NAME;
use crate::content::changes::Changes;
use crate::environment::load::Loader;
use crate::environment::reload::{Reloaded, reload};
use crate::environment::{Current, State};
use crate::finding::Source;
use crate::inspector::Journal;
use crate::live::{Hub, debounce, problems};
use crate::pipeline::AppState;
use crate::settings::WatchMode;
use crate::terminal::Printer;
use crate::watch::{self, Change, Mode};

use super::report;

/// One save is several events; the configuration is read once they are quiet for this long.
const EDIT_QUIET: Duration = Duration::from_millis(5);
/// Saves and builds touch several files; the Functions worker restarts once they are quiet for this long.
const API_QUIET: Duration = Duration::from_millis(150);

/// Follows changes until the emulator ends; `api` is the folder of managed functions.
pub async fn follow(
    mode: WatchMode,
    loader: Arc<Loader>,
    api: Option<PathBuf>,
    shared: Arc<AppState>,
    (printer, journal): (Printer, Option<Arc<Journal>>),
) {
    let mode = match mode {
        WatchMode::Poll => Mode::Poll,
        WatchMode::Native | WatchMode::Off => Mode::Native,
    };
    let (sender, mut changes) = unbounded_channel();
    let content = shared.live.clone().map(|hub| {
        let root = loader.search_paths.output_location.clone();
        let api = api.clone();
        let journal = journal.clone();
        let tell = move || {
            journal
                .iter()
                .for_each(|journal| journal.changed("content"))
        };
        debounce::start(hub, debounce::Scope { root, api }, tell)
    });
    let roots = loader.search_paths.watch_roots(api.as_deref());
    let changes_of_content = loader.content_changes().cloned();
    let root = loader.search_paths.output_location.clone();
    let shown_at = shared.live.clone().filter(|_| loader.dev_server.is_none());
    watch::start(roots, mode, move |change| match change {
        // Every request looks at its file itself; the file's siblings and open pages must be told, whatever else is being
        // reloaded.
        Change::Content(path) => {
            // Other files of the project, a log perhaps, say nothing of the content.
            if path.starts_with(&root) || root.starts_with(&path) {
                changes_of_content.iter().for_each(Changes::add);
            }
            if let Some(hub) = shown_at
                .as_ref()
                .filter(|_| path == root.join("index.html"))
            {
                super::sources::check_again(hub, &root);
            }
            content
                .as_ref()
                .is_none_or(|content| content.send(path).is_ok())
        }
        Change::Watched(is_watched) => {
            let all = changes_of_content.iter();
            all.for_each(|changes| changes.set_watched(is_watched));
            true
        }
        change => sender.send(change).is_ok(),
    });
    let mut refused = None;
    let mut runtime = api_runtime(&shared.current);
    let mut pending = Pending::default();
    loop {
        if pending.configuration {
            pending.settle(&mut changes, EDIT_QUIET).await;
            pending.configuration = false;
            let told = (printer, journal.as_ref());
            configuration(&loader, &shared, told, &mut refused).await;
            tell_runtime(&loader, &shared.current, &mut runtime, printer);
        } else if !pending.api.is_empty() {
            pending.settle(&mut changes, API_QUIET).await;
            if let Backend::Managed(host) = &*loader.backend() {
                host.restart(&edited(&mut pending.api));
            }
        } else {
            match changes.recv().await {
                Some(change) => pending.add(&change),
                None => return,
            }
        }
    }
}

/// What changed and was not acted upon yet.
#[derive(Debug, Default)]
struct Pending {
    configuration: bool,
    /// Files of the API.
    api: BTreeSet<PathBuf>,
}

/// Takes the files that were edited, and names them.
fn edited(files: &mut BTreeSet<PathBuf>) -> String {
    let files = std::mem::take(files);
    let name = |file: &PathBuf| {
        let name = file.file_name().unwrap_or(file.as_os_str());
        name.to_string_lossy().into_owned()
    };
    match (files.first(), files.len()) {
        (Some(file), 1) => name(file),
        (Some(file), more) => format!("{} and {} more", name(file), more - 1),
        (None, _) => "the API".to_owned(),
    }
}

impl Pending {
    fn add(&mut self, change: &Change) {
        self.configuration |= *change == Change::Configuration;
        if let Change::Api(file) = change {
            self.api.insert(file.clone());
        }
    }

    /// Waits until nothing changes for a while, and adds what changed meanwhile.
    async fn settle(&mut self, changes: &mut UnboundedReceiver<Change>, quiet: Duration) {
        watch::until_quiet(changes, quiet, None, |change| {
            self.add(&change);
            true
        })
        .await;
    }
}

/// The runtime that the configuration asks for which is served.
fn api_runtime(current: &Current) -> Option<String> {
    match &**current.load() {
        State::Serving(environment) => environment.rules.config().api_runtime().map(str::to_owned),
        State::Broken(_) => None,
    }
}

/// CF-68: the functions go on in the runtime that they were started in.
fn tell_runtime(loader: &Loader, current: &Current, known: &mut Option<String>, printer: Printer) {
    let now = api_runtime(current);
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

/// Reads the configuration again and says what became of it. `refused` is the last one that was not taken: an editor
/// that saves in several steps is told about it once.
async fn configuration(
    loader: &Loader,
    shared: &AppState,
    (printer, journal): (Printer, Option<&Arc<Journal>>),
    refused: &mut Option<Arc<Source>>,
) {
    let reloaded = reload(loader, &shared.current).await;
    if let Some(hub) = &shared.live {
        tell_pages(hub, &reloaded, &shared.current);
    }
    let known = refused.take();
    let is_news = known.is_some() || !matches!(reloaded, Reloaded::Unchanged);
    if let Some(journal) = journal.filter(|_| is_news) {
        journal.changed("configuration");
    }
    match reloaded {
        // What is on the disk is what serves all the time.
        Reloaded::Unchanged => match &**shared.current.load() {
            State::Serving(environment) if known.is_some() => {
                printer.note(match &environment.source {
                    Some(source) => {
                        format!("configuration valid again: {}", source.path().display())
                    }
                    None => {
                        "the invalid configuration is gone; no rules apply, as before".to_owned()
                    }
                });
            }
            _ => *refused = known,
        },
        Reloaded::Swapped { source, findings } => match source {
            Some(_) if printer.is_quiet() => {}
            Some(source) => {
                report::findings(printer, &source, &findings);
                if let State::Serving(environment) = &**shared.current.load() {
                    report::mock_sign_in(printer, environment);
                }
                printer.note(format_args!(
                    "configuration reloaded: {}",
                    source.path().display()
                ));
            }
            None => printer.warning("the configuration was removed; no rules apply now", None),
        },
        Reloaded::Kept { source, findings } => {
            let is_new = known.is_none_or(|known| known.text() != source.text());
            *refused = Some(Arc::clone(&source));
            if !is_new {
                return;
            }
            report::findings(printer, &source, &findings);
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
        Reloaded::Kept { source, findings } => {
            hub.set_configuration(problems::of_configuration(source, findings))
        }
    }
}
