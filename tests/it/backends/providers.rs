//! A second identity provider at a linked backend: whose tokens pass beside those of the app.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rsa::RsaPrivateKey;
use rsa::pkcs1::EncodeRsaPrivateKey as _;
use rsa::rand_core::OsRng;
use rsa::traits::PublicKeyParts as _;
use serde_json::{Value, json};

use crate::emulator::{eventually, write};
use crate::linked::{Echo, Site, ask, said};

struct Signer {
    key: RsaPrivateKey,
    kid: &'static str,
}

impl Signer {
    fn new(kid: &'static str) -> Self {
        let key = RsaPrivateKey::new(&mut OsRng, 2048).unwrap();
        Self { key, kid }
    }

    /// What its `jwks_uri` answers.
    fn jwks(&self) -> String {
        let number = |number: &rsa::BigUint| BASE64_URL_SAFE_NO_PAD.encode(number.to_bytes_be());
        let (n, e) = (number(self.key.n()), number(self.key.e()));
        json!({"keys": [{"kty": "RSA", "kid": self.kid, "n": n, "e": e}]}).to_string()
    }

    /// `change` is merged into claims that are right.
    fn token(&self, change: &Value) -> String {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs();
        let mut claims =
            json!({"iss": "https://id.test/", "aud": "api://shop", "exp": now + 300, "sub": "u"});
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.kid.to_owned());
        let der = self.key.to_pkcs1_der().unwrap();
        encode(&header, &claims, &EncodingKey::from_rsa_der(der.as_bytes())).unwrap()
    }
}

#[test]
fn bk_6_tokens_of_a_provider_that_the_owner_added_pass() {
    let (site, echo) = (Site::new(), Echo::start());
    let emulator = site.start(&[]);
    let link = site.link("app-service", &echo.url, &[]);
    let gate = link["gateUrl"].as_str().unwrap();
    eventually("the link", || emulator.get("/api/x").status == 200);
    let (entra, other) = (Signer::new("one"), Signer::new("one"));
    let file = write(site.root.path(), "keys.json", entra.jwks());
    let file = file.to_str().unwrap();
    let shown = site.json(&[
        "auth",
        "add-provider",
        "--name",
        "entra",
        "--issuer",
        "https://id.test/",
        "--audience",
        "api://shop",
        "--jwks",
        file,
    ]);
    assert_eq!(shown["otherProviders"], json!(["entra"]));
    let status = |token: &str| {
        let bearer = format!("Bearer {token}");
        ask(gate, "/api/x", &[("Authorization", &bearer)]).status
    };
    eventually("the provider", || status(&entra.token(&json!({}))) == 200);
    for (why, token) in [
        (
            "another audience",
            entra.token(&json!({"aud": "api://other"})),
        ),
        (
            "another issuer",
            entra.token(&json!({"iss": "https://evil.test/"})),
        ),
        ("expired", entra.token(&json!({"exp": 1_000_000_000}))),
        ("without an end", entra.token(&json!({"exp": null}))),
        ("another key of the same name", other.token(&json!({}))),
        ("nonsense", "a.b.c".to_owned()),
    ] {
        assert_eq!(status(&token), 401, "{why}");
    }
    assert_eq!(ask(gate, "/api/x", &[]).status, 401);
    assert_eq!(emulator.get("/api/x").status, 200, "the app still passes");

    // It keeps the backend closed when the app has gone, until it goes too.
    site.json(&["unlink", "--remove-backend-auth"]);
    eventually("closed to the app", || emulator.get("/api/x").status == 404);
    let at = ["--kind", "app-service", "--url", &echo.url];
    let shown = site.json(&[&["auth"], &at[..]].concat());
    assert_eq!(
        (&shown["authentication"], &shown["providers"]),
        (&json!(true), &json!([]))
    );
    let delete = [&["auth", "delete-provider", "--name", "entra"], &at[..]].concat();
    assert_eq!(site.json(&delete)["otherProviders"], json!([]));
    assert_eq!(site.backends(&delete).status.code(), Some(1));

    let nothing = write(site.root.path(), "nothing.json", r#"{"keys": []}"#);
    let words = [
        "auth",
        "add-provider",
        "--name",
        "n",
        "--issuer",
        "i",
        "--audience",
        "a",
        "--jwks",
    ];
    let refused = site.backends(&[&words[..], &[nothing.to_str().unwrap()], &at[..]].concat());
    assert_eq!(refused.status.code(), Some(2));
    assert!(said(&refused).contains("no RSA key"), "{}", said(&refused));
}
