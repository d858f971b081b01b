//! What the settings put behind `/data-api`, and what is said about it.

use crate::data_api::DataApi;
use crate::data_api::builder::{self, Builder, CONFIGURATION};
use crate::process::ServiceState;
use crate::settings::DataApiSetting;
use crate::terminal::Printer;

use super::{StartError, report};

/// Makes it; a builder starts in the background, and nothing waits for it.
pub fn of(
    setting: &DataApiSetting,
    child_env: &[(String, String)],
    printer: Printer,
) -> Result<Option<DataApi>, StartError> {
    Ok(match setting {
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
            let sink = report::output_of("data-api", printer);
            let builder = Builder::start(folder, *port, child_env, sink);
            Some(DataApi::of(builder)?)
        }
    })
}

/// Says what becomes of it, until the emulator ends.
pub async fn tell(api: DataApi, printer: Printer) {
    printer.warning(
        "Azure retired database connections on 30 November 2025: `/data-api` answers here only (AP-82)",
        Some("call the database from functions or another backend of `/api`"),
    );
    let Some(builder) = api.builder() else {
        let url = api.url();
        return printer.note(format_args!("[data-api] /data-api goes to {url}"));
    };
    let mut states = builder.service().state();
    loop {
        let state = states.borrow_and_update().clone();
        if state == ServiceState::Ready {
            printer.note(format_args!("[data-api] {} answers /data-api", api.url()));
        }
        if let Some((message, hint)) = builder::failure(&state) {
            printer.error(&message, Some(hint));
        }
        if states.changed().await.is_err() {
            return;
        }
    }
}
