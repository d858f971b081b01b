use proptest::prelude::*;

use super::*;

fn value(kind: BodyKind, headers: &[(&str, &str)]) -> HttpValue {
    HttpValue {
        status: String::new(),
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        cookies: Vec::new(),
        kind,
    }
}

/// Status, content-type and text of a value.
async fn sent(value: HttpValue, body: &'static str) -> (u16, Option<String>, String) {
    let response = of_value(value, full(body)).await.unwrap();
    let (parts, body) = response.into_parts();
    let kind = parts
        .headers
        .get(CONTENT_TYPE)
        .map(|value| value.to_str().unwrap().to_owned());
    let bytes = body.collect().await.unwrap().to_bytes();
    (
        parts.status.as_u16(),
        kind,
        String::from_utf8(bytes.to_vec()).unwrap(),
    )
}

#[tokio::test]
async fn bodies_by_kind_3_3_step_4() {
    let text = Some("text/plain; charset=utf-8".to_owned());
    let json = Some("application/json; charset=utf-8".to_owned());
    let bytes = value(BodyKind::Bytes, &[]);
    assert_eq!(sent(bytes, "x").await, (200, None, "x".to_owned()));
    assert_eq!(sent(value(BodyKind::String, &[]), "x").await.1, text);
    let typed = value(
        BodyKind::String,
        &[("Content-Type", "application/json;charset=latin1")],
    );
    assert_eq!(sent(typed, "{}").await.1, json);
    assert_eq!(
        sent(value(BodyKind::Json, &[]), r#"{"b":[1,{}],"a":"x:,\"{"}"#).await,
        (
            200,
            text.clone(),
            "{\n  \"b\": [\n    1,\n    {}\n  ],\n  \"a\": \"x:,\\\"{\"\n}".to_owned()
        )
    );
    assert_eq!(sent(value(BodyKind::Json, &[]), "true").await.2, "True");
    assert_eq!(
        sent(value(BodyKind::Json, &[]), "null").await,
        (200, text.clone(), String::new())
    );
    assert_eq!(
        sent(value(BodyKind::None, &[]), "").await,
        (200, text, String::new())
    );
}

#[tokio::test]
async fn headers_first_wins_and_the_connections_own_are_dropped() {
    let given = value(
        BodyKind::Bytes,
        &[
            ("X-A", "1"),
            ("x-a", "2"),
            ("Transfer-Encoding", "chunked"),
            ("content-length", "9"),
        ],
    );
    let response = of_value(given, full("x")).await.unwrap();
    assert_eq!(response.headers().len(), 1);
    assert_eq!(response.headers()["x-a"], "1");
}

#[tokio::test]
async fn what_cannot_be_sent_is_an_error() {
    for header in [("x-a", "é"), ("x-a", "a\nb"), ("x a", "1")] {
        assert!(
            of_value(value(BodyKind::Bytes, &[header]), empty())
                .await
                .is_err(),
            "{header:?}"
        );
    }
    for (status, valid) in [
        ("42", false),
        ("101", false),
        ("204", true),
        ("none", true),
        ("599", true),
        ("", true),
    ] {
        let given = HttpValue {
            status: status.to_owned(),
            ..value(BodyKind::Bytes, &[])
        };
        assert_eq!(of_value(given, empty()).await.is_ok(), valid, "{status}");
    }
}

#[test]
fn custom_headers_do_not_replace() {
    let mut headers = HeaderMap::new();
    headers.insert("x-a", HeaderValue::from_static("own"));
    let custom = [
        ("X-A".to_owned(), "1".to_owned()),
        ("X-B".to_owned(), "2".to_owned()),
        ("b d".to_owned(), "3".to_owned()),
    ];
    add_custom_headers(&mut headers, &custom);
    assert_eq!(
        (headers.len(), &headers["x-a"], &headers["x-b"]),
        (
            2,
            &HeaderValue::from_static("own"),
            &HeaderValue::from_static("2")
        )
    );
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        "[ -~\\n\"\\\\é]{0,8}".prop_map(Into::into)
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map("[a-c\"]{1,2}", inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn indenting_equals_the_pretty_printer(value in any_json()) {
        let compact = serde_json::to_string(&value).unwrap();
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        prop_assert_eq!(String::from_utf8(indent(compact.as_bytes())).unwrap(), pretty);
    }
}
