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

/// About how many bytes the values take that [`add`] adds.
pub(super) fn estimated_length(own_host: Option<&HeaderValue>, call: &ApiCall<'_>) -> usize {
    // The request id and two addresses.
    call.original_url.len() + own_host.map_or(0, HeaderValue::len) + 100
}

/// How many headers [`add`] adds at most.
pub(super) const MAX_ADDED: usize = 20;

/// Adds what the edge says. `own_host` is the backend's own name; managed functions have an internal one (AP-20).
/// `target` is the path and query that the backend gets; the values are copied to `values`.
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
    // Copied, not shared: cores would wait for each other to count its users.
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
            // The usual case: `format!` costs as much as all the other headers together.
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
#[path = "identity_tests.rs"]
mod tests;
