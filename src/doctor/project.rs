//! The project: what says how it is served, and what is found wrong with it.

use std::path::{Path, PathBuf};

use super::check::{Check, Looking, State, look, look_at_disk};
use super::patient::Patient;
use crate::check::{AppTarget, CheckTarget, check};
use crate::detect::{Missing, detect};
use crate::finding::Finding;
use crate::store::state_dir::state_dir;

pub(super) fn checks(patient: &Patient) -> Vec<Looking<'_>> {
    let mut all = vec![look("settings", async { settings(patient) })];
    if let Some(known) = patient.settings() {
        let (target, base) = (known.app_target(), patient.folder.clone());
        all.push(look_at_disk("configuration", move || {
            configuration(target, &base)
        }));
        let location = known.app.location.value.clone();
        all.push(look_at_disk("app", move || app(&location)));
    }
    if patient.functions.is_some() {
        all.push(look("functions", async { functions(patient) }));
    }
    let kept = patient
        .settings()
        .and_then(|it| it.project.state_dir.clone());
    all.push(look_at_disk("state folder", move || {
        state_folder(kept.or_else(state_dir))
    }));
    all
}

/// What a start goes by.
fn settings(patient: &Patient) -> Check {
    let name = "settings";
    match &patient.settings {
        Err(Finding { message, hint, .. }) => {
            let check = Check::new(name, State::Problem, message);
            Check {
                hint: hint.clone(),
                ..check
            }
        }
        Ok(settings) => match &settings.project.config_file {
            None => Check::new(name, State::Ok, "no swa-cli.config.json: defaults hold"),
            Some(file) => {
                let chosen = settings.project.configuration.as_deref();
                let chosen = chosen.map(|name| format!(", configuration `{name}`"));
                let found = format!("{}{}", file.display(), chosen.unwrap_or_default());
                Check::new(name, State::Ok, found).fact("path", file.display().to_string())
            }
        },
    }
}

/// The `staticwebapp.config.json` and the artefact, as `cygnet check` judges them.
fn configuration(target: AppTarget, base: &Path) -> Check {
    let report = check(&CheckTarget::App(target), base);
    let (errors, warnings) = (report.errors(), report.warnings());
    let place = match &report.source {
        Some(source) => source.path().display().to_string(),
        None => "no staticwebapp.config.json".to_owned(),
    };
    let state = match (errors, warnings) {
        (0, 0) => State::Ok,
        (0, _) => State::Warning,
        _ => State::Problem,
    };
    let counted = |number: usize, word: &str| match number {
        1 => format!("1 {word}"),
        number => format!("{number} {word}s"),
    };
    let found = format!(
        "{place}: {}, {}",
        counted(errors, "error"),
        counted(warnings, "warning")
    );
    let check = Check::new("configuration", state, found)
        .fact("errors", errors)
        .fact("warnings", warnings);
    match state {
        State::Ok => check,
        _ => check.hint("`cygnet check` shows each with its place"),
    }
}

/// The framework, and whether its packages are there.
fn app(location: &Path) -> Check {
    let name = "app";
    let Some(found) = detect(location) else {
        return Check::new(
            name,
            State::Ok,
            format!("no framework in {}", location.display()),
        );
    };
    let framework = format!("{} ({})", found.name, found.why);
    let check = |state, found: String| {
        Check::new(name, state, found).fact("framework", found_name(&framework))
    };
    match &found.missing {
        None => check(State::Ok, framework.clone())
            .hint(format!("its dev server: {}", found.serve_dev(""))),
        Some(Missing::Packages(install)) => check(
            State::Warning,
            format!("{framework}, whose packages are not installed"),
        )
        .hint(install.clone()),
        Some(Missing::Program(program)) => check(
            State::Warning,
            format!("{framework}, and `{program}` is not installed"),
        )
        .hint(format!(
            "install `{program}`, which its dev server and its build need"
        )),
    }
}

fn found_name(framework: &str) -> &str {
    framework.split(" (").next().unwrap_or(framework)
}

/// Which language the functions are written in.
fn functions(patient: &Patient) -> Check {
    let folder = patient.host.app_dir.display().to_string();
    match &patient.functions {
        Some(Ok(choice)) => {
            let found = format!("{folder}: {} because {}", choice.runtime, choice.why);
            Check::new("functions", State::Ok, found)
        }
        Some(Err(error)) => {
            Check::new("functions", State::Problem, &error.message).hint(&error.hint)
        }
        None => Check::new("functions", State::Note, "none"),
    }
    .fact("path", folder)
}

/// Where certificates, keys and the list of running emulators are kept.
fn state_folder(folder: Option<PathBuf>) -> Check {
    let name = "state folder";
    let Some(folder) = folder else {
        return Check::new(name, State::Problem, "no variable says where it is")
            .hint("set HOME, or CYGNET_STATE_DIR to a folder of your own");
    };
    let existing = folder.ancestors().find(|folder| folder.exists());
    let shown = folder.display().to_string();
    let (state, found) = match existing {
        Some(there) if !there.is_dir() => (
            State::Problem,
            format!("{} is not a folder", there.display()),
        ),
        Some(there) if !may_write(there) => (
            State::Problem,
            format!("{} cannot be written", there.display()),
        ),
        Some(there) if there == folder => (State::Ok, shown.clone()),
        _ => (
            State::Ok,
            format!("{shown}, which is made when it is needed"),
        ),
    };
    let check = Check::new(name, state, found).fact("path", shown);
    match state {
        State::Ok => check,
        _ => check.hint("make it writable, or set CYGNET_STATE_DIR to a folder of your own"),
    }
}

#[cfg(unix)]
fn may_write(folder: &Path) -> bool {
    use rustix::fs::{Access, access};
    access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

#[cfg(not(unix))]
fn may_write(folder: &Path) -> bool {
    let found = std::fs::metadata(folder);
    found.is_ok_and(|found| !found.permissions().readonly())
}
