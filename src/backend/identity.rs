//! Who is calling, in the words of each kind of backend (AP-20…AP-30).

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use uuid::Uuid;

use super::api_call::ApiCall;
use super::headers::Values;
use super::token::PLATFORM;
use crate::auth::ClientPrincipal;
use crate::link::BackendKind;
use crate::link::linked_backend::LinkedBackend;

pub(crate) const ORIGINAL_URL: HeaderName = HeaderName::from_static("x-ms-original-url");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-request-id");
const PRINCIPAL: HeaderName = HeaderName::from_static("x-ms-client-principal");
const PRINCIPAL_ID: HeaderName = HeaderName::from_static("x-ms-client-principal-id");
const PRINCIPAL_NAME: HeaderName = HeaderName::from_static("x-ms-client-principal-name");
const PRINCIPAL_IDP: HeaderName = HeaderName::from_static("x-ms-client-principal-idp");
const AUTH_TOKEN: HeaderName = HeaderName::from_static("x-ms-auth-token");
const SUBSCRIPTION_KEY: HeaderName = HeaderName::from_static("ocp-apim-subscription-key");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const CLIENT_IP: HeaderName = HeaderName::from_static("client-ip");
const ARR_LOG_ID: HeaderName = HeaderName::from_static("x-arr-log-id");
const MAX_FORWARDS: HeaderName = HeaderName::from_static("max-forwards");
const DISGUISED_HOST: HeaderName = HeaderName::from_static("disguised-host");
const WAS_DEFAULT_HOSTNAME: HeaderName = HeaderName::from_static("was-default-hostname");
const RAW_URL: HeaderName = HeaderName::from_static("x-original-url");
const WAWS_UNENCODED_URL: HeaderName = HeaderName::from_static("x-waws-unencoded-url");

/// The emulator's own side of the hop, where Azure names an egress address of its edge (AP-28). The port of the
/// connection is not known before it is chosen, and nobody can call back there: the first ephemeral port stands for it.
const EGRESS: &str = "127.0.0.1:49152";

/// What one kind of backend is told beyond `host`, URL, request id and principal.
struct HeaderProfile {
    /// `x-ms-client-principal-id` and `-idp` (AP-24).
    principal_id: bool,
    /// `x-ms-client-principal-name` (AP-24): not seen at managed functions.
    principal_name: bool,
    /// The front end's own headers (AP-28).
    front_end: bool,
    /// `disguised-host` (AP-28).
    disguised_host: bool,
    /// The caller's `authorization` gives way to the platform's (AP-25).
    platform_token: bool,
}

/// The table of AP-20…AP-30, by kind.
const fn header_profile(kind: BackendKind) -> HeaderProfile {
    match kind {
        BackendKind::Managed => HeaderProfile {
            principal_id: true,
            principal_name: false,
            front_end: false,
            disguised_host: false,
            platform_token: true,
        },
        BackendKind::Functions | BackendKind::AppService => HeaderProfile {
            principal_id: true,
            principal_name: true,
            front_end: true,
            disguised_host: true,
            platform_token: false,
        },
        BackendKind::ContainerApps => HeaderProfile {
            principal_id: true,
            principal_name: true,
            front_end: false,
            disguised_host: true,
            platform_token: false,
        },
        // AP-24: no evidence of the split headers here. AP-30's subscription key comes with the link.
        // AP-80: undocumented beyond the principal, which is what the builder reads.
        BackendKind::ApiManagement | BackendKind::DataApi => HeaderProfile {
            principal_id: false,
            principal_name: false,
            front_end: false,
            disguised_host: false,
            platform_token: false,
        },
    }
}

/// Whether the caller's own `authorization` is lost on the way (AP-25).
pub(super) fn replaces_authorization(kind: BackendKind) -> bool {
    header_profile(kind).platform_token
}

/// How long the values are that [`add`] adds, in bytes: about, and rather less.
pub(super) fn length(own_host: Option<&HeaderValue>, call: &ApiCall<'_>) -> usize {
    // A number and two addresses.
    call.original_url.len() + own_host.map_or(0, HeaderValue::len) + 100
}

/// How many headers [`add`] adds at most.
pub(super) const MOST: usize = 20;

/// Adds what the edge says. `own_host` is the backend's own name; managed functions have an internal one (AP-20).
/// `target` is what is sent.
///
/// `headers` holds none of these names yet: `headers::to_backend` leaves a caller's own out.
pub(super) fn add(
    (headers, values): (&mut HeaderMap, &mut Values),
    kind: BackendKind,
    own_host: Option<&HeaderValue>,
    call: &ApiCall<'_>,
    target: Bytes,
) {
    let told = header_profile(kind);
    let host = match (kind, own_host) {
        (BackendKind::Managed, _) | (_, None) => PLATFORM.host(),
        (_, Some(host)) => host,
    };
    // Copied: counting who holds a value that all threads share makes cores wait for each other.
    let host = values.add(host.as_bytes());
    let mut buffer = Uuid::encode_buffer();
    let request_id = Uuid::new_v4().as_hyphenated().encode_lower(&mut buffer);
    let request_id = values.add(request_id.as_bytes());
    let original_url = values.add(call.original_url.as_bytes());
    set(headers, ORIGINAL_URL, original_url);
    if told.front_end {
        set(headers, WAS_DEFAULT_HOSTNAME, host.clone());
        set(headers, ARR_LOG_ID, request_id.clone());
        add_front_end((headers, values), call, target);
    }
    if told.disguised_host {
        set(headers, DISGUISED_HOST, host.clone());
    }
    set(headers, header::HOST, host);
    set(headers, REQUEST_ID, request_id);
    if told.platform_token
        && let Some(token) = PLATFORM.authorization()
    {
        headers.insert(header::AUTHORIZATION, token);
    }
    add_principal(headers, kind, call.principal);
}

/// AP-23, signed in or not, and AP-30.
pub(super) fn add_proof(headers: &mut HeaderMap, linked: &LinkedBackend, call: &ApiCall<'_>) {
    if let Some(token) = linked.token(call.principal) {
        headers.insert(AUTH_TOKEN, token);
    }
    if let Some(key) = &linked.subscription_key {
        headers.insert(SUBSCRIPTION_KEY, key.clone());
    }
}

/// AP-22, AP-24. The proof of AP-23 is [`add_proof`]'s.
pub(crate) fn add_principal(
    headers: &mut HeaderMap,
    kind: BackendKind,
    principal: Option<&ClientPrincipal>,
) {
    let told = header_profile(kind);
    let Some(principal) = principal else {
        return;
    };
    put(headers, PRINCIPAL, &principal.to_header_value());
    if told.principal_id {
        put(headers, PRINCIPAL_ID, &principal.user_id);
        headers.insert(
            PRINCIPAL_IDP,
            HeaderValue::from_static("azureStaticWebApps"),
        );
    }
    if told.principal_name {
        put(headers, PRINCIPAL_NAME, &principal.user_details);
    }
}

/// AP-28.
fn add_front_end(
    (headers, values): (&mut HeaderMap, &mut Values),
    call: &ApiCall<'_>,
    target: Bytes,
) {
    match call.peer {
        Some(SocketAddr::V4(peer)) => {
            // Most calls: the general way costs as much as all that is said besides.
            for (octet, after) in peer.ip().octets().into_iter().zip("...:".bytes()) {
                values.push_number(octet.into());
                values.push(&[after]);
            }
            values.push_number(peer.port());
            values.push(b", ");
            set(headers, FORWARDED_FOR, values.add(EGRESS.as_bytes()));
        }
        Some(peer) => {
            values.push(format!("{peer}, ").as_bytes());
            set(headers, FORWARDED_FOR, values.add(EGRESS.as_bytes()));
        }
        None => headers_static(headers, FORWARDED_FOR, EGRESS),
    }
    headers_static(headers, CLIENT_IP, EGRESS);
    headers_static(headers, FORWARDED_PROTO, "https");
    headers_static(headers, MAX_FORWARDS, "10");
    set(headers, RAW_URL, target.clone());
    set(headers, WAWS_UNENCODED_URL, target);
}

fn headers_static(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}

/// Sets a header to text that need not be ASCII; control characters cannot be sent and leave the header out.
pub(crate) fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    set(headers, name, Bytes::copy_from_slice(value.as_bytes()));
}

fn set(headers: &mut HeaderMap, name: HeaderName, text: Bytes) {
    match HeaderValue::from_maybe_shared(text) {
        Ok(value) => {
            headers.insert(name, value);
        }
        Err(_) => {
            log::warn!(hint = "remove the control characters"; "`{name}` is not sent to the API: its value would contain control characters");
        }
    }
}

#[cfg(test)]
mod tests {
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
}
