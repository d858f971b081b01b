//! A call → its messages, as the host of Azure fills them for the capabilities of the worker (FR-4, FR-5,
//! FR-6).

use std::collections::HashMap;

use bytes::Bytes;
use serde::Serializer as _;
use serde_json::Value;

use super::capabilities::Capabilities;
use super::function_metadata::LoadedFunction;
use super::json_text::{compact, members};
use super::proto::invocation_request::TriggerMetadataEntry;
use super::proto::rpc_http::{
    HeadersEntry, NullableHeadersEntry, NullableParamsEntry, NullableQueryEntry, ParamsEntry,
    QueryEntry,
};
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
            metadata.put(name, Data::Http(Box::new(http.clone())));
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
    metadata: Metadata,
    function: &LoadedFunction,
) -> InvocationRequest {
    InvocationRequest {
        invocation_id: call.invocation_id.to_owned(),
        function_id: function.id.clone(),
        input_data: vec![ParameterBinding {
            name: function.trigger.clone(),
            data: Some(Data::Http(Box::new(http)).into()),
        }],
        trigger_metadata: metadata.entries,
        trace_context: Some(RpcTraceContext {
            trace_parent: call.trace_parent.clone(),
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

fn nullable(value: String) -> Option<NullableString> {
    Some(NullableString { value: Some(value) })
}

fn fill_maps(http: &mut RpcHttp, call: &Invocation<'_>, can: &Capabilities) {
    let (headers, query) = (joined(&call.header_pairs()), joined(&call.query));
    if can.nullable_maps {
        let header = |(key, value)| NullableHeadersEntry {
            key,
            value: nullable(value),
        };
        http.nullable_headers = headers.into_iter().map(header).collect();
        let query = query.into_iter().map(|(key, value)| NullableQueryEntry {
            key,
            value: nullable(value),
        });
        http.nullable_query = query.collect();
    } else {
        let keep = |(_, value): &(String, String)| !(can.no_empty_headers && value.is_empty());
        let headers = headers.into_iter().filter(keep);
        http.headers = headers
            .map(|(key, value)| HeadersEntry { key, value })
            .collect();
        let given = |(_, value): &(String, String)| !value.is_empty();
        let query = query.into_iter().filter(given);
        http.query = query
            .map(|(key, value)| QueryEntry { key, value })
            .collect();
    }
    fill_params(http, call, can);
}

fn fill_params(http: &mut RpcHttp, call: &Invocation<'_>, can: &Capabilities) {
    let params = call.params.iter().cloned();
    if can.nullable_maps {
        let params = params.map(|(key, value)| NullableParamsEntry {
            key,
            value: nullable(value),
        });
        http.nullable_params = params.collect();
    } else {
        http.params = params
            .map(|(key, value)| ParamsEntry { key, value })
            .collect();
    }
}

fn fill_body(http: &mut RpcHttp, call: &Invocation<'_>, body: &Bytes, can: &Capabilities) {
    let kind = call.content_type();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let is_binary = kind == "application/octet-stream" || kind.contains("multipart/");
    let bytes = || Data::Bytes(body.clone());
    let text = || Data::String(String::from_utf8_lossy(body).into_owned());
    let boxed = |data: Data| Some(Box::new(TypedData::from(data)));
    if can.body_only {
        let plain = is_binary || can.raw_bytes;
        http.body = boxed(if plain { bytes() } else { text() });
        return;
    }
    http.body = boxed(match kind {
        "application/json" => compact(body).map_or_else(text, of_json),
        _ if is_binary => bytes(),
        _ => text(),
    });
    http.raw_body = boxed(if can.raw_bytes { bytes() } else { text() });
}

/// A text is told as what it says, all other JSON as it is.
fn of_json(json: String) -> Data {
    match serde_json::from_str(&json) {
        Ok(Value::String(inner)) => Data::String(inner),
        _ => Data::Json(json),
    }
}

/// What is known of the trigger: properties of a JSON body, the query without its key, route values, `Query`, `Headers`.
fn trigger_metadata(call: &Invocation<'_>, body: &Bytes) -> Metadata {
    let mut all = Metadata::default();
    if body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
        && let Some(object) = compact(body)
    {
        for (name, value) in members(&object) {
            if value != "null" {
                all.put(&name, of_json(value.to_owned()));
            }
        }
    }
    for (name, value) in &call.query {
        if !name.eq_ignore_ascii_case("code") {
            all.put(name, Data::String(value.clone()));
        }
    }
    for (name, value) in &call.params {
        all.put(name, Data::String(value.clone()));
    }
    all.put("Query", object(&call.query));
    all.put("Headers", object(&call.header_pairs()));
    all
}

/// Entries by their names: the last value of a name counts, at the place of the first.
#[derive(Default)]
struct Metadata {
    entries: Vec<TriggerMetadataEntry>,
    places: HashMap<String, usize>,
}

impl Metadata {
    fn put(&mut self, name: &str, data: Data) {
        let value = Some(data.into());
        if let Some(at) = self.places.get(name) {
            self.entries[*at].value = value;
            return;
        }
        self.places.insert(name.to_owned(), self.entries.len());
        let key = name.to_owned();
        self.entries.push(TriggerMetadataEntry { key, value });
    }
}

/// A JSON object of pairs, in their order.
fn object(pairs: &[(String, String)]) -> Data {
    let mut json = Vec::new();
    // Text into memory: neither can fail.
    let _ = serde_json::Serializer::new(&mut json).collect_map(joined(pairs));
    Data::Json(String::from_utf8(json).unwrap_or_default())
}

#[cfg(test)]
#[path = "convert_tests.rs"]
mod tests;
