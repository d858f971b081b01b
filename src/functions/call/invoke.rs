//! One request on one worker: route, meta, call, answer.
//!
//! 1. [`call`] finds the function; none is a 404 with no body
//! 2. the request becomes a meta frame in front of its body, which streams ([`crate::functions::worker::bundled::protocol`])
//! 3. the answer becomes a response ([`super::response`]); a throw is a 500 with no body and a stack in the log

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::header::{HOST, HeaderValue};
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt as _;
use percent_encoding::percent_decode_str;

use super::response::{HttpValue, add_custom_headers, bare, of_stream, of_value};
use super::text_result::of_text;
use super::worker_handle::{GuardedBody, InFlightGuard};
use crate::functions::output::{Level, Line, Output};
use crate::functions::worker::invocation::{Invocation, InvocationResult};
use crate::http::body::{Body, BoxError, empty};

/// How long a call that broke waits to learn whether its worker ended.
const DEATH_KNOWN: Duration = Duration::from_millis(250);

/// Answers a request with the worker of the guard.
pub(crate) async fn call(
    guard: InFlightGuard,
    request: Request<Body>,
    output: &Output,
) -> Response<Body> {
    let worker = Arc::clone(&guard.0);
    let head_only = request.method() == Method::HEAD;
    let path = decoded_path(request.uri().path());
    let mut response = match worker.table.find(request.method().as_str(), &path) {
        None => bare(StatusCode::NOT_FOUND),
        Some(_) if request.body().size_hint().lower() > worker.host.body_limit => {
            bare(StatusCode::PAYLOAD_TOO_LARGE)
        }
        // The function of Azure counts the calls that wait too.
        Some(_)
            if worker
                .host
                .max_outstanding
                .is_some_and(|most| worker.load() > most) =>
        {
            let mut busy = bare(StatusCode::TOO_MANY_REQUESTS);
            let yes = HeaderValue::from_static("1");
            busy.headers_mut().insert("x-function-scaleout", yes);
            busy
        }
        Some(found) => run(guard, found.name, found.params, request, output).await,
    };
    add_custom_headers(response.headers_mut(), &worker.host.custom_headers);
    if head_only {
        *response.body_mut() = empty();
    }
    response
}

/// Runs a function by its name, whatever its route.
pub(crate) async fn run(
    guard: InFlightGuard,
    name: &str,
    params: Vec<(String, String)>,
    request: Request<Body>,
    output: &Output,
) -> Response<Body> {
    let worker = Arc::clone(&guard.0);
    let id = uuid::Uuid::new_v4().to_string();
    let too_large = Arc::new(AtomicBool::new(false));
    let exchange = exchange(guard, request, name, params, &id, &too_large);
    let answer = tokio::select! {
        biased;
        answer = exchange => answer,
        () = worker.exited() => Err(CallError::Host("the worker ended during the call".into())),
        limit = beyond(worker.host.timeout) => {
            worker.expire();
            Err(CallError::Timeout(limit))
        }
    };
    if let Err(CallError::Host(_)) = &answer {
        // A connection breaks a moment before the end of its process is known. Whoever is told of the failure
        // and calls again must not meet the same worker.
        let _ = tokio::time::timeout(DEATH_KNOWN, worker.exited()).await;
    }
    match answer {
        Ok(response) => response,
        Err(_) if too_large.load(Ordering::Relaxed) => bare(StatusCode::PAYLOAD_TOO_LARGE),
        Err(failure) => {
            let line = Line::logged(Level::Error, failure.text());
            output.say(line.of(Some(name), Some(&id)));
            bare(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// Why a call has no answer; the caller sees an empty 500 either way.
enum CallError {
    /// The function threw.
    App(String),
    /// The worker or its answer is broken.
    Host(BoxError),
    /// It took longer than `functionTimeout`.
    Timeout(Duration),
}

impl CallError {
    fn text(&self) -> String {
        match self {
            Self::App(stack) => stack.clone(),
            Self::Host(error) => format!("the call failed: {}", chain(error.as_ref())),
            Self::Timeout(limit) => format!(
                "the function took longer than {} s (functionTimeout in host.json); its worker is replaced",
                limit.as_secs_f64()
            ),
        }
    }
}

/// Waits for the end of the time that a call has.
async fn beyond(limit: Option<Duration>) -> Duration {
    match limit {
        Some(limit) => {
            tokio::time::sleep(limit).await;
            limit
        }
        None => std::future::pending().await,
    }
}

impl<E: Into<BoxError>> From<E> for CallError {
    fn from(error: E) -> Self {
        Self::Host(error.into())
    }
}

/// hyper's own text stops at the first cause.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

async fn exchange(
    guard: InFlightGuard,
    request: Request<Body>,
    name: &str,
    params: Vec<(String, String)>,
    id: &str,
    too_large: &Arc<AtomicBool>,
) -> Result<Response<Body>, CallError> {
    let worker = Arc::clone(&guard.0);
    let (head, body) = request.into_parts();
    let limited = Limited {
        body,
        left: worker.host.body_limit,
        exceeded: Arc::clone(too_large),
    };
    let url = absolute_url(&head);
    let meta = meta(&head, name, params, id, &url);
    let (meta, rest) = worker.client.invoke(&meta, limited.boxed_unsync()).await?;
    let body = GuardedBody {
        body: rest,
        _guard: guard,
    }
    .boxed_unsync();
    Ok(match meta {
        InvocationResult::Void => bare(StatusCode::NO_CONTENT),
        InvocationResult::Error { error } => return Err(CallError::App(error.stack)),
        InvocationResult::Value => of_text(&body.collect().await?.to_bytes()).await?,
        InvocationResult::Stream { status, headers } => of_stream(&status, &headers, body)?,
        InvocationResult::Http {
            status,
            headers,
            cookies,
            body: kind,
        } => {
            let value = HttpValue {
                status,
                headers,
                cookies,
                kind,
            };
            of_value(value, body).await?
        }
    })
}

fn absolute_url(request: &Parts) -> String {
    let host = request
        .headers
        .get(HOST)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("localhost");
    let path = request
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    format!("http://{host}{path}")
}

fn meta<'a>(
    request: &'a Parts,
    name: &'a str,
    params: Vec<(String, String)>,
    id: &'a str,
    url: &'a str,
) -> Invocation<'a> {
    let text = |name: &str| {
        let value = request.headers.get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let headers = request.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        (name.as_str().to_owned(), value.into_owned())
    });
    Invocation {
        invocation_id: id,
        name,
        method: request.method.as_str(),
        url,
        headers: headers.collect(),
        query: query(request.uri.query().unwrap_or_default()),
        params,
        trace_parent: text("traceparent"),
        trace_state: text("tracestate"),
    }
}

/// Query pairs in their order; names that differ only in case are one name, as in ASP.NET.
fn query(text: &str) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for piece in text.split('&').filter(|piece| !piece.is_empty()) {
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        let name = form_decoded(name);
        let known = pairs
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(&name));
        let name = known.map_or(name, |(other, _)| other.clone());
        pairs.push((name, form_decoded(value)));
    }
    pairs
}

fn form_decoded(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

/// Decodes the path before routing, except `%2F`, which stays one segment's text. What is no UTF-8 stays
/// as it was written.
fn decoded_path(path: &str) -> String {
    let parts = path
        .split_inclusive("%2F")
        .flat_map(|part| part.split_inclusive("%2f"));
    parts
        .map(|part| {
            let cut = part.len().saturating_sub(3);
            let (text, slash) = match part.get(cut..) {
                Some(end) if end.eq_ignore_ascii_case("%2f") => (&part[..cut], end),
                _ => (part, ""),
            };
            let decoded = percent_decode_str(text).decode_utf8();
            decoded.map_or_else(|_| part.to_owned(), |decoded| format!("{decoded}{slash}"))
        })
        .collect()
}

/// Ends a request body with an error when it grows beyond what is left.
struct Limited {
    body: Body,
    left: u64,
    exceeded: Arc<AtomicBool>,
}

impl HttpBody for Limited {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame {
            let length = frame.data_ref().map_or(0, |data| data.len() as u64);
            match self.left.checked_sub(length) {
                Some(left) => self.left = left,
                None => {
                    self.exceeded.store(true, Ordering::Relaxed);
                    return Poll::Ready(Some(Err(
                        "the request body is larger than the host takes".into(),
                    )));
                }
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_decoded_but_not_its_slashes() {
        assert_eq!(decoded_path("/api/a%20b/%C3%A9"), "/api/a b/é");
        assert_eq!(decoded_path("/api/a%2Fb%2fc%41"), "/api/a%2Fb%2fcA");
        assert_eq!(decoded_path("/api/%FF%41"), "/api/%FF%41");
        assert_eq!(decoded_path("/é%2F"), "/é%2F");
    }

    #[test]
    fn query_names_ignore_case_and_keep_the_first_spelling() {
        let pairs = query("A=1&a=2+3&b&&c=%C3%A9=x");
        let shown: Vec<(&str, &str)> = pairs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(shown, [("A", "1"), ("A", "2 3"), ("b", ""), ("c", "é=x")]);
    }

    #[tokio::test]
    async fn a_body_beyond_the_limit_is_cut_and_noted() {
        let exceeded = Arc::new(AtomicBool::new(false));
        let limited = Limited {
            body: crate::http::body::full("abc"),
            left: 2,
            exceeded: Arc::clone(&exceeded),
        };
        assert!(limited.collect().await.is_err());
        assert!(exceeded.load(Ordering::Relaxed));
    }
}
