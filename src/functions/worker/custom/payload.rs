//! A call as JSON: `POST /<name>` with `{Data, Metadata}`, answered by `{Outputs, Logs, ReturnValue}`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::BodyExt as _;
use serde_json::{Map, Value, json};

use crate::functions::app::function::Binding;
use crate::functions::output::{Level, Line, Output};
use crate::functions::worker::forward::Forward;
use crate::functions::worker::invocation::{AppException, Invocation, InvocationResult};
use crate::http::body::{Body, BoxError, empty, full};

/// Calls a function.
pub(crate) async fn call(
    forward: &Forward,
    call: &Invocation<'_>,
    bindings: &[Binding],
    body: Body,
    output: &Output,
) -> Result<(InvocationResult, Body), BoxError> {
    let body = body.collect().await?.to_bytes();
    let json = serde_json::to_vec(&payload(call, trigger(bindings), &body))?;
    let response = forward.post(&format!("/{}", call.name), call, json).await?;
    let (status, answer) = (
        response.status(),
        response.into_body().collect().await?.to_bytes(),
    );
    if !status.is_success() {
        // Azure answers 500, whatever the handler said.
        let why = format!(
            "the custom handler answered {status} to the call of '{}': {}",
            call.name,
            String::from_utf8_lossy(&answer)
        );
        return Ok((failed(why), empty()));
    }
    Ok(read(&answer, call.name, bindings, output))
}

fn trigger(bindings: &[Binding]) -> &str {
    let found = bindings.iter().find(|binding| {
        let kind = binding.kind.to_ascii_lowercase();
        kind.ends_with("trigger")
    });
    found.map_or("req", |binding| &binding.name)
}

/// The name of the HTTP output, if there is one.
fn http_output(bindings: &[Binding]) -> Option<&str> {
    let found = bindings
        .iter()
        .find(|binding| binding.kind.eq_ignore_ascii_case("http") && binding.direction == "out");
    found.map(|binding| binding.name.as_str())
}

/// What the handler is told.
fn payload(call: &Invocation<'_>, trigger: &str, body: &Bytes) -> Value {
    let mut headers = Map::new();
    for (name, value) in call.header_pairs() {
        let values = headers.entry(name).or_insert_with(|| json!([]));
        if let Value::Array(values) = values {
            values.push(json!(value));
        }
    }
    let texts = |pairs: &[(String, String)]| -> Map<String, Value> {
        pairs
            .iter()
            .map(|(name, value)| (name.clone(), json!(value)))
            .collect()
    };
    let mut request = json!({
        "Url": call.url,
        "Method": call.method,
        "Query": texts(&call.query),
        "Headers": headers,
        "Params": texts(&call.params),
        "Identities": [],
    });
    if !body.is_empty() {
        request["Body"] = if is_binary(call) {
            json!(STANDARD.encode(body))
        } else {
            json!(String::from_utf8_lossy(body))
        };
    }
    let mut metadata = texts(&call.params);
    metadata.extend(texts(&call.query));
    metadata.insert(
        "sys".to_owned(),
        json!({
            "MethodName": call.name,
            "UtcNow": httpdate::fmt_http_date(std::time::SystemTime::now()),
            "RandGuid": uuid::Uuid::new_v4().to_string(),
        }),
    );
    let mut data = Map::new();
    data.insert(trigger.to_owned(), request);
    json!({ "Data": data, "Metadata": metadata })
}

/// Bodies of these types come as base64.
fn is_binary(call: &Invocation<'_>) -> bool {
    let kind = call.content_type();
    kind.starts_with("application/octet-stream") || kind.starts_with("multipart/")
}

/// The answer → a value that the host makes a response of.
fn read(
    answer: &[u8],
    name: &str,
    bindings: &[Binding],
    output: &Output,
) -> (InvocationResult, Body) {
    if answer.is_empty() {
        return (InvocationResult::Void, empty());
    }
    let mut answer: Value = match serde_json::from_slice(answer) {
        Ok(answer) => answer,
        Err(error) => {
            let why = format!(
                "the custom handler did not answer the call of '{name}' with a JSON object: {error}; it looks like {{\"Outputs\": {{\"res\": {{\"statusCode\": 200, \"body\": \"…\"}}}}}}; or set enableForwardingHttpRequest in host.json"
            );
            return (failed(why), empty());
        }
    };
    for line in answer["Logs"].as_array().into_iter().flatten() {
        let text = line
            .as_str()
            .map_or_else(|| line.to_string(), str::to_owned);
        output.say(Line::logged(Level::Information, &text));
    }
    let value = match http_output(bindings) {
        None => Value::Null,
        Some("$return") => answer["ReturnValue"].take(),
        Some(output) => match answer["Outputs"][output].take() {
            Value::Null => answer["ReturnValue"].take(),
            value => value,
        },
    };
    match value {
        Value::Null => (InvocationResult::Void, empty()),
        Value::String(text) => (InvocationResult::Value, full(text)),
        value => (InvocationResult::Value, full(value.to_string())),
    }
}

fn failed(why: String) -> InvocationResult {
    InvocationResult::Error {
        error: AppException {
            message: why.clone(),
            stack: why,
        },
    }
}
