//! A folder whose home page only a bundler understands: said in the terminal and over the page, which would be blank.

use std::path::Path;

use crate::detect::{Detected, detect, sources};
use crate::live::Hub;
use crate::live::problems::Problem;
use crate::settings::{Settings, ValueSource};
use crate::terminal::Printer;

/// What is said about it.
#[derive(Debug)]
pub(super) struct Sources {
    message: String,
    hint: String,
    /// Whether the guided start has said so in the terminal.
    is_told: bool,
}

impl Sources {
    /// `None` for a folder that can be served, and where a dev server serves.
    pub(super) fn of(settings: &Settings) -> Option<Self> {
        let app = &settings.app;
        if app.config_search_paths().has_dev_server {
            return None;
        }
        let folder = &app.output_location;
        let script = sources::of(folder)?;
        let found = detect(folder).or_else(|| detect(&app.location));
        let is_bare =
            folder.source == ValueSource::Default && settings.project.config_file.is_none();
        Some(Self {
            message: format!(
                "`index.html` needs `{script}`, which browsers cannot run: this folder holds the sources of an app"
            ),
            hint: match &found {
                Some(found) => commands(found, &settings.project.base_dir),
                None => "serve the folder that your build writes, or start the dev server: cygnet --run \"npm run dev\"".to_owned(),
            },
            is_told: is_bare && found.is_some(),
        })
    }

    pub(super) fn tell(&self, printer: Printer) {
        if !self.is_told {
            printer.warning(&self.message, Some(&self.hint));
        }
    }

    pub(super) fn show(&self, hub: &Hub) {
        hub.set_sources(Some(Problem::sources(&self.message, &self.hint)));
    }
}

/// The home page changed: one that needs no bundler any more needs no notice.
pub(super) fn check_again(hub: &Hub, folder: &Path) {
    if sources::of(folder).is_none() {
        hub.set_sources(None);
    }
}

/// What to type instead, in the folder `base`.
fn commands(found: &Detected, base: &Path) -> String {
    let there = match found.folder.strip_prefix(base) {
        Ok(folder) if folder.as_os_str().is_empty() => String::new(),
        Ok(folder) => format!("cd {} && ", folder.display()),
        Err(_) => format!("cd {} && ", found.folder.display()),
    };
    let (dev, built) = (found.serve_dev(""), found.serve_built(""));
    format!(
        "this is {}: start its dev server, `{there}{dev}`, or serve the built app, `{there}{built}`",
        found.name
    )
}
