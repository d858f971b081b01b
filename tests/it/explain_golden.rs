//! `explain` says what the server does: every exchange of the golden cases is asked of both.
//!
//! - What cannot be asked is refused by the server too; with an invalid configuration everything is answered with 500.
//! - What this process answers: status, `Location` and every header agree.
//! - What the API answers: it saw the very target that was told.
//! - The same cases with a dev server in place of the folder: it was asked for what was told, question by question.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use cygnet::backend::{Backend, BackendKind, Limits, Upstream};
use cygnet::devserver::DevServer;
use cygnet::environment::Current;
use cygnet::environment::load::Loader;
use cygnet::environment::personas::PersonaFiles;
use cygnet::environment::search_paths::ConfigSearchPaths;
use cygnet::explain::answer::AfterView;
use cygnet::explain::request::ExplainRequest;
use cygnet::explain::{Explanation, explain, serving};
use cygnet::pipeline::AppState;

use crate::golden::case::{Case, Exchange};
use crate::golden::{site, wire};
use crate::support::{RawUpstream, read_head};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden")
}

fn cases() -> Vec<Case> {
    let mut files: Vec<PathBuf> = walkdir::WalkDir::new(root())
        .into_iter()
        .map(|entry| entry.expect("entry").into_path())
        .filter(|path| path.extension().is_some_and(|end| end == "golden"))
        .collect();
    files.sort();
    let read = |path: &PathBuf| Case::read(path).unwrap_or_else(|problem| panic!("{problem}"));
    files.iter().map(read).collect()
}

/// The environment of a case, as `explain` builds it.
fn environment(case: &Case, running: &site::Running) -> Arc<AppState> {
    let (site, port) = (&running.folder.path().join("site"), running.port);
    let search_paths = ConfigSearchPaths::of_folder(site.to_path_buf());
    let flag = |name: &str| case.flags.iter().position(|flag| flag == name);
    let backend = match case.echo || flag("--api-devserver-url").is_some() {
        true => {
            let url = "http://localhost:7071";
            Backend::BringYourOwn(Upstream::parse(url, BackendKind::Functions).expect("url"))
        }
        false => Backend::None,
    };
    let client_ip: Option<IpAddr> =
        flag("--client-ip").map(|at| case.flags[at + 1].parse().expect("address"));
    let dev_server = flag("--app-devserver-url").map(|at| {
        let url = case.flags[at + 1].parse().expect("url");
        DevServer::new(&url, None, None).expect("dev server")
    });
    let loader = Loader::new(search_paths, backend).with_dev_server(dev_server);
    Arc::new(AppState {
        current: Current::from_pointee(loader.load().state),
        strict: flag("--strict").is_some(),
        client_ip,
        limits: Limits::default(),
        live: None,
        prod_errors: false,
        personas: Arc::new(PersonaFiles::new(PathBuf::new(), None)),
        access: None,
        own_host: format!("localhost:{port}"),
        secure: false,
    })
}

/// What `explain` says of an exchange.
enum Told {
    Answer(Box<Explanation>),
    /// That the configuration is invalid, so that every request is answered with 500.
    Invalid,
    /// Why this cannot be asked.
    Refused(String),
}

impl Told {
    /// What is told; or else what is wrong with the server's answer, given that nothing else is told.
    fn answer(self, served: &wire::Response) -> Result<Explanation, Vec<String>> {
        let (expected, why) = match self {
            Self::Answer(told) => return Ok(*told),
            Self::Invalid => (500, "an invalid configuration".to_owned()),
            Self::Refused(why) => (400, why),
        };
        let differs = served.status != expected;
        Err(differs
            .then(|| format!("served {}, told {expected}: {why}", served.status))
            .into_iter()
            .collect())
    }
}

fn ask(shared: &Arc<AppState>, exchange: &Exchange, port: u16) -> Told {
    let state = shared.current.load_full();
    let Some(environment) = serving(&state) else {
        return Told::Invalid;
    };
    let items = exchange.items.iter();
    let (bodies, headers): (Vec<_>, Vec<_>) = items.partition(|(name, _)| name == "body");
    let body = bodies.last().map_or("", |(_, text)| text).to_owned();
    let has_host = headers.iter().any(|(name, _)| name == "host");
    let mut headers: Vec<String> = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    if !has_host {
        headers.push(format!("host: localhost:{port}"));
    }
    let request = ExplainRequest::new(&exchange.method, &exchange.target, &[], &headers);
    let request = match request {
        Ok(request) => request.with_body(body),
        Err(why) => return Told::Refused(why),
    };
    let told = explain(Arc::clone(shared), environment, &request, "an API");
    let told = actix_web::rt::System::new().block_on(told);
    Told::Answer(Box::new(told.expect("explanation")))
}

/// What differs between the server and what was told of it.
#[derive(Default)]
struct Report {
    text: String,
    compared: usize,
}

impl Report {
    fn compare(&mut self, case: &Case, exchange: &Exchange, differences: Vec<String>) {
        self.compared += 1;
        for difference in differences {
            let (title, line, asked) = (case.title(), exchange.line, exchange.summary());
            let _ = writeln!(self.text, "{title}:{line}: {asked}\n    {difference}");
        }
    }

    fn must_be_empty(&self, at_least: usize) {
        assert!(self.text.is_empty(), "\n{}", self.text);
        assert!(self.compared >= at_least, "only {} compared", self.compared);
    }
}

/// What this process answers by itself.
fn local_differences(told: &Explanation, served: &wire::Response) -> Vec<String> {
    let mut found = Vec::new();
    let location = served.header("location");
    if told.result.status != Some(served.status) || told.result.location.as_deref() != location {
        found.push(format!(
            "served {} {location:?}, told {:?}",
            served.status, told.result
        ));
    }
    let is_redirect = (300..304).contains(&served.status);
    if is_redirect != (told.result.kind == "redirect") && told.result.kind != "sign-in" {
        found.push(format!(
            "served {}, told {}",
            served.status, told.result.kind
        ));
    }
    let own = [
        "content-length",
        "date",
        "connection",
        "transfer-encoding",
        "set-cookie",
    ];
    for (name, value) in &served.headers {
        let header = told.headers.iter().find(|header| header.name == *name);
        let is_told = header.is_some_and(|header| header.value.as_ref() == Some(value));
        if !is_told && !own.contains(&name.as_str()) {
            let told = header.map(|header| &header.value);
            found.push(format!("header {name}: {value}, told {told:?}"));
        }
    }
    found
}

/// What the echo backend says that it saw, against what was told.
fn api_differences(told: &Explanation, served: &wire::Response, method: &str) -> Vec<String> {
    let mut found = Vec::new();
    if (told.result.status, told.result.kind) != (None, "api") {
        found.push(format!("the API answered, told {:?}", told.result));
    }
    let has_body = method != "HEAD" && ![204, 304].contains(&served.status);
    let seen: Option<serde_json::Value> = serde_json::from_slice(&served.body).ok();
    if let Some(seen) = &seen {
        let target = told.result.target.as_deref();
        if seen["path"].as_str() != target {
            found.push(format!("the API saw {}, told {target:?}", seen["path"]));
        }
    } else if has_body {
        found.push("the echo cannot be read".to_owned());
    }
    found
}

/// Whether a call to the API ended before the backend: its body is too large, or nothing listens there.
fn is_refused(served: &wire::Response) -> bool {
    served.header("x-echo").is_none() && [413, 500, 502, 503, 504].contains(&served.status)
}

#[test]
fn it_says_what_is_served() {
    let (mut local, mut api, mut refused) = (Report::default(), Report::default(), 0);
    for case in cases() {
        let running = site::start(&case).unwrap_or_else(|problem| panic!("{problem}"));
        let app = environment(&case, &running);
        let mut vars = running.vars();
        for exchange in &case.exchanges {
            let exact = exchange.expand(&vars).expect("placeholders");
            let served = wire::send(running.port, &exact).expect("answer");
            vars.remember(&served);
            let told = match ask(&app, &exact, running.port).answer(&served) {
                Ok(told) => told,
                Err(differences) => {
                    local.compare(&case, exchange, differences);
                    continue;
                }
            };
            if served.header("x-echo").is_some() {
                let differences = api_differences(&told, &served, &exact.method);
                api.compare(&case, exchange, differences);
            } else if told.result.kind == "api" {
                // The hop itself failed or was refused: bodies beyond the limit, nobody who listens.
                refused += 1;
                let is_refused = is_refused(&served);
                let differences = (!is_refused).then(|| format!("served {}", served.status));
                api.compare(&case, exchange, differences.into_iter().collect());
            } else {
                local.compare(&case, exchange, local_differences(&told, &served));
            }
        }
    }
    local.must_be_empty(300);
    api.must_be_empty(60);
    assert!(refused < 30, "{refused} calls did not reach the backend");
}

/// A dev server that has the files of a case and remembers what it was asked for.
struct FileServer {
    upstream: RawUpstream,
    asked: Arc<Mutex<Vec<String>>>,
    paths: Arc<Vec<String>>,
}

impl FileServer {
    fn start(case: &Case) -> Self {
        let paths: Vec<String> = case.files.iter().map(|(path, _)| path.clone()).collect();
        let (paths, asked) = (Arc::new(paths), Arc::new(Mutex::new(Vec::new())));
        let (known, log) = (Arc::clone(&paths), Arc::clone(&asked));
        let upstream = RawUpstream::start(move |mut stream, _| {
            let head = read_head(&mut stream).unwrap_or_default();
            // Whether it listens is looked at without a request.
            let Some(target) = head.split(' ').nth(1) else {
                return;
            };
            log.lock().expect("log").push(target.to_owned());
            let status = status_of(&known, target);
            let length = if status == 204 {
                ""
            } else {
                "content-length: 0\r\n"
            };
            let answer = format!(
                "HTTP/1.1 {status} Said\r\ncontent-type: text/html\r\n{length}connection: close\r\n\r\n"
            );
            // A caller that went away is its own affair.
            let _ = stream.write_all(answer.as_bytes());
        });
        Self {
            upstream,
            asked,
            paths,
        }
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().expect("log"))
    }
}

/// Files have their own paths, and `/` is the page.
fn status_of(paths: &[String], target: &str) -> u16 {
    let path = target.split('?').next().unwrap_or_default();
    let relative = path.strip_prefix('/').unwrap_or(path);
    let relative = if relative.is_empty() {
        "index.html"
    } else {
        relative
    };
    match paths.iter().any(|known| known == relative) {
        true => 200,
        false => 404,
    }
}

/// Follows what was told, as the dev server answers: the targets that it is asked for, who answers in the end, and with
/// which status where that is known.
fn follow(told: &Explanation, dev_server: &FileServer) -> (Vec<String>, &'static str, Option<u16>) {
    let result = &told.result;
    let (mut kind, mut target, mut status) = (result.kind, &result.target, result.status);
    let mut after: &[AfterView] = &result.after;
    let mut asked = Vec::new();
    while kind == "dev-server" {
        let to = target.clone().expect("target");
        let said = status_of(&dev_server.paths, &to);
        asked.push(to);
        let Some(next) = after.iter().find(|view| view.answered == said) else {
            return (asked, kind, status);
        };
        (kind, target, status, after) = (next.kind, &next.target, next.status, &next.after);
    }
    (asked, kind, status)
}

#[test]
fn it_says_what_a_dev_server_is_asked_for() {
    let (mut report, mut followed) = (Report::default(), 0);
    for mut case in cases() {
        let dev_server = FileServer::start(&case);
        let url = format!("http://{}", dev_server.upstream.address);
        case.flags.extend(["--app-devserver-url".to_owned(), url]);
        let running = site::start(&case).unwrap_or_else(|problem| panic!("{problem}"));
        let app = environment(&case, &running);
        let mut vars = running.vars();
        for exchange in &case.exchanges {
            let Ok(exact) = exchange.expand(&vars) else {
                // It is about an answer that only files give.
                continue;
            };
            dev_server.take();
            let served = wire::send(running.port, &exact).expect("answer");
            vars.remember(&served);
            let seen = dev_server.take();
            let told = match ask(&app, &exact, running.port).answer(&served) {
                Ok(told) => told,
                Err(differences) => {
                    report.compare(&case, exchange, differences);
                    continue;
                }
            };
            let (asked, kind, status) = follow(&told, &dev_server);
            let mut differences = Vec::new();
            if asked != seen {
                differences.push(format!("asked for {seen:?}, told {asked:?}"));
            }
            if status.is_some_and(|status| status != served.status) {
                differences.push(format!(
                    "served {}, told {status:?} by {kind}",
                    served.status
                ));
            }
            let is_echo = served.header("x-echo").is_some();
            let is_api = kind == "api" && !is_refused(&served);
            if is_api != is_echo && case.echo {
                differences.push(format!("served {}, told {kind}", served.status));
            }
            followed += usize::from(asked.len() > 1);
            report.compare(&case, exchange, differences);
        }
    }
    report.must_be_empty(300);
    assert!(
        followed > 30,
        "only {followed} asked for more than one thing"
    );
}
