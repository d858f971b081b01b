//! One request on one worker: route, invocation, result, response.
//!
//! 1. [`call`] finds the function; none is a 404 with no body
//! 2. the request becomes an invocation beside its body, which streams ([`super::request`])
//! 3. the answer becomes a response ([`super::response`]); a throw is a 500 with no body and a stack in the log

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::header::HeaderValue;
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use http_body::Body as _;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use super::request::{absolute_url, cleaned, invocation};
use super::response::{
    HttpValue, add_custom_headers, bare, of_body_error, of_passed, of_stream, of_value,
};
use super::text_result::of_text;
use super::worker_handle::{GuardedBody, InFlightGuard};
use crate::functions::app::inactive;
use crate::functions::output::{Level, Line, Output};
use crate::functions::worker::invocation::InvocationResult;
use crate::http::body::{Body, BoxError, empty};
use crate::http::error::error_chain;
use crate::http::{IdleLimited, MAX_IDLE};
use crate::routing::path::decode;

/// Which call of a function a response is of, among its extensions.
#[derive(Debug, Clone)]
pub struct Invoked {
    /// As lines of the log name it.
    pub id: String,
    /// How long the call waited for a worker that was starting.
    pub waited: Duration,
}

/// How long a call that broke waits to learn whether its worker ended.
const EXIT_NOTICED: Duration = Duration::from_millis(250);

/// Answers a request with the worker of the guard.
pub(crate) async fn call(
    guard: InFlightGuard,
    request: Request<Body>,
    output: &Output,
) -> Response<Body> {
    let worker = Arc::clone(&guard.0);
    let head_only = request.method() == Method::HEAD;
    let request = cleaned(request);
    let path = decode(request.uri().path());
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
    let id = uuid::Uuid::new_v4().hyphenated();
    let id = id.encode_lower(&mut [0; 36]).to_owned();
    if let Some(notice) = worker.notice(name) {
        let line = Line::logged(Level::Warning, notice).hint(inactive::HINT);
        output.say(line.of(Some(name), Some(&id)));
    }
    let (head, body) = request.into_parts();
    let (body, fault) = limited(body, worker.host.body_limit);
    let exchange = exchange(guard, (&head, body), name, params, &id);
    let outcome = tokio::select! {
        biased;
        response = exchange => response,
        () = worker.exited() => Err(InvocationError::Host("the worker ended during the call".into())),
        limit = beyond(worker.host.timeout) => {
            worker.expire();
            Err(InvocationError::Timeout(limit))
        }
    };
    if let Err(InvocationError::Host(_)) = &outcome {
        // A connection breaks a moment before the end of its process is known. Whoever is told of the failure
        // and calls again must not meet the same worker.
        let _ = tokio::time::timeout(EXIT_NOTICED, worker.exited()).await;
    }
    let fault = fault.and_then(|fault| fault.get().copied());
    let mut response = match (outcome, fault) {
        (Ok(response), _) => response,
        (Err(_), Some(status)) => bare(status),
        (Err(error), None) => {
            let line = Line::logged(Level::Error, error.to_string());
            output.say(line.of(Some(name), Some(&id)));
            bare(StatusCode::INTERNAL_SERVER_ERROR)
        }
    };
    let waited = Duration::ZERO;
    response.extensions_mut().insert(Invoked { id, waited });
    response
}

/// Why a call has no response; the caller sees an empty 500 either way.
#[derive(Debug, thiserror::Error)]
enum InvocationError {
    /// The function threw: its stack.
    #[error("{0}")]
    App(String),
    /// The worker or its answer is broken.
    #[error("the call failed: {}", error_chain(.0.as_ref()))]
    Host(#[from] BoxError),
    /// It took longer than `functionTimeout`.
    #[error("the function took longer than {} s (functionTimeout in host.json); its worker is replaced", .0.as_secs_f64())]
    Timeout(Duration),
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

async fn exchange(
    guard: InFlightGuard,
    (head, body): (&Parts, Body),
    name: &str,
    params: Vec<(String, String)>,
    id: &str,
) -> Result<Response<Body>, InvocationError> {
    let url = absolute_url(head);
    let meta = invocation(head, name, params, id, &url);
    let (meta, body) = guard.0.client.invoke(&meta, body).await?;
    let body = match body {
        // The worker is done: the call need not be counted any longer.
        Body::Whole(_) => body,
        body => Body::streamed(GuardedBody {
            body,
            _guard: guard,
        }),
    };
    Ok(match meta {
        InvocationResult::Void => bare(StatusCode::NO_CONTENT),
        InvocationResult::Error { error } => return Err(InvocationError::App(error.stack)),
        InvocationResult::Value => of_text(&body.collect().await?.to_bytes()).await?,
        InvocationResult::Stream { status, headers } => of_stream(&status, &headers, body)?,
        InvocationResult::Passed { status, headers } => of_passed(status, headers, body)?,
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

/// The status for the sender of a body, once it is known to be bad.
type Fault = Arc<OnceLock<StatusCode>>;

/// Ends a request body with an error when it grows beyond the limit (in bytes), pauses or breaks, and notes what its sender
/// is told then. A body that has arrived already needs no such note.
fn limited(body: Body, limit: u64) -> (Body, Option<Fault>) {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if matches!(&body, Body::Whole(bytes) if bytes.len() <= limit) {
        return (body, None);
    }
    let fault = Fault::default();
    let noted = Arc::clone(&fault);
    let note = move |error: BoxError| {
        let status = match error.downcast_ref() {
            Some(error) => of_body_error(error),
            None if error.is::<LengthLimitError>() => StatusCode::PAYLOAD_TOO_LARGE,
            None => StatusCode::BAD_REQUEST,
        };
        let _ = noted.set(status);
        error
    };
    let body = IdleLimited::new(body, MAX_IDLE);
    let body = Body::streamed(Limited::new(body, limit).map_err(note));
    (body, Some(fault))
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use http_body::Frame;
    use http_body_util::StreamBody;

    use super::*;
    use crate::http::body::full;

    #[tokio::test]
    async fn what_is_wrong_with_a_body_is_noted() {
        let broken = StreamBody::new(stream::iter([
            Ok(Frame::data("ab".into())),
            Err(BoxError::from("cut")),
        ]));
        for (body, status) in [
            (full("abc"), StatusCode::PAYLOAD_TOO_LARGE),
            (Body::streamed(broken), StatusCode::BAD_REQUEST),
        ] {
            let (body, fault) = limited(body, 2);
            assert!(body.collect().await.is_err());
            assert_eq!(fault.unwrap().get(), Some(&status));
        }
        assert!(limited(full("ab"), 2).1.is_none());
    }
}
