use http::{HeaderMap, HeaderValue, Uri};

use super::*;

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    list.iter().map(pair).collect()
}

/// Headers of a call and its target.
fn head(content_type: &'static str) -> (HeaderMap, Uri) {
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("content-type", content_type),
        ("x", "1"),
        ("x", "2"),
        ("empty", ""),
    ] {
        headers.append(name, HeaderValue::from_static(value));
    }
    (headers, Uri::default())
}

fn call((headers, target): &(HeaderMap, Uri)) -> Invocation<'_> {
    Invocation {
        invocation_id: "i",
        name: "f",
        method: "POST",
        url: "http://localhost/api/f?a=1&a=2&e=&code=k",
        target,
        headers,
        query: pairs(&[("z", "0"), ("a", "1"), ("a", "2"), ("e", ""), ("code", "k")]),
        params: pairs(&[("id", "7")]),
        trace_parent: "00-t".to_owned(),
        trace_state: None,
    }
}

fn function() -> LoadedFunction {
    LoadedFunction {
        id: "id".to_owned(),
        trigger: "req".to_owned(),
        output: None,
        failure: None,
    }
}

fn http(request: &InvocationRequest) -> &RpcHttp {
    match &request.input_data[0].data.as_ref().unwrap().data {
        Some(Data::Http(http)) => http,
        other => panic!("{other:?}"),
    }
}

fn sent(body: &'static str, kind: &'static str, can: Capabilities) -> InvocationRequest {
    whole(
        &call(&head(kind)),
        &Bytes::from_static(body.as_bytes()),
        &function(),
        &can,
    )
}

fn of(value: Option<&TypedData>) -> Option<Data> {
    value.and_then(|value| value.data.clone())
}

/// The entries of a map of a message, in their order.
macro_rules! entries {
    ($map:expr, $value:expr) => {
        $map.iter()
            .map(|entry| (entry.key.as_str(), $value(&entry.value)))
            .collect::<Vec<_>>()
    };
}

#[test]
fn maps_are_plain_or_nullable_never_both_and_keep_the_order() {
    let plain = sent("", "text/plain", Capabilities::default());
    let plain = http(&plain);
    let headers = [("content-type", "text/plain"), ("x", "1,2"), ("empty", "")];
    assert_eq!(entries!(plain.headers, String::as_str), headers);
    let query = [("z", "0"), ("a", "1,2"), ("code", "k")];
    assert_eq!(entries!(plain.query, String::as_str), query);
    assert_eq!(entries!(plain.params, String::as_str), [("id", "7")]);
    assert!(plain.nullable_headers.is_empty() && plain.nullable_query.is_empty());
    assert!(plain.body.is_none());
    let can = Capabilities {
        no_empty_headers: true,
        ..Capabilities::default()
    };
    let fewer = sent("", "text/plain", can);
    let kept = entries!(http(&fewer).headers, String::as_str);
    assert_eq!(kept, headers[..2]);
    let can = Capabilities {
        nullable_maps: true,
        ..Capabilities::default()
    };
    let nullable = sent("", "text/plain", can);
    let nullable = http(&nullable);
    let text = |value: &Option<NullableString>| value.clone().unwrap().value.unwrap();
    let texts = |list: &[(&'static str, &str)]| -> Vec<_> {
        let owned = |(name, value): &(&'static str, &str)| (*name, (*value).to_owned());
        list.iter().map(owned).collect()
    };
    assert_eq!(entries!(nullable.nullable_headers, text), texts(&headers));
    let query = [("z", "0"), ("a", "1,2"), ("e", ""), ("code", "k")];
    assert_eq!(entries!(nullable.nullable_query, text), texts(&query));
    assert_eq!(
        entries!(nullable.nullable_params, text),
        texts(&[("id", "7")])
    );
    assert!(nullable.headers.is_empty() && nullable.params.is_empty());
}

#[test]
fn the_body_has_the_kind_that_the_worker_asks_for() {
    let body = |text, kind, can: &Capabilities| {
        let request = sent(text, kind, can.clone());
        let http = http(&request);
        (of(http.body.as_deref()), of(http.raw_body.as_deref()))
    };
    let text = |text: &str| Some(Data::String(text.to_owned()));
    let bytes = |text: &'static str| Some(Data::Bytes(Bytes::from_static(text.as_bytes())));
    let old = Capabilities::default();
    let json = "{\"b\": {\"z\": 2, \"y\": 3}, \"a\": 1}";
    let parsed = Some(Data::Json("{\"b\":{\"z\":2,\"y\":3},\"a\":1}".to_owned()));
    assert_eq!(
        body(json, "application/json; x=y", &old),
        (parsed, text(json))
    );
    assert_eq!(body("{", "application/json", &old), (text("{"), text("{")));
    assert_eq!(
        body("ab", "application/octet-stream", &old),
        (bytes("ab"), text("ab"))
    );
    let only = Capabilities {
        body_only: true,
        ..old.clone()
    };
    assert_eq!(body(json, "application/json", &only), (text(json), None));
    assert_eq!(
        body("ab", "multipart/form-data", &only),
        (bytes("ab"), None)
    );
    let raw = Capabilities {
        raw_bytes: true,
        ..only
    };
    assert_eq!(body("ab", "text/plain", &raw), (bytes("ab"), None));
}

#[test]
fn the_trigger_is_described() {
    let request = sent(
        "{\"name\": \"n\", \"deep\": [1], \"none\": null}",
        "x",
        Capabilities::default(),
    );
    let entry = |name: &str| {
        let mut all = request.trigger_metadata.iter();
        all.find(|entry| entry.key == name)
    };
    let known = |name: &str| of(entry(name).and_then(|entry| entry.value.as_ref()));
    let text = |text: &str| Some(Data::String(text.to_owned()));
    assert_eq!(known("name"), text("n"));
    assert_eq!(known("deep"), Some(Data::Json("[1]".to_owned())));
    assert_eq!((known("none"), known("code")), (None, None));
    assert_eq!((known("a"), known("id")), (text("2"), text("7")));
    assert!(matches!(known("Headers"), Some(Data::Json(text)) if text.contains("\"x\":\"1,2\"")));
    assert!(matches!(known("req"), Some(Data::Http(_))));
    assert!(matches!(known("$request"), Some(Data::Http(_))));
    let can = Capabilities {
        no_http_metadata: true,
        ..Capabilities::default()
    };
    let names = |request: &InvocationRequest| -> Vec<String> {
        let all = request.trigger_metadata.iter();
        all.map(|entry| entry.key.clone()).collect()
    };
    let expected = ["z", "a", "e", "id", "Query", "Headers"];
    assert_eq!(names(&sent("", "x", can)), expected);
}

#[test]
fn beside_http_only_the_route_values_are_sent() {
    let bare = aside(&call(&head("x")), &function(), &Capabilities::default());
    assert_eq!(http(&bare), &RpcHttp::default());
    assert_eq!(bare.trigger_metadata.last().unwrap().key, "Headers");
    let can = Capabilities {
        route_parameters: true,
        ..Capabilities::default()
    };
    let request = aside(&call(&head("x")), &function(), &can);
    assert_eq!(
        entries!(http(&request).params, String::as_str),
        [("id", "7")]
    );
}
