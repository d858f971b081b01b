//! The steps of a deployment: contents, tree, snapshot, switch. Whatever happens before the switch, the former deployment
//! goes on serving.

use std::path::PathBuf;

use super::artefact::{self, Entry};
use super::checks::Wanted;
use super::failpoints;
use super::model::{Deployment, Environment, HISTORY, State};
use super::name::EnvironmentId;
use super::objects::{self, Progress};
use super::snapshot;
use super::store::{Session, StoreError, make_folder, remove_folder};
use crate::config::FILE_NAME;
use crate::environment::discover::ConfigSearchPaths;
use crate::finding::Advice;
use crate::link::store::now;

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

/// Deploys what was checked; `state` is what the store says, and afterwards what it says then.
///
/// # Errors
/// The disk; the former deployment goes on serving.
pub fn deploy(
    session: &Session,
    state: &mut State,
    wanted: &Wanted,
    progress: Progress<'_>,
) -> Result<Deployed, StoreError> {
    let paths = session.paths();
    failpoints::point("locked");
    // What somebody who was killed left behind: nobody else is here now.
    remove_folder(&paths.tmp())?;
    make_folder(&paths.tmp())?;
    let mut content = artefact::content(&wanted.output_location, wanted.api.as_deref())?;
    content.extend(configuration(wanted)?);
    let api = match &wanted.api {
        Some(folder) => artefact::api(folder)?,
        None => Vec::new(),
    };
    let all: Vec<Entry> = content.iter().chain(&api).cloned().collect();
    let hashes = objects::put(paths, &all, progress)?;
    failpoints::point("objects");
    let (of_content, of_api) = hashes.split_at(content.len());
    let at = now();
    let id = format!("{at}-{}", &uuid::Uuid::new_v4().simple().to_string()[..8]);
    snapshot::make(
        paths,
        &id,
        [("content", &content, of_content), ("api", &api, of_api)],
    )?;
    let deployment = Deployment {
        id: id.clone(),
        at,
        files: content.len() as u64,
        bytes: content.iter().map(|entry| entry.size).sum(),
        source: wanted.output_location.display().to_string(),
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
pub fn tidy(session: &Session, state: &State) {
    let collected = remove_folder(&session.paths().tmp())
        .and_then(|()| snapshot::collect(session.paths(), state.snapshots()));
    if let Err(error) = collected {
        log::warn!(hint:% = error.hint().unwrap_or_default(); "old deployments are still on the disk: {error}");
    }
}

/// The configuration, when it is not among the static files (CF-1): Azure takes it along from the app location.
fn configuration(wanted: &Wanted) -> Result<Option<Entry>, StoreError> {
    let paths = ConfigSearchPaths {
        config_location: wanted.config_location.clone(),
        app_location: wanted.app_location.clone(),
        output_location: wanted.output_location.clone(),
    };
    let outside = |file: &PathBuf| !file.starts_with(&wanted.output_location);
    let Some(file) = paths.find().file.filter(outside) else {
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
fn switch(state: &mut State, wanted: &Wanted, deployment: Deployment) -> bool {
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
