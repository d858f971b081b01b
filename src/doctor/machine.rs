//! What the system allows: watched folders, open files; and disks that are unlike those of Azure.

use super::check::{Check, Looking, State, look_at_disk};
use super::patient::Patient;
use crate::content::disk::folds_case;
use crate::settings::WatchMode;
use crate::watch::WatchRoots;
use crate::watch::limits;

/// Editors and other tools watch, too: a start may take this part of what all may have together.
const SHARE: u64 = 2;

pub(super) fn checks(patient: &Patient) -> Vec<Looking<'_>> {
    let settings = patient.settings();
    let folder = match settings {
        Some(settings) => settings.app.output_location.value.clone(),
        None => patient.folder.clone(),
    };
    let roots = settings.map(|it| it.app.config_search_paths().watch_roots(it.api.folder()));
    let is_native = settings.is_none_or(|it| it.server.watch.value == WatchMode::Native);
    let disk = folder.clone();
    vec![
        look_at_disk("watching", move || watching(roots.as_ref(), is_native)),
        look_at_disk("disk", move || {
            let silent = limits::silent_disk(&disk);
            match silent {
                Some(kind) if is_native => Check::new(
                    "disk",
                    State::Warning,
                    format!("{} lies on {kind}, which tells of no edits", disk.display()),
                )
                .hint("start with `--poll`, or move the project to a disk of this system"),
                _ => Check::new(
                    "disk",
                    State::Ok,
                    format!("{} tells of edits, or is polled", disk.display()),
                ),
            }
        }),
        look_at_disk("letter case", move || match folds_case(&folder) {
            true => Check::new(
                "letter case",
                State::Note,
                "this disk takes Index.html for index.html; names are compared as Azure does all the same",
            ),
            false => Check::new("letter case", State::Ok, "names are compared as Azure does"),
        }),
        look_at_disk("open files", open_files),
    ]
}

/// How many folders may be watched, and how many there are.
fn watching(roots: Option<&WatchRoots>, is_native: bool) -> Check {
    let name = "watching";
    if !is_native {
        return Check::new(name, State::Ok, "the disk is polled, or not watched");
    }
    if let Err(error) = limits::watcher() {
        return Check::new(
            name,
            State::Warning,
            format!("edits are not noticed: {error}"),
        )
        .hint(
            "raise fs.inotify.max_user_instances, end programs that watch, or start with `--poll`",
        );
    }
    let Some(limits) = limits::inotify() else {
        return Check::new(name, State::Ok, "the system tells of edits");
    };
    let (folders, are_all) = roots.map_or((0, true), WatchRoots::folders);
    let count = folders as u64;
    let more = if are_all { "" } else { " or more" };
    let found = format!(
        "{folders}{more} of {} folders that may be watched (fs.inotify.max_user_watches)",
        limits.watches
    );
    let state = match count > limits.watches / SHARE || !are_all {
        true => State::Warning,
        false => State::Ok,
    };
    let check = Check::new(name, state, found)
        .fact("folders", count)
        .fact("watches", limits.watches)
        .fact("instances", limits.instances);
    match state {
        State::Ok => check,
        _ if !are_all => {
            check.hint("name the app: `--app-location FOLDER`, so that nothing else is watched")
        }
        _ => check.hint("sudo sysctl fs.inotify.max_user_watches=524288, or start with `--poll`"),
    }
}

/// The limit as a start raises it.
#[cfg(unix)]
fn open_files() -> Check {
    use crate::process::descriptors::{FEW, limit, raise_limit};
    let name = "open files";
    let before = limit();
    raise_limit();
    let Some(now) = limit() else {
        return Check::new(name, State::Ok, "as many as anybody wants");
    };
    let found = match before {
        Some(before) if before < now => format!("{now} at a time, raised from {before}"),
        _ => format!("{now} at a time"),
    };
    let check = |state| Check::new(name, state, &*found).fact("limit", now);
    match now < FEW {
        true => check(State::Warning).hint("raise it in your shell: ulimit -n 4096"),
        false => check(State::Ok),
    }
}

/// There is no such limit.
#[cfg(not(unix))]
fn open_files() -> Check {
    Check::new("open files", State::Ok, "not limited by this system")
}
