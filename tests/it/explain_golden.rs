//! `explain` says what the server does: every exchange of the golden cases is asked of both, and status and location
//! must agree.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cygnet::backend::{Backend, BackendKind, Limits, Upstream};
use cygnet::environment::load::Loader;
use cygnet::environment::search_paths::ConfigSearchPaths;
use cygnet::environment::{Current, State};
use cygnet::explain::request::ExplainRequest;
use cygnet::explain::{Explanation, explain, serving};
use cygnet::pipeline::AppState;

use crate::golden::case::{Case, Exchange};

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
fn environment(case: &Case, site: &Path, port: u16) -> Arc<AppState> {
    let search_paths = ConfigSearchPaths {
        config_location: None,
        app_location: site.parent().expect("parent").to_path_buf(),
        output_location: site.to_path_buf(),
    };
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
    Arc::new(AppState {
        current: Current::from_pointee(Loader::new(search_paths, backend).load().state),
        strict: flag("--strict").is_some(),
        client_ip,
        limits: Limits::default(),
        live: None,
        invitations: None,
        own_host: format!("localhost:{port}"),
        secure: false,
    })
}

fn ask(shared: &Arc<AppState>, exchange: &Exchange, port: u16) -> Option<Explanation> {
    let state = shared.current.load_full();
    let environment = match &*state {
        State::Broken(_) => return None,
        state => serving(state)?,
    };
    let mut headers: Vec<String> = exchange
        .items
        .iter()
        .filter(|(name, _)| name != "body")
        .map(|(name, value)| format!("{name}: {value}"))
        .collect();
    if !exchange.items.iter().any(|(name, _)| name == "host") {
        headers.push(format!("host: localhost:{port}"));
    }
    // What is no path cannot be asked.
    let question = ExplainRequest::new(&exchange.method, &exchange.target, &[], &headers).ok()?;
    let told = explain(Arc::clone(shared), environment, &question, "an API");
    let told = actix_web::rt::System::new().block_on(told);
    Some(told.expect("explanation"))
}

#[test]
fn it_says_what_is_served() {
    let (mut report, mut compared, mut api) = (String::new(), 0, 0);
    for case in cases() {
        let running =
            crate::golden::site::start(&case).unwrap_or_else(|problem| panic!("{problem}"));
        let shared = environment(&case, &running.folder.path().join("site"), running.port);
        let mut vars = running.vars();
        for exchange in &case.exchanges {
            let exact = exchange.expand(&vars).expect("placeholders");
            let served = crate::golden::wire::send(running.port, &exact).expect("answer");
            vars.remember(&served);
            // A question has no body, and a form of the sign-in is nothing without.
            if exact.items.iter().any(|(name, _)| name == "body") {
                continue;
            }
            let Some(told) = ask(&shared, &exact, running.port) else {
                continue;
            };
            if told.result.kind == "api" {
                api += 1;
                continue;
            }
            compared += 1;
            let location = served.header("location");
            if told.result.status != Some(served.status)
                || told.result.location.as_deref() != location
            {
                let _ = writeln!(
                    report,
                    "{}:{}: {}\n    served {} {location:?}, told {:?}",
                    case.title(),
                    exchange.line,
                    exchange.summary(),
                    served.status,
                    told.result
                );
            }
            // The steps are a second telling of the same story: a file is a file in both.
            let is_redirect = (300..304).contains(&served.status);
            if is_redirect != (told.result.kind == "redirect") && told.result.kind != "sign-in" {
                let _ = writeln!(
                    report,
                    "{}:{}: kind {}",
                    case.title(),
                    exchange.line,
                    told.result.kind
                );
            }
            for (name, value) in &served.headers {
                let told_value = told.headers.iter().find(|header| header.name == *name);
                let own = ["content-length", "date", "connection", "transfer-encoding"];
                let missing = told_value.is_none_or(|header| header.value.as_ref() != Some(value));
                if missing && !own.contains(&name.as_str()) && name != "set-cookie" {
                    let _ = writeln!(
                        report,
                        "{}:{}: header {name}: {value} told as {:?}",
                        case.title(),
                        exchange.line,
                        told_value.map(|header| &header.value)
                    );
                }
            }
        }
    }
    assert!(report.is_empty(), "\n{report}");
    assert!(
        compared > 300 && api > 10,
        "only {compared} compared, {api} for the API"
    );
}
