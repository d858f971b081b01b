//! The lock on a backend (BK-20…BK-25): who passes, and what the others are told. Pure; keys are looked up in a ring.
//!
//! | kind | who passes |
//! |---|---|
//! | Functions, App Service, container app | a valid token of the linked app, or of a provider that the owner added; everyone, if the owner allows it or authentication is off |
//! | API Management | a key of a product, for an API in it, with a valid token of the product's app |

use serde_json::json;

use super::BackendKind;
use super::model::{BackendRecord, issuer};
use super::verify::{Fault, KeyRing};

/// What of a request the lock looks at.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Path and query.
    pub target: &'a str,
    /// `x-ms-auth-token`, with or without `Bearer `.
    pub token: Option<&'a str>,
    /// `Authorization`, with its scheme.
    pub authorization: Option<&'a str>,
    /// `Ocp-Apim-Subscription-Key`, or the query's `subscription-key`.
    pub key: Option<&'a str>,
}

/// A 401.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denied {
    /// The JSON body.
    pub body: String,
    /// `WWW-Authenticate`
    pub challenge: String,
    /// Whether the authentication layer before the app says it, which numbers its answers (BK-22).
    pub is_middleware: bool,
    /// Why, for the log.
    pub cause: String,
}

/// Judges a request that came to the backend's public address. `now` is in seconds since 1970.
pub fn authorize(
    record: &BackendRecord,
    ring: &KeyRing,
    call: &Call<'_>,
    now: u64,
) -> Result<(), Denied> {
    match record.kind {
        BackendKind::ApiManagement => authorize_product(record, ring, call, now),
        _ => authorize_provider(record, ring, call, now),
    }
}

/// Judges a request of the app's own, whose token is known to be good: it passes unless the backend was changed.
pub fn authorize_own(record: &BackendRecord, host: &str, target: &str) -> Result<(), Denied> {
    if record.kind == BackendKind::ApiManagement {
        let product = record.products.iter().find(|product| product.host == host);
        let Some(product) = product else {
            let cause = "the instance has no product of this app; re-link";
            return Err(Denied::apim(record, INVALID_KEY, cause));
        };
        if let Some(why) = product.broken() {
            let message = match product.accepts(&product.sent_key) {
                true => NO_ACCESS,
                false => INVALID_KEY,
            };
            let cause = format!("{why}, which breaks the link until it is re-linked (B3-10)");
            return Err(Denied::apim(record, message, &cause));
        }
        if !product.has_api_for(target) {
            let cause = "no API of the product has this path (AP-47); cygnet backends apim add-api --path api";
            return Err(Denied::apim(record, INVALID_KEY, cause));
        }
        return Ok(());
    }
    let may = record
        .providers
        .iter()
        .any(|provider| provider.client_id == host);
    if record.is_open() || may {
        return Ok(());
    }
    Err(Denied::fault(record, &Fault::Issuer(issuer(host))))
}

/// Whether the authentication layer refuses a request with 403 and no body before it looks at tokens: a `POST` from a page
/// of a third party (BK-26). Observed once, documented nowhere, hence one function.
pub fn refuses_origin(record: &BackendRecord, method: &str, origin: Option<&str>) -> bool {
    let Some(origin) = origin.filter(|_| method == "POST") else {
        return false;
    };
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    let gate = format!("localhost:{}", record.gate_port);
    let mut known = record.providers.iter().map(|provider| &provider.client_id);
    record.kind != BackendKind::ApiManagement
        && record.auth_enabled
        && !host.eq_ignore_ascii_case(&record.host)
        && host != gate
        && !known.any(|known| host.eq_ignore_ascii_case(known))
}

const MISSING_KEY: &str = "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API.";
const INVALID_KEY: &str = "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription.";
const NO_ACCESS: &str = "Unauthorized. Access token is missing or invalid.";

fn authorize_provider(
    record: &BackendRecord,
    ring: &KeyRing,
    call: &Call<'_>,
    now: u64,
) -> Result<(), Denied> {
    if record.is_open() || is_of_other_provider(record, call) {
        return Ok(());
    }
    let Some(token) = call.token else {
        return Err(Denied::easy_auth(
            record,
            "Unauthorized: the request has no token of the linked static web app.",
            "a direct call without `x-ms-auth-token`",
        ));
    };
    let issuers: Vec<String> = record
        .providers
        .iter()
        .map(|provider| issuer(&provider.client_id))
        .collect();
    ring.verify(bearer(token), &issuers, &record.audience(), now)
        .map(drop)
        .map_err(|fault| Denied::fault(record, &fault))
}

/// Whether the caller has signed in with a provider that the owner of the backend added.
pub fn is_of_other_provider(record: &BackendRecord, call: &Call<'_>) -> bool {
    let token = call.authorization.and_then(strip_scheme);
    token.is_some_and(|token| {
        record
            .other_providers
            .iter()
            .any(|provider| provider.accepts(token))
    })
}

fn authorize_product(
    record: &BackendRecord,
    ring: &KeyRing,
    call: &Call<'_>,
    now: u64,
) -> Result<(), Denied> {
    let Some(key) = call.key else {
        return Err(Denied::apim(record, MISSING_KEY, "no subscription key"));
    };
    let Some(product) = record.products.iter().find(|product| product.accepts(key)) else {
        return Err(Denied::apim(
            record,
            INVALID_KEY,
            "a subscription key of no product",
        ));
    };
    if !product.has_api_for(call.target) {
        return Err(Denied::apim(
            record,
            INVALID_KEY,
            "no API of the product has this path",
        ));
    }
    if !product.validate_jwt {
        return Ok(());
    }
    let Some(token) = call.token else {
        return Err(Denied::apim(
            record,
            "JWT not present.",
            "no `X-MS-AUTH-TOKEN`",
        ));
    };
    ring.verify(
        bearer(token),
        &[issuer(&product.host)],
        &record.audience(),
        now,
    )
    .map(drop)
    .map_err(|fault| {
        Denied::apim(
            record,
            NO_ACCESS,
            &format!("its token is refused: {fault:?}"),
        )
    })
}

fn bearer(token: &str) -> &str {
    strip_scheme(token).unwrap_or(token.trim())
}

fn strip_scheme(text: &str) -> Option<&str> {
    let (scheme, token) = text.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case("bearer ").then(|| token.trim())
}

impl Denied {
    /// In the words of the authentication layer of Functions, App Service and Container Apps (AP-48, BK-22).
    fn easy_auth(record: &BackendRecord, message: &str, cause: &str) -> Self {
        Self {
            body: json!({ "code": 401, "message": message }).to_string(),
            challenge: format!("Bearer realm=\"{}\"", record.host),
            is_middleware: true,
            cause: cause.to_owned(),
        }
    }

    /// In the words of API Management (AP-47).
    fn apim(record: &BackendRecord, message: &str, cause: &str) -> Self {
        Self {
            body: json!({ "statusCode": 401, "message": message }).to_string(),
            challenge: format!(
                "AzureApiManagementKey realm=\"https://{}/api\",name=\"Ocp-Apim-Subscription-Key\",type=\"header\"",
                record.host
            ),
            is_middleware: false,
            cause: cause.to_owned(),
        }
    }

    fn fault(record: &BackendRecord, fault: &Fault) -> Self {
        let valid: Vec<String> = record
            .providers
            .iter()
            .map(|provider| issuer(&provider.client_id))
            .collect();
        let message = match fault {
            Fault::Issuer(found) => format!(
                "IDX10205: Issuer validation failed. Issuer: '{found}'. Did not match: validationParameters.ValidIssuer: '{}'.",
                valid.join(", ")
            ),
            Fault::Audience => format!(
                "IDX10214: Audience validation failed. Did not match: validationParameters.ValidAudience: '{}'.",
                record.audience()
            ),
            Fault::Lifetime => {
                "IDX10223: Lifetime validation failed. The token is expired.".to_owned()
            }
            Fault::Signature => "IDX10511: Signature validation failed.".to_owned(),
            Fault::Malformed => {
                "IDX12741: JWT must have three segments (JWS) or five segments (JWE).".to_owned()
            }
        };
        let cause = match fault {
            Fault::Issuer(found) => {
                format!("{found} is not linked to this backend (AP-48); re-link")
            }
            fault => format!("its token is refused: {fault:?}"),
        };
        Self::easy_auth(record, &message, &cause)
    }
}
