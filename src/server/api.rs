//! The backend that the settings name.

use std::path::PathBuf;
use std::time::Duration;

use crate::backend::{Backend, Upstream};
use crate::functions::{FunctionsHost, HostConfig, HostStatus, Port, RunOptions, WorkerFolder};
use crate::live::{Hub, problems};
use crate::settings::{ApiSetting, Settings, Source};
use crate::terminal::Printer;

use super::{StartError, links, report};

/// How long a problem must last to be shown.
const MOMENT: Duration = Duration::from_millis(300);

/// Makes the backend. A Functions host starts in the background; nothing waits for it.
///
/// # Errors
/// When the URL of a backend cannot be one.
pub fn backend(
    settings: &Settings,
    api_runtime: Option<&str>,
    own_port: Option<u16>,
) -> Result<Backend, StartError> {
    Ok(match &settings.api.value {
        ApiSetting::None => Backend::None,
        ApiSetting::Url { url, kind } => {
            let upstream = Upstream::parse(&url.to_string(), *kind)?;
            Backend::BringYourOwn(links::connect(upstream, settings))
        }
        ApiSetting::Folder(_) => {
            let config = host_config(settings).map(|config| HostConfig {
                api_runtime: api_runtime.map(str::to_owned),
                own_port,
                ..config
            });
            config.map_or(Backend::None, |config| {
                Backend::Managed(FunctionsHost::start(config))
            })
        }
    })
}

/// How the functions of the settings are run, if there is a folder of them; its own port and `platform.apiRuntime` aside.
pub fn host_config(settings: &Settings) -> Option<HostConfig> {
    Some(HostConfig {
        functions_worker: functions_worker(settings),
        run: RunOptions {
            host: settings.api_host.value,
            func_args: shlex::split(&settings.func_args.value).unwrap_or_default(),
            debug: settings.api_debug.value,
        },
        install: settings.install.value,
        environment: [
            &settings.environment[..],
            &settings.environment_overlay.value.app_settings,
        ]
        .concat(),
        ..HostConfig::new(settings.api_folder()?)
    })
}

/// Takes the port at which the functions can be called directly, if there are any. One that is taken is only said:
/// the front door works without.
pub fn own_port(settings: &Settings, printer: Printer) -> Option<Port> {
    settings.api_folder()?;
    let number = settings.api_port.value;
    match Port::bind(number) {
        Ok(port) => Some(port),
        Err(error) => {
            let message = format!(
                "port {number} ({}) is not free ({error}): the functions answer at the front door only",
                settings.api_port.source
            );
            match settings.api_port.source {
                Source::Default => printer.note(message),
                _ => printer.warning(message, Some("choose another one with --api-port")),
            }
            None
        }
    }
}

/// The language worker that is to run them, if one was named.
pub fn functions_worker(settings: &Settings) -> Option<WorkerFolder> {
    let named = settings.functions_worker.as_ref()?;
    Some(WorkerFolder {
        folder: named.value.clone(),
        named_by: named.source.to_string(),
    })
}

/// Says what becomes of the Functions host: its functions once it is ready, or why it cannot run.
pub async fn tell(host: FunctionsHost, printer: Printer) {
    let mut status = host.status();
    loop {
        match &*status.borrow_and_update() {
            HostStatus::Failed(error) => printer.error(&error.message, Some(&error.hint)),
            status @ HostStatus::Ready { outdated: None, .. } => {
                report::functions(printer, &status.functions().unwrap_or_default());
            }
            HostStatus::Ready { .. }
            | HostStatus::Asleep
            | HostStatus::Starting { .. }
            | HostStatus::Stopped => {}
        }
        if status.changed().await.is_err() {
            return;
        }
    }
}

/// Tells open pages when the app on the disk does not run, and when it does again. A crash that is over at once is
/// not worth an overlay.
pub async fn show(host: FunctionsHost, hub: Hub, folder: PathBuf) {
    let mut status = host.status();
    loop {
        let problem = status.borrow_and_update().problem().cloned();
        hub.set_api(problem.map(|error| problems::of_api(&error, &folder)));
        if status.changed().await.is_err() {
            return;
        }
        tokio::time::sleep(MOMENT).await;
    }
}
