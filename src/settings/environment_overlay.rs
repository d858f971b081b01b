//! `--environment`: what `start` borrows of a deployed environment, its application settings and its link.

use std::path::Path;

use crate::deployment::name::EnvironmentId;
use crate::deployment::store::StorePaths;
use crate::link::model::PRODUCTION;
use crate::link::store::LinkPaths;

use super::SettingsError;
use super::error::Named;
use super::layers::Layers;
use super::options;
use super::value::Setting;

/// What is borrowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentOverlay {
    /// As typed; shown by `--print-config`.
    pub name: String,
    /// The environment whose link answers `/api`; `None` for pull requests, which have none (EN-12).
    pub link: Option<String>,
    /// Settings for managed functions, if an environment is borrowed from (EN-9).
    pub app_settings: Vec<(String, String)>,
}

impl Default for EnvironmentOverlay {
    fn default() -> Self {
        Self {
            name: String::new(),
            link: Some(PRODUCTION.to_owned()),
            app_settings: Vec::new(),
        }
    }
}

/// Looks the environment up: one that is deployed, or one that is linked.
///
/// # Errors
/// There is none of that name, or the deployments cannot be read.
pub fn choose(layers: &Layers<'_>) -> Result<Setting<EnvironmentOverlay>, SettingsError> {
    let base = layers.base;
    let Some(typed) = layers.words(&options::ENVIRONMENT)? else {
        return Ok(Setting::default(EnvironmentOverlay::default()));
    };
    let name = typed.value.clone();
    let refused = |problem: String| SettingsError::InvalidValue {
        named: Named::new(&options::ENVIRONMENT, &typed.source),
        value: name.clone(),
        problem,
    };
    let state = StorePaths::of(base)
        .peek()
        .map_err(|error| refused(error.to_string()))?;
    let found = state.as_ref().and_then(|state| state.find(&name));
    let borrowed = match found {
        Some(environment) => EnvironmentOverlay {
            link: environment
                .id
                .may_be_linked()
                .then(|| environment.id.link_name()),
            app_settings: environment.app_settings.clone().into_iter().collect(),
            name: name.clone(),
        },
        None => EnvironmentOverlay {
            link: Some(linked(base, &name).ok_or_else(|| {
                refused("no such environment is deployed or linked; `cygnet environments list` names those that are".to_owned())
            })?),
            app_settings: Vec::new(),
            name: name.clone(),
        },
    };
    Ok(Setting::new(borrowed, typed.source))
}

/// The environment of a link.
fn linked(base: &Path, name: &str) -> Option<String> {
    let wanted = EnvironmentId::named(name).ok()?.link_name();
    let links = LinkPaths::of(base)
        .ok()?
        .peek(&mut Vec::new())
        .project
        .links;
    let mut names = links.into_iter().map(|link| link.environment);
    names.find(|name| name.eq_ignore_ascii_case(&wanted))
}
