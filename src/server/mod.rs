//! From settings to a running emulator, and back to nothing.
//!
//! 1. [`tls`]: the certificate, if HTTPS is asked for; [`listen`]: sockets (the port answers at once)
//! 2. [`api`]: the backend that the settings name
//!    [`data_api`]: the database connection; [`dev_server`]: what serves the app in place of a folder, and `--run`
//! 3. [`crate::environment::load`]: the configuration; [`report`] says what is wrong with it
//! 4. [`http`] (behind TLS `https`): workers that refuse hosts that are not ours (`misdirected`), and call [`crate::pipeline::handle`]
//!    [`sources`]: a folder that only a bundler understands is said to be one
//! 5. [`summary`]: what is served from where; [`request_log`]: one line a request
//! 6. [`reload`]: what edits on the disk do; [`inspected`]: what the inspector learns of functions
//! 7. [`links`]: the links to backends, followed; [`backend_listener`]: the backends' own addresses; [`discovery`]: the keys of tokens
//! 8. [`control`]: how `cygnet status`, `wait` and `stop` find and reach it; [`readiness`]: whether all that the app needs answers;
//!    [`exec`]: a command beside it, if there is one; [`keys`]: what is pressed at a terminal
//! 9. [`signals`]: the end: backend processes first, then connections
//!
//! [`serve`] is the same for all deployed environments at once: [`sites`] picks one by host.

pub mod api;
pub mod backend_listener;
pub mod control;
pub mod data_api;
pub mod dev_server;
pub mod discovery;
pub mod error;
pub mod exec;
pub mod http;
mod https;
mod inspected;
mod keys;
pub mod links;
pub mod listen;
mod misdirected;
pub mod readiness;
pub mod reload;
pub mod report;
pub mod request_log;
pub mod serve;
pub mod signals;
pub mod sites;
mod sources;
mod store_follower;
pub mod summary;
pub mod tls;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use crate::backend::{Backend, Limits};
use crate::data_api::DataApi;
use crate::devserver::{DevServer, Printed, Run};
use crate::environment::load::{Configuration, Loader};
use crate::environment::{Current, State};
use crate::functions::{Port, port};
use crate::http::{AllowedHosts, HostPattern};
use crate::inspector::{Info, Inspector, Journal, Mode};
use crate::link::PUBLIC_ZONES;
use crate::live::{Hub, problems};
use crate::pipeline::AppState;
#[cfg(unix)]
use crate::process::descriptors;
use crate::settings::{ApiSettings, ServerSettings, Settings, WatchMode};
use crate::store::locator::{Locator, Verb};
use crate::terminal::{Printer, logger};

use control::{Control, StopRequest};
pub use error::StartError;
pub use exec::CommandLine;
use readiness::Readiness;
use signals::ShutdownSignals;

/// Runs the emulator until it is asked to stop.
///
/// # Errors
/// Whatever keeps it from starting; nothing that happens later ends it.
pub fn run(settings: &Settings) -> Result<(), StartError> {
    let printer = Printer::background(settings.verbosity.value.into());
    start(
        settings,
        printer,
        Verb::Start,
        async |started: Started, signals: &mut ShutdownSignals| {
            tokio::select! {
                _ = signals.wait() => {}
                () = keys::until_quit(&started, printer) => {}
            }
        },
    )
    .map(drop)
}

/// Runs the emulator for as long as a command runs, which begins when everything is ready; gives the command's exit code.
/// `printer` gets what is said meanwhile.
///
/// # Errors
/// Whatever keeps either from starting.
pub fn exec(
    settings: &Settings,
    command: &CommandLine,
    printer: Printer,
) -> Result<u8, StartError> {
    let ended = start(
        settings,
        printer,
        Verb::Exec,
        async |started: Started, signals: &mut ShutdownSignals| {
            tokio::select! {
                ready = started.readiness.ready() => ready.map_err(|what| StartError::NotReady { what })?,
                // As a shell says that it was interrupted.
                _ = signals.wait() => return Ok(130),
            }
            exec::run(command, (&started.url, started.port), signals).await
        },
    )?;
    ended.unwrap_or(Err(StartError::Ended))
}

/// What has been started.
struct Started {
    url: String,
    port: u16,
    readiness: Readiness,
}

/// Starts everything, waits for `end`, and ends everything.
fn start<T>(
    settings: &Settings,
    printer: Printer,
    verb: Verb,
    end: impl AsyncFnOnce(Started, &mut ShutdownSignals) -> T,
) -> Result<Option<T>, StartError> {
    let started = Instant::now();
    let server = &settings.server;
    prepare_process();
    let tls = tls::prepare(server, settings.project.state_dir.as_deref())?;
    let listeners = listen::bind(&server.host, server.port.value)?.with_tls(tls.is_some());
    let serving = serve(settings, printer, (verb, started), listeners, tls, end);
    actix_web::rt::System::new().block_on(serving)
}

/// What holds for every server, before its first thread.
fn prepare_process() {
    logger::end_with_vital_threads();
    #[cfg(unix)]
    descriptors::raise_limit();
}

async fn serve<T>(
    settings: &Settings,
    printer: Printer,
    (verb, started): (Verb, Instant),
    listeners: listen::Listeners,
    tls: Option<tls::Tls>,
    end: impl AsyncFnOnce(Started, &mut ShutdownSignals) -> T,
) -> Result<Option<T>, StartError> {
    if let (Some(link), Some(folder)) = (&settings.api.beside_link, settings.api.folder()) {
        let (link, folder) = (link.clone(), folder.to_path_buf());
        return Err(StartError::TwoApis { link, folder });
    }
    let search_paths = settings.app.config_search_paths();
    let configuration = Configuration::read(&search_paths);
    let journal = settings.server.inspect.value.then(Arc::<Journal>::default);
    let told = (printer, journal.as_ref());
    let upstreams = Upstreams::start(settings, configuration.api_runtime(), told)?;
    let loader = Loader::new(search_paths, upstreams.backend.clone())
        .with_content_rules(&settings.content_rules())
        .with_dev_server(upstreams.dev_server.clone())
        .with_data_api(upstreams.data_api.clone());
    let loader = Arc::new(loader);
    let loaded = loader.build(configuration);
    report::loaded(printer, &loaded);
    let functions = match &upstreams.backend {
        Backend::Managed(host) => Some(host.config()),
        _ => None,
    };
    // An emulator may be the linked backend of another one, which calls it by its public name (AP-20).
    let zones = PUBLIC_ZONES.map(|zone| HostPattern::Below(zone.to_owned()));
    let names = [&settings.server.allow_host.value[..], &zones].concat();
    let hosts = AllowedHosts::new(listeners.host(), &names);
    let summary = summary::Summary::new(settings, &loaded, &listeners, tls.as_ref(), functions);
    let live = live(&settings.server, &loaded.state);
    let sources = sources::Sources::of(settings);
    if let (Some(hub), Some(sources)) = (&live, &sources) {
        sources.show(hub);
    }
    let shared = Arc::new(app_state(settings, loaded.state, &listeners, live.clone()));
    shared.personas.tell(&shared.personas.read());
    let (url, port) = (listeners.url(), listeners.port);
    let readiness = Readiness::App {
        app: Arc::clone(&shared),
        patience: settings.app.devserver_timeout.value,
    };
    let locator = locator(settings, verb, (&url, port));
    let stop = StopRequest::default();
    let control = Control::new(&locator, readiness.clone(), stop.clone());
    listeners.announce(printer);
    let served = http::Served::One(Arc::clone(&shared));
    let inspector = inspector(settings, url.clone(), &served, journal.clone());
    let hosts = served.allowed_hosts(hosts);
    let shutdown = signals::ShutdownSignals::listen(stop);
    let (server, handle) = http::start(
        listeners,
        tls.map(|tls| tls.config),
        served,
        hosts.clone(),
        (
            request_log::RequestLog::start(printer, request_log::Form::Text),
            inspector,
            control,
        ),
    )
    .await?;
    let _announced = control::announce(&locator);
    summary.print(started.elapsed(), printer);
    if let Some(sources) = &sources {
        sources.tell(printer);
    }
    #[cfg(debug_assertions)]
    fail_if_asked();

    let told = (printer, journal);
    follow_disk(settings, loader, &shared, &hosts, told.clone());
    let (backend, run, data_api) = upstreams.follow(&settings.api, live.as_ref(), hosts, told);
    // After what says more of each.
    if summary.waits() && !printer.is_quiet() {
        actix_web::rt::spawn(tell_ready(readiness.clone(), started, url.clone(), printer));
    }
    if settings.server.open.value {
        open_browser(&url);
    }
    let running = signals::Running {
        backend: &backend,
        run: run.as_ref(),
        data_api: data_api.as_ref(),
        live: live.as_ref(),
    };
    let started = Started {
        url,
        port,
        readiness,
    };
    let end = async |signals: &mut ShutdownSignals| end(started, signals).await;
    Ok(signals::until_end(shutdown, (server, handle), running, end).await)
}

/// Says when everything answers that the app needs, and once more where.
async fn tell_ready(readiness: Readiness, started: Instant, url: String, printer: Printer) {
    if readiness.ready().await.is_ok() {
        printer.data(&summary::ready(started.elapsed(), &url));
    }
}

/// How others find this emulator.
fn locator(settings: &Settings, verb: Verb, at: (&str, u16)) -> Locator {
    let app = &settings.app;
    let folder = || app.output_location.value.display().to_string();
    let served = app.dev_server().unwrap_or_else(folder);
    Locator::of_process(verb, at, &settings.project.base_dir, served)
}

/// Who remembers the requests, and shows them.
fn inspector(
    settings: &Settings,
    url: String,
    served: &http::Served,
    journal: Option<Arc<Journal>>,
) -> Option<Arc<Inspector>> {
    let app = &settings.app;
    let dev_server = app.dev_server();
    let info = Info {
        mode: Mode::Start,
        urls: vec![url],
        content: (dev_server.is_none()).then(|| app.output_location.value.clone()),
        dev_server,
        project: settings.project.base_dir.clone(),
        from: settings.server.inspect_from.value.clone(),
    };
    let environments = Arc::new(served.clone());
    Some(Arc::new(Inspector::new(info, environments, journal?)))
}

/// What the settings start beside the server, or name elsewhere.
struct Upstreams {
    backend: Backend,
    /// Where the functions can be called directly.
    own_port: Option<Port>,
    data_api: Option<DataApi>,
    dev_server: Option<DevServer>,
    /// With what it prints, if that is to say where the dev server listens.
    run: Option<(Run, Option<Printed>)>,
}

impl Upstreams {
    fn start(
        settings: &Settings,
        api_runtime: Option<&str>,
        (printer, journal): (Printer, Option<&Arc<Journal>>),
    ) -> Result<Self, StartError> {
        let (app, api, project) = (&settings.app, &settings.api, &settings.project);
        let own_port = api::own_port(api, printer);
        let backend = api::backend(
            api,
            project,
            api_runtime,
            own_port.as_ref().map(Port::number),
            journal,
        )?;
        let run = dev_server::run(app, project, printer);
        let command = run.as_ref().map(|(run, _)| run);
        Ok(Self {
            backend,
            own_port,
            data_api: data_api::of(&settings.data_api, &project.child_env, printer)?,
            dev_server: dev_server::of(app, command)?,
            run,
        })
    }

    /// Says what becomes of each, in tasks of their own; gives back what has to be stopped at the end.
    fn follow(
        self,
        api: &ApiSettings,
        live: Option<&Hub>,
        hosts: AllowedHosts,
        (printer, journal): (Printer, Option<Arc<Journal>>),
    ) -> (Backend, Option<Run>, Option<DataApi>) {
        if let Backend::Managed(host) = &self.backend {
            actix_web::rt::spawn(api::tell(host.clone(), printer));
            if let Some(journal) = journal {
                actix_web::rt::spawn(inspected::tell(host.status(), journal));
            }
            if let Some(port) = self.own_port {
                actix_web::rt::spawn(port::serve(port, host.clone(), hosts));
            }
            if let (Some(hub), Some(folder)) = (live, api.folder()) {
                let folder = folder.to_path_buf();
                actix_web::rt::spawn(api::show(host.clone(), hub.clone(), folder));
            }
        }
        if let Some(data_api) = self.data_api.clone() {
            actix_web::rt::spawn(data_api::tell(data_api, printer));
        }
        let run = self.run.as_ref().map(|(run, _)| run.clone());
        dev_server::follow(self.dev_server, self.run, printer);
        (self.backend, run, self.data_api)
    }
}

/// The pages that are open, if they are to learn of changes.
fn live(server: &ServerSettings, state: &State) -> Option<Hub> {
    let live = server.live_reload.value && server.watch.value != WatchMode::Off;
    let hub = live.then(Hub::default)?;
    if let State::Broken(broken) = state {
        hub.set_configuration(problems::of_configuration(&broken.source, &broken.findings));
    }
    Some(hub)
}

fn app_state(
    settings: &Settings,
    state: State,
    listeners: &listen::Listeners,
    live: Option<Hub>,
) -> AppState {
    let strict = settings.server.strict.value;
    AppState {
        live,
        current: Current::from_pointee(state),
        strict,
        client_ip: settings.server.client_ip.value,
        limits: Limits {
            timeout: settings.api.timeout.value,
            is_strict: strict,
            ..Limits::default()
        },
        prod_errors: settings.server.prod_errors.value,
        personas: Arc::new(settings.personas()),
        own_host: listeners.authority(),
        secure: listeners.secure,
        access: None,
    }
}

/// Takes over what is linked and edited, in tasks of their own.
fn follow_disk(
    settings: &Settings,
    loader: Arc<Loader>,
    shared: &Arc<AppState>,
    hosts: &AllowedHosts,
    told: (Printer, Option<Arc<Journal>>),
) {
    actix_web::rt::spawn(links::follow(
        settings.api.clone(),
        settings.project.base_dir.clone(),
        Arc::clone(&loader),
        Arc::clone(shared),
        hosts.clone(),
        told.clone(),
    ));
    let watch = settings.server.watch.value;
    if watch != WatchMode::Off {
        let api = settings.api.folder().map(Path::to_path_buf);
        actix_web::rt::spawn(reload::follow(watch, loader, api, Arc::clone(shared), told));
    }
}

/// Fails in one of the services of the main thread if `CYGNET_FAULT` asks for it, for tests. In a release build there is
/// no such thing.
#[cfg(debug_assertions)]
fn fail_if_asked() {
    if std::env::var_os("CYGNET_FAULT").is_some_and(|wanted| wanted == "service") {
        actix_web::rt::spawn(async { panic!("a test asked for this") });
    }
}

fn open_browser(url: &str) {
    if let Err(error) = open::that_detached(url) {
        log::warn!(hint:% = format_args!("open {url} yourself"); "no browser could be opened: {error}");
    }
}
