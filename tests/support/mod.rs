//! What the proxy tests share: an edge (actix server that answers every path by `backend::serve`), upstreams that speak
//! raw bytes, and a client that reads raw bytes.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used)]

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    rc::Rc,
    sync::{
        Arc, Mutex, Once,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use actix_web::{App, HttpRequest, HttpServer, dev::ServerHandle, web};
use cygnet::backend::{self, ApiCall, ApiClient, Backend, BackendKind, Limits, Upstream};

/// No wait of a test lasts longer.
pub const PATIENCE: Duration = Duration::from_secs(10);

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
        target,
        original_url: &original,
        peer: request.peer_addr(),
        principal: None,
    };
    let outcome = backend::serve(
        &setup.backend,
        client,
        &setup.limits,
        &request,
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
    pub fn ask(&self, request: &str) -> Answer {
        ask(&mut self.connect(), request)
    }

    /// `GET path` with no more than it needs.
    pub fn get(&self, path: &str) -> Answer {
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

/// A backend of raw bytes: a closure on a thread of its own for each connection, told which one it is.
pub struct RawUpstream {
    pub address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

impl RawUpstream {
    pub fn start(serve: impl Fn(TcpStream, usize) + Send + Sync + 'static) -> Self {
        Self::on("127.0.0.1:0", serve)
    }

    pub fn on(bind: &str, serve: impl Fn(TcpStream, usize) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(bind).unwrap();
        let address = listener.local_addr().unwrap();
        let accepted = Arc::new(AtomicUsize::new(0));
        let stop = Arc::new(AtomicBool::new(false));
        let serve = Arc::new(serve);
        let (count, stopped) = (Arc::clone(&accepted), Arc::clone(&stop));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let stream = stream.unwrap();
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                stream.set_write_timeout(Some(PATIENCE)).unwrap();
                let serve = Arc::clone(&serve);
                let index = count.fetch_add(1, Ordering::SeqCst);
                std::thread::spawn(move || serve(stream, index));
            }
        });
        Self {
            address,
            accepted,
            stop,
        }
    }

    /// Answers each request head on each connection with the same bytes, and keeps the connection.
    pub fn always(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::start(move |mut stream, _| {
            while read_head(&mut stream).is_ok_and(|head| !head.is_empty()) {
                if stream.write_all(&answer).is_err() {
                    return;
                }
            }
        })
    }

    /// Answers one request with bytes and closes.
    pub fn once(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::start(move |mut stream, _| {
            if read_head(&mut stream).is_ok() {
                let _ = stream.write_all(&answer);
            }
        })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn connections(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

impl Drop for RawUpstream {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

/// One answer as a client sees it.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Head with lower-cased names, status line first.
    pub head: String,
    pub body: Vec<u8>,
    /// How the body's end was known: `length`, `chunked`, `close` or `none`.
    pub framing: &'static str,
}

impl Answer {
    pub fn values(&self, name: &str) -> Vec<&str> {
        self.head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(':'))
            .filter(|(found, _)| *found == name)
            .map(|(_, value)| value.trim())
            .collect()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.values(name).first().copied()
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// Sends raw bytes and reads one answer.
pub fn ask(stream: &mut TcpStream, request: &str) -> Answer {
    stream.write_all(request.as_bytes()).unwrap();
    read_answer(stream, request.starts_with("HEAD ")).unwrap()
}

/// Reads one answer as RFC 9112, 6.3 frames it; an error if it is truncated.
pub fn read_answer(stream: &mut TcpStream, to_head: bool) -> io::Result<Answer> {
    let raw = read_head(stream)?;
    let mut lines = raw.lines();
    let status_line = lines.next().unwrap_or_default();
    let status = status_line
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .ok_or_else(|| io::Error::other(format!("no status line: {raw:?}")))?;
    let mut head = format!("{status_line}\n");
    for line in lines {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        head.push_str(&format!("{}:{value}\n", name.to_ascii_lowercase()));
    }
    let mut answer = Answer {
        status,
        head,
        body: Vec::new(),
        framing: "none",
    };
    if to_head || status == 204 || status == 304 || status < 200 {
        return Ok(answer);
    }
    if answer.header("transfer-encoding") == Some("chunked") {
        answer.framing = "chunked";
        while let Some(chunk) = read_chunk(stream)? {
            answer.body.extend(chunk);
        }
    } else if let Some(length) = answer.header("content-length") {
        let mut body = vec![0; length.parse().unwrap()];
        stream.read_exact(&mut body)?;
        answer.framing = "length";
        answer.body = body;
    } else {
        answer.framing = "close";
        stream.read_to_end(&mut answer.body)?;
    }
    Ok(answer)
}

/// Reads one chunk of a chunked body; `None` at its end.
pub fn read_chunk(stream: &mut TcpStream) -> io::Result<Option<Vec<u8>>> {
    let size = read_line(stream)?;
    let size = usize::from_str_radix(size.trim(), 16).map_err(io::Error::other)?;
    let mut chunk = vec![0; size + 2];
    stream.read_exact(&mut chunk)?;
    chunk.truncate(size);
    Ok((size > 0).then_some(chunk))
}

fn read_line(stream: &mut TcpStream) -> io::Result<String> {
    let mut line = Vec::new();
    let mut byte = [0];
    while !line.ends_with(b"\r\n") {
        stream.read_exact(&mut byte)?;
        line.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}

/// Reads a head up to its empty line, without a byte of what follows. Empty if the peer closed before it.
pub fn read_head(stream: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte)? == 0 {
            if head.is_empty() {
                return Ok(String::new());
            }
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        head.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&head[..head.len() - 4]).into_owned())
}

/// The value of a header in a raw head.
pub fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .find_map(|(found, value)| found.eq_ignore_ascii_case(name).then_some(value.trim()))
}

/// Closes a connection by a reset instead of a clean end.
pub fn reset(stream: TcpStream) {
    let socket = socket2::Socket::from(stream);
    socket.set_linger(Some(Duration::ZERO)).unwrap();
}

/// Whether the peer closes or resets the connection within a time.
pub fn closes_within(stream: &mut TcpStream, limit: Duration) -> bool {
    let start = Instant::now();
    stream.set_read_timeout(Some(limit)).unwrap();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return start.elapsed() < limit,
            Ok(_) => {}
            Err(error) => return error.kind() == io::ErrorKind::ConnectionReset,
        }
    }
}

/// Polls until there is a value; fails the test after [`PATIENCE`].
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

static LOG: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Listener;

impl log::Log for Listener {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.target().starts_with("cygnet")
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            LOG.lock().unwrap().push(record.args().to_string());
        }
    }

    fn flush(&self) {}
}

fn listen_to_the_log() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        log::set_logger(&Listener).unwrap();
        log::set_max_level(log::LevelFilter::Info);
    });
}

/// How many lines of the log contain `part`.
pub fn logged(part: &str) -> usize {
    let log = LOG.lock().unwrap();
    log.iter().filter(|line| line.contains(part)).count()
}
