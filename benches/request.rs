//! `cargo bench --bench request`: the parts of one request, and what a configuration costs before the first. Figures of one part
//! with 10, 100 and 1,000 rules should be flat, but for reading and compiling.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a program for developers"
)]

use std::fmt::Write;
use std::hint::black_box;
use std::rc::Rc;
use std::sync::Arc;

use actix_http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::test::TestRequest;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use cygnet::backend::headers::{Values, to_backend};
use cygnet::backend::{ApiClient, Backend, Limits};
use cygnet::config::{self, FILE_NAME};
use cygnet::content::header_set::HeaderSets;
use cygnet::environment::load::Loader;
use cygnet::environment::personas::PersonaFiles;
use cygnet::environment::search_paths::ConfigSearchPaths;
use cygnet::environment::{Current, State};
use cygnet::explain::serving;
use cygnet::finding::Source;
use cygnet::functions::untrusted::worker_answer;
use cygnet::pipeline::context::RequestContext;
use cygnet::pipeline::{AppState, WorkerState, resolve};
use cygnet::routing::{RequestFacts, Rules, decide};

const COUNTS: [usize; 3] = [10, 100, 1_000];
const PATHS: [(&str, &str); 4] = [
    ("no rule", "/some/page/of/the/app"),
    ("last rule", "/last/page"),
    ("exact rule", "/old-0"),
    ("extension filter", "/assets4/deep/app.js"),
];
/// What a browser sends.
const HEADERS: [(&str, &str); 10] = [
    ("host", "localhost:4280"),
    ("connection", "keep-alive"),
    ("accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
    ("accept-encoding", "gzip, deflate, br, zstd"),
    ("accept-language", "en"),
    ("cookie", "theme=dark; session=0123456789"),
    ("sec-fetch-dest", "document"),
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-site", "same-origin"),
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64)"),
];

/// A configuration like those of real apps: redirects, wildcards with headers, roles, rewrites, extension filters.
fn text(count: usize) -> String {
    let mut text = String::from(
        r#"{"navigationFallback":{"rewrite":"/index.html","exclude":["/img/*.{png,jpg}"]},"routes":["#,
    );
    for n in 0..count - 1 {
        let rule = match n % 5 {
            0 => format!(r#"{{"route":"/old-{n}","redirect":"/new-{n}","statusCode":301}}"#),
            1 => format!(r#"{{"route":"/docs/v{n}/*","headers":{{"x-doc":"{n}"}}}}"#),
            2 => format!(r#"{{"route":"/secure-{n}/*","allowedRoles":["admin"]}}"#),
            3 => format!(r#"{{"route":"/r/{n}","rewrite":"/index.html"}}"#),
            _ => format!(r#"{{"route":"/assets{n}/*.{{css,js}}","headers":{{"x-asset":"{n}"}}}}"#),
        };
        write!(text, "{rule},").unwrap();
    }
    text.push_str(r#"{"route":"/last/*","headers":{"x-last":"1"}}]}"#);
    text
}

fn read(text: String) -> Arc<config::Config> {
    Arc::new(config::read(&Source::new(FILE_NAME, text)).config.unwrap())
}

/// From the text of a configuration to what decides.
fn configuration(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse");
    for count in COUNTS {
        let text = text(count);
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter_batched(|| text.clone(), read, BatchSize::SmallInput);
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("compile");
    for count in COUNTS {
        let config = read(text(count));
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(|| (Rules::new(Arc::clone(&config)), HeaderSets::new(&config)));
        });
    }
    group.finish();
}

fn decisions(criterion: &mut Criterion) {
    for (name, path) in PATHS {
        let mut group = criterion.benchmark_group(format!("decide, {name}"));
        for count in COUNTS {
            let rules = Rules::new(read(text(count)));
            let facts = RequestFacts::of_get(path);
            group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
                bencher.iter(|| black_box(decide(black_box(&rules), black_box(&facts))));
            });
        }
        group.finish();
    }
}

/// Reading a request, deciding, and looking for the file; nothing is sent.
fn resolutions(criterion: &mut Criterion) {
    for (name, path) in PATHS {
        let mut group = criterion.benchmark_group(format!("resolve, {name}"));
        for count in COUNTS {
            let site = tempfile::tempdir().unwrap();
            std::fs::write(site.path().join("index.html"), "hello").unwrap();
            std::fs::write(site.path().join(FILE_NAME), text(count)).unwrap();
            let (worker, state) = worker(site.path());
            let environment = serving(&state).unwrap();
            let request = HEADERS
                .iter()
                .fold(TestRequest::with_uri(path), |request, &(name, value)| {
                    request.insert_header((name, value))
                });
            let request = request.to_http_request();
            group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
                bencher.iter(|| {
                    let context = RequestContext::new(&worker, environment, &request);
                    let decision = decide(&environment.rules, &context.facts());
                    black_box(resolve(&context, &decision).reason.word())
                });
            });
        }
        group.finish();
    }
}

/// What answers requests to an app, without a server before it.
fn worker(site: &std::path::Path) -> (WorkerState, Arc<State>) {
    let search_paths = ConfigSearchPaths::of_folder(site.to_path_buf());
    let state = Arc::new(Loader::new(search_paths, Backend::None).load().state);
    let app = AppState {
        current: Current::new(Arc::clone(&state)),
        strict: false,
        client_ip: None,
        limits: Limits::default(),
        live: None,
        prod_errors: false,
        personas: Arc::new(PersonaFiles::new(site.to_path_buf(), None)),
        access: None,
        own_host: "localhost:4280".to_owned(),
        secure: false,
    };
    let worker = WorkerState {
        app: Arc::new(app),
        client: Rc::new(ApiClient::new()),
        requests: None,
    };
    (worker, state)
}

/// Headers of a call to a backend, from those of a browser.
fn headers(criterion: &mut Criterion) {
    let mut from = HeaderMap::new();
    for (name, value) in HEADERS {
        from.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    criterion.bench_function("headers for a backend", |bencher| {
        bencher.iter(|| {
            let (mut to, mut values) = (http::HeaderMap::new(), Values::with_capacity(0));
            to_backend(black_box(&from), (&mut to, &mut values), false, false);
            black_box(to)
        });
    });
}

/// Answers of the worker programs for Node.js and Python, as they come in pieces of 64 KiB.
fn frames(criterion: &mut Criterion) {
    let meta = br#"{"kind":"http","status":"200","headers":[["content-type","application/json"]],"cookies":[],"body":"bytes"}"#;
    let mut group = criterion.benchmark_group("frame of a worker");
    for size in [100, 10_000, 1_000_000] {
        let mut answer = (meta.len() as u32).to_be_bytes().to_vec();
        answer.extend_from_slice(meta);
        answer.resize(answer.len() + size, b'x');
        assert_eq!(worker_answer(&answer, 1 << 16).unwrap().len(), size);
        group.throughput(Throughput::Bytes(size as u64));
        group.bench_function(BenchmarkId::from_parameter(size), |bencher| {
            bencher.iter(|| worker_answer(black_box(&answer), 1 << 16));
        });
    }
    group.finish();
}

criterion_group!(
    benches,
    configuration,
    decisions,
    resolutions,
    headers,
    frames
);
criterion_main!(benches);
