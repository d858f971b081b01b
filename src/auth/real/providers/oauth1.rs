//! The `Authorization` header of OAuth 1.0a (RFC 5849), by HMAC-SHA1.

use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ring::hmac;

/// RFC 3986's unreserved characters stay (RFC 5849 §3.6).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Who signs what, and when.
#[derive(Clone, Copy)]
pub struct Signer<'a> {
    /// The app.
    pub consumer: (&'a str, &'a str),
    /// The request token and its secret, once there is one.
    pub token: Option<(&'a str, &'a str)>,
    /// Never the same twice.
    pub nonce: &'a str,
    /// Seconds since 1970.
    pub timestamp: u64,
}

impl Signer<'_> {
    /// The value of the header for a request at a URL without a query. `more` are parameters of the protocol, which go into
    /// the header too; `body` are those of a posted form.
    pub fn header(
        &self,
        method: &str,
        url: &str,
        more: &[(&str, &str)],
        body: &[(&str, &str)],
    ) -> String {
        let timestamp = self.timestamp.to_string();
        let mut own = vec![
            ("oauth_consumer_key", self.consumer.0),
            ("oauth_nonce", self.nonce),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", &timestamp),
            ("oauth_version", "1.0"),
        ];
        own.extend(self.token.map(|(token, _)| ("oauth_token", token)));
        own.extend(more);
        let signature = self.signature(method, url, own.iter().chain(body));
        own.push(("oauth_signature", &signature));
        let pairs: Vec<String> = own
            .iter()
            .map(|(name, value)| format!("{}=\"{}\"", encoded(name), encoded(value)))
            .collect();
        format!("OAuth {}", pairs.join(", "))
    }

    /// RFC 5849 §3.4.
    fn signature<'p>(
        &self,
        method: &str,
        url: &str,
        parameters: impl Iterator<Item = &'p (&'p str, &'p str)>,
    ) -> String {
        let mut pairs: Vec<(String, String)> = parameters
            .map(|(name, value)| (encoded(name), encoded(value)))
            .collect();
        pairs.sort();
        let pairs: Vec<String> = pairs
            .into_iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let base = format!("{method}&{}&{}", encoded(url), encoded(&pairs.join("&")));
        let token_secret = self.token.map_or("", |(_, secret)| secret);
        let key = format!("{}&{}", encoded(self.consumer.1), encoded(token_secret));
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes());
        STANDARD.encode(hmac::sign(&key, base.as_bytes()))
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}
