//! Tests of the judgement of ID tokens; signatures are in `tests/it`, against a server.

use serde_json::json;

use super::*;

const NOW: u64 = 1_800_000_000;

fn judged(change: impl FnOnce(&mut IdClaims), issuer: &str) -> Result<(), String> {
    let claims = json!({
        "iss": "https://x.example/t1/v2.0", "aud": "us", "sub": "ada", "nonce": "n", "tid": "t1",
        "exp": NOW + 300, "iat": NOW, "nbf": NOW,
    });
    let Value::Object(mut claims) = claims else {
        unreachable!()
    };
    change(&mut claims);
    let expected = Expected {
        issuers: &[issuer.to_owned()],
        client_id: "us",
        nonce: "n",
        now: NOW,
    };
    judge(&claims, &expected)
}

fn with(name: &str, value: Value) -> Result<(), String> {
    judged(
        |claims| {
            claims.insert(name.to_owned(), value);
        },
        "https://x.example/t1/v2.0",
    )
}

#[test]
fn what_is_for_us_and_of_now_is_taken() {
    assert_eq!(with("x", json!(1)), Ok(()));
    assert_eq!(with("aud", json!(["us"])), Ok(()));
    assert_eq!(with("azp", json!("us")), Ok(()));
    for (name, skewed) in [("exp", NOW - 119), ("iat", NOW + 120), ("nbf", NOW + 120)] {
        assert_eq!(with(name, json!(skewed)), Ok(()), "{name}");
    }
}

#[test]
fn everything_else_is_refused_in_words() {
    for (name, value, word) in [
        ("iss", json!("https://x.example/t2/v2.0"), "issuer"),
        ("iss", json!(["https://x.example/t1/v2.0"]), "issuer"),
        ("aud", json!("them"), "another app"),
        ("aud", json!([]), "another app"),
        ("aud", json!(["us", "them"]), "`azp`"),
        ("azp", json!("them"), "`azp`"),
        ("exp", json!(NOW - 120), "clock"),
        ("exp", json!("never"), "never ends"),
        ("iat", json!(NOW + 121), "clock"),
        ("iat", Value::Null, "no `iat`"),
        ("nbf", json!(NOW + 3600), "begins in 3600 s"),
        ("nonce", json!("other"), "nonce"),
        ("nonce", Value::Null, "nonce"),
        ("sub", json!(""), "no `sub`"),
    ] {
        let refused = with(name, value.clone()).unwrap_err();
        assert!(refused.contains(word), "{name} {value}: {refused}");
    }
}

#[test]
fn the_issuer_of_many_tenants_is_that_of_the_tokens_tenant() {
    let many = "https://x.example/{tenantid}/v2.0";
    let tenant = |id: Value| judged(|claims| drop(claims.insert("tid".into(), id)), many);
    assert_eq!(tenant(json!("t1")), Ok(()));
    for other in [json!("t2"), json!(""), json!("../t1"), Value::Null] {
        assert!(tenant(other.clone()).is_err(), "{other}");
    }
}

#[test]
fn algorithms_without_a_public_key_are_refused_before_any_key_is_looked_at() {
    let part = |value: Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    for algorithm in ["none", "None", "HS256", "HS512", "RS1", ""] {
        let header = part(json!({ "alg": algorithm }));
        let token = format!("{header}.{}.AAAA", part(json!({})));
        let Err(Fault::Refused(why)) = signed_claims(&token, &[]) else {
            panic!("{algorithm} was taken");
        };
        assert!(why.contains("proves nothing"), "{why}");
    }
    for garbage in ["", "a.b", "a.b.c", "....", "a.b.c.d.e"] {
        assert!(matches!(
            signed_claims(garbage, &[]),
            Err(Fault::Refused(_))
        ));
    }
}
