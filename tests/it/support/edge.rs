//! The edge under test.

use std::{
    net::{SocketAddr, TcpStream},
    rc::Rc,
    sync::{Arc, Mutex, mpsc},
    thread::JoinHandle,
    time::Duration,
};

use actix_web::{App, HttpRequest, HttpServer, dev::ServerHandle, web};
use cygnet::backend::{self, ApiCall, ApiClient, Backend, BackendKind, Limits, Upstream};

use super::{PATIENCE, Response, ask, log::listen_to_the_log, wait_for};

/// An edge before one backend, on a thread of its own.
pub struct Edge {
    pub address: SocketAddr,
    notes: Arc<Mutex<Vec<String>>>,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

#[derive(Clone)]
struct Setup {
    backend: Arc<Backend>,
    limits: Limits,
    notes: Arc<Mutex<Vec<String>>>,
}

async fn handle(request: HttpRequest, payload: web::Payload) -> actix_web::HttpResponse {
    let setup = request.app_data::<Setup>().unwrap();
    let client = request.app_data::<Rc<ApiClient>>().unwrap();
    let target = request.uri().path_and_query().unwrap().as_str();
    let original = format!("http://edge.example{target}");
    let call = ApiCall {
        request: &request,
        target,
        original_url: &original,
        peer: request.peer_addr(),
        principal: None,
        hop: None,
    };
    let outcome = backend::serve(
        &setup.backend,
        client,
        &setup.limits,
        payload.into_inner(),
        call,
    )
    .await;
    setup.notes.lock().unwrap().extend(outcome.note);
    outcome.response
}

impl Edge {
    /// Before the backend at `url`, taken for a linked Functions app, with production's limits.
    pub fn before(url: &str) -> Self {
        Self::start(url, BackendKind::Functions, Limits::default())
    }

    /// With a time limit for the whole call.
    pub fn with_timeout(url: &str, timeout: Duration) -> Self {
        let limits = Limits {
            timeout: Some(timeout),
            ..Limits::default()
        };
        Self::start(url, BackendKind::Functions, limits)
    }

    pub fn start(url: &str, kind: BackendKind, limits: Limits) -> Self {
        listen_to_the_log();
        let notes = Arc::new(Mutex::new(Vec::new()));
        let setup = Setup {
            backend: Arc::new(Backend::BringYourOwn(Upstream::parse(url, kind).unwrap())),
            limits,
            notes: Arc::clone(&notes),
        };
        let (started, address) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    App::new()
                        .app_data(setup.clone())
                        .app_data(Rc::new(ApiClient::new()))
                        .default_service(web::to(handle))
                })
                .workers(1)
                .h1_allow_half_closed(false)
                .disable_signals()
                .bind(("127.0.0.1", 0))
                .unwrap();
                let address = server.addrs()[0];
                let running = server.run();
                started.send((address, running.handle())).unwrap();
                running.await.unwrap();
            });
        });
        let (address, handle) = address.recv().unwrap();
        Self {
            address,
            notes,
            handle,
            thread: Some(thread),
        }
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends raw bytes on a new connection and reads one answer.
    pub fn ask(&self, request: &str) -> Response {
        ask(&mut self.connect(), request)
    }

    /// `GET path` with no more than it needs.
    pub fn get(&self, path: &str) -> Response {
        self.ask(&format!("GET {path} HTTP/1.1\r\nhost: edge\r\n\r\n"))
    }

    /// Waits until a note of a call contains `part`.
    pub fn note(&self, part: &str) -> String {
        wait_for(&format!("a note with {part:?}"), || {
            let notes = self.notes.lock().unwrap();
            notes.iter().find(|note| note.contains(part)).cloned()
        })
    }
}

impl Drop for Edge {
    fn drop(&mut self) {
        // The command is sent at once; the future only waits for its end.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}
