//! What answers `/api`: nothing, a folder of functions, or a server at a URL.

use std::path::{Path, PathBuf};

use http::Uri;

use crate::link::BackendKind;
use crate::link::store::LinkPaths;
use crate::store::state_dir;

use super::SettingsError;
use super::error::Named;
use super::folders;
use super::layers::Layers;
use super::options;
use super::parse;
use super::value::{Setting, ValueSource};
use crate::finding::Finding;

/// What answers `/api`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiSetting {
    /// Nothing: `/api` is static content like the rest (AP-40).
    None,
    /// The Functions app in this folder (absolute, it exists), run by us.
    Folder(PathBuf),
    /// A server that someone else runs.
    Url {
        /// Its `http` or `https` URL, with a host.
        url: Uri,
        /// What it stands for.
        kind: BackendKind,
    },
}

/// Chooses the API: the URL of a dev server wins over a location, as in the official CLI; a location may itself be a
/// URL. A folder that is missing is a warning, since the static part works without.
///
/// # Errors
/// Values that mean nothing, and a file in place of the folder.
pub fn choose(
    layers: &Layers<'_>,
    notices: &mut Vec<Finding>,
) -> Result<(Setting<ApiSetting>, Setting<BackendKind>), SettingsError> {
    let kind = layers.get(&options::API_KIND)?;
    let url = layers.url(&options::API_DEVSERVER_URL)?;
    let location = layers.words(&options::API_LOCATION)?;
    let at = |url: Uri, source: ValueSource| {
        let kind = kind.value;
        Setting::new(ApiSetting::Url { url, kind }, source)
    };
    let api = match (url, location) {
        (Some(url), location) => {
            if let Some(location) = location {
                notices.push(both(&url, &location));
            }
            at(url.value, url.source)
        }
        (None, Some(location)) if parse::is_url(&location) => {
            let url = parse::url(&location).map_err(|problem| SettingsError::InvalidValue {
                named: Named::new(&options::API_LOCATION, &location.source),
                value: location.value.clone(),
                problem,
            })?;
            at(url, location.source)
        }
        (None, Some(location)) => folder(layers, location, &kind, notices)?,
        (None, None) => Setting::default(ApiSetting::None),
    };
    Ok((api, kind))
}

/// What nobody chose otherwise: the backend that the environment is linked to, if it is (BK-1).
pub fn or_link(
    api: Setting<ApiSetting>,
    base: &Path,
    environment: Option<&str>,
    notices: &mut Vec<Finding>,
) -> Setting<ApiSetting> {
    if api.source != ValueSource::Default || !base.join(state_dir::PROJECT_FOLDER).is_dir() {
        return api;
    }
    let Ok(files) = LinkPaths::of(base) else {
        return api;
    };
    let mut problems = Vec::new();
    let state = files.peek(&mut problems);
    notices.extend(problems.into_iter().map(|problem| {
        Finding::remark(
            problem,
            "`cygnet backends show` keeps it aside; then link again",
        )
    }));
    let link = state
        .project
        .links
        .into_iter()
        .find(|link| Some(link.environment.as_str()) == environment);
    match link.and_then(|link| Some((link.url.parse::<Uri>().ok()?, link))) {
        Some((url, link)) => Setting::new(
            ApiSetting::Url {
                url,
                kind: link.kind,
            },
            ValueSource::Link(link.name),
        ),
        None => api,
    }
}

fn folder(
    layers: &Layers<'_>,
    location: Setting<String>,
    kind: &Setting<BackendKind>,
    notices: &mut Vec<Finding>,
) -> Result<Setting<ApiSetting>, SettingsError> {
    let folder = location.map(|text| layers.absolute(&text));
    match folders::check(&folder, &options::API_LOCATION) {
        Ok(()) => {
            if !matches!(kind.value, BackendKind::Managed) && kind.source != ValueSource::Default {
                notices.push(Finding::remark(
                    format!(
                        "API kind `{}` ({}) has no effect: the API is a folder",
                        kind.value, kind.source
                    ),
                    "functions in a folder are managed functions; give a URL with `--api-devserver-url` for other kinds",
                ));
            }
            Ok(folder.map(ApiSetting::Folder))
        }
        Err(SettingsError::FolderNotFound { path, named, .. }) => {
            notices.push(Finding::remark(
                format!(
                    "Skipping Api because folder \"{}\" is missing",
                    path.display()
                ),
                format!(
                    "it is named by {named}; create it, or name another folder, and start again"
                ),
            ));
            Ok(folder.map(|_| ApiSetting::None))
        }
        Err(error) => Err(error),
    }
}

fn both(url: &Setting<Uri>, location: &Setting<String>) -> Finding {
    Finding::remark(
        format!(
            "API location `{}` ({}) is not used: the API at {} ({}) wins",
            location.value, location.source, url.value, url.source
        ),
        "remove one of the two",
    )
}
