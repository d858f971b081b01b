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

use crate::config::Config;
use crate::config::lint::{Known, lint};
use crate::content::Content;
use crate::content::cache::FileCache;
use crate::environment::discover::ConfigSearchPaths;
use crate::environment::load;
use crate::finding::{Finding, Place, Source, render};
use crate::functions;
use crate::link::model::Plan;

use facts::Served;

/// What is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckTarget {
    /// One configuration file; nothing is known of its app.
    File(PathBuf),
    /// An app.
    App {
        /// Where its configuration may be, and its content.
        config_location: Option<PathBuf>,
        /// The app location.
        app_location: PathBuf,
        /// The folder that is deployed.
        output_location: PathBuf,
        /// The API, as far as known.
        api: Api,
        /// The plan whose limits count, if it is known.
        plan: Option<Plan>,
    },
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
    let short = |path: &Path| match path.strip_prefix(base) {
        Ok(rest) if rest.as_os_str().is_empty() => PathBuf::from("."),
        Ok(rest) => rest.to_path_buf(),
        Err(_) => path.to_path_buf(),
    };
    let mut findings = Vec::new();
    let (file, output, api, plan) = match target {
        CheckTarget::File(file) => (Some(file.clone()), None, &Api::Unknown, None),
        CheckTarget::App {
            config_location,
            app_location,
            output_location,
            api,
            plan,
        } => {
            let search_paths = ConfigSearchPaths {
                config_location: config_location.clone(),
                app_location: app_location.clone(),
                output_location: output_location.clone(),
            };
            let found = search_paths.find();
            for other in &found.others {
                let message = format!(
                    "several configuration files: {} is used, this one is not; Azure does not document which one wins",
                    found
                        .file
                        .as_deref()
                        .map(short)
                        .unwrap_or_default()
                        .display()
                );
                findings.push(
                    Finding::warning("CF-3", short(other), message)
                        .hint("keep one of them, or name its folder with `--swa-config-location`"),
                );
            }
            (found.file, Some(output_location), api, *plan)
        }
    };
    let mut source = None;
    if let Some(file) = file {
        let (read, outcome) = load::read(&file);
        let read = read.named(short(&file));
        let mut found = outcome.findings;
        if let Some(config) = &outcome.config {
            found.extend(linted(config, &read, output.map(PathBuf::as_path), api));
        }
        found.sort_by_key(|found| found.place.span().start);
        findings.splice(0..0, found);
        source = Some(read);
    }
    if let Some(output) = output {
        let skip = match api {
            Api::Folder(folder) => Some(folder.as_path()),
            _ => None,
        };
        let found = artefact::check(output, skip, plan).into_iter();
        findings.extend(found.map(|found| Finding {
            place: short(output).into(),
            ..found
        }));
    }
    if let Api::Folder(folder) = api {
        findings.extend(
            functions::validate(folder)
                .into_iter()
                .map(|found| Finding {
                    place: match found.place {
                        Place::Path(path, position) => Place::Path(short(&path), position),
                        place => place,
                    },
                    ..found
                }),
        );
    }
    Report { source, findings }
}

fn linted(config: &Config, source: &Source, output: Option<&Path>, api: &Api) -> Vec<Finding> {
    let served = output.map(|output| {
        Served(Content::new(
            output.to_path_buf(),
            config,
            FileCache::default(),
        ))
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
