//! A plain text that a function returns where an http value is expected (Python's `str`), as the host of Azure reads it.

use http::Response;
use serde_json::{Map, Value};

use super::response::{HttpValue, indent, of_value};
use crate::functions::worker::invocation::{BodyKind, Cookie};
use crate::http::body::{Body, BoxError, full};

/// A JSON object with `body` is a whole response (`status` or `statusCode`, `headers`, `cookies`); another JSON object
/// is sent indented; all else is text.
pub(crate) async fn of_text(text: &[u8]) -> Result<Response<Body>, BoxError> {
    let object = match serde_json::from_slice::<Value>(text) {
        Ok(Value::Object(object)) => object,
        _ => return of_value(http(BodyKind::String), full(text.to_vec())).await,
    };
    let Some(body) = field(&object, "body") else {
        let compact = serde_json::to_vec(&object)?;
        return of_value(http(BodyKind::String), full(indent(&compact))).await;
    };
    let status = field(&object, "status").or_else(|| field(&object, "statusCode"));
    let headers = field(&object, "headers").and_then(Value::as_object);
    let cookies = field(&object, "cookies").and_then(|list| {
        let list: Result<Vec<Cookie>, _> = serde_json::from_value(list.clone());
        list.ok()
    });
    let (kind, body) = match body {
        Value::String(text) => (BodyKind::String, text.clone().into_bytes()),
        other => (BodyKind::Json, serde_json::to_vec(other)?),
    };
    let value = HttpValue {
        status: status.map(shown).unwrap_or_default(),
        headers: headers
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), shown(value)))
            .collect(),
        cookies: cookies.unwrap_or_default(),
        kind,
    };
    of_value(value, full(body)).await
}

fn http(kind: BodyKind) -> HttpValue {
    HttpValue {
        status: String::new(),
        headers: Vec::new(),
        cookies: Vec::new(),
        kind,
    }
}

fn field<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let found = object
        .iter()
        .find(|(each, _)| each.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value)
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    async fn answer(text: &str) -> (u16, Option<String>, String) {
        let response = of_text(text.as_bytes()).await.unwrap();
        let status = response.status().as_u16();
        let kind = response.headers().get("content-type");
        let kind = kind.map(|value| value.to_str().unwrap().to_owned());
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, kind, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn text_stays_text_and_objects_are_indented() {
        let plain = Some("text/plain; charset=utf-8".to_owned());
        assert_eq!(answer("hi").await, (200, plain.clone(), "hi".to_owned()));
        assert_eq!(answer("[1]").await, (200, plain.clone(), "[1]".to_owned()));
        assert_eq!(
            answer(r#"{"a":1}"#).await,
            (200, plain, "{\n  \"a\": 1\n}".to_owned())
        );
    }

    #[tokio::test]
    async fn an_object_with_a_body_is_a_whole_response() {
        let text = r#"{"statusCode": 201, "headers": {"content-type": "text/x"}, "body": "made"}"#;
        assert_eq!(
            answer(text).await,
            (
                201,
                Some("text/x; charset=utf-8".to_owned()),
                "made".to_owned()
            )
        );
    }
}
