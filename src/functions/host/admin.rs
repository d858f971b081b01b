//! What the host itself answers on its own port: its home page and `/admin`, in the shapes of the host of Azure.

use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use super::FunctionsHost;
use super::status::HostStatus;
use crate::functions::call::response::{bare, of_body_error, plain};
use crate::functions::call::worker_handle::WorkerHandle;
use crate::functions::routing::route_table::FunctionInfo;
use crate::functions::worker::HOST_VERSION;
use crate::http::body::{Body, full};
use crate::http::{BodyLimit, MAX_IDLE, read_body};

const HOME: &str = "<!DOCTYPE html>\n<html lang=\"en\"><head><title>Functions</title></head>\
    <body><h1>Your Functions app is up and running</h1><p>Run by Cygnet, on this machine only.</p></body></html>\n";
/// The body of `POST /admin/functions/{name}`.
const INPUT_LIMIT: BodyLimit = BodyLimit {
    bytes: 16 * 1024 * 1024,
    time: MAX_IDLE,
};

/// Whether the host answers itself.
pub(crate) enum AdminReply {
    Answered(Box<Response<Body>>),
    /// A call of a function, perhaps.
    Other(Box<Request<Body>>),
}

/// Whether a path is answered whatever the app does.
pub(crate) fn is_about_the_host(path: &str) -> bool {
    path == "/" || path.to_ascii_lowercase().starts_with("/admin/host/")
}

/// Answers the requests to the host itself; `worker` is its worker, when there is one.
pub(crate) async fn answer(
    host: &FunctionsHost,
    worker: Option<&WorkerHandle>,
    request: Request<Body>,
) -> AdminReply {
    let named = |name: &str| {
        let all = worker.into_iter().flat_map(|worker| worker.table.infos());
        let mut all = all.filter(|each| each.name.eq_ignore_ascii_case(name));
        Some((worker?, all.next()?))
    };
    let path = request
        .uri()
        .path()
        .trim_end_matches('/')
        .to_ascii_lowercase();
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let get = request.method() == Method::GET;
    let response = match parts.as_slice() {
        [] | [""] if get => home(),
        ["admin", "host", "status"] if get => of_json(&status(host)),
        ["admin", "host", "ping"] if get || request.method() == Method::POST => {
            bare(StatusCode::OK)
        }
        ["admin", "functions"] if get => {
            let authority = authority(&request);
            let all = worker.into_iter().flat_map(|worker| {
                let infos = worker.table.infos().into_iter();
                infos
                    .map(|each| described(worker, &each, &authority))
                    .collect::<Vec<_>>()
            });
            of_json(&all.collect())
        }
        ["admin", "functions", name] => match named(name) {
            None => bare(StatusCode::NOT_FOUND),
            Some((worker, function)) if get => {
                of_json(&described(worker, &function, &authority(&request)))
            }
            Some((_, function)) if request.method() == Method::POST => {
                invoke(host, function, request).await
            }
            Some(_) => bare(StatusCode::METHOD_NOT_ALLOWED),
        },
        ["admin", "functions", name, "status"] if get => match named(name) {
            Some(_) => of_json(&json!({})),
            None => bare(StatusCode::NOT_FOUND),
        },
        ["admin", ..] => bare(StatusCode::NOT_FOUND),
        _ => return AdminReply::Other(Box::new(request)),
    };
    AdminReply::Answered(Box::new(response))
}

fn home() -> Response<Body> {
    if std::env::var("AzureWebJobsDisableHomepage")
        .is_ok_and(|value| value.eq_ignore_ascii_case("true"))
    {
        return bare(StatusCode::NO_CONTENT);
    }
    let mut response = Response::new(full(HOME));
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

fn of_json(value: &Value) -> Response<Body> {
    let mut response = Response::new(full(value.to_string()));
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

fn status(host: &FunctionsHost) -> Value {
    let (state, errors) = match &*host.status().borrow() {
        HostStatus::Asleep | HostStatus::Starting { .. } => ("Starting", Vec::new()),
        HostStatus::Ready { .. } => ("Running", Vec::new()),
        HostStatus::Stopped => ("Stopped", Vec::new()),
        HostStatus::Failed(error) => ("Error", vec![error.message.clone()]),
    };
    let up = host.shared.born.elapsed().as_millis();
    let mut status = json!({
        "id": "cygnet",
        "state": state,
        "version": HOST_VERSION,
        "versionDetails": format!("Cygnet {}", env!("CARGO_PKG_VERSION")),
        "platformVersion": "",
        "processUptime": u64::try_from(up).unwrap_or(u64::MAX),
    });
    if !errors.is_empty() {
        status["errors"] = errors.into();
    }
    status
}

fn authority(request: &Request<Body>) -> String {
    let host = request.headers().get(http::header::HOST);
    let host = host.and_then(|value| value.to_str().ok());
    let host = host.filter(|host| !host.is_empty());
    host.unwrap_or("localhost").to_owned()
}

fn described(worker: &WorkerHandle, function: &FunctionInfo, authority: &str) -> Value {
    let methods: Vec<String> = function
        .methods
        .iter()
        .map(|each| each.to_ascii_lowercase())
        .collect();
    let route = function
        .route
        .strip_prefix("api/")
        .unwrap_or(&function.route);
    let mut trigger =
        json!({"type": "httpTrigger", "direction": "in", "name": "req", "route": route});
    if !methods.is_empty() {
        trigger["methods"] = methods.into();
    }
    json!({
        "name": function.name,
        "href": format!("http://{authority}/admin/functions/{}", function.name),
        "invoke_url_template": format!("http://{authority}/{}", function.route.to_lowercase()),
        "language": worker.runtime.setting(),
        "config": {"bindings": [trigger]},
        "isDisabled": false,
        "isDirect": true,
        "isProxy": false,
    })
}

/// `{"input": …}` → the function runs with it as its body, on its own; the answer is only that it was begun.
async fn invoke(
    host: &FunctionsHost,
    function: FunctionInfo,
    request: Request<Body>,
) -> Response<Body> {
    // Browsers send other types to any site without asking it first.
    let kind = request.headers().get(CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return plain(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "send the input as application/json\n".to_owned(),
        );
    }
    let body = match read_body(request.into_body().into_data_stream(), INPUT_LIMIT).await {
        Ok(body) => body,
        Err(error) => return bare(of_body_error(&error)),
    };
    let input = match serde_json::from_slice::<Value>(&body) {
        Ok(mut given) => given["input"].take(),
        Err(_) if body.is_empty() => Value::Null,
        Err(_) => return bare(StatusCode::BAD_REQUEST),
    };
    let text = match input {
        Value::Null => String::new(),
        Value::String(text) => text,
        other => other.to_string(),
    };
    let method = function.methods.first().map_or("POST", String::as_str);
    let call = Request::builder()
        .method(method)
        .uri(format!("/api/{}", function.name))
        .header(CONTENT_TYPE, "application/json")
        .body(full(text));
    let Ok(call) = call else {
        return bare(StatusCode::BAD_REQUEST);
    };
    let host = host.clone();
    tokio::task::spawn_local(async move { host.run(&function.name, call).await });
    bare(StatusCode::ACCEPTED)
}
