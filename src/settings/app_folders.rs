//! Where the app is: its location, and the folder that is served.

use std::path::PathBuf;

use super::SettingsError;
use super::error::Named;
use super::folders::absolute;
use super::layers::Layers;
use super::options;
use super::value::{Setting, ValueSource};
use crate::finding::{Finding, nearest};

/// The app location and the content root.
#[derive(Debug)]
pub struct AppFolders {
    /// `appLocation`, absolute.
    pub app: Setting<PathBuf>,
    /// `outputLocation`, absolute; it exists. With a dev server that it does not belong to, the app location.
    pub output: Setting<PathBuf>,
}

/// What was typed about the app's folders.
#[derive(Debug)]
pub struct Typed<'a> {
    /// The argument, when it is a folder.
    pub folder: Option<&'a str>,
    /// Whether a dev server serves the app, so that nothing is served from a folder.
    pub dev_server: bool,
    /// The configurations that the argument could have named.
    pub configurations: &'a [String],
}

/// Finds the app location, and the content root: relative to the app location first, then to the base folder.
///
/// # Errors
/// A content root that is missing or not a folder, a folder given as argument and as option.
pub fn app(
    layers: &Layers<'_>,
    typed: &Typed<'_>,
    notices: &mut Vec<Finding>,
) -> Result<AppFolders, SettingsError> {
    let app = layers.get(&options::APP_LOCATION)?;
    let app = app.map(|text| layers.absolute(&text));
    let output = match typed.folder {
        Some(_) if layers.typed.text(&options::OUTPUT_LOCATION).is_some() => {
            return Err(SettingsError::PositionalAndOption(
                &options::OUTPUT_LOCATION,
            ));
        }
        Some(folder) => Setting::new(folder.to_owned(), ValueSource::Positional),
        None => layers.get(&options::OUTPUT_LOCATION)?,
    };
    let from_app = absolute(&app, &output);
    let from_base = layers.absolute(&output);
    let found = if from_app.exists() {
        from_app
    } else if output.source != ValueSource::Default && from_base.exists() {
        from_base
    } else if typed.dev_server {
        return Ok(AppFolders {
            output: output.map(|_| app.value.clone()),
            app,
        });
    } else {
        return Err(missing(&app, output, from_app, typed));
    };
    if !found.is_dir() {
        return Err(SettingsError::NotAFolder {
            path: found,
            named: Named::new(&options::OUTPUT_LOCATION, &output.source),
        });
    }
    if !app.is_dir() {
        notices.push(Finding::remark(
            format!(
                "The folder \"{}\" is not found ({}).",
                app.display(),
                app.source
            ),
            format!("it is the app location; serving \"{}\"", found.display()),
        ));
    }
    Ok(AppFolders {
        app,
        output: output.map(|_| found),
    })
}

fn missing(
    app: &Setting<PathBuf>,
    output: Setting<String>,
    path: PathBuf,
    typed: &Typed<'_>,
) -> SettingsError {
    // Without an output location of its own, the app location is what the user has to correct.
    if output.source == ValueSource::Default {
        return SettingsError::FolderNotFound {
            path,
            named: Named::new(&options::APP_LOCATION, &app.source),
            similar: None,
        };
    }
    let similar = typed
        .folder
        .and_then(|word| nearest(word, typed.configurations.iter().map(String::as_str)));
    SettingsError::FolderNotFound {
        path,
        named: Named::new(&options::OUTPUT_LOCATION, &output.source),
        similar: similar.map(str::to_owned),
    }
}
