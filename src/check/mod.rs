//! `cygnet check`: everything that keeps an app from being deployed, or surprises once it is, found without serving it.
//!
//! 1. [`crate::config::read`]: what makes the file unusable, and what a deployment refuses
//! 2. [`crate::config::lint`]: what production ignores or surprises with, given the [`facts`] of the content
//! 3. [`artefact`]: the content folder: its default page, its size
//! 4. [`crate::functions::validate`]: the folder of the API
//! 5. [`json`]: the report for programs

pub mod artefact;
pub mod facts;
pub mod json;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::artefact::content_folder::{ContentFolder, ContentRules};
use crate::artefact::{Artefact, ScanError};
use crate::config::Config;
use crate::config::lint::{Known, lint};
use crate::content::Content;
use crate::content::cache::FileCache;
use crate::environment::load::Configuration;
use crate::environment::search_paths::{ConfigSearchPaths, Found};
use crate::finding::{Finding, Place, Source, arranged, render};
use crate::functions;
use crate::link::model::Plan;

use facts::AppContent;

/// What is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckTarget {
    /// One configuration file; nothing is known of its app.
    File(PathBuf),
    /// An app.
    App(AppTarget),
}

/// An app that is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppTarget {
    /// Where its configuration may be, and its content.
    pub search_paths: ConfigSearchPaths,
    /// What else says which files are content.
    pub content: ContentRules,
    /// The API, as far as known.
    pub api: Api,
    /// The plan whose limits count, if it is known.
    pub plan: Option<Plan>,
}

impl AppTarget {
    fn content_folder(&self) -> ContentFolder {
        ContentFolder::new(self.search_paths.output_location.clone(), &self.content)
    }
}

/// What is known of the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Api {
    /// Nothing.
    Unknown,
    /// There is none.
    None,
    /// A server that someone else runs.
    Elsewhere,
    /// The functions in this folder.
    Folder(PathBuf),
}

impl Api {
    /// The folder of the functions.
    fn folder(&self) -> Option<&Path> {
        match self {
            Self::Folder(folder) => Some(folder),
            Self::Unknown | Self::None | Self::Elsewhere => None,
        }
    }
}

/// All findings about a target.
#[derive(Debug)]
pub struct Report {
    /// The configuration; `None` when the app has none.
    pub source: Option<Source>,
    /// The findings, in the order of the file, then those about the rest.
    pub findings: Vec<Finding>,
}

impl Report {
    /// How many findings keep Azure from taking the app.
    pub fn errors(&self) -> usize {
        let refused = self.findings.iter().filter(|found| found.is_refused());
        refused.count()
    }

    /// How many others there are.
    pub fn warnings(&self) -> usize {
        self.findings.len() - self.errors()
    }

    /// A finding for a terminal.
    pub fn render(&self, finding: &Finding) -> String {
        render(self.source.as_ref(), finding)
    }
}

/// Checks. `base` is the folder that paths are shown from.
pub fn check(target: &CheckTarget, base: &Path) -> Report {
    match target {
        CheckTarget::File(file) => {
            let configuration = Configuration::of(Found::named(file.clone()));
            check_configuration(&configuration, None, &Api::Unknown, base)
        }
        CheckTarget::App(app) => {
            let scanned = Artefact::scan(&app.content_folder());
            let configuration = Configuration::read(&app.search_paths);
            check_app(app, &configuration, scanned.as_ref(), base)
        }
    }
}

/// Checks an app whose configuration and files were read.
pub fn check_app(
    app: &AppTarget,
    configuration: &Configuration,
    scanned: Result<&Artefact, &ScanError>,
    base: &Path,
) -> Report {
    let output = &app.search_paths.output_location;
    let content = Some(app.content_folder());
    let mut report = check_configuration(configuration, content, &app.api, base);
    let findings = &mut report.findings;
    match scanned {
        Ok(scanned) => {
            let found = artefact::check(scanned, app.plan).into_iter();
            findings.extend(found.map(|found| Finding {
                place: short(base, output).into(),
                ..found
            }));
        }
        Err(error) => {
            let message = format!("the content cannot be deployed: {error}");
            let found = Finding::refused("CF-85", short(base, &error.path), message);
            findings.push(found.hint("make it readable, or remove a link that leads nowhere"));
        }
    }
    if let Some(folder) = app.api.folder() {
        let found = functions::validate(folder).into_iter();
        findings.extend(found.map(|found| shortened(base, found)));
    }
    report
}

fn check_configuration(
    configuration: &Configuration,
    content: Option<ContentFolder>,
    api: &Api,
    base: &Path,
) -> Report {
    let mut report = Report {
        source: None,
        findings: Vec::new(),
    };
    let found = &configuration.found;
    if let Some((source, outcome)) = &configuration.file {
        let source = Source::clone(source).named(short(base, source.path()));
        let mut all = outcome.findings.clone();
        if let Some(config) = outcome.config.as_ref().or(outcome.rejected.as_ref()) {
            all.extend(linted(config, &source, content, api));
        }
        report.findings = arranged(all);
        report.source = Some(source);
    }
    for other in &found.others {
        let counts = found.file.as_deref().map(|file| short(base, file));
        let message = format!(
            "several configuration files: {} is used, this one is not; Azure does not document which one wins",
            counts.unwrap_or_default().display()
        );
        let found = Finding::warning("CF-3", short(base, other), message);
        let hint = "keep one of them, or name its folder with `--swa-config-location`";
        report.findings.push(found.hint(hint));
    }
    report
        .findings
        .extend(found.unused().map(|found| shortened(base, found)));
    report
}

/// A finding with its path as it is shown.
fn shortened(base: &Path, found: Finding) -> Finding {
    Finding {
        place: match found.place {
            Place::Path(path, position) => Place::Path(short(base, &path), position),
            place => place,
        },
        ..found
    }
}

/// A path as it is shown.
fn short(base: &Path, path: &Path) -> PathBuf {
    match path.strip_prefix(base) {
        Ok(rest) if rest.as_os_str().is_empty() => PathBuf::from("."),
        Ok(rest) => rest.to_path_buf(),
        Err(_) => path.to_path_buf(),
    }
}

fn linted(
    config: &Config,
    source: &Source,
    content: Option<ContentFolder>,
    api: &Api,
) -> Vec<Finding> {
    let served = content.map(|folder| {
        let folder = Arc::new(folder);
        AppContent(Content::new(folder, config, FileCache::default()))
    });
    let known = Known {
        content: served.as_ref().map(|served| served as _),
        has_api: match api {
            Api::Unknown => None,
            Api::None => Some(false),
            Api::Elsewhere | Api::Folder(_) => Some(true),
        },
    };
    lint(config, source, known)
}
