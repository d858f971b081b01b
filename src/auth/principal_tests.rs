//! Tests of the client principal.

use super::*;

fn jane() -> ClientPrincipal {
    ClientPrincipal::new(
        "github".into(),
        Some("42".into()),
        "jane".into(),
        vec!["admin".into()],
        vec![Claim {
            typ: "name".into(),
            val: "Jane".into(),
        }],
    )
}

#[test]
fn au_44_au_79_built_in_roles_come_first_and_once() {
    assert_eq!(jane().user_roles, ["anonymous", "authenticated", "admin"]);
    let mixed = ["b", "authenticated", "a", "anonymous"].map(str::to_owned);
    let made = ClientPrincipal::new(String::new(), None, String::new(), mixed.to_vec(), vec![]);
    assert_eq!(made.user_roles, ["anonymous", "authenticated", "b", "a"]);
    // A cookie that a suite wrote keeps its order.
    let given = r#"{"userRoles":["authenticated","x"]}"#;
    let read = ClientPrincipal::from_json(given).unwrap();
    assert_eq!(read.user_roles, ["authenticated", "x", "anonymous"]);
}

#[test]
fn au_47_header_is_base64_of_four_fields_in_order_without_claims() {
    let json = STANDARD.decode(jane().to_header_value()).unwrap();
    assert_eq!(
        String::from_utf8(json).unwrap(),
        r#"{"identityProvider":"github","userId":"42","userDetails":"jane","userRoles":["anonymous","authenticated","admin"]}"#
    );
}

#[test]
fn au_45_me_shows_claims_only_with_custom_authentication() {
    assert!(!jane().to_me_json(false).contains("claims"));
    assert_eq!(
        jane().to_me_json(true),
        r#"{"clientPrincipal":{"identityProvider":"github","userId":"42","userDetails":"jane","userRoles":["anonymous","authenticated","admin"],"claims":[{"typ":"name","val":"Jane"}]}}"#
    );
}

#[test]
fn cookie_json_round_trips() {
    let jane = jane();
    assert_eq!(
        ClientPrincipal::from_json(&jane.to_cookie_json()).unwrap(),
        jane
    );
}

#[test]
fn au_42_derived_id_is_stable_and_differs_by_provider_and_user() {
    let id = derive_user_id("github", "jane");
    // Written out, because apps store data under this id: a new version must not change it.
    assert_eq!(id, "cbc87f31f16ae2749cc0ace057eacd4b");
    assert_ne!(id, derive_user_id("aad", "jane"));
    assert_ne!(id, derive_user_id("github", "june"));
    let read = ClientPrincipal::from_json(
        r#"{"identityProvider":"github","userDetails":"jane","userRoles":[]}"#,
    );
    assert_eq!(read.unwrap().user_id, id);
}

#[test]
fn principals_that_could_grant_by_accident_are_refused() {
    let message = |text: &str| ClientPrincipal::from_json(text).unwrap_err().to_string();
    assert_eq!(
        message("{}"),
        "`userRoles` is missing, not an array of strings"
    );
    assert_eq!(
        message(r#"{"userRoles":"admin"}"#),
        "`userRoles` is a string, not an array of strings"
    );
    assert_eq!(
        message(r#"{"userRoles":["a",1]}"#),
        "`userRoles` is an array with other things than strings, not an array of strings"
    );
    assert_eq!(message("[]"), "it is an array, not a JSON object");
    assert!(message("bar").starts_with("it is not JSON: "));
    assert_eq!(
        message(r#"{"userRoles":[],"userDetails":{}}"#),
        "`userDetails` is an object, not a string"
    );
}

#[test]
fn claims_of_a_cookie_are_read_leniently() {
    let read = |claims: &str| {
        ClientPrincipal::from_json(&format!(r#"{{"userRoles":[],"claims":{claims}}}"#))
            .unwrap()
            .claims
    };
    let age = Claim {
        typ: "age".into(),
        val: "7".into(),
    };
    assert_eq!(
        read(r#"[{"typ":"age","val":7},{"typ":"x"},5]"#),
        std::slice::from_ref(&age)
    );
    assert_eq!(read(r#""[{\"typ\":\"age\",\"val\":\"7\"}]""#), [age]);
    assert_eq!(read("null"), []);
    assert_eq!(read("7"), []);
}

#[test]
fn claims_of_a_sign_in_are_read_strictly() {
    let error = |text: &str| strict_claims(&serde_json::from_str(text).unwrap()).unwrap_err();
    assert_eq!(
        error("{}"),
        r#"`claims` is an object, not an array of {"typ", "val"} objects"#
    );
    assert_eq!(error(r#"[{"typ":"a"}]"#), "`claims[0]` has no `val`");
    assert_eq!(
        error(r#"[{"typ":"a","val":"b"},{"typ":1,"val":"b"}]"#),
        "`claims[1].typ` is a number, not a string"
    );
}
