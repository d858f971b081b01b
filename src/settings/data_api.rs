//! What answers `/data-api`: nothing, Data API Builder in a folder, or a server at a URL (AP-80).

use std::path::{Path, PathBuf};

use clap::Args;
use http::Uri;

use super::SettingsError;
use super::error::Named;
use super::folders;
use super::layers::Layers;
use super::notice::Notice;
use super::options;
use super::parse;
use super::value::{Setting, Source};

const HEADING: &str = "Data API";

/// The flags of the database connection, exactly as typed.
#[derive(Debug, Clone, Default, Args)]
pub struct DataApiArgs {
    /// Folder with staticwebapp.database.config.json; an installed Data API Builder (dab) is started there (also -db)
    #[arg(help_heading = HEADING, long, value_name = "FOLDER | URL")]
    pub data_api_location: Option<String>,

    /// URL of the server that answers /data-api (also -ds)
    #[arg(help_heading = HEADING, long, value_name = "URL", value_parser = parse::url)]
    pub data_api_devserver_url: Option<Uri>,
}

impl DataApiArgs {
    /// These arguments, and those of `earlier` where these have none.
    #[must_use]
    pub fn or(self, earlier: Self) -> Self {
        Self {
            data_api_location: self.data_api_location.or(earlier.data_api_location),
            data_api_devserver_url: self
                .data_api_devserver_url
                .or(earlier.data_api_devserver_url),
        }
    }
}

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
    base: &Path,
    args: &DataApiArgs,
    notices: &mut Vec<Notice>,
) -> Result<Setting<DataApiSetting>, SettingsError> {
    let port = layers.get(&options::DATA_API_PORT, None, parse::port)?;
    let port = port.map(|port| port.value).filter(|&port| port != 0);
    let url = layers.get(
        &options::DATA_API_DEVSERVER_URL,
        args.data_api_devserver_url.clone().map(Some),
        |text| match text.trim() {
            "" => Ok(None),
            text => parse::url(text).map(Some),
        },
    )?;
    let location = layers
        .get(
            &options::DATA_API_LOCATION,
            args.data_api_location.clone(),
            parse::text,
        )?
        .filter(|location| !location.trim().is_empty());
    if let Some(Setting {
        value: Some(url),
        source,
    }) = url
    {
        if let Some(location) = location {
            notices.push(Notice::warn(
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
    folder(base, location, port, notices)
}

fn folder(
    base: &Path,
    location: Setting<String>,
    port: Option<u16>,
    notices: &mut Vec<Notice>,
) -> Result<Setting<DataApiSetting>, SettingsError> {
    let folder = location.map(|text| folders::absolute(base, &text));
    match folders::check(&folder, &options::DATA_API_LOCATION) {
        Ok(()) => Ok(folder.map(|folder| DataApiSetting::Folder { folder, port })),
        Err(SettingsError::FolderNotFound { path, named, .. }) => {
            notices.push(Notice::warn(
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

/// Where the setting comes from, in the words of `--print-config`.
pub fn shown(setting: &Setting<DataApiSetting>) -> (&'static str, String, &Source) {
    let (option, text) = match &setting.value {
        DataApiSetting::None => (&options::DATA_API_LOCATION, "none".to_owned()),
        DataApiSetting::Folder { folder, .. } => {
            (&options::DATA_API_LOCATION, folder.display().to_string())
        }
        DataApiSetting::Url(url) => (&options::DATA_API_DEVSERVER_URL, url.to_string()),
    };
    (option.key, text, &setting.source)
}
