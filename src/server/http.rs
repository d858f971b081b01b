//! actix-web around [`crate::pipeline::handle`]: one route for everything, since routing is ours.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::dev::{Server, ServerHandle};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};

use crate::backend::ApiClient;
use crate::live::endpoint;
use crate::pipeline::{self, AppState, Reply, WorkerState};

use super::listen::Listeners;
use super::request_log::{Lines, RequestLog};
use super::sites::{self, CurrentSites};
use super::{StartError, discovery, https};

/// How long an idle connection is kept.
pub(super) const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long a client may take to send a request's head.
pub(super) const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a client may take to close its end.
pub(super) const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// In seconds: how long open connections may finish at the end.
pub(super) const SHUTDOWN: u64 = 1;
/// More threads than this gain nothing on a developer's machine and cost each its own connections to the backend.
const MAX_WORKERS: usize = 4;

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
    lines: Lines,
}

/// [`Served`] on one worker thread.
enum Serves {
    One(WorkerState),
    Many(Arc<CurrentSites>, Rc<ApiClient>),
}

/// Starts the workers. The returned server must be awaited for it to run.
///
/// # Errors
/// When actix cannot take the sockets.
pub fn start(
    listeners: Listeners,
    tls: Option<rustls::ServerConfig>,
    served: Served,
    log: RequestLog,
) -> Result<(Server, ServerHandle), StartError> {
    let workers = std::thread::available_parallelism()
        .map_or(2, usize::from)
        .clamp(1, MAX_WORKERS);
    let make = move || {
        let local = Rc::new(Local {
            serves: match &served {
                Served::One(shared) => Serves::One(WorkerState {
                    app: Arc::clone(shared),
                    client: Rc::default(),
                }),
                Served::Many(sites) => Serves::Many(Arc::clone(sites), Rc::default()),
            },
            lines: log.lines(),
        });
        App::new().app_data(local).default_service(web::to(answer))
    };
    if let Some(config) = tls {
        let server = https::start(listeners, &config, workers, make)?;
        let handle = server.handle();
        return Ok((server, handle));
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
        .shutdown_timeout(SHUTDOWN);
    for socket in listeners.sockets {
        server = server.listen(socket)?;
    }
    let server = server.run();
    let handle = server.handle();
    Ok((server, handle))
}

async fn answer(request: HttpRequest, payload: web::Payload) -> HttpResponse {
    let Some(local) = request.app_data::<Rc<Local>>().cloned() else {
        return HttpResponse::InternalServerError().finish();
    };
    match &local.serves {
        Serves::One(worker) => {
            let shared = &worker.app;
            let live = shared.live.as_ref();
            if let Some(response) = live.and_then(|hub| endpoint::answer(hub, &request)) {
                return response;
            }
            if let Some(response) = discovery::answer(shared, &request) {
                return response;
            }
            let started = Instant::now();
            let reply = pipeline::handle(worker, &request, payload).await;
            local.log(&request, "", started, reply)
        }
        // Boxed: its future would make that of every request larger.
        Serves::Many(sites, client) => {
            let started = Instant::now();
            let reply = Box::pin(sites::answer(sites, client, &request, payload)).await;
            // Which environment was asked is half of what its line says.
            local.log(&request, sites::host(&request), started, reply)
        }
    }
}

impl Local {
    fn log(
        &self,
        request: &HttpRequest,
        host: &str,
        started: Instant,
        reply: Reply,
    ) -> HttpResponse {
        let uri = request.uri();
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let status = reply.response.status().as_u16();
        let took = started.elapsed();
        self.lines.add(
            request.method().as_str(),
            (host, path),
            status,
            took,
            &reply.record,
        );
        reply.response
    }
}
