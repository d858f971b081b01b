//! What answers `/data-api`: nothing, Data API Builder in a folder, or a server at a URL (AP-80).

use std::path::PathBuf;

use http::Uri;

use super::SettingsError;
use super::error::Named;
use super::folders;
use super::layers::Layers;
use super::options;
use super::parse;
use super::value::Setting;
use crate::finding::Finding;

/// What answers `/data-api`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataApiSetting {
    /// Nothing.
    None,
    /// Data API Builder, started in this folder (absolute, it exists).
    Folder {
        /// The folder with its configuration.
        folder: PathBuf,
        /// The port to start it on; `None` picks a free one.
        port: Option<u16>,
    },
    /// A server that someone else runs: an `http` or `https` URL with a host.
    Url(Uri),
}

/// Chooses as for `/api`: a URL wins over a location, and a location may itself be a URL.
///
/// # Errors
/// Values that mean nothing, and a file in place of the folder.
pub fn choose(
    layers: &Layers<'_>,
    notices: &mut Vec<Finding>,
) -> Result<Setting<DataApiSetting>, SettingsError> {
    let port = layers.given(&options::DATA_API_PORT)?;
    let port = port.map(|port| port.value).filter(|&port| port != 0);
    let url = layers.url(&options::DATA_API_DEVSERVER_URL)?;
    let location = layers.words(&options::DATA_API_LOCATION)?;
    if let Some(Setting { value: url, source }) = url {
        if let Some(location) = location {
            notices.push(Finding::remark(
                format!(
                    "Data API location `{}` ({}) is not used: the server at {url} ({source}) wins",
                    location.value, location.source
                ),
                "remove one of the two",
            ));
        }
        return Ok(Setting::new(DataApiSetting::Url(url), source));
    }
    let Some(location) = location else {
        return Ok(Setting::default(DataApiSetting::None));
    };
    if parse::is_url(&location) {
        let option = &options::DATA_API_LOCATION;
        return match parse::url(&location) {
            Ok(url) => Ok(Setting::new(DataApiSetting::Url(url), location.source)),
            Err(problem) => Err(SettingsError::InvalidValue {
                named: Named::new(option, &location.source),
                value: location.value,
                problem,
            }),
        };
    }
    folder(layers, location, port, notices)
}

fn folder(
    layers: &Layers<'_>,
    location: Setting<String>,
    port: Option<u16>,
    notices: &mut Vec<Finding>,
) -> Result<Setting<DataApiSetting>, SettingsError> {
    let folder = location.map(|text| layers.absolute(&text));
    match folders::check(&folder, &options::DATA_API_LOCATION) {
        Ok(()) => Ok(folder.map(|folder| DataApiSetting::Folder { folder, port })),
        Err(SettingsError::FolderNotFound { path, named, .. }) => {
            notices.push(Finding::remark(
                format!(
                    "Skipping Data Api because folder \"{}\" is missing",
                    path.display()
                ),
                format!("it is named by {named}; `/data-api` answers 404 until it exists and you start again"),
            ));
            Ok(folder.map(|_| DataApiSetting::None))
        }
        Err(error) => Err(error),
    }
}
