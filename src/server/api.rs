//! The backend that the settings name.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::backend::{Backend, Upstream};
use crate::finding::Place;
use crate::functions::{
    FunctionInfo, FunctionsHost, HostConfig, HostStatus, Port, RunOptions, WorkerFolder,
};
use crate::inspector::Journal;
use crate::live::Hub;
use crate::live::problems::{self, ApiFailure};
use crate::settings::{ApiSetting, ApiSettings, ProjectSettings, ValueSource};
use crate::terminal::Printer;

use super::http::WORKING_COPY;
use super::inspected::kept;
use super::{StartError, links, report};

/// How long a problem must last to be shown.
const MOMENT: Duration = Duration::from_millis(300);

/// Makes the backend. A Functions host starts in the background; nothing waits for it.
pub fn backend(
    api: &ApiSettings,
    project: &ProjectSettings,
    api_runtime: Option<&str>,
    own_port: Option<u16>,
    journal: Option<&Arc<Journal>>,
) -> Result<Backend, StartError> {
    Ok(match &api.target.value {
        ApiSetting::None => Backend::None,
        ApiSetting::Url { url, kind } => {
            let upstream = Upstream::parse(&url.to_string(), *kind)?;
            Backend::BringYourOwn(links::connect(upstream, api, &project.base_dir))
        }
        ApiSetting::Folder(_) => {
            let config = host_config(api, project).map(|config| HostConfig {
                api_runtime: api_runtime.map(str::to_owned),
                own_port,
                output: kept(journal, WORKING_COPY.into(), config.output),
                ..config
            });
            config.map_or(Backend::None, |config| {
                Backend::Managed(FunctionsHost::start(config))
            })
        }
    })
}

/// How the functions of the settings are run, if there is a folder of them; its own port and `platform.apiRuntime` aside.
pub fn host_config(api: &ApiSettings, project: &ProjectSettings) -> Option<HostConfig> {
    Some(HostConfig {
        functions_worker: functions_worker(api),
        run: RunOptions {
            host: api.host.value,
            func_args: shlex::split(&api.func_args.value).unwrap_or_default(),
            debug: api.debug.value,
        },
        install: api.install.value,
        environment: [&project.child_env[..], &api.overlay.value.app_settings].concat(),
        ..HostConfig::new(api.folder()?.to_path_buf())
    })
}

/// Takes the port at which the functions can be called directly, if there are any. One that is taken is only said:
/// the front door works without.
pub fn own_port(api: &ApiSettings, printer: Printer) -> Option<Port> {
    api.folder()?;
    let number = api.port.value;
    match Port::bind(number) {
        Ok(port) => Some(port),
        Err(error) => {
            let message = format!(
                "port {number} ({}) is not free ({error}): the functions answer at the front door only",
                api.port.source
            );
            match api.port.source {
                ValueSource::Default => printer.note(message),
                _ => printer.warning(message, Some("choose another one with --api-port")),
            }
            None
        }
    }
}

/// The language worker that is to run them, if one was named.
fn functions_worker(api: &ApiSettings) -> Option<WorkerFolder> {
    let named = api.functions_worker.as_ref()?;
    Some(WorkerFolder {
        folder: named.value.clone(),
        named_by: named.source.to_string(),
    })
}

/// Says which functions the host has, and what edits make of them.
pub async fn tell(host: FunctionsHost, printer: Printer) {
    let mut status = host.status();
    let mut told: Option<Vec<FunctionInfo>> = None;
    loop {
        let ready = match &*status.borrow_and_update() {
            status @ HostStatus::Ready { outdated: None, .. } => status.functions(),
            _ => None,
        };
        // Why there is none is said by the host itself.
        if let Some(now) = ready {
            match &told {
                None => report::functions(printer, &now),
                Some(before) => report::changed_functions(printer, before, &now),
            }
            told = Some(now);
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
        let (problem, is_outdated) = {
            let status = status.borrow_and_update();
            (status.problem().cloned(), status.worker_is_outdated())
        };
        hub.set_api(problem.map(|error| {
            let failure = ApiFailure {
                message: &error.message,
                hint: &error.hint,
                place: match error.place.as_deref() {
                    Some(Place::Path(file, Some(at))) => Some((file, at.line, at.column)),
                    _ => None,
                },
                stack: error.stack.as_deref(),
                is_outdated,
            };
            problems::of_api(&failure, &folder)
        }));
        if status.changed().await.is_err() {
            return;
        }
        tokio::time::sleep(MOMENT).await;
    }
}
