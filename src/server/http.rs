//! actix-web around [`crate::pipeline::handle`]: one route for everything, since routing is ours.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use actix_web::dev::{Payload, Server, ServerHandle};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};

use crate::auth::exchange::AUTH_PREFIX;
use crate::backend::ApiClient;
use crate::environment::State;
use crate::http::AllowedHosts;
use crate::inspector::{self, Call, Capture, Environments, Inspector, Secrets, ServedEnvironment};
use crate::live::endpoint::{self, Sees};
use crate::pipeline::reason::Reason;
use crate::pipeline::{self, AppState, Reply, WorkerState};

use super::control::Control;
use super::https::Https;
use super::listen::Listeners;
use super::request_log::{Lines, RequestLog};
use super::sites::{self, Answered, CurrentSites};
use super::timeouts::{DISCONNECT_TIMEOUT, HEAD_TIMEOUT, KEEP_ALIVE, SHUTDOWN_SECONDS};
use super::tls::Tls;
use super::{StartError, discovery, misdirected};

/// More threads than this gain nothing on a developer's machine and cost each its own connections to the backend.
const MAX_WORKERS: usize = 4;

/// How the inspector calls what `cygnet start` serves.
pub(super) const WORKING_COPY: &str = "local";

/// What is served: one environment, or all that are deployed, by host.
#[derive(Clone)]
pub enum Served {
    /// `cygnet start`.
    One(Arc<AppState>),
    /// `cygnet serve`.
    Many(Arc<CurrentSites>),
}

struct Local {
    serves: Serves,
    hosts: AllowedHosts,
    lines: Lines,
    control: Arc<Control>,
    inspector: Option<Arc<Inspector>>,
    /// The name of the one environment, if it is one.
    here: Arc<str>,
}

/// [`Served`] on one worker thread.
enum Serves {
    One(WorkerState),
    Many(Arc<CurrentSites>, Rc<ApiClient>),
}

impl Served {
    /// The hosts of a listener: `own`, and those that the configuration allows to be forwarded (NW-4).
    pub fn allowed_hosts(&self, own: AllowedHosts) -> AllowedHosts {
        match self.clone() {
            Self::One(app) => own.and(move |host| forwards(&app, host)),
            Self::Many(sites) => own.and(move |host| {
                let sites = sites.load();
                sites.all().any(|site| forwards(&site.shared, host))
            }),
        }
    }
}

impl Environments for Served {
    fn all(&self) -> Vec<ServedEnvironment> {
        match self {
            Self::One(app) => vec![ServedEnvironment {
                name: WORKING_COPY.into(),
                url: app.own_url(),
                app: Arc::clone(app),
            }],
            Self::Many(sites) => sites.load().environments(),
        }
    }
}

fn forwards(app: &AppState, host: &str) -> bool {
    match &**app.current.load() {
        State::Serving(environment) => environment.rules.forwarded_host_allowed(host),
        State::Broken(_) => false,
    }
}

/// The server, which runs; over when it has ended.
pub type Running = tokio::task::JoinHandle<std::io::Result<()>>;

/// Starts the server, whose workers take connections when this returns.
///
/// # Errors
/// When actix cannot take the sockets.
pub async fn start(
    listeners: Listeners,
    tls: Option<Tls>,
    served: Served,
    hosts: AllowedHosts,
    (log, inspector, control): (RequestLog, Option<Arc<Inspector>>, Control),
) -> Result<(Running, ServerHandle), StartError> {
    let control = Arc::new(control);
    let workers = std::thread::available_parallelism()
        .map_or(2, usize::from)
        .clamp(1, MAX_WORKERS);
    let tls = tls.map(|tls| tls.config(hosts.clone())).transpose()?;
    let make = move || {
        let local = Rc::new(Local {
            serves: match &served {
                Served::One(shared) => Serves::One(WorkerState {
                    app: Arc::clone(shared),
                    client: Rc::default(),
                    requests: inspector.as_ref().map(|inspector| inspector.numbers()),
                }),
                Served::Many(sites) => Serves::Many(Arc::clone(sites), Rc::default()),
            },
            hosts: hosts.clone(),
            lines: log.lines(),
            control: Arc::clone(&control),
            inspector: inspector.clone(),
            here: WORKING_COPY.into(),
        });
        App::new().app_data(local).default_service(web::to(answer))
    };
    if let Some(config) = tls {
        return Ok(run(Https::start(listeners, &config, workers, make)?).await);
    }
    let mut server = HttpServer::new(make)
        .workers(workers)
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(HEAD_TIMEOUT)
        // A browser that goes away must be noticed while a backend is silent (an event stream that is closed, say).
        .h1_allow_half_closed(false)
        // Signals are ours: the backend's processes end before the server does.
        .disable_signals()
        .client_disconnect_timeout(DISCONNECT_TIMEOUT)
        .shutdown_timeout(SHUTDOWN_SECONDS);
    for socket in listeners.sockets {
        server = server.listen(socket)?;
    }
    Ok(run(server.run()).await)
}

/// Lets the server begin before all that the first answer need not wait for: it begins when it is polled first.
async fn run(server: Server) -> (Running, ServerHandle) {
    let handle = server.handle();
    let running = actix_web::rt::spawn(server);
    tokio::task::yield_now().await;
    (running, handle)
}

async fn answer(request: HttpRequest, payload: web::Payload) -> HttpResponse {
    let Some(local) = request.app_data::<Rc<Local>>().cloned() else {
        return HttpResponse::InternalServerError().finish();
    };
    let started = Instant::now();
    let inspector = local.inspector.as_ref();
    let mut capture = inspector.map(|inspector| Capture::start(&inspector.journal, started));
    if let Some((response, why)) = misdirected::refuse(&local.hosts, &request) {
        let reason = Reason::Text(format!("{why}; {}", why.hint()));
        let reply = Reply::refused(response, reason);
        return local.finish(&request, ("", None), (started, capture), reply);
    }
    if request.path().starts_with(pipeline::OWN_PATHS)
        && let Some(response) = Box::pin(local.control.answer(&request)).await
    {
        return response;
    }
    let payload = payload.into_inner();
    match &local.serves {
        Serves::One(worker) => {
            let here = &local.here;
            if request.path().starts_with(pipeline::OWN_PATHS) {
                // Whom the network rules keep out learns nothing here either.
                if let Some(reply) = pipeline::refused(worker, &request) {
                    return local.finish(&request, ("", Some(here)), (started, capture), reply);
                }
                if let Some(response) = own_endpoint(&worker.app, &request) {
                    return response;
                }
                if let Some(inspector) = inspector
                    && inspector::answers(request.path())
                {
                    let call = Call {
                        inspector,
                        worker,
                        here: Arc::clone(here),
                        request: &request,
                        payload: Some(payload),
                    };
                    return Box::pin(inspector::answer(call)).await;
                }
                if let Some(reply) = Box::pin(pipeline::sign_in_alone(worker, &request)).await {
                    return local.finish(&request, ("", Some(here)), (started, capture), reply);
                }
            }
            let payload = copied(&mut capture, &request, payload);
            let reply = pipeline::handle(worker, &request, payload).await;
            local.finish(&request, ("", Some(here)), (started, capture), reply)
        }
        // Boxed: its future would make that of every request larger.
        Serves::Many(sites, client) => {
            let payload = match request.path().starts_with(pipeline::OWN_PATHS) {
                true => payload,
                false => copied(&mut capture, &request, payload),
            };
            let answered = sites::answer(sites, client, &request, (payload, inspector));
            match Box::pin(answered).await {
                Answered::Beside(response) => response,
                // Which environment was asked is half of what its line says.
                Answered::Of(environment, reply) => {
                    let host = sites::host(&request);
                    local.finish(
                        &request,
                        (host, environment.as_ref()),
                        (started, capture),
                        reply,
                    )
                }
            }
        }
    }
}

/// The body of a request, of which a copy is taken if somebody looks.
fn copied(capture: &mut Option<Capture<'_>>, request: &HttpRequest, payload: Payload) -> Payload {
    match capture {
        Some(capture) => capture.payload(request, payload),
        None => payload,
    }
}

/// The emulator's own endpoints beside the app.
fn own_endpoint(shared: &AppState, request: &HttpRequest) -> Option<HttpResponse> {
    let live = shared.live.as_ref();
    let sees = match pipeline::is_from_this_machine(shared, request) {
        true => Sees::Everything,
        false => Sees::NoSources,
    };
    live.and_then(|hub| endpoint::answer(hub, request, sees))
        .or_else(|| discovery::answer(shared, request))
}

impl Local {
    /// Logs and remembers an answer of an environment, at a host where there are several.
    fn finish(
        &self,
        request: &HttpRequest,
        (host, environment): (&str, Option<&Arc<str>>),
        (started, capture): (Instant, Option<Capture<'_>>),
        reply: Reply,
    ) -> HttpResponse {
        let uri = request.uri();
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let path = match path.starts_with(AUTH_PREFIX) {
            // A provider's answer carries a code.
            true => Secrets::Hidden.url(path),
            false => Cow::Borrowed(path),
        };
        let status = reply.response.status().as_u16();
        let took = started.elapsed();
        self.lines.add(
            request.method().as_str(),
            (host, &*path),
            status,
            took,
            &reply.record,
        );
        match capture {
            Some(capture) => {
                capture
                    .answered(request, environment.cloned(), (reply, took))
                    .0
            }
            None => reply.response,
        }
    }
}
