//! The gates: for each backend that this app is or was linked to, a loopback address that stands for the backend's own in
//! Azure. What the lock lets pass goes to the user's process; all else is 401 (BK-20…BK-23).

use std::rc::Rc;
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use arc_swap::ArcSwap;

use crate::backend::{self, ApiClient, Upstream};
use crate::http::AllowedHosts;
use crate::link::BackendKind;
use crate::link::authorize::{self, Call};
use crate::link::model::BackendRecord;
use crate::link::store::{LinkPaths, LinkState};
use crate::link::verify::KeyRing;
use crate::terminal::Printer;

use super::{listen, misdirected};

/// The gates of one emulator. They listen on after an unlink, and refuse (BK-12).
pub struct BackendListeners {
    ring: Arc<KeyRing>,
    hosts: AllowedHosts,
    listeners: Vec<BackendListener>,
}

struct BackendListener {
    kind: BackendKind,
    url: String,
    record: Arc<ArcSwap<BackendRecord>>,
    /// `None` while its port is taken.
    server: Option<ServerHandle>,
    complained: bool,
}

impl BackendListeners {
    /// None yet.
    pub fn new(paths: &LinkPaths, hosts: AllowedHosts) -> Self {
        Self {
            ring: Arc::new(KeyRing::new(paths.app_folder(""))),
            hosts,
            listeners: Vec::new(),
        }
    }

    /// Whether every gate listens.
    pub fn all_open(&self) -> bool {
        self.listeners
            .iter()
            .all(|listener| listener.server.is_some())
    }

    /// Tells the gates what the backends' records say now, and opens new ones.
    pub fn update(&mut self, state: &LinkState, printer: Printer) {
        let app = &state.project.app;
        for record in &state.machine.backends {
            let known = self
                .listeners
                .iter()
                .position(|listener| listener.kind == record.kind && listener.url == record.url);
            match known {
                Some(index) => self.listeners[index].record.store(Arc::new(record.clone())),
                None if record.knows(&app.id) => self.listeners.push(BackendListener::new(record)),
                None => {}
            }
        }
        self.open(printer);
    }

    /// Opens the gate of a backend that is linked for this run only.
    pub fn add(&mut self, record: &BackendRecord, printer: Printer) {
        self.listeners.push(BackendListener::new(record));
        self.open(printer);
    }

    fn open(&mut self, printer: Printer) {
        for listener in self
            .listeners
            .iter_mut()
            .filter(|listener| listener.server.is_none())
        {
            listener.open(&self.ring, &self.hosts, printer);
        }
    }
}

impl BackendListener {
    fn new(record: &BackendRecord) -> Self {
        Self {
            kind: record.kind,
            url: record.url.clone(),
            record: Arc::new(ArcSwap::from_pointee(record.clone())),
            server: None,
            complained: false,
        }
    }

    fn open(&mut self, ring: &Arc<KeyRing>, hosts: &AllowedHosts, printer: Printer) {
        let record = self.record.load_full();
        match self.listen(&record, ring, hosts) {
            Ok(handle) => {
                self.server = Some(handle);
                printer.note(format_args!(
                    "gate of {} `{}` listens at {}",
                    record.kind.title(),
                    record.name,
                    record.gate_url()
                ));
            }
            Err(error) => {
                if !std::mem::replace(&mut self.complained, true) {
                    log::warn!(hint = "another emulator that knows this backend serves the gate just as well"; "the gate of `{}` waits for its port: {error}",
                        record.name
                    );
                }
            }
        }
    }

    fn listen(
        &self,
        record: &BackendRecord,
        ring: &Arc<KeyRing>,
        hosts: &AllowedHosts,
    ) -> Result<ServerHandle, super::StartError> {
        // The kind says nothing here: nothing is added to what is forwarded.
        let upstream = Upstream::parse(&record.url, BackendKind::Functions)?;
        let (record, ring, hosts) = (Arc::clone(&self.record), Arc::clone(ring), hosts.clone());
        let port = self.record.load().gate_port;
        let listeners = listen::bind("localhost", port)?;
        let mut server = HttpServer::new(move || {
            let state = Rc::new(ListenerState {
                record: Arc::clone(&record),
                ring: Arc::clone(&ring),
                hosts: hosts.clone(),
                upstream: upstream.clone(),
                client: ApiClient::new(),
            });
            App::new().app_data(state).default_service(web::to(answer))
        })
        .workers(1)
        .h1_allow_half_closed(false)
        .disable_signals()
        .shutdown_timeout(1);
        for socket in listeners.sockets {
            server = server.listen(socket)?;
        }
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Ok(handle)
    }
}

/// What the worker of a gate holds.
struct ListenerState {
    record: Arc<ArcSwap<BackendRecord>>,
    ring: Arc<KeyRing>,
    hosts: AllowedHosts,
    upstream: Upstream,
    client: ApiClient,
}

async fn answer(request: HttpRequest, payload: web::Payload) -> HttpResponse {
    let Some(state) = request.app_data::<Rc<ListenerState>>().cloned() else {
        return HttpResponse::InternalServerError().finish();
    };
    let target = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let header = |name: &str| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let record = state.record.load_full();
    if let Some((response, why)) = misdirected::refuse(&state.hosts, &request) {
        log::info!(hint:% = why.hint(); "gate of `{}`: 421, {why}", record.name);
        return response;
    }
    if authorize::refuses_origin(&record, request.method().as_str(), header("origin")) {
        log::info!(
            "gate of `{}`: POST {target}: 403, the page that sends it is of another origin (BK-26)",
            record.name
        );
        return HttpResponse::Forbidden().finish();
    }
    let call = Call {
        target,
        token: header("x-ms-auth-token"),
        authorization: header("authorization"),
        key: header("ocp-apim-subscription-key").or_else(|| key_of_query(target)),
    };
    let authorized = authorize::authorize(&record, &state.ring, &call, crate::store::now());
    if let Err(denied) = authorized {
        log::info!(
            "gate of `{}`: {} {target}: {}",
            record.name,
            request.method(),
            denied.cause
        );
        return backend::link_denial::response(&denied);
    }
    let payload = payload.into_inner();
    backend::forward(&state.upstream, &state.client, &request, payload).await
}

/// API Management takes the key from the query too.
fn key_of_query(target: &str) -> Option<&str> {
    let (_, query) = target.split_once('?')?;
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix("subscription-key="))
}
