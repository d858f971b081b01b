//! Delete, roll back, verify.

use std::borrow::Cow;

use super::deploy::tidy;
use super::model::{Deployment, DeploymentState};
use super::name::EnvironmentId;
use super::store::Session;
use super::{objects, snapshot};
use crate::finding::Advice;
use crate::store::StoreError;

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// No such environment.
    #[error("there is no environment `{0}`")]
    Unknown(String),
    /// There is nothing before the present deployment.
    #[error("environment `{0}` has no earlier deployment")]
    NothingEarlier(EnvironmentId),
    /// No such deployment.
    #[error("environment `{environment}` has no deployment `{deployment}`")]
    NoDeployment {
        /// The environment.
        environment: EnvironmentId,
        /// As typed.
        deployment: String,
    },
    /// Production goes only with its app.
    #[error("production cannot be deleted while previews exist")]
    Production,
    /// The disk.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Advice for ActError {
    fn hint(&self) -> Option<Cow<'_, str>> {
        Some(Cow::from(match self {
            Self::Unknown(_) => "cygnet environments list".to_owned(),
            Self::NothingEarlier(id)
            | Self::NoDeployment {
                environment: id, ..
            } => {
                format!("cygnet environments history {id}")
            }
            Self::Production => "delete the previews first".to_owned(),
            Self::Store(error) => return error.hint(),
        }))
    }
}

/// Deletes an environment: its host is gone (EN-7).
pub fn delete(
    session: &Session,
    state: &mut DeploymentState,
    text: &str,
) -> Result<EnvironmentId, ActError> {
    let found = state
        .find(text)
        .ok_or_else(|| ActError::Unknown(text.to_owned()))?;
    let id = found.id.clone();
    if id == EnvironmentId::Production && state.environments.len() > 1 {
        return Err(ActError::Production);
    }
    state.environments.retain(|it| it.id != id);
    session.save(state)?;
    tidy(session, state);
    Ok(id)
}

/// Serves an earlier deployment again: the one before the present one, or the one that is named. Its own configuration and
/// functions come with it; application settings stay as they are.
pub fn rollback(
    session: &Session,
    state: &mut DeploymentState,
    text: &str,
    to: Option<&str>,
) -> Result<(EnvironmentId, Deployment), ActError> {
    let environment = state
        .find_mut(text)
        .ok_or_else(|| ActError::Unknown(text.to_owned()))?;
    let id = environment.id.clone();
    let history = &environment.history;
    let deployment = match to {
        Some(wanted) => {
            let found = history.iter().find(|it| it.id == wanted);
            found.ok_or_else(|| ActError::NoDeployment {
                environment: id.clone(),
                deployment: wanted.to_owned(),
            })?
        }
        None => {
            let present = history.iter().position(|it| it.id == environment.active);
            let earlier = present.and_then(|at| history.get(at + 1));
            earlier.ok_or_else(|| ActError::NothingEarlier(id.clone()))?
        }
    };
    let deployment = deployment.clone();
    environment.active.clone_from(&deployment.id);
    session.save(state)?;
    Ok((id, deployment))
}

/// What is wrong with the store: every snapshot that is named is there with every file as it was deployed, and every
/// content is what its name says. Everything is read.
pub fn verify(session: &Session, state: &DeploymentState) -> Result<Vec<String>, StoreError> {
    let paths = session.paths();
    let mut wrong = Vec::new();
    for environment in &state.environments {
        if environment.deployment().is_none() {
            wrong.push(format!(
                "environment `{}` serves `{}`, which is not in its history",
                environment.id, environment.active
            ));
        }
    }
    for id in state.snapshots() {
        wrong.extend(snapshot::verify(paths, id)?);
    }
    for (hash, file) in objects::all(paths)? {
        match objects::hash_of(&file) {
            Ok(found) if found == hash => {}
            Ok(_) => wrong.push(format!("{} is not what its name says", file.display())),
            Err(error) => wrong.push(error.to_string()),
        }
    }
    Ok(wrong)
}
