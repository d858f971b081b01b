//! The `/.auth` endpoints, request by request. Tests name the rules that they hold to.

use cygnet::auth::cookie::{auth_cookie_names, principal_from_cookies};
use cygnet::auth::endpoints::{finish, read_sign_in};
use cygnet::auth::real::RealSignIn;
use cygnet::auth::{
    Answer, AuthBody, AuthRequest, AuthResponse, ClientPrincipal, ConfiguredAuth, CookieReading,
    Picker, Providers, answer,
};
use proptest::prelude::*;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// A request in the making: the defaults are those of a browser without a session at an app without configuration.
#[derive(Clone)]
struct Call {
    method: String,
    path: String,
    query: Option<String>,
    content_type: Option<String>,
    body: Option<Vec<u8>>,
    cookies: Vec<u8>,
    providers: Providers,
    picker: Picker,
    origin: Option<String>,
    sec_fetch_site: Option<String>,
    forwarded: Option<String>,
    secure: bool,
}

fn call(method: &str, address: &str) -> Call {
    let (path, query) = match address.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (address, None),
    };
    Call {
        method: method.into(),
        path: path.into(),
        query,
        content_type: None,
        body: None,
        cookies: Vec::new(),
        providers: Providers::from_config(None),
        picker: Picker::default(),
        origin: None,
        sec_fetch_site: None,
        forwarded: None,
        secure: false,
    }
}

fn post(address: &str, content_type: &str, body: &str) -> Call {
    Call {
        content_type: Some(content_type.into()),
        body: Some(body.into()),
        ..call("POST", address)
    }
}

impl Call {
    fn cookies(self, cookies: &str) -> Self {
        Self {
            cookies: cookies.into(),
            ..self
        }
    }

    fn sent_by(self, principal: &ClientPrincipal) -> Self {
        let set = cygnet::auth::cookie::set_cookie_headers(principal, &[], false).unwrap();
        self.cookies(set[0].split(';').next().unwrap())
    }

    fn custom(self, names: &[&str]) -> Self {
        Self {
            providers: Providers::from_config(Some(&ConfiguredAuth {
                identity_providers: names.iter().map(|name| (*name).to_owned()).collect(),
                roles_source: Some("/api/roles".into()),
            })),
            ..self
        }
    }

    fn with<R>(&self, use_request: impl FnOnce(&AuthRequest<'_>) -> R) -> R {
        let headers = || std::iter::once(self.cookies.as_slice());
        let reading = principal_from_cookies(headers());
        let names = auth_cookie_names(headers());
        use_request(&AuthRequest {
            method: &self.method,
            path: &self.path,
            query: self.query.as_deref(),
            content_type: self.content_type.as_deref(),
            body: self.body.as_deref(),
            reading: &reading,
            cookie_names: &names,
            providers: &self.providers,
            real: &RealSignIn::default(),
            context_cookie: None,
            picker: &self.picker,
            origin: self.origin.as_deref(),
            sec_fetch_site: self.sec_fetch_site.as_deref(),
            own_origin: "http://localhost:4280",
            forwarded_host_allowed: self.forwarded.as_deref(),
            is_forwarded: self.forwarded.is_some(),
            secure: self.secure,
        })
    }

    fn response(&self) -> AuthResponse {
        match self.with(answer) {
            Answer::Response(response) => response,
            Answer::NotFound { why } => panic!("not found: {why}"),
        }
    }

    fn not_found(&self) -> String {
        match self.with(answer) {
            Answer::NotFound { why } => why,
            Answer::Response(response) => panic!("{} {}: {response:?}", self.method, self.path),
        }
    }
}

fn header<'r>(response: &'r AuthResponse, name: &str) -> Option<&'r str> {
    let mut found = response.headers.iter().filter(|(key, _)| *key == name);
    found.next().map(|(_, value)| value.as_str())
}

fn set_cookies(response: &AuthResponse) -> Vec<&str> {
    let cookies = response
        .headers
        .iter()
        .filter(|(key, _)| *key == "set-cookie");
    cookies.map(|(_, value)| value.as_str()).collect()
}

fn html(response: &AuthResponse) -> &str {
    match &response.body {
        AuthBody::Html(text) => text,
        other => panic!("{other:?}"),
    }
}

fn json(response: &AuthResponse) -> serde_json::Value {
    match &response.body {
        AuthBody::Json(text) => serde_json::from_str(text).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// Who the browser is after it took the cookies of `response`.
fn signed_in(response: &AuthResponse) -> ClientPrincipal {
    let cookies = set_cookies(response).into_iter();
    let sent = cookies.map(|line| line.split(';').next().unwrap().as_bytes());
    match principal_from_cookies(sent) {
        CookieReading::SignedIn(principal) => principal,
        other => panic!("{other:?}"),
    }
}

fn jane() -> ClientPrincipal {
    let json = r#"{"identityProvider":"github","userId":"7","userDetails":"jane","userRoles":["admin"],"claims":[{"typ":"a","val":"b"}]}"#;
    ClientPrincipal::from_json(json).unwrap()
}

#[test]
fn au_1_the_login_page_has_the_incumbents_element_ids() {
    for method in ["GET", "HEAD"] {
        let response = call(method, "/.auth/login/github").response();
        assert_eq!(response.status, 200);
        let page = html(&response);
        for id in [
            "identityProvider",
            "userId",
            "userDetails",
            "userRoles",
            "claims",
            "userClaimsHelpBlockError",
            "submit",
            "clear",
        ] {
            assert_eq!(page.matches(&format!("id=\"{id}\"")).count(), 1, "{id}");
        }
        assert!(page.contains(r#"value="github" disabled"#));
        assert!(page.contains(">\nanonymous\nauthenticated</textarea>"));
        assert!(page.contains(">\n[]</textarea>"));
        assert!(page.contains(r#"<form method="post" action="/.auth/login/github""#));
        assert!(page.contains("Local mock of GitHub"));
    }
}

#[test]
fn the_page_offers_an_id_that_scripts_may_leave_out() {
    let offered = || {
        let page = call("GET", "/.auth/login/github").response();
        let field = html(&page).split_once(r#"name="userId" type="text" value=""#);
        let (id, rest) = field.unwrap().1.split_once('"').unwrap();
        assert!(rest.starts_with(" required"), "{rest}");
        id.to_owned()
    };
    let (one, two) = (offered(), offered());
    assert_ne!(one, two);
    assert!(
        one.len() == 32 && one.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{one}"
    );
    let body = format!("userId={one}&userDetails=joe");
    assert_eq!(
        signed_in(&post("/.auth/login/github", FORM, &body).response()).user_id,
        one
    );
    // Shown again after a mistake, without one it is offered again.
    let again = post("/.auth/login/github", FORM, "userDetails=").response();
    assert!(!html(&again).contains(r#"name="userId" type="text" value="""#));
    let derived = || signed_in(&post("/.auth/login/github", FORM, "userDetails=joe").response());
    assert_eq!(derived().user_id, derived().user_id, "AU-42");
}

#[test]
fn pages_work_offline() {
    for address in ["/.auth/login/aad", "/.auth/purge/aad"] {
        let response = call("GET", address).response();
        let page = html(&response).replace(r#"content="http://localhost:4280/"#, "");
        for outside in ["http://", "https://", "src=", "@import", "url("] {
            assert!(!page.contains(outside), "{address}: {outside}");
        }
    }
}

#[test]
fn the_page_tells_the_original_address_and_escapes_it() {
    let evil = r#"/.auth/login/github?post_login_redirect_uri=/"><script>x</script>"#;
    let response = call("GET", evil).response();
    let page = html(&response);
    assert!(page.contains(
        r#"<meta name="swa:originalPath" content="http://localhost:4280/.auth/login/github">"#
    ));
    assert!(page.contains(r#"<meta name="swa:originalSearch" content="?post_login_redirect_uri=/&#34;&#62;&#60;script&#62;x"#));
    assert!(!page.contains("<script>x"));
    let plain = call("GET", "/.auth/login/github").response();
    assert!(!html(&plain).contains("originalSearch"));
}

#[test]
fn every_field_of_a_page_shown_again_is_escaped() {
    let s = "%3Cscript%3Ez%3C/script%3E%22";
    let body =
        format!("userId={s}&userDetails={s}&userRoles={s}&claims={s}&post_login_redirect_uri={s}");
    let response = post("/.auth/login/github", FORM, &body)
        .sent_by(&ClientPrincipal::new(
            "<script>z".into(),
            None,
            "<script>z".into(),
            vec![],
            vec![],
        ))
        .response();
    assert_eq!(response.status, 400);
    let page = html(&response);
    assert!(!page.contains("<script>z"), "{page}");
    assert_eq!(page.matches("&#60;script&#62;z").count(), 6, "{page}");
}

#[test]
fn au_30_cf_47_only_providers_of_this_app_can_be_signed_in_with() {
    assert!(
        call("GET", "/.auth/login/twitter")
            .not_found()
            .contains("no longer")
    );
    assert!(
        post("/.auth/login/nobody", FORM, "userDetails=x")
            .not_found()
            .contains("`github`, `aad`")
    );
    let custom = |address| call("GET", address).custom(&["my-oidc_1", "aad"]);
    assert_eq!(custom("/.auth/login/my-oidc_1").response().status, 200);
    assert_eq!(custom("/.auth/login/aad").response().status, 200);
    assert!(
        custom("/.auth/login/github")
            .not_found()
            .contains("switched off")
    );
    assert!(
        custom("/.auth/purge/github")
            .not_found()
            .contains("switched off")
    );
    let page = custom("/.auth/login/aad").response();
    assert!(
        html(&page).contains("/api/roles"),
        "the page names the rolesSource"
    );
}

#[test]
fn au_11_other_addresses_are_not_found_with_a_reason() {
    for (path, reason) in [
        ("/.auth/refresh", "no `/.auth/refresh`"),
        ("/.auth/complete", "internal"),
        ("/.auth/login/twitter/callback", "no longer"),
        ("/.auth/logout/nobody/callback", "`github`, `aad`"),
        ("/.auth/login//callback", "no such endpoint"),
        ("/.auth/login/github/callback/x", "no such endpoint"),
        ("/.auth/invitations/accept", "`cygnet serve` serves"),
        ("/.auth/invitations/x", "Invitations are accepted at"),
        (
            "/.auth/basicAuth/login",
            "`cygnet serve` applies password protection",
        ),
        ("/.auth/login", "/.auth/login/<provider>"),
        ("/.auth/login/", "/.auth/login/<provider>"),
        ("/.auth/purge", "/.auth/login/<provider>"),
        ("/.auth/", "no such endpoint"),
        ("/.auth", "no such endpoint"),
        ("/.auth/me/x", "no such endpoint"),
        ("/x", "no such endpoint"),
    ] {
        for method in ["GET", "POST", "DELETE"] {
            let why = call(method, path).not_found();
            assert!(why.contains(reason), "{method} {path}: {why}");
        }
    }
}

#[test]
fn other_methods_are_405_with_the_allowed_ones() {
    for (method, path, allow) in [
        ("POST", "/.auth/me", "GET, HEAD"),
        ("OPTIONS", "/.auth/me", "GET, HEAD"),
        ("PUT", "/.auth/login/github", "GET, HEAD, POST"),
        ("DELETE", "/.auth/logout", "GET, HEAD, POST"),
        ("OPTIONS", "/.auth/purge/aad", "GET, HEAD, POST"),
    ] {
        let response = call(method, path).response();
        assert_eq!(response.status, 405, "{method} {path}");
        assert_eq!(header(&response, "allow"), Some(allow));
    }
}

#[test]
fn au_20_a_form_signs_in_and_goes_where_it_was_asked_to() {
    for (address, body, location) in [
        ("/.auth/login/github", "userDetails=joe", "/"),
        (
            "/.auth/login/github?post_login_redirect_uri=%2Fa%3Fb",
            "userDetails=joe",
            "/a?b",
        ),
        (
            "/.auth/login/github",
            "userDetails=joe&post_login_redirect_uri=/hidden",
            "/hidden",
        ),
        (
            "/.auth/login/github?post_login_redirect_uri=javascript:alert(1)",
            "userDetails=joe",
            "/",
        ),
    ] {
        let response = post(address, FORM, body).response();
        assert_eq!(response.status, 302);
        assert_eq!(header(&response, "location"), Some(location), "{address}");
        assert_eq!(signed_in(&response).user_details, "joe");
        assert_eq!(signed_in(&response).identity_provider, "github");
    }
}

#[test]
fn the_page_carries_the_target_into_its_form() {
    let page = call("GET", "/.auth/login/aad?post_login_redirect_uri=%2Fa%20b").response();
    assert!(
        html(&page)
            .contains(r#"<input type="hidden" name="post_login_redirect_uri" value="/a b">"#)
    );
}

#[test]
fn json_signs_in_and_is_answered_with_the_principal() {
    let body = r#"{"userDetails":"joe","userRoles":["editor"],"claims":[{"typ":"a","val":"b"}]}"#;
    let response = post("/.auth/login/aad", JSON, body).response();
    assert_eq!(response.status, 200);
    let principal = &json(&response)["clientPrincipal"];
    assert_eq!(principal["identityProvider"], "aad");
    assert_eq!(
        principal["userRoles"],
        serde_json::json!(["anonymous", "authenticated", "editor"]),
        "AU-79"
    );
    let again = post("/.auth/login/aad", JSON, body).response();
    assert_eq!(
        signed_in(&again).user_id,
        principal["userId"].as_str().unwrap(),
        "AU-42: the derived id is stable"
    );
    assert_eq!(signed_in(&response).claims.len(), 1);
}

#[test]
fn au_50_au_54_the_session_cookie_and_https() {
    let mut signing_in = post("/.auth/login/aad", FORM, "userDetails=joe");
    let plain = signing_in.response();
    assert!(set_cookies(&plain)[0].ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=28800"));
    signing_in.secure = true;
    assert!(set_cookies(&signing_in.response())[0].ends_with("; Secure"));
}

#[test]
fn mistakes_are_400_with_the_reason() {
    for body in ["{", "[]", "{}", r#"{"userDetails":"j","userRoles":7}"#] {
        let response = post("/.auth/login/aad", JSON, body).response();
        assert_eq!(response.status, 400);
        assert!(json(&response)["error"].is_string());
        assert_eq!(set_cookies(&response), Vec::<&str>::new());
    }
    let form = post("/.auth/login/aad", FORM, "userDetails=joe&claims=x").response();
    assert_eq!(form.status, 400);
    assert!(html(&form).contains("<code>claims</code> is not JSON"));
    assert!(
        html(&form).contains(r#"value="joe""#),
        "what was typed is kept"
    );
    assert!(html(&form).contains(r#"data-restore="false""#));
    let other = post("/.auth/login/aad", "text/plain", r#"{"userDetails":"joe"}"#).response();
    assert_eq!(other.status, 415);
    let claim = r#"{"typ":"a","val":"0123456789012345678901234567890123456789"}"#;
    let claims = vec![claim; 800].join(",");
    let huge = format!(r#"{{"userDetails":"joe","claims":[{claims}]}}"#);
    let response = post("/.auth/login/aad", JSON, &huge).response();
    assert_eq!(response.status, 400, "a session that no browser would keep");
}

#[test]
fn forms_of_other_sites_are_refused() {
    let own = "http://localhost:4280";
    for (site, origin, allowed) in [
        (None, None, true),
        (Some("same-origin"), Some(own), true),
        // A page with `Referrer-Policy: no-referrer`.
        (Some("same-origin"), Some("null"), true),
        (Some("none"), None, true),
        (None, Some("HTTP://localhost:4280"), true),
        (Some("cross-site"), Some("https://evil.example"), false),
        (Some("same-site"), Some("http://localhost:3000"), false),
        (None, Some("http://localhost:3000"), false),
        (None, Some("https://localhost:4280"), false),
        (None, Some("null"), false),
    ] {
        for path in ["/.auth/login/aad", "/.auth/logout", "/.auth/purge/aad"] {
            let mut call = post(path, FORM, "userDetails=joe");
            call.sec_fetch_site = site.map(String::from);
            call.origin = origin.map(String::from);
            let response = call.response();
            let wanted = if allowed { 302 } else { 403 };
            assert_eq!(response.status, wanted, "{path} {site:?} {origin:?}");
            assert_eq!(set_cookies(&response).is_empty(), !allowed);
        }
    }
    let mut forwarded = post("/.auth/login/aad", FORM, "userDetails=joe");
    forwarded.origin = Some("https://www.contoso.com".into());
    forwarded.forwarded = Some("www.contoso.com".into());
    assert_eq!(forwarded.response().status, 302);
}

#[test]
fn au_6_au_40_au_46_me_is_always_200_json() {
    let nobody = call("GET", "/.auth/me").response();
    assert_eq!(nobody.status, 200);
    assert_eq!(
        nobody.body,
        AuthBody::Json(r#"{"clientPrincipal":null}"#.into())
    );
    assert_eq!(header(&nobody, "cache-control"), Some("no-store"));
    assert_eq!(
        header(&nobody, "content-type"),
        Some("application/json; charset=utf-8")
    );
    let broken = call("GET", "/.auth/me")
        .cookies("StaticWebAppsAuthCookie=bar")
        .response();
    assert_eq!(broken.body, nobody.body);
    assert!(broken.notes[0].contains("not JSON"), "{:?}", broken.notes);
}

#[test]
fn au_41_to_au_45_me_shows_the_user_and_claims_only_with_custom_authentication() {
    let plain = json(&call("GET", "/.auth/me").sent_by(&jane()).response());
    assert_eq!(
        plain,
        serde_json::json!({"clientPrincipal": {
            "identityProvider": "github", "userId": "7", "userDetails": "jane",
            "userRoles": ["admin", "anonymous", "authenticated"],
        }})
    );
    let custom = call("GET", "/.auth/me")
        .custom(&["google"])
        .sent_by(&jane());
    assert_eq!(
        json(&custom.response())["clientPrincipal"]["claims"],
        serde_json::json!([{"typ": "a", "val": "b"}])
    );
}

#[test]
fn au_4_au_23_xc_31_logout_clears_the_session_and_redirects() {
    for (address, location) in [
        ("/.auth/logout", "http://localhost:4280/"),
        (
            "/.auth/logout?post_logout_redirect_uri=%2Fbye",
            "http://localhost:4280/bye",
        ),
        (
            "/.auth/logout?post_logout_redirect_uri=https%3A%2F%2Fcontoso.com%2Fx",
            "https://contoso.com/x",
        ),
    ] {
        for method in ["GET", "POST"] {
            let response = call(method, address).sent_by(&jane()).response();
            assert_eq!(response.status, 302);
            assert_eq!(header(&response, "location"), Some(location));
            assert_eq!(header(&response, "status"), Some("302"));
            assert_eq!(
                set_cookies(&response),
                ["StaticWebAppsAuthCookie=deleted; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"]
            );
        }
    }
    let foreign = call("GET", "/.auth/logout?post_logout_redirect_uri=https://a.b").response();
    assert!(foreign.notes[0].contains("leaves the app"), "AU-21");
    let chunked = call("GET", "/.auth/logout")
        .cookies("StaticWebAppsAuthCookie_0=a; StaticWebAppsAuthCookie_1=b");
    assert_eq!(set_cookies(&chunked.response()).len(), 3);
}

#[test]
fn au_2_au_5_a_callback_leads_on_within_the_site_and_makes_no_session() {
    let own = "http://localhost:4280/x";
    for (asked, location) in [
        ("", "/"),
        ("/x?y", "/x?y"),
        (own, own),
        ("https://evil.example/x", "/"),
        ("//evil.example", "/"),
        ("javascript:alert(1)", "/"),
    ] {
        for (path, name) in [
            ("/.auth/login/github/callback", "post_login_redirect_uri"),
            ("/.AUTH/Logout/github/CALLBACK", "post_logout_redirect_uri"),
        ] {
            let to: String = form_urlencoded::byte_serialize(asked.as_bytes()).collect();
            for method in ["GET", "HEAD", "POST"] {
                let mut call = call(method, &format!("{path}?{name}={to}")).sent_by(&jane());
                // An identity provider posts its answer from its own site.
                call.origin = Some("https://login.example".into());
                call.sec_fetch_site = Some("cross-site".into());
                let response = call.response();
                assert_eq!(response.status, 302);
                assert_eq!(
                    header(&response, "location"),
                    Some(location),
                    "{path} {asked}"
                );
                assert!(set_cookies(&response).is_empty());
                assert_eq!(
                    response.notes.is_empty(),
                    location != "/" || asked.is_empty()
                );
            }
        }
    }
}

#[test]
fn au_24_nw_4_an_allowed_forwarded_host_is_the_redirects_host() {
    let mut call = call("GET", "/.auth/logout?post_logout_redirect_uri=/bye");
    call.forwarded = Some("www.contoso.com".into());
    assert_eq!(
        header(&call.response(), "location"),
        Some("https://www.contoso.com/bye")
    );
}

#[test]
fn au_7_xc_28_purge_asks_first() {
    let asked = call("GET", "/.auth/purge/github?post_logout_redirect_uri=/bye")
        .sent_by(&jane())
        .response();
    assert_eq!(asked.status, 200);
    assert!(set_cookies(&asked).is_empty());
    assert!(html(&asked).contains("<b>jane</b>"));
    assert!(html(&asked).contains(r#"value="/bye""#));
    let body = "post_logout_redirect_uri=/bye";
    let done = post("/.auth/purge/github", FORM, body)
        .sent_by(&jane())
        .response();
    assert_eq!(done.status, 302);
    assert_eq!(header(&done, "location"), Some("http://localhost:4280/bye"));
    assert_eq!(set_cookies(&done).len(), 1);
}

#[test]
fn xc_30_no_answer_has_cors_headers_and_none_is_stored() {
    for mut call in [
        call("GET", "/.auth/me"),
        call("GET", "/.auth/login/github"),
        call("OPTIONS", "/.auth/me"),
        call("GET", "/.auth/logout"),
        post("/.auth/login/github", JSON, r#"{"userDetails":"x"}"#),
    ] {
        call.origin = Some("https://evil.example".into());
        let response = call.response();
        assert_eq!(header(&response, "cache-control"), Some("no-store"));
        assert!(
            !response
                .headers
                .iter()
                .any(|(name, _)| name.starts_with("access-control"))
        );
    }
}

#[test]
fn au_72_roles_can_be_added_between_reading_and_finishing() {
    let response = post("/.auth/login/aad", FORM, "userDetails=joe").with(|request| {
        let mut sign_in = read_sign_in(request).unwrap().unwrap();
        sign_in.principal.add_roles(["editor", "authenticated"]);
        finish(request, sign_in)
    });
    assert_eq!(
        signed_in(&response).user_roles,
        ["anonymous", "authenticated", "editor"]
    );
    assert!(call("GET", "/.auth/login/aad").with(|r| read_sign_in(r).is_none()));
    assert!(call("POST", "/.auth/login/nobody").with(|r| read_sign_in(r).is_none()));
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,40}",
        "(/|%|2|F|\\\\|:|\\?|&|=|é|\r|\n|\\.auth|login|github){0,12}"
    ]
}

proptest! {
    #[test]
    fn no_request_panics_and_every_header_can_be_sent(
        method in prop_oneof!["GET", "HEAD", "POST", "[A-Z]{0,8}"],
        path in prop_oneof![
            text(),
            text().prop_map(|rest| format!("/.auth/{rest}")),
            "/\\.auth/(login/github|login/aad|logout|purge/aad|me)",
        ],
        query in proptest::option::of(prop_oneof![
            text(),
            text().prop_map(|to| format!("post_login_redirect_uri={to}&post_logout_redirect_uri={to}")),
        ]),
        content_type in proptest::option::of(prop_oneof![FORM, JSON, ".{0,20}"]),
        body in proptest::option::of(prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..80),
            text().prop_map(|user| format!("userDetails={user}&userRoles={user}").into_bytes()),
            text().prop_map(|user| serde_json::json!({"userDetails": user, "userRoles": [user]}).to_string().into_bytes()),
        ]),
        cookies in proptest::collection::vec(any::<u8>(), 0..60),
        origin in proptest::option::of(text()),
        sec_fetch_site in proptest::option::of("(same-origin|none|.{0,5})"),
        forwarded in proptest::option::of(text()),
        secure in any::<bool>(),
    ) {
        let call = Call {
            method, path, query, body, cookies, origin, sec_fetch_site, forwarded, secure,
            content_type: content_type.map(|value| value.to_string()),
            providers: Providers::from_config(None),
            picker: Picker::default(),
        };
        if let Answer::Response(response) = call.with(answer) {
            for (name, value) in &response.headers {
                prop_assert!(value.bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{}: {:?}", name, value);
            }
        }
    }
}
