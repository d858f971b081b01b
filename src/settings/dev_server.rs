//! Whether a dev server serves the app, and where it listens.

use http::Uri;

use super::SettingsError;
use super::error::Named;
use super::layers::Layers;
use super::options;
use super::parse;
use super::value::{Setting, ValueSource};
use crate::finding::Finding;

/// Chooses the dev server: the argument when it is a URL, else `appDevserverUrl`, which wins over an output location as
/// in the official CLI, unless a folder was typed and the URL was not. An empty URL takes a weaker one away.
///
/// # Errors
/// Values that are no URL, and a URL given as argument and as option.
pub fn choose(
    layers: &Layers<'_>,
    target: Option<&str>,
    notices: &mut Vec<Finding>,
) -> Result<Option<Setting<Uri>>, SettingsError> {
    let option = &options::APP_DEVSERVER_URL;
    let is_typed = layers.typed.text(option).is_some();
    if let Some(url) = target.filter(|word| parse::is_url(word)) {
        if is_typed {
            return Err(SettingsError::PositionalAndOption(option));
        }
        return match parse::url(url) {
            Ok(url) => Ok(Some(Setting::new(url, ValueSource::Positional))),
            Err(problem) => Err(SettingsError::InvalidValue {
                named: Named::new(option, &ValueSource::Positional),
                value: url.to_owned(),
                problem,
            }),
        };
    }
    let Some(Setting { value: url, source }) = layers.url(option)? else {
        return Ok(None);
    };
    let folder = target.or(layers.typed.text(&options::OUTPUT_LOCATION));
    match folder {
        Some(folder) if !is_typed => {
            notices.push(Finding::remark(
                format!("The dev server at {url} ({source}) is not used: the folder `{folder}` was given on the command line."),
                "leave the folder out to use the dev server",
            ));
            Ok(None)
        }
        Some(folder) => {
            notices.push(Finding::remark(
                format!(
                    "The folder `{folder}` is not served: the dev server at {url} ({source}) wins."
                ),
                "remove one of the two",
            ));
            Ok(Some(Setting::new(url, source)))
        }
        None => Ok(Some(Setting::new(url, source))),
    }
}
