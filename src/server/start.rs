//! `cygnet start`: one app, from its settings until the end; `cygnet exec` ends it with a command.

use std::sync::Arc;
use std::time::Instant;

use crate::environment::load::{Configuration, Loader};
use crate::http::{AllowedHosts, HostPattern};
use crate::inspector::{Info, Inspector, Journal, Mode};
use crate::link::PUBLIC_ZONES;
#[cfg(unix)]
use crate::process::descriptors;
use crate::settings::{ApiSettings, ServerSettings, Settings};
use crate::store::locator::{Locator, Verb};
use crate::terminal::{Printer, logger};

use super::control::{self, Control, StopRequest};
use super::readiness::Readiness;
use super::request_log::RequestLog;
use super::signals::{self, ShutdownSignals};
use super::sources::Sources;
use super::summary::{self, Summary};
use super::upstreams::Upstreams;
use super::{StartError, app, http, listen, report, started, tls};

/// What has been started.
pub(super) struct Started {
    pub(super) url: String,
    pub(super) port: u16,
    pub(super) readiness: Readiness,
}

/// Starts everything, waits for `end`, and ends everything.
pub(super) fn start<T>(
    settings: &Settings,
    printer: Printer,
    verb: Verb,
    end: impl AsyncFnOnce(Started, &mut ShutdownSignals) -> T,
) -> Result<Option<T>, StartError> {
    let started = Instant::now();
    let server = &settings.server;
    prepare_process();
    let tls = tls::prepare(
        &server.tls.value,
        (&server.host, &server.allow_host.value),
        settings.project.state_dir.as_deref(),
    )?;
    let listeners = listen::bind(&server.host, server.port.value)?.with_tls(tls.is_some());
    let serving = serve(settings, printer, (verb, started), listeners, tls, end);
    actix_web::rt::System::new().block_on(serving)
}

/// What holds for every server, before its first thread.
pub(super) fn prepare_process() {
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
    refuse_two_apis(&settings.api)?;
    let search_paths = settings.app.config_search_paths();
    let configuration = Configuration::read(&search_paths);
    let journal = settings.server.inspect.value.then(Arc::<Journal>::default);
    let told = (printer, journal.as_ref());
    let upstreams = Upstreams::start(settings, configuration.api_runtime(), told)?;
    let loader = Loader::new(search_paths, upstreams.backend.clone())
        .with_content_rules(&settings.content_rules())
        .with_registrar(settings.registrar()?)
        .with_dev_server(upstreams.dev_server.clone())
        .with_data_api(upstreams.data_api.clone());
    let loader = Arc::new(loader);
    let loaded = loader.build(configuration);
    report::loaded(printer, &loaded);
    report::sign_in(printer, &loaded.state, &listeners.url());
    let hosts = allowed_hosts(&settings.server, &listeners);
    let summary = Summary::new(
        settings,
        &loaded,
        &listeners,
        tls.as_ref(),
        upstreams.functions(),
    );
    let live = app::live(&settings.server, &loaded.state);
    let sources = Sources::of(settings);
    if let (Some(hub), Some(sources)) = (&live, &sources) {
        sources.show(hub);
    }
    let shared = Arc::new(app::state(settings, loaded.state, &listeners, live.clone()));
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
    let shutdown = ShutdownSignals::listen(stop);
    let (server, handle) = http::start(
        listeners,
        tls,
        served,
        hosts.clone(),
        (RequestLog::start(printer), inspector, control),
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
    app::follow_disk(settings, loader, &shared, &hosts, told.clone());
    let (backend, run, data_api) = upstreams.follow(&settings.api, live.as_ref(), hosts, told);
    // After what says more of each.
    if printer.is_for_programs() {
        let (app, readiness) = (Arc::clone(&shared), readiness.clone());
        let known = (started, settings.server.inspect.value);
        actix_web::rt::spawn(async move {
            printer.object(started::when_ready(&app, &readiness, &locator, known).await);
        });
    } else if summary.waits() && !printer.is_quiet() {
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

fn refuse_two_apis(api: &ApiSettings) -> Result<(), StartError> {
    match (&api.beside_link, api.folder()) {
        (Some(link), Some(folder)) => Err(StartError::TwoApis {
            link: link.clone(),
            folder: folder.to_path_buf(),
        }),
        _ => Ok(()),
    }
}

/// The hosts that the settings name, and more: an emulator may be the linked backend of another one, which calls it by
/// its public name (AP-20).
fn allowed_hosts(server: &ServerSettings, listeners: &listen::Listeners) -> AllowedHosts {
    let zones = PUBLIC_ZONES.map(|zone| HostPattern::Below(zone.to_owned()));
    let names = [&server.allow_host.value[..], &zones].concat();
    AllowedHosts::new(listeners.host(), &names)
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

/// Fails in one of the services of the main thread if `CYGNET_FAULT` asks for it, for tests. In a release build there is
/// no such thing.
#[cfg(debug_assertions)]
fn fail_if_asked() {
    if std::env::var_os("CYGNET_FAULT").is_some_and(|wanted| wanted == "service") {
        actix_web::rt::spawn(async { panic!("a test asked for this") });
    }
}

/// Opens the browser of the user; a failure is said.
pub(super) fn open_browser(url: &str) {
    if let Err(error) = open::that_detached(url) {
        log::warn!(hint:% = format_args!("open {url} yourself"); "no browser could be opened: {error}");
    }
}
