//! Tests of who is calling.

use super::*;
use base64::{Engine, prelude::BASE64_STANDARD};

fn principal() -> ClientPrincipal {
    ClientPrincipal {
        identity_provider: "github".to_owned(),
        user_id: "7b0c".to_owned(),
        user_details: "zo\u{eb}".to_owned(),
        user_roles: vec!["anonymous".to_owned(), "authenticated".to_owned()],
        claims: Vec::new(),
    }
}

fn sent(kind: BackendKind, principal: Option<&ClientPrincipal>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let request = actix_web::test::TestRequest::get().to_http_request();
    let call = ApiCall {
        request: &request,
        target: "/api/x?y=%20",
        original_url: "https://app.example/old?y=%20",
        peer: Some("[::1]:5000".parse().unwrap()),
        principal,
        hop: None,
    };
    add(
        (&mut headers, &mut Values::with_capacity(0)),
        kind,
        Some(&HeaderValue::from_static("own:7071")),
        &call,
        Bytes::from_static(b"/api/x?y=%20"),
    );
    headers
}

fn names(headers: &HeaderMap) -> Vec<&str> {
    let mut names: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
    names.sort_unstable();
    names
}

#[test]
fn ap_20_to_28_each_kind_is_told_its_own_set() {
    let signed_in = principal();
    let front_end = [
        "client-ip",
        "disguised-host",
        "host",
        "max-forwards",
        "was-default-hostname",
        "x-arr-log-id",
        "x-forwarded-for",
        "x-forwarded-proto",
    ];
    let three = [
        "x-ms-client-principal",
        "x-ms-client-principal-id",
        "x-ms-client-principal-idp",
    ];
    let linked: Vec<&str> = [
        &front_end[..],
        &three,
        &[
            "x-ms-client-principal-name",
            "x-ms-original-url",
            "x-ms-request-id",
        ],
        &["x-original-url", "x-waws-unencoded-url"],
    ]
    .concat();
    let table: [(BackendKind, Vec<&str>); 5] = [
        (
            BackendKind::Managed,
            [
                &["authorization", "host"],
                &three[..],
                &["x-ms-original-url", "x-ms-request-id"],
            ]
            .concat(),
        ),
        (BackendKind::Functions, linked.clone()),
        (BackendKind::AppService, linked),
        (
            BackendKind::ContainerApps,
            [
                &["disguised-host", "host"],
                &three[..],
                &[
                    "x-ms-client-principal-name",
                    "x-ms-original-url",
                    "x-ms-request-id",
                ],
            ]
            .concat(),
        ),
        (
            BackendKind::ApiManagement,
            vec![
                "host",
                "x-ms-client-principal",
                "x-ms-original-url",
                "x-ms-request-id",
            ],
        ),
    ];
    for (kind, expected) in table {
        assert_eq!(names(&sent(kind, Some(&signed_in))), expected, "{kind}");
        let anonymous: Vec<&str> = expected
            .into_iter()
            .filter(|name| !name.starts_with("x-ms-client-principal"))
            .collect();
        assert_eq!(names(&sent(kind, None)), anonymous, "{kind}, anonymous");
    }
}

#[test]
fn ap_20_host_is_the_backends_own_and_internal_for_managed_functions() {
    // B1-7, B4-5.
    assert_eq!(sent(BackendKind::Functions, None)["host"], "own:7071");
    assert_eq!(
        sent(BackendKind::ContainerApps, None)["disguised-host"],
        "own:7071"
    );
    let managed = sent(BackendKind::Managed, None);
    let host = managed["host"].to_str().unwrap();
    let guid = host.strip_suffix(".azurewebsites.net").unwrap();
    assert!(Uuid::parse_str(guid).is_ok());
    assert_eq!(
        sent(BackendKind::Managed, None)["host"],
        host,
        "stable in a process"
    );
}

#[test]
fn au_47_the_principal_is_base64_json_of_four_fields_in_order() {
    let headers = sent(BackendKind::Functions, Some(&principal()));
    let json = BASE64_STANDARD
        .decode(&headers["x-ms-client-principal"])
        .unwrap();
    assert_eq!(
        String::from_utf8(json).unwrap(),
        "{\"identityProvider\":\"github\",\"userId\":\"7b0c\",\"userDetails\":\"zo\u{eb}\",\"userRoles\":[\"anonymous\",\"authenticated\"]}"
    );
    assert_eq!(headers["x-ms-client-principal-idp"], "azureStaticWebApps");
    assert_eq!(
        headers["x-ms-client-principal-name"].as_bytes(),
        "zo\u{eb}".as_bytes()
    );
}

#[test]
fn ap_28_the_front_end_says_where_the_call_came_from() {
    let headers = sent(BackendKind::AppService, None);
    assert_eq!(headers["x-forwarded-for"], "[::1]:5000, 127.0.0.1:49152");
    for peer in ["127.0.0.1:5", "10.200.30.255:65535", "0.0.0.0:0"] {
        let mut headers = HeaderMap::new();
        let request = actix_web::test::TestRequest::get().to_http_request();
        let call = ApiCall {
            request: &request,
            target: "/api/x",
            original_url: "http://localhost/api/x",
            peer: Some(peer.parse().unwrap()),
            principal: None,
            hop: None,
        };
        let head = (&mut headers, &mut Values::with_capacity(0));
        add_front_end(head, &call, Bytes::from_static(b"/api/x"));
        assert_eq!(
            headers["x-forwarded-for"].to_str().unwrap(),
            format!("{peer}, 127.0.0.1:49152")
        );
    }
    assert_eq!(headers["x-forwarded-proto"], "https");
    assert_eq!(headers["x-original-url"], "/api/x?y=%20");
    assert_eq!(
        headers["x-ms-original-url"],
        "https://app.example/old?y=%20"
    );
    assert_eq!(headers["x-arr-log-id"], headers["x-ms-request-id"]);
    assert!(Uuid::parse_str(headers["x-ms-request-id"].to_str().unwrap()).is_ok());
}

#[test]
fn a_control_character_in_a_name_loses_the_header_and_not_the_call() {
    let mut odd = principal();
    odd.user_details = "a\nb".to_owned();
    let headers = sent(BackendKind::Functions, Some(&odd));
    assert!(!headers.contains_key("x-ms-client-principal-name"));
    assert!(headers.contains_key("x-ms-client-principal"));
}
