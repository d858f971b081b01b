//! Follows the files of a project's links, and others beside them, for as long as something is served from what they say.

use std::path::PathBuf;
use std::time::Duration;

use crate::http::AllowedHosts;
use crate::link::model::BackendRecord;
use crate::link::store::{LinkPaths, LinkState};
use crate::terminal::Printer;
use crate::watch::FileWatcher;

use super::backend_listener::BackendListeners;

/// How long until a gate whose port was taken is tried again: another emulator of the same backend may have ended.
const TRY_AGAIN: Duration = Duration::from_millis(500);

/// Something cannot be read, which was reported; what is served stays as it is.
pub(super) struct Unreadable;

/// The files, and the gates that are open because of them.
pub(super) struct StoreFollower {
    links: Option<(LinkPaths, BackendListeners)>,
    watcher: FileWatcher,
    printer: Printer,
    /// What was reported last, so that it is not reported again at every look.
    reported: String,
}

impl StoreFollower {
    /// Watches from now on: the links, where there is a place for them, and `others`. The gates answer for `hosts`.
    pub(super) fn new(
        links: Option<LinkPaths>,
        others: Vec<PathBuf>,
        hosts: AllowedHosts,
        printer: Printer,
    ) -> Self {
        let mut files = others;
        if let Some(paths) = &links {
            files.extend([paths.project_file(), paths.machine_file()]);
        }
        let links = links.map(|paths| {
            let listeners = BackendListeners::new(&paths, hosts);
            (paths, listeners)
        });
        Self {
            links,
            watcher: FileWatcher::new(files),
            printer,
            reported: String::new(),
        }
    }

    /// Waits until it is worth to look again.
    pub(super) async fn changed(&mut self) {
        let listeners = self.links.as_ref().map(|(_, listeners)| listeners);
        let waits = listeners.is_some_and(|listeners| !listeners.all_open());
        self.watcher.changed(waits.then_some(TRY_AGAIN)).await;
    }

    /// What the links say now; `None` where there is no place for them. `problems` are those that the caller has with other
    /// files: with any, all are reported once, and nothing is to change.
    pub(super) fn links(
        &mut self,
        mut problems: Vec<String>,
        hint: &str,
    ) -> Result<Option<LinkState>, Unreadable> {
        let paths = self.links.as_ref().map(|(paths, _)| paths);
        let state = paths.map(|paths| paths.peek(&mut problems));
        let problems = problems.join("\n");
        if !problems.is_empty() && problems != self.reported {
            self.printer.warning(&problems, Some(hint));
        }
        self.reported = problems;
        match self.reported.is_empty() {
            true => Ok(state),
            false => Err(Unreadable),
        }
    }

    /// Where the links are.
    pub(super) fn paths(&self) -> Option<&LinkPaths> {
        self.links.as_ref().map(|(paths, _)| paths)
    }

    /// Opens the gates of backends that know the app, and keeps the open ones as the records say.
    pub(super) fn update_listeners(&mut self, state: &LinkState) {
        if let Some((_, listeners)) = &mut self.links {
            listeners.update(state, self.printer);
        }
    }

    /// Opens the gate of a backend that is linked for this run only.
    pub(super) fn add_listener(&mut self, record: &BackendRecord) {
        if let Some((_, listeners)) = &mut self.links {
            listeners.add(record, self.printer);
        }
    }
}
