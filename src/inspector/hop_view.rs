//! What was sent to another program and what came back, as the page shows it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::auth::is_identity_header;
use crate::backend::hop::Hop;

use super::entry::Entry;
use super::redact::Secrets;
use super::shown::headers;

/// The exchange of an entry; null where there was none.
pub fn view(entry: &Entry, secrets: Secrets) -> Value {
    let Some(hop) = &entry.facts().hop else {
        return Value::Null;
    };
    let received = hop.received.as_ref().map(|(status, received)| {
        json!({ "status": status, "headers": headers(Some(received), secrets) })
    });
    json!({
        "url": &*hop.who,
        "invocation": hop.invocation,
        "sent": {
            "method": hop.method.as_str(),
            "target": secrets.url(&hop.target),
            "headers": sent(entry, hop, secrets),
        },
        "received": received,
        "token": token(hop),
    })
}

/// Headers with why they are there; those that the caller sent as they are have no reason.
fn sent(entry: &Entry, hop: &Hop, secrets: Secrets) -> Vec<(String, String, Option<&'static str>)> {
    let own = entry.heads.as_ref().map(|heads| &heads.request);
    let all = hop.sent.iter().map(|(name, value)| {
        let mut callers = own.into_iter().flat_map(|own| own.iter());
        let is_callers = callers.any(|(known, sent)| known == name && sent == value);
        let why = (!is_callers).then(|| why(&name));
        let value = secrets.header(&name, &value).into_owned();
        (name.into_owned(), value, why)
    });
    all.collect()
}

/// Why the edge says a header that the caller did not.
fn why(name: &str) -> &'static str {
    match name {
        "host" => "the backend's own name (AP-20)",
        "x-ms-original-url" => "the URL before any rewrite (AP-21)",
        "x-ms-auth-token" => "proof that the link sends it (AP-23)",
        "authorization" => "the platform's token, in place of the caller's (AP-25)",
        "ocp-apim-subscription-key" => "the subscription key of the link (AP-30)",
        "x-ms-request-id" | "x-arr-log-id" => "the number of the request at the edge",
        "content-length" | "transfer-encoding" => "the length of the body, anew",
        _ if is_identity_header(name) => "who is signed in (AP-22)",
        _ => "the edge says it (AP-28)",
    }
}

/// The claims of the token that was sent; nobody has checked them here.
fn token(hop: &Hop) -> Option<Value> {
    let sent = ["x-ms-auth-token", "authorization"];
    sent.into_iter()
        .find_map(|name| claims(&hop.sent.get(name)?))
}

/// The claims of a JSON Web Token.
fn claims(value: &str) -> Option<Value> {
    let token = value.rsplit(' ').next()?;
    let mut parts = token.split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    claims.is_object().then_some(claims)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_read_of_tokens_only() {
        let token = "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.sig";
        assert_eq!(claims(token), Some(json!({ "sub": "x" })));
        for other in ["", "Bearer abc", "Basic YTpi", "a.b.c", "Bearer a.W10.c"] {
            assert_eq!(claims(other), None, "{other}");
        }
    }
}
