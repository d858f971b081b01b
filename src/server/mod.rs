//! From settings to a running emulator, and back to nothing.
//!
//! 1. [`tls`]: the certificate, if HTTPS is asked for; [`listen`]: sockets (the port answers at once)
//! 2. [`api`]: the backend that the settings name
//!    [`data_api`]: the database connection; [`dev_server`]: what serves the app in place of a folder, and `--run`
//! 3. [`crate::environment::load`]: the configuration; [`report`] says what is wrong with it
//! 4. [`http`] (behind TLS `https`): workers that call [`crate::pipeline::handle`]
//! 5. [`summary`]: what is served from where; [`request_log`]: one line a request
//! 6. [`reload`]: what edits on the disk do
//! 7. [`links`]: the links to backends, followed; [`backend_listener`]: the backends' own addresses; [`discovery`]: the keys of tokens
//! 8. [`signals`]: the end: backend processes first, then connections
//!
//! [`serve`] is the same for all deployed environments at once: [`sites`] picks one by host.

pub mod api;
pub mod backend_listener;
pub mod data_api;
pub mod dev_server;
pub mod discovery;
pub mod error;
mod file_watcher;
pub mod http;
mod https;
pub mod links;
pub mod listen;
pub mod reload;
pub mod report;
pub mod request_log;
pub mod serve;
pub mod signals;
pub mod sites;
pub mod summary;
pub mod tls;

use std::sync::Arc;
use std::time::Instant;

use crate::backend::{Backend, Limits};
use crate::environment::discover::ConfigSearchPaths;
use crate::environment::load::Loader;
use crate::environment::{Current, State};
use crate::functions::{Port, port};
use crate::live::{Hub, problems};
use crate::pipeline::AppState;
use crate::settings::{Settings, WatchMode};
use crate::terminal::Printer;

pub use error::StartError;

/// Runs the emulator until it is asked to stop.
///
/// # Errors
/// Whatever keeps it from starting; nothing that happens later ends it.
pub fn run(settings: &Settings) -> Result<(), StartError> {
    let started = Instant::now();
    let tls = tls::prepare(settings)?;
    let listeners =
        listen::bind(&settings.host.value, settings.port.value)?.with_tls(tls.is_some());
    actix_web::rt::System::new().block_on(serve(settings, listeners, tls, started))
}

async fn serve(
    settings: &Settings,
    listeners: listen::Listeners,
    tls: Option<tls::Tls>,
    started: Instant,
) -> Result<(), StartError> {
    let search_paths = ConfigSearchPaths {
        config_location: settings
            .swa_config_location
            .as_ref()
            .map(|location| location.value.clone()),
        app_location: settings.app_location.value.clone(),
        output_location: settings.output_location.value.clone(),
    };
    let api_runtime = api::runtime(settings, &search_paths);
    let printer = Printer::background(settings.verbosity.value.into());
    let own_port = api::own_port(settings, printer);
    let backend = api::backend(
        settings,
        api_runtime.as_deref(),
        own_port.as_ref().map(Port::number),
    )?;
    let run = dev_server::run(settings, printer);
    let data_api = data_api::of(settings, printer)?;
    let dev_server = dev_server::of(settings, run.as_ref())?;
    let loader = Loader::new(search_paths, backend.clone())
        .with_dev_server(dev_server.clone())
        .with_data_api(data_api.clone());
    let loader = Arc::new(loader);
    let loaded = loader.load();
    report::loaded(printer, &loaded);
    let functions = match &backend {
        Backend::Managed(host) => Some(host.config()),
        _ => None,
    };
    let summary = summary::Summary::new(settings, &loaded, &listeners, tls.as_ref(), functions);
    let live = settings.live_reload.value && settings.watch.value != WatchMode::Off;
    let live = live.then(Hub::default);
    if let (Some(hub), State::Broken(broken)) = (&live, &loaded.state) {
        hub.set_configuration(problems::of_configuration(
            &broken.source,
            &broken.diagnostics,
        ));
    }
    let shared = Arc::new(AppState {
        live: live.clone(),
        current: Current::from_pointee(loaded.state),
        strict: settings.strict.value,
        client_ip: settings.client_ip.value,
        limits: Limits {
            timeout: settings.api_timeout.value,
            buffers_responses: settings.strict.value,
            ..Limits::default()
        },
        own_host: listeners.authority(),
        secure: listeners.secure,
        access: None,
    });
    let log = request_log::RequestLog::start(printer);
    let url = listeners.url();
    let (server, handle) = http::start(
        listeners,
        tls.map(|tls| tls.config),
        http::Served::One(Arc::clone(&shared)),
        log,
    )?;
    let shutdown = signals::ShutdownSignals::listen();
    summary.print(started.elapsed(), printer);

    actix_web::rt::spawn(links::follow(
        settings.clone(),
        Arc::clone(&loader),
        Arc::clone(&shared),
        printer,
    ));
    if settings.watch.value != WatchMode::Off {
        actix_web::rt::spawn(reload::follow(
            settings.watch.value,
            loader,
            api::folder(settings),
            Arc::clone(&shared),
            printer,
        ));
    }
    if let Backend::Managed(host) = &backend {
        actix_web::rt::spawn(api::tell(host.clone(), printer));
        if let Some(port) = own_port {
            actix_web::rt::spawn(port::serve(port, host.clone()));
        }
        if let (Some(hub), Some(folder)) = (&live, api::folder(settings)) {
            actix_web::rt::spawn(api::show(host.clone(), hub.clone(), folder));
        }
    }
    if let Some(data_api) = data_api.clone() {
        actix_web::rt::spawn(data_api::tell(data_api, printer));
    }
    dev_server::follow(dev_server, run.clone(), printer);
    if settings.open.value {
        open_browser(&url);
    }
    let running = signals::Running {
        backend: &backend,
        run: run.as_ref(),
        data_api: data_api.as_ref(),
        live: live.as_ref(),
    };
    signals::until_shutdown(shutdown, server, handle, running).await;
    Ok(())
}

fn open_browser(url: &str) {
    if let Err(error) = open::that_detached(url) {
        log::warn!(hint:% = format_args!("open {url} yourself"); "no browser could be opened: {error}");
    }
}
