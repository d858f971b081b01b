//! The answer of a worker → what the host makes a response of.

use bytes::Bytes;

use super::function_metadata::LoadedFunction;
use super::proto::rpc_http_cookie::SameSite;
use super::proto::typed_data::Data;
use super::proto::{InvocationResponse, NullableBool, RpcHttp, RpcHttpCookie};
use crate::functions::worker::invocation::{AppException, BodyKind, Cookie, InvocationResult};

/// What became of a call, and its body.
pub(crate) fn read(
    response: InvocationResponse,
    function: &LoadedFunction,
) -> (InvocationResult, Bytes) {
    if let Some(why) = response.result.as_ref().and_then(|result| result.failure()) {
        return (failed(why), Bytes::new());
    }
    let Some(output) = &function.output else {
        return (InvocationResult::Void, Bytes::new());
    };
    let listed = response
        .output_data
        .into_iter()
        .find(|each| each.name == *output);
    let listed = listed.and_then(|each| each.data);
    let value = match output.as_str() {
        "$return" => response.return_value.or(listed),
        _ => listed,
    };
    match value.and_then(|value| value.data) {
        None => (InvocationResult::Void, Bytes::new()),
        Some(Data::Http(http)) => of_http(*http),
        // Text, and what JSON says, is looked at again: it may be a whole response.
        Some(Data::String(text) | Data::Json(text)) => (InvocationResult::Value, text.into()),
        Some(other) => match body(Some(other)) {
            Ok((kind, bytes)) => (plain(kind), bytes),
            Err(why) => (failed(why), Bytes::new()),
        },
    }
}

/// A call that failed, with what the terminal shows.
pub(crate) fn failed(why: String) -> InvocationResult {
    InvocationResult::Error {
        error: AppException {
            message: why.clone(),
            stack: why,
        },
    }
}

fn plain(body: BodyKind) -> InvocationResult {
    InvocationResult::Http {
        status: String::new(),
        headers: Vec::new(),
        cookies: Vec::new(),
        body,
    }
}

fn of_http(http: RpcHttp) -> (InvocationResult, Bytes) {
    let data = http.body.and_then(|body| body.data);
    let (kind, bytes) = match body(data) {
        Ok(found) => found,
        Err(why) => return (failed(why), Bytes::new()),
    };
    let headers = http.headers.into_iter();
    let headers = headers.map(|entry| (entry.key, entry.value)).collect();
    let meta = InvocationResult::Http {
        status: http.status_code,
        headers,
        cookies: http.cookies.into_iter().map(cookie).collect(),
        body: kind,
    };
    (meta, bytes)
}

/// A body by its kind; lists fail (FR-9).
fn body(data: Option<Data>) -> Result<(BodyKind, Bytes), String> {
    Ok(match data {
        None => (BodyKind::None, Bytes::new()),
        Some(Data::String(text)) => (BodyKind::String, text.into()),
        Some(Data::Json(text)) => (BodyKind::Json, text.into()),
        Some(Data::Bytes(bytes) | Data::Stream(bytes)) => (BodyKind::Bytes, bytes),
        Some(Data::Int(number)) => (BodyKind::Number, number.to_string().into()),
        Some(Data::Double(number)) => (BodyKind::Number, number.to_string().into()),
        Some(Data::Http(_)) => return Err(unknown("Http")),
        Some(Data::CollectionBytes(_)) => return Err(unknown("CollectionBytes")),
        Some(Data::CollectionString(_)) => return Err(unknown("CollectionString")),
        Some(Data::CollectionDouble(_)) => return Err(unknown("CollectionDouble")),
        Some(Data::CollectionSint64(_)) => return Err(unknown("CollectionSint64")),
    })
}

fn unknown(kind: &str) -> String {
    format!("Unknown RpcDataType: {kind}: an HTTP response holds text, JSON, bytes or a number")
}

fn cookie(given: RpcHttpCookie) -> Cookie {
    let same_site = match given.same_site() {
        SameSite::None => "none",
        SameSite::Lax => "lax",
        SameSite::Strict => "strict",
        SameSite::ExplicitNone => "explicitNone",
    };
    let expires = given.expires.and_then(|moment| moment.value);
    let set = |flag: Option<NullableBool>| flag.and_then(|flag| flag.value) == Some(true);
    Cookie {
        name: given.name,
        value: given.value,
        domain: given.domain.and_then(|text| text.value),
        path: given.path.and_then(|text| text.value),
        #[expect(
            clippy::cast_precision_loss,
            reason = "exact for the next million years"
        )]
        expires: expires.map(|moment| moment.seconds as f64),
        secure: set(given.secure),
        http_only: set(given.http_only),
        same_site: same_site.to_owned(),
        max_age: given.max_age.and_then(|age| age.value),
    }
}
