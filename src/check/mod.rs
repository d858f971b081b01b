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

use crate::artefact::{Artefact, ScanError};
use crate::config::lint::{Known, lint};
use crate::config::{Config, Diagnostic, Severity, Source, render};
use crate::content::Content;
use crate::content::cache::FileCache;
use crate::environment::load::Configuration;
use crate::environment::search_paths::{ConfigSearchPaths, Found};
use crate::functions;

use facts::Served;

/// What is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// One configuration file; nothing is known of its app.
    File(PathBuf),
    /// An app.
    App {
        /// Where its configuration may be, and its content.
        search_paths: ConfigSearchPaths,
        /// The API, as far as known.
        api: Api,
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

impl Api {
    /// The folder of the functions.
    fn folder(&self) -> Option<&Path> {
        match self {
            Self::Folder(folder) => Some(folder),
            Self::Unknown | Self::None | Self::Elsewhere => None,
        }
    }
}

/// One finding, of the configuration or of a file beside it.
#[derive(Debug)]
pub struct Finding {
    /// What, how grave, and what to do. Its span counts only with `in_configuration`.
    pub diagnostic: Diagnostic,
    /// The file or folder, when it is not the configuration.
    pub elsewhere: Option<PathBuf>,
}

/// All findings about a subject.
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
        let findings = self.findings.iter();
        findings
            .filter(|found| found.diagnostic.severity < Severity::Warning)
            .count()
    }

    /// How many others there are.
    pub fn warnings(&self) -> usize {
        self.findings.len() - self.errors()
    }

    /// A finding for a terminal; `color` adds ANSI sequences.
    pub fn render(&self, finding: &Finding, color: bool) -> String {
        match (&finding.elsewhere, &self.source) {
            (None, Some(source)) => render::render(source, &finding.diagnostic, color),
            (place, _) => {
                let place = place.as_deref().unwrap_or(Path::new(""));
                render::render_beside(place, &finding.diagnostic, color)
            }
        }
    }
}

/// Checks. `base` is the folder that paths are shown from.
pub fn check(subject: &Subject, base: &Path) -> Report {
    match subject {
        Subject::File(file) => {
            let configuration = Configuration::of(Found {
                file: Some(file.clone()),
                others: Vec::new(),
            });
            check_configuration(&configuration, None, &Api::Unknown, base)
        }
        Subject::App { search_paths, api } => {
            let scanned = Artefact::scan(&search_paths.output_location, api.folder());
            let configuration = Configuration::read(search_paths);
            check_app(search_paths, &configuration, scanned.as_ref(), api, base)
        }
    }
}

/// Checks an app whose configuration and files were read.
pub fn check_app(
    search_paths: &ConfigSearchPaths,
    configuration: &Configuration,
    scanned: Result<&Artefact, &ScanError>,
    api: &Api,
    base: &Path,
) -> Report {
    let output = &search_paths.output_location;
    let mut report = check_configuration(configuration, Some(output), api, base);
    let findings = &mut report.findings;
    match scanned {
        Ok(scanned) => {
            let found = artefact::check(scanned).into_iter();
            findings.extend(found.map(|found| beside(short(base, output), found)));
        }
        Err(error) => {
            let message = format!("the content cannot be deployed: {error}");
            let found = Diagnostic::refused("CF-85", Default::default(), message)
                .hint("make it readable, or remove a link that leads nowhere");
            findings.push(beside(short(base, &error.path), found));
        }
    }
    if let Api::Folder(folder) = api {
        findings.extend(functions::validate(folder).into_iter().map(|problem| {
            let make = match problem.rule {
                "CF-97" | "CF-98" => Diagnostic::refused,
                _ => Diagnostic::warning,
            };
            let found = make(problem.rule, Default::default(), problem.message);
            beside(short(base, &problem.file), found.hint(problem.hint))
        }));
    }
    report
}

fn check_configuration(
    configuration: &Configuration,
    output: Option<&Path>,
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
        let mut diagnostics = outcome.diagnostics.clone();
        if let Some(config) = &outcome.config {
            diagnostics.extend(linted(config, &source, output, api));
        }
        diagnostics.sort_by_key(|found| found.span.start);
        report
            .findings
            .extend(diagnostics.into_iter().map(|diagnostic| Finding {
                diagnostic,
                elsewhere: None,
            }));
        report.source = Some(source);
    }
    for other in &found.others {
        let counts = found.file.as_deref().map(|file| short(base, file));
        let message = format!(
            "a second configuration: {} counts here, and Azure does not document which one wins",
            counts.unwrap_or_default().display()
        );
        let found = Diagnostic::warning("CF-3", Default::default(), message)
            .hint("keep one of them, or name its folder with `--swa-config-location`");
        report.findings.push(beside(short(base, other), found));
    }
    report
}

/// A path as it is shown.
fn short(base: &Path, path: &Path) -> PathBuf {
    match path.strip_prefix(base) {
        Ok(rest) if rest.as_os_str().is_empty() => PathBuf::from("."),
        Ok(rest) => rest.to_path_buf(),
        Err(_) => path.to_path_buf(),
    }
}

fn linted(config: &Config, source: &Source, output: Option<&Path>, api: &Api) -> Vec<Diagnostic> {
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

fn beside(place: PathBuf, diagnostic: Diagnostic) -> Finding {
    Finding {
        diagnostic,
        elsewhere: Some(place),
    }
}
