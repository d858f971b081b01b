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

/// Who signs.
pub(super) struct Signer<'a> {
    /// The app.
    pub(super) consumer: (&'a str, &'a str),
    /// The request token and its secret, once there is one.
    pub(super) token: Option<(&'a str, &'a str)>,
    /// Never the same twice.
    pub(super) nonce: &'a str,
    /// Seconds since 1970.
    pub(super) timestamp: u64,
}

impl Signer<'_> {
    /// The value of the header for a request of `method` at `url`, which has no query. `more` are further parameters:
    /// those of the protocol stand in the header, and `body` ones in a form.
    pub(super) fn header(
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of X's documentation, "Creating a signature".
    #[test]
    fn the_signature_is_that_of_the_documented_example() {
        let signer = Signer {
            consumer: (
                "xvz1evFS4wEEPTGEFPHBog",
                "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
            ),
            token: Some((
                "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
                "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
            )),
            nonce: "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg",
            timestamp: 1_318_622_958,
        };
        let status = "Hello Ladies + Gentlemen, a signed OAuth request!";
        let header = signer.header(
            "POST",
            "https://api.twitter.com/1.1/statuses/update.json",
            &[],
            &[("include_entities", "true"), ("status", status)],
        );
        assert!(header.starts_with("OAuth oauth_consumer_key=\"xvz1evFS4wEEPTGEFPHBog\", "));
        let signature = "oauth_signature=\"hCtSmYh%2BiHYCEqBWrE7C7hYmtUk%3D\"";
        assert!(header.contains(signature), "{header}");
    }
}
