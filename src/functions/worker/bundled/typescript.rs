//! Apps whose code is built from TypeScript: a build that is older than its sources, and the app's own watch script.

use std::path::Path;
use std::process::Stdio;
use std::time::SystemTime;

use tokio::process::Command;
use walkdir::WalkDir;

use crate::functions::app::package::NodeCode;
use crate::functions::worker::launch::LaunchContext;
use crate::process::{Service, ServiceState};
use crate::watch::is_ignored;

const SOURCES: [&str; 4] = ["ts", "mts", "cts", "tsx"];

/// Whether `main` names what a build makes of TypeScript.
pub(crate) fn is_built(code: &NodeCode, app_dir: &Path) -> bool {
    code.package.has_build && code.package.main.is_some() && app_dir.join("tsconfig.json").is_file()
}

/// Whether a source was saved after the last build.
pub(crate) fn is_stale(code: &NodeCode, context: LaunchContext<'_>) -> bool {
    let dir = &context.app.dir;
    let Ok(entry) = &code.entry else { return false };
    if !is_built(code, dir) {
        return false;
    }
    let saved = |path: &Path| path.metadata().and_then(|data| data.modified()).ok();
    let built = entry.iter().filter_map(|file| saved(Path::new(file))).max();
    let Some(built) = built.max(context.cache.built()) else {
        return false;
    };
    newest_source(dir).is_some_and(|saved| saved > built)
}

fn newest_source(dir: &Path) -> Option<SystemTime> {
    let walk = WalkDir::new(dir).into_iter().filter_entry(|entry| {
        entry.depth() == 0 || !is_ignored(&entry.file_name().to_string_lossy())
    });
    let sources = walk.flatten().filter(|entry| {
        let path = entry.path();
        let extension = path.extension().unwrap_or_default();
        let is_declaration = path.to_string_lossy().ends_with(".d.ts");
        let is_code = SOURCES.iter().any(|each| extension == *each) && !is_declaration;
        is_code || entry.file_name() == "tsconfig.json"
    });
    sources
        .filter_map(|entry| entry.metadata().ok()?.modified().ok())
        .max()
}

/// Runs the app's `watch` script beside the worker, once: what it writes restarts the functions like any edit.
pub(crate) fn watch(context: LaunchContext<'_>) {
    let LaunchContext {
        app, config, cache, ..
    } = context;
    let output = &config.output;
    if cache.is_watching() {
        return;
    }
    output.info(format!("running `npm run watch` in {}", app.dir.display()));
    let mut command = Command::new("npm");
    command
        .args(["run", "watch"])
        .current_dir(&app.dir)
        .stdin(Stdio::null());
    let print = output.printed();
    // A compiler that watches clears the screen before each report.
    let sink = move |stream, line: String| print(stream, line.replace("\u{1b}c", ""));
    let watcher = match Service::start(&mut command, &config.guard, sink) {
        Ok(service) => service.supervise(async {}),
        Err(error) => {
            output.warn(format!(
                "`npm run watch` cannot be started: {error}; the app is built at each edit"
            ));
            return;
        }
    };
    let mut state = watcher.state();
    cache.watch(Some(watcher));
    let (output, cache) = (output.clone(), cache.clone());
    tokio::task::spawn_local(async move {
        let ended = state.wait_for(|state| matches!(state, ServiceState::Ended(_)));
        // Stopped by us otherwise.
        if ended.await.is_ok() {
            output.warn("`npm run watch` has ended; the app is built at each edit");
            cache.watch(None);
        }
    });
}
