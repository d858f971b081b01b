//! Apps whose code is built from TypeScript: a build that is older than its sources, and the app's own watch script.

use std::path::Path;
use std::process::Stdio;
use std::time::SystemTime;

use walkdir::WalkDir;

use crate::functions::app::discovery::DiscoveredApp;
use crate::functions::app::package::NodeCode;
use crate::functions::worker::launch::LaunchContext;
use crate::process::{Service, ServiceState, program};
use crate::watch::is_ignored;

const SOURCES: [&str; 4] = ["ts", "mts", "cts", "tsx"];

/// Whether `main`, or the `scriptFile` of a function, names what a build makes of TypeScript.
pub(crate) fn is_built(code: &NodeCode, app: &DiscoveredApp) -> bool {
    let names_build = code.package.main.is_some() || !app.unbuilt.is_empty();
    code.package.has_build
        && app.dir.join("tsconfig.json").is_file()
        && (names_build || scripts(app).next().is_some())
}

/// The scripts of functions that lie elsewhere than their `function.json`.
fn scripts(app: &DiscoveredApp) -> impl Iterator<Item = &Path> {
    let elsewhere = app
        .legacy
        .iter()
        .filter(|function| !function.script_file.starts_with(&function.directory));
    elsewhere.map(|function| function.script_file.as_path())
}

/// When a source was saved last.
pub(crate) fn saved(app: &DiscoveredApp) -> Option<SystemTime> {
    newest_source(&app.dir)
}

/// Whether a source was saved after the last build.
pub(crate) fn is_stale(code: &NodeCode, context: LaunchContext<'_>) -> bool {
    let app = context.app;
    let Ok(entry) = &code.entry else { return false };
    if !is_built(code, app) {
        return false;
    }
    let saved = |path: &Path| path.metadata().and_then(|data| data.modified()).ok();
    let made = entry.iter().map(Path::new).chain(scripts(app));
    let built = made.filter_map(saved).max();
    let Some(built) = built.max(context.cache.built()) else {
        return false;
    };
    newest_source(&app.dir).is_some_and(|saved| saved > built)
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
    let mut command = program::command("npm");
    command
        .args(["run", "watch"])
        .current_dir(&app.dir)
        .stdin(Stdio::null());
    let watcher = match Service::start(&mut command, &config.guard, output.printed()) {
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
