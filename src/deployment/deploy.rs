//! The steps of a deployment: scan and check ([`prepare`]), then contents, tree, snapshot, switch ([`deploy`]). Whatever
//! happens before the switch, the former deployment goes on serving.

use std::io;

use super::checks::{self, DeployRequest, Scanned};
use super::failpoints;
use super::model::{Deployment, DeploymentState, Environment, HISTORY};
use super::name::EnvironmentId;
use super::objects::{self, Progress};
use super::snapshot;
use super::store::{Session, StorePaths};
use crate::artefact::{Artefact, Entry, ScanError};
use crate::check::Report;
use crate::config::FILE_NAME;
use crate::finding::Advice;
use crate::link::store::LinkPaths;
use crate::store::folder::remove_folder;
use crate::store::{StoreError, now};

/// A deployment that is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployed {
    /// Where.
    pub id: EnvironmentId,
    /// What.
    pub deployment: Deployment,
    /// Whether the environment is new.
    pub is_new: bool,
}

/// What would be deployed, and what keeps it from being.
#[derive(Debug)]
pub struct Prepared {
    /// What the store says; after [`deploy`] what it says then.
    pub state: DeploymentState,
    /// All findings; [`Report::errors`] of them refuse the deployment.
    pub report: Report,
    scanned: Scanned,
}

/// Reads and checks what is to be deployed. Nothing is written.
pub fn prepare(paths: &StorePaths, wanted: &DeployRequest) -> Result<Prepared, StoreError> {
    let known = paths.peek()?;
    let state = known.unwrap_or_else(|| DeploymentState::of_folder(paths.project()));
    let links = LinkPaths::of(paths.project());
    let links = links.map_or_else(
        |_| Vec::new(),
        |paths| paths.peek(&mut Vec::new()).project.links,
    );
    let scanned = Scanned::read(wanted);
    Ok(Prepared {
        report: checks::check(wanted, &state, &links, &scanned),
        scanned,
        state,
    })
}

/// Deploys what was prepared, and found to be without errors.
///
/// # Errors
/// The disk; the former deployment goes on serving.
pub fn deploy(
    session: &Session,
    prepared: &mut Prepared,
    wanted: &DeployRequest,
    progress: Progress<'_>,
) -> Result<Deployed, StoreError> {
    let paths = session.paths();
    failpoints::point("locked");
    // What somebody who was killed left behind: nobody else is here now.
    remove_folder(&paths.tmp())?;
    paths.make(&paths.tmp())?;
    let Prepared { state, scanned, .. } = prepared;
    let mut content = entries(&scanned.content)?.to_vec();
    content.extend(configuration(wanted, scanned)?);
    let api = entries(&scanned.api)?;
    let all: Vec<Entry> = content.iter().chain(api).cloned().collect();
    let hashes = objects::put(paths, &all, progress)?;
    failpoints::point("objects");
    let (of_content, of_api) = hashes.split_at(content.len());
    let at = now();
    let id = format!("{at}-{}", &uuid::Uuid::new_v4().simple().to_string()[..8]);
    snapshot::make(
        paths,
        &id,
        [("content", &content, of_content), ("api", api, of_api)],
    )?;
    let deployment = Deployment {
        id: id.clone(),
        at,
        files: content.len() as u64,
        bytes: content.iter().map(|entry| entry.size).sum(),
        source: wanted.search_paths.output_location.display().to_string(),
        has_api: wanted.api.is_some(),
    };
    let is_new = switch(state, wanted, deployment.clone());
    session.save(state)?;
    failpoints::point("switched");
    tidy(session, state);
    Ok(Deployed {
        id: wanted.id.clone(),
        deployment,
        is_new,
    })
}

/// Removes what nobody can ask for any more. That it fails is no fault of the deployment, and the next one tries again.
pub fn tidy(session: &Session, state: &DeploymentState) {
    let collected = remove_folder(&session.paths().tmp())
        .and_then(|()| snapshot::collect(session.paths(), state.snapshots()));
    if let Err(error) = collected {
        log::warn!(hint:% = error.hint().unwrap_or_default(); "old deployments are still on the disk: {error}");
    }
}

fn entries(scanned: &Result<Artefact, ScanError>) -> Result<&[Entry], StoreError> {
    match scanned {
        Ok(artefact) => Ok(&artefact.entries),
        Err(ScanError { path, source }) => {
            let source = io::Error::new(source.kind(), source.to_string());
            Err(StoreError::io("reading", path)(source))
        }
    }
}

/// The configuration, when it is not among the static files (CF-1): Azure takes it along from the app location.
fn configuration(wanted: &DeployRequest, scanned: &Scanned) -> Result<Option<Entry>, StoreError> {
    let content = &wanted.search_paths.output_location;
    let found = scanned.configuration.found.file.clone();
    let Some(file) = found.filter(|file| !file.starts_with(content)) else {
        return Ok(None);
    };
    let size = file
        .metadata()
        .map_err(StoreError::io("reading", &file))?
        .len();
    Ok(Some(Entry {
        relative: FILE_NAME.to_owned(),
        path: file,
        size,
    }))
}

/// Makes the deployment the one that is served; tells whether its environment is new. A new preview starts with a copy of
/// production's settings (EN-9).
fn switch(state: &mut DeploymentState, wanted: &DeployRequest, deployment: Deployment) -> bool {
    if let Some(plan) = wanted.plan {
        state.app.plan = plan;
    }
    if let Some(name) = &wanted.name {
        state.app.name.clone_from(name);
    }
    let settings = state.production().map(|it| it.app_settings.clone());
    let known = state.environments.iter_mut().find(|it| it.id == wanted.id);
    match known {
        Some(environment) => {
            environment.active.clone_from(&deployment.id);
            environment.history.insert(0, deployment);
            forget(environment);
            false
        }
        None => {
            let environment = Environment {
                id: wanted.id.clone(),
                created_at: deployment.at,
                active: deployment.id.clone(),
                history: vec![deployment],
                app_settings: settings.unwrap_or_default(),
            };
            match wanted.id {
                EnvironmentId::Production => state.environments.insert(0, environment),
                _ => state.environments.push(environment),
            }
            true
        }
    }
}

/// Drops the oldest beyond [`HISTORY`], never the one that is served.
fn forget(environment: &mut Environment) {
    while environment.history.len() > HISTORY {
        let active = &environment.active;
        let oldest = environment.history.iter().rposition(|it| it.id != *active);
        let Some(oldest) = oldest else { return };
        environment.history.remove(oldest);
    }
}
