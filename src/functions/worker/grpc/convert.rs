//! A call → its messages, as the host of Azure fills them for the capabilities of the worker (FR-4, FR-5,
//! FR-6).

use std::collections::HashMap;

use bytes::Bytes;
use serde_json::{Map, Value};

use super::capabilities::Capabilities;
use super::function_metadata::LoadedFunction;
use super::proto::typed_data::Data;
use super::proto::{
    InvocationRequest, NullableString, ParameterBinding, RpcHttp, RpcTraceContext, TypedData,
};
use crate::functions::worker::invocation::Invocation;

/// The call with its body in it.
pub(crate) fn whole(
    call: &Invocation<'_>,
    body: &Bytes,
    function: &LoadedFunction,
    can: &Capabilities,
) -> InvocationRequest {
    let mut http = RpcHttp {
        method: call.method.to_owned(),
        url: call.url.to_owned(),
        ..RpcHttp::default()
    };
    fill_maps(&mut http, call, can);
    if !body.is_empty() {
        fill_body(&mut http, call, body, can);
    }
    let mut metadata = trigger_metadata(call, body);
    if !can.no_http_metadata {
        for name in [function.trigger.as_str(), "$request"] {
            metadata.insert(name.to_owned(), Data::Http(Box::new(http.clone())).into());
        }
    }
    request(call, http, metadata, function)
}

/// The call of a worker that gets the request itself over HTTP.
pub(crate) fn aside(
    call: &Invocation<'_>,
    function: &LoadedFunction,
    can: &Capabilities,
) -> InvocationRequest {
    let mut http = RpcHttp::default();
    if can.route_parameters {
        fill_params(&mut http, call, can);
    }
    request(call, http, trigger_metadata(call, &Bytes::new()), function)
}

fn request(
    call: &Invocation<'_>,
    http: RpcHttp,
    trigger_metadata: HashMap<String, TypedData>,
    function: &LoadedFunction,
) -> InvocationRequest {
    InvocationRequest {
        invocation_id: call.invocation_id.to_owned(),
        function_id: function.id.clone(),
        input_data: vec![ParameterBinding {
            name: function.trigger.clone(),
            data: Some(Data::Http(Box::new(http)).into()),
        }],
        trigger_metadata,
        trace_context: Some(RpcTraceContext {
            trace_parent: call.trace_parent.clone().unwrap_or_default(),
            trace_state: call.trace_state.clone().unwrap_or_default(),
        }),
    }
}

/// Values of one name, joined by commas as ASP.NET joins them, in the order of the names.
fn joined(pairs: &[(String, String)]) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = Vec::with_capacity(pairs.len());
    let mut places: HashMap<&str, usize> = HashMap::with_capacity(pairs.len());
    for (name, value) in pairs {
        let place = *places.entry(name).or_insert(all.len());
        match all.get_mut(place) {
            Some((_, values)) => {
                values.push(',');
                values.push_str(value);
            }
            None => all.push((name.clone(), value.clone())),
        }
    }
    all
}

fn nullable(pairs: Vec<(String, String)>) -> HashMap<String, NullableString> {
    let some = |(name, value)| (name, NullableString { value: Some(value) });
    pairs.into_iter().map(some).collect()
}

fn fill_maps(http: &mut RpcHttp, call: &Invocation<'_>, can: &Capabilities) {
    let (headers, query) = (joined(&call.headers), joined(&call.query));
    if can.nullable_maps {
        http.nullable_headers = nullable(headers);
        http.nullable_query = nullable(query);
    } else {
        let keep = |(_, value): &(String, String)| !(can.no_empty_headers && value.is_empty());
        http.headers = headers.into_iter().filter(keep).collect();
        let given = |(_, value): &(String, String)| !value.is_empty();
        http.query = query.into_iter().filter(given).collect();
    }
    fill_params(http, call, can);
}

fn fill_params(http: &mut RpcHttp, call: &Invocation<'_>, can: &Capabilities) {
    if can.nullable_maps {
        http.nullable_params = nullable(call.params.clone());
    } else {
        http.params = call.params.iter().cloned().collect();
    }
}

fn fill_body(http: &mut RpcHttp, call: &Invocation<'_>, body: &Bytes, can: &Capabilities) {
    let kind = call.headers.iter().find(|(name, _)| name == "content-type");
    let kind = kind.map_or("", |(_, value)| value.as_str());
    let kind = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let is_binary = kind == "application/octet-stream" || kind.contains("multipart/");
    let bytes = || Data::Bytes(body.clone());
    let text = || Data::String(String::from_utf8_lossy(body).into_owned());
    let boxed = |data: Data| Some(Box::new(TypedData::from(data)));
    if can.body_only {
        let plain = is_binary || can.raw_bytes;
        http.body = boxed(if plain { bytes() } else { text() });
        return;
    }
    http.body = boxed(match kind.as_str() {
        "application/json" => match serde_json::from_slice::<Value>(body) {
            Ok(Value::String(inner)) => Data::String(inner),
            Ok(value) => Data::Json(value.to_string()),
            Err(_) => text(),
        },
        _ if is_binary => bytes(),
        _ => text(),
    });
    http.raw_body = boxed(if can.raw_bytes { bytes() } else { text() });
}

/// What is known of the trigger: properties of a JSON body, the query without its key, route values, `Query`, `Headers`.
fn trigger_metadata(call: &Invocation<'_>, body: &Bytes) -> HashMap<String, TypedData> {
    let mut all: HashMap<String, TypedData> = HashMap::new();
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
        && let Ok(Value::Object(object)) = serde_json::from_slice::<Value>(body)
    {
        for (name, value) in object {
            let data = match value {
                Value::Null => continue,
                Value::String(text) => Data::String(text),
                other => Data::Json(other.to_string()),
            };
            all.insert(name, data.into());
        }
    }
    let text = |value: &str| TypedData::from(Data::String(value.to_owned()));
    for (name, value) in &call.query {
        if !name.eq_ignore_ascii_case("code") {
            all.insert(name.clone(), text(value));
        }
    }
    for (name, value) in &call.params {
        all.insert(name.clone(), text(value));
    }
    let object = |pairs: &[(String, String)]| {
        let pairs = joined(pairs).into_iter();
        let map: Map<String, Value> = pairs.map(|(name, value)| (name, value.into())).collect();
        TypedData::from(Data::Json(Value::Object(map).to_string()))
    };
    all.insert("Query".to_owned(), object(&call.query));
    all.insert("Headers".to_owned(), object(&call.headers));
    all
}

#[cfg(test)]
#[path = "convert_tests.rs"]
mod tests;
