//! What answers `/api`: nothing, a folder of functions, or a server at a URL.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use http::Uri;

use crate::link::BackendKind;
use crate::link::model::Link;
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

/// Chooses the API: in the same layer the URL of a dev server wins over a location, as in the official CLI; a location may
/// itself be a URL. A folder that is missing is a warning, since the static part works without.
///
/// # Errors
/// Values that mean nothing, and a file in place of the folder.
pub fn choose(
    layers: &Layers<'_>,
    notices: &mut Vec<Finding>,
) -> Result<(Setting<ApiSetting>, Setting<BackendKind>), SettingsError> {
    let kind = layers.get(&options::API_KIND)?;
    let mut url = layers.url(&options::API_DEVSERVER_URL)?;
    let mut location = layers.words(&options::API_LOCATION)?;
    if let (Some(dev_server), Some(folder)) = (&url, &location) {
        // What is nearer to the hand counts.
        match folder.source.rank() > dev_server.source.rank() {
            true => {
                notices.push(unused(("URL", dev_server), ("location", folder)));
                url = None;
            }
            false => {
                notices.push(unused(("location", folder), ("URL", dev_server)));
                location = None;
            }
        }
    }
    let at = |url: Uri, source: ValueSource| {
        let kind = kind.value;
        Setting::new(ApiSetting::Url { url, kind }, source)
    };
    let api = match (url, location) {
        (Some(url), _) => at(url.value, url.source),
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

/// A link, for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkName {
    /// What is linked.
    pub kind: BackendKind,
    /// Its name as a resource.
    pub name: String,
    /// To which environment.
    pub environment: String,
}

/// The link of an environment, if it has one (BK-1).
pub fn link_of(base: &Path, environment: Option<&str>, notices: &mut Vec<Finding>) -> Option<Link> {
    if !base.join(state_dir::PROJECT_FOLDER).is_dir() {
        return None;
    }
    let files = LinkPaths::of(base).ok()?;
    let mut problems = Vec::new();
    let state = files.peek(&mut problems);
    notices.extend(problems.into_iter().map(|problem| {
        Finding::remark(
            problem,
            "`cygnet backends show` keeps it aside; then link again",
        )
    }));
    let mut links = state.project.links.into_iter();
    links.find(|link| Some(link.environment.as_str()) == environment)
}

/// What nobody chose otherwise: the linked backend. One that stands beside functions of the app is the second API of its
/// environment, which [`LinkName`] tells (AP-1, B1-1); a server at a URL is taken for that backend under a debugger.
pub fn or_link(
    api: Setting<ApiSetting>,
    link: Option<Link>,
    notices: &mut Vec<Finding>,
) -> (Setting<ApiSetting>, Option<LinkName>) {
    let Some(link) = link else {
        return (api, None);
    };
    let name = LinkName {
        kind: link.kind,
        name: link.name.clone(),
        environment: link.environment,
    };
    match (&api.value, &api.source) {
        (ApiSetting::Folder(_), _) => (api, Some(name)),
        (ApiSetting::Url { url, .. }, source) => {
            notices.push(Finding::remark(
                format!(
                    "{} `{}` is linked, and the API at {url} ({source}) is used in its place",
                    link.kind.title(),
                    link.name
                ),
                "remove the URL, so that the link is used",
            ));
            (api, None)
        }
        (ApiSetting::None, ValueSource::Default) => match link.url.parse::<Uri>() {
            Ok(url) => {
                let kind = link.kind;
                let linked = ApiSetting::Url { url, kind };
                (Setting::new(linked, ValueSource::Link(link.name)), None)
            }
            Err(_) => (api, None),
        },
        (ApiSetting::None, _) => (api, None),
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

fn unused<A: Display, B: Display>(
    (loser, unused): (&str, &Setting<A>),
    (winner, used): (&str, &Setting<B>),
) -> Finding {
    let message = format!(
        "API {loser} `{}` ({}) is not used: API {winner} `{}` ({}) wins",
        unused.value, unused.source, used.value, used.source
    );
    Finding::remark(message, "remove one of the two")
}
