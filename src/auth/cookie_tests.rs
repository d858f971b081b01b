//! Tests of the session cookie.

use super::*;
use crate::auth::principal::Claim;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;

fn read(header: &[u8]) -> CookieReading {
    principal_from_cookies([header].into_iter())
}

fn read_value(value: &str) -> CookieReading {
    read(format!("a=b; {COOKIE_NAME}={value}; c=d").as_bytes())
}

fn principal(details: &str, claims: usize) -> ClientPrincipal {
    let claims = (0..claims).map(|n| Claim {
        typ: format!("type-{n}"),
        val: "v".repeat(100),
    });
    ClientPrincipal::new(
        "aad".into(),
        None,
        details.into(),
        vec!["admin".into()],
        claims.collect(),
    )
}

/// The `Cookie` header that a browser would send after `set` arrived.
fn as_cookie_header(set: &[String]) -> String {
    set.iter()
        .filter(|line| !line.contains("=deleted;"))
        .filter_map(|line| line.split(';').next())
        .collect::<Vec<_>>()
        .join("; ")
}

#[test]
fn no_session_cookie_is_anonymous() {
    for header in [
        "",
        "a=b",
        "StaticWebAppsAuthContextCookie=x",
        "xStaticWebAppsAuthCookie=x",
        "StaticWebAppsAuthCookie",
        "StaticWebAppsAuthCookie=",
        "StaticWebAppsAuthCookie=deleted",
        "StaticWebAppsAuthCookie_1=x",
        "StaticWebAppsAuthCookie_00=x",
        "StaticWebAppsAuthCookie_x=x",
        "StaticWebAppsAuthCookieX=x",
    ] {
        assert_eq!(
            read(header.as_bytes()),
            CookieReading::Anonymous,
            "{header}"
        );
    }
    assert_eq!(
        principal_from_cookies(std::iter::empty()),
        CookieReading::Anonymous
    );
}

#[test]
fn every_way_to_write_base64_is_read() {
    // `ÿþ?>` brings `+` and `/` into the text, and its length brings padding.
    let wanted = principal("ÿþ?>~jane", 0);
    let json = wanted.to_cookie_json();
    let standard = STANDARD.encode(&json);
    let escaped = standard
        .replace('=', "%3D")
        .replace('+', "%2b")
        .replace('/', "%2F");
    for value in [
        standard.clone(),
        standard.trim_end_matches('=').to_owned(),
        URL_SAFE_NO_PAD.encode(&json),
        escaped,
        format!("\"{standard}\""),
    ] {
        assert_eq!(
            read_value(&value),
            CookieReading::SignedIn(wanted.clone()),
            "{value}"
        );
    }
}

#[test]
fn latin_1_from_btoa_is_read() {
    let json = br#"{"userDetails":"Andr\xe9","userRoles":[]}"#;
    let mut bytes = json.to_vec();
    let at = memmem::find(&bytes, br"\xe9").unwrap();
    bytes.splice(at..at + 4, [0xe9]);
    let CookieReading::SignedIn(read) = read_value(&STANDARD.encode(bytes)) else {
        panic!("not read")
    };
    assert_eq!(read.user_details, "André");
}

#[test]
fn cookies_that_ended_the_incumbent_are_malformed() {
    for (value, reason) in [
        ("bar", "not JSON"),
        ("b!r", "not base64"),
        (&STANDARD.encode("{}"), "`userRoles` is missing"),
        (
            &STANDARD.encode(r#"{"userRoles":"admin"}"#),
            "`userRoles` is a string",
        ),
        (&STANDARD.encode("null"), "it is null"),
    ] {
        match read_value(value) {
            CookieReading::Malformed(text) => assert!(text.contains(reason), "{value}: {text}"),
            other => panic!("{value}: {other:?}"),
        }
    }
}

#[test]
fn au_50_au_54_a_small_session_is_one_cookie_for_eight_hours() {
    let wanted = principal("jane", 0);
    let set = set_cookie_headers(&wanted, &[], false).unwrap();
    assert_eq!(set.len(), 1);
    assert!(set[0].starts_with("StaticWebAppsAuthCookie=ey"));
    assert!(set[0].ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=28800"));
    assert_eq!(
        read(as_cookie_header(&set).as_bytes()),
        CookieReading::SignedIn(wanted.clone())
    );
    let secure = set_cookie_headers(&wanted, &[], true).unwrap();
    assert!(secure[0].ends_with("; Max-Age=28800; Secure"));
}

#[test]
fn au_51_a_long_session_is_chunked_and_read_in_any_order() {
    let wanted = principal("jane", 40);
    let set = set_cookie_headers(&wanted, &[], false).unwrap();
    assert!(set.len() > 2);
    assert!(set[0].starts_with("StaticWebAppsAuthCookie_0="));
    assert!(set.iter().all(|line| line.len() < 2200));
    let header = as_cookie_header(&set);
    let mut pairs: Vec<&str> = header.split("; ").collect();
    pairs.reverse();
    assert_eq!(
        principal_from_cookies(pairs.iter().map(|pair| pair.as_bytes())),
        CookieReading::SignedIn(wanted.clone())
    );
    // A gap ends the value, so what is left is no whole principal.
    pairs.remove(1);
    assert!(matches!(
        read(pairs.join("; ").as_bytes()),
        CookieReading::Malformed(_)
    ));
}

#[test]
fn stale_chunks_do_not_outlive_a_new_session() {
    let long = set_cookie_headers(&principal("jane", 40), &[], false).unwrap();
    let existing = auth_cookie_names([as_cookie_header(&long).as_bytes()].into_iter());
    let short = set_cookie_headers(&principal("joe", 20), &existing, false).unwrap();
    assert_eq!(
        short.len(),
        long.len(),
        "each old chunk is overwritten or deleted"
    );
    let gone = short.iter().filter(|line| line.contains("=deleted;"));
    assert!(gone.count() > 0);
    let whole = vec![COOKIE_NAME.to_owned()];
    let chunked = set_cookie_headers(&principal("jane", 40), &whole, false).unwrap();
    assert!(chunked[0].starts_with("StaticWebAppsAuthCookie=deleted;"));
}

#[test]
fn a_session_that_no_browser_keeps_is_refused() {
    let error = set_cookie_headers(&principal("jane", 400), &[], false).unwrap_err();
    assert!(error.contains("16 are the limit"), "{error}");
}

#[test]
fn signing_out_deletes_the_cookie_and_each_chunk_in_the_incumbents_words() {
    let header = b"StaticWebAppsAuthCookie_0=a; x=y; StaticWebAppsAuthCookie_1=b";
    let names = auth_cookie_names([&header[..]].into_iter());
    let tail = "=deleted; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT";
    assert_eq!(
        clear_cookie_headers(&names),
        [
            format!("StaticWebAppsAuthCookie{tail}"),
            format!("StaticWebAppsAuthCookie_0{tail}"),
            format!("StaticWebAppsAuthCookie_1{tail}"),
        ]
    );
    // A name that did not come from `auth_cookie_names` cannot smuggle anything into a header.
    assert_eq!(clear_cookie_headers(&["x\r\ny".into()]).len(), 1);
}

proptest! {
    #[test]
    fn reading_never_panics(header in proptest::collection::vec(any::<u8>(), 0..200)) {
        read(&header);
        let mut named = b"StaticWebAppsAuthCookie=".to_vec();
        named.extend(&header);
        read(&named);
        let encoded = STANDARD.encode(&header);
        read_value(&encoded);
        auth_cookie_names([&named[..]].into_iter());
    }

    #[test]
    fn what_is_set_is_read_back(details in ".{0,80}", roles in proptest::collection::vec(".{0,20}", 0..40)) {
        let principal = ClientPrincipal::new("aad".into(), None, details, roles, vec![]);
        let set = set_cookie_headers(&principal, &[], false).unwrap();
        prop_assert_eq!(read(as_cookie_header(&set).as_bytes()), CookieReading::SignedIn(principal));
    }
}
