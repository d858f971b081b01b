//! What the settings put behind `/data-api`, and what is said about it.

use crate::data_api::builder::{Builder, CONFIGURATION};
use crate::data_api::{DataApi, State};
use crate::settings::{DataApiSetting, Settings};
use crate::terminal::Printer;

use super::StartError;

/// Makes it; a builder starts in the background, and nothing waits for it.
///
/// # Errors
/// When its URL cannot be one.
pub fn of(settings: &Settings, printer: Printer) -> Result<Option<DataApi>, StartError> {
    Ok(match &settings.data_api.value {
        DataApiSetting::None => None,
        DataApiSetting::Url(url) => Some(DataApi::at(&url.to_string())?),
        DataApiSetting::Folder { folder, port } => {
            if !folder.join(CONFIGURATION).is_file() {
                printer.warning(
                    format_args!("\"{}\" has no {CONFIGURATION}", folder.display()),
                    Some(
                        "make one with `dab init`, or name the folder that has it (`swa-db-connections` in most apps)",
                    ),
                );
            }
            let builder = Builder::start(folder, *port, &settings.environment, printer);
            Some(DataApi::of(builder)?)
        }
    })
}

/// Says what becomes of it, until the emulator ends.
pub async fn tell(api: DataApi, printer: Printer) {
    let mut states = api.state();
    loop {
        match &*states.borrow_and_update() {
            State::Starting => {}
            State::Ready => {
                printer.note(format_args!("[data-api] {} answers /data-api", api.url()));
            }
            State::Failed { message, hint } => printer.error(message, Some(hint)),
        }
        if states.changed().await.is_err() {
            return;
        }
    }
}
