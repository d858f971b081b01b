//! Identity providers that do not speak OpenID Connect, before stand-ins of their documented endpoints; and what Google's and
//! Apple's differ in.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex};

use cygnet::auth::real::discovery::{ClientAuthentication, Discovery, Endpoints};
use cygnet::auth::real::error::SignInError;
use cygnet::auth::real::provider::{AuthorizationRequest, Client, Grant, Identity, Provider};
use cygnet::auth::real::providers::facebook::Facebook;
use cygnet::auth::real::providers::github::GitHub;
use cygnet::auth::real::providers::oauth1::Signer;
use cygnet::auth::real::providers::oauth2::OAuth2Endpoints;
use cygnet::auth::real::providers::open_id::{OpenId, Profile, TokenUse};
use cygnet::auth::real::providers::twitter::{OAuth1Endpoints, Twitter};
use cygnet::auth::real::providers::{apple, google};

use cygnet::config::model::Registration;
use cygnet::finding::Source;

use crate::emulator::{Emulator, site, write};
use crate::roles_source::whole;
use crate::support::{RawUpstream, header};

/// A provider that gives its answers by path, and keeps what it is asked.
struct StandIn {
    server: RawUpstream,
    asked: Arc<Mutex<Vec<String>>>,
}

impl StandIn {
    fn new(answers: &'static [(&'static str, u16, &'static str)]) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&asked);
        let server = RawUpstream::start(move |mut stream, _| {
            let Some(request) = whole(&mut stream) else {
                return;
            };
            let path = request.split([' ', '?']).nth(1).unwrap().to_owned();
            kept.lock().unwrap().push(request);
            let found = answers.iter().find(|(known, ..)| *known == path);
            let (_, status, body) = found.unwrap_or_else(|| panic!("nobody asks for {path}"));
            let head = format!(
                "HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(format!("{head}{body}").as_bytes());
        });
        Self { server, asked }
    }

    fn url<T: std::str::FromStr<Err = String>>(&self, path: &str) -> T {
        format!("http://{}{path}", self.server.address)
            .parse()
            .unwrap()
    }

    fn oauth2(&self) -> OAuth2Endpoints {
        OAuth2Endpoints {
            authorization: self.url("/authorize"),
            token: self.url("/token"),
            user: self.url("/user"),
        }
    }

    fn oauth1(&self) -> OAuth1Endpoints {
        OAuth1Endpoints {
            request_token: self.url("/request_token"),
            authenticate: self.url("/authenticate"),
            access_token: self.url("/access_token"),
        }
    }

    /// Head and body of each request so far.
    fn asked(&self) -> Vec<(String, String)> {
        let asked = self.asked.lock().unwrap();
        let halves = asked.iter().map(|it| it.split_once("\r\n\r\n").unwrap());
        halves
            .map(|(head, body)| (head.to_owned(), body.to_owned()))
            .collect()
    }
}

fn client() -> Client {
    Client {
        id: "the app".to_owned(),
        secret: Some("app secret".to_owned()),
    }
}

const CALLBACK: &str = "http://localhost:4280/.auth/login/x/callback";

/// The address that a browser is sent to, and its parameters.
fn authorize(provider: &dyn Provider) -> Result<(String, HashMap<String, String>), SignInError> {
    let request = AuthorizationRequest {
        redirect_uri: CALLBACK.to_owned(),
        state: "the-state".to_owned(),
        nonce: "the-nonce".to_owned(),
        code_challenge: "the-challenge".to_owned(),
        query: String::new(),
    };
    let url = actix_web::rt::System::new().block_on(provider.authorize(&request))?;
    let url = url::Url::parse(&url).unwrap();
    let parameters = url.query_pairs().into_owned().collect();
    Ok((url[..url::Position::AfterPath].to_owned(), parameters))
}

fn redeem(provider: &dyn Provider) -> Result<Identity, SignInError> {
    let grant = Grant {
        code: "the code".to_owned(),
        redirect_uri: CALLBACK.to_owned(),
        code_verifier: "the-verifier".to_owned(),
        nonce: "the-nonce".to_owned(),
        issuer: None,
    };
    actix_web::rt::System::new().block_on(provider.redeem(&grant))
}

/// The claims, by the last part of their types.
fn claims(identity: &Identity) -> Vec<(&str, &str)> {
    let claims = identity.claims.iter();
    claims
        .map(|claim| (claim.typ.rsplit('/').next().unwrap(), claim.val.as_str()))
        .collect()
}

/// The provider's words.
fn refusal(error: SignInError) -> (String, Option<String>) {
    match error {
        SignInError::Provider { code, description } => (code, description),
        other => panic!("{other:?}"),
    }
}

const CODE_FORM: &str = "grant_type=authorization_code&code=the+code&redirect_uri=http%3A%2F%2Flocalhost%3A4280%2F.auth%2Flogin%2Fx%2Fcallback&code_verifier=the-verifier&client_id=the+app&client_secret=app+secret";

#[test]
fn github_is_asked_who_the_token_belongs_to() {
    let github = StandIn::new(&[
        (
            "/token",
            200,
            r#"{"access_token": "gho_1", "token_type": "bearer", "scope": "read:user"}"#,
        ),
        (
            "/user",
            200,
            r#"{"login": "octocat", "id": 583231, "name": "The Öctocat", "email": null, "site_admin": false}"#,
        ),
    ]);
    let provider = GitHub::new(client(), &[], github.oauth2());
    let (at, sent) = authorize(&provider).unwrap();
    assert!(at.ends_with("/authorize"));
    for (name, value) in [
        ("client_id", "the app"),
        ("redirect_uri", CALLBACK),
        ("scope", "read:user"),
        ("state", "the-state"),
        ("code_challenge", "the-challenge"),
        ("code_challenge_method", "S256"),
        ("response_type", "code"),
    ] {
        assert_eq!(sent[name], value, "{name}");
    }
    let identity = redeem(&provider).unwrap();
    assert_eq!(
        (identity.subject.as_str(), identity.user_details.as_str()),
        ("583231", "octocat"),
        "AU-35"
    );
    assert_eq!(identity.access_token.as_deref(), Some("gho_1"));
    assert_eq!(
        claims(&identity),
        [
            ("nameidentifier", "583231"),
            ("name", "The Öctocat"),
            ("urn:github:id", "583231"),
            ("urn:github:login", "octocat"),
            ("urn:github:name", "The Öctocat"),
            ("urn:github:site_admin", "false"),
        ]
    );
    let [(token, form), (user, _)] = <[_; 2]>::try_from(github.asked()).unwrap();
    assert_eq!(form, CODE_FORM);
    // Without these GitHub answers with a form, or 403.
    assert_eq!(header(&token, "accept"), Some("application/json"));
    assert_eq!(header(&user, "accept"), Some("application/vnd.github+json"));
    assert_eq!(header(&user, "authorization"), Some("Bearer gho_1"));
    for head in [&token, &user] {
        assert!(header(head, "user-agent").unwrap().starts_with("cygnet/"));
    }
    let scopes = ["read:user".to_owned(), "user:email".to_owned()];
    let provider = GitHub::new(client(), &scopes, github.oauth2());
    assert_eq!(
        authorize(&provider).unwrap().1["scope"],
        "read:user user:email"
    );
}

#[test]
fn github_refuses_with_200_and_its_api_with_a_message() {
    let github = StandIn::new(&[(
        "/token",
        200,
        r#"{"error": "bad_verification_code", "error_description": "The code passed is incorrect or expired.", "error_uri": "https://x"}"#,
    )]);
    let provider = GitHub::new(client(), &[], github.oauth2());
    let (code, text) = refusal(redeem(&provider).err().unwrap());
    assert_eq!(code, "bad_verification_code");
    assert_eq!(
        text.as_deref(),
        Some("The code passed is incorrect or expired.")
    );
    let github = StandIn::new(&[
        ("/token", 200, r#"{"access_token": "gho_1"}"#),
        (
            "/user",
            401,
            r#"{"message": "Bad credentials", "documentation_url": "https://x"}"#,
        ),
    ]);
    let provider = GitHub::new(client(), &[], github.oauth2());
    let (code, text) = refusal(redeem(&provider).err().unwrap());
    assert_eq!(
        (code.as_str(), text.as_deref()),
        ("401", Some("Bad credentials"))
    );
    let github = StandIn::new(&[
        ("/token", 200, r#"{"access_token": "gho_1"}"#),
        ("/user", 200, r#"{"login": "nobody"}"#),
    ]);
    let error = redeem(&GitHub::new(client(), &[], github.oauth2()))
        .err()
        .unwrap();
    assert!(matches!(error, SignInError::Unavailable(_)), "{error:?}");
}

#[test]
fn facebook_gives_an_address_if_there_is_one_and_asks_for_a_proof() {
    const TOKEN: (&str, u16, &str) = (
        "/token",
        200,
        r#"{"access_token": "fb-token", "token_type": "bearer", "expires_in": 5183944}"#,
    );
    let facebook = StandIn::new(&[
        TOKEN,
        (
            "/user",
            200,
            r#"{"id": "1015", "name": "Zoë Å", "email": "zoe\u0040pond.example", "first_name": "Zoë", "last_name": "Å"}"#,
        ),
    ]);
    let provider = Facebook::new(client(), &[], facebook.oauth2());
    assert_eq!(
        authorize(&provider).unwrap().1["scope"],
        "public_profile email"
    );
    let identity = redeem(&provider).unwrap();
    assert_eq!(
        (identity.subject.as_str(), identity.user_details.as_str()),
        ("1015", "zoe@pond.example")
    );
    assert_eq!(
        claims(&identity),
        [
            ("nameidentifier", "1015"),
            ("emailaddress", "zoe@pond.example"),
            ("name", "Zoë Å"),
            ("givenname", "Zoë"),
            ("surname", "Å"),
        ]
    );
    let [(_, form), (user, _)] = <[_; 2]>::try_from(facebook.asked()).unwrap();
    assert_eq!(form, CODE_FORM, "the secret is in no address");
    // HMAC-SHA256 of `fb-token` with `app secret`.
    let proof = "79d9cdc5c01ae2caf82fcd33c0d0b8a1b03f8d27d8f536f2671491988cccc516";
    let line = format!(
        "GET /user?fields=id,name,email,first_name,last_name&appsecret_proof={proof} HTTP/1.1"
    );
    assert_eq!(user.lines().next(), Some(line.as_str()));
    assert_eq!(header(&user, "authorization"), Some("Bearer fb-token"));
    let shy = StandIn::new(&[TOKEN, ("/user", 200, r#"{"id": "1015", "name": "Zoë Å"}"#)]);
    let identity = redeem(&Facebook::new(client(), &[], shy.oauth2())).unwrap();
    assert_eq!(identity.user_details, "Zoë Å");
}

#[test]
fn facebook_wraps_its_refusals() {
    const USED: &str = r#"{"error": {"message": "This authorization code has been used.", "type": "OAuthException", "code": 100, "fbtrace_id": "A"}}"#;
    let facebook = StandIn::new(&[("/token", 400, USED)]);
    let (code, text) = refusal(
        redeem(&Facebook::new(client(), &[], facebook.oauth2()))
            .err()
            .unwrap(),
    );
    assert_eq!(code, "OAuthException 100");
    assert_eq!(
        text.as_deref(),
        Some("This authorization code has been used.")
    );
    let facebook = StandIn::new(&[
        ("/token", 200, r#"{"access_token": "fb-token"}"#),
        (
            "/user",
            400,
            r#"{"error": {"message": "Invalid appsecret_proof provided in the API argument", "type": "GraphMethodException", "code": 100}}"#,
        ),
    ]);
    let (code, text) = refusal(
        redeem(&Facebook::new(client(), &[], facebook.oauth2()))
            .err()
            .unwrap(),
    );
    assert_eq!(code, "GraphMethodException 100");
    assert!(text.unwrap().contains("appsecret_proof"));
}

/// The example of X's documentation, "Creating a signature".
#[test]
fn a_signature_of_oauth_1_is_that_of_the_documented_example() {
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

#[test]
fn twitter_signs_its_calls_and_gives_the_handle() {
    let twitter = StandIn::new(&[
        (
            "/request_token",
            200,
            "oauth_token=req-1&oauth_token_secret=req-secret&oauth_callback_confirmed=true",
        ),
        (
            "/access_token",
            200,
            "oauth_token=acc-1&oauth_token_secret=acc-secret&user_id=21739128&screen_name=zoe_pond",
        ),
    ]);
    let provider = Twitter::new(client(), twitter.oauth1());
    let (at, sent) = authorize(&provider).unwrap();
    assert!(at.ends_with("/authenticate"));
    assert_eq!(sent["oauth_token"], "req-1");
    let identity = redeem(&provider).unwrap();
    assert_eq!(
        (identity.subject.as_str(), identity.user_details.as_str()),
        ("21739128", "zoe_pond"),
        "AU-35"
    );
    assert_eq!(
        claims(&identity),
        [("nameidentifier", "21739128"), ("upn", "zoe_pond")]
    );
    assert_eq!(identity.access_token, None);
    let [(begun, _), (ended, _)] = <[_; 2]>::try_from(twitter.asked()).unwrap();
    let begun = header(&begun, "authorization").unwrap();
    let ended = header(&ended, "authorization").unwrap();
    let callback = "oauth_callback=\"http%3A%2F%2Flocalhost%3A4280%2F.auth%2Flogin%2Fx%2Fcallback%3Fstate%3Dthe-state\"";
    assert!(
        begun.starts_with("OAuth ") && begun.contains(callback),
        "{begun}"
    );
    assert!(begun.contains("oauth_consumer_key=\"the%20app\"") && !begun.contains("oauth_token"));
    assert!(
        ended.contains("oauth_token=\"req-1\"") && ended.contains("oauth_verifier=\"the%20code\""),
        "{ended}"
    );
    assert!(!begun.contains("secret") && !ended.contains("secret"));
    // A verifier is good once.
    let again = redeem(&provider).err().unwrap();
    assert!(matches!(again, SignInError::NotBegun(_)), "{again:?}");
    let twitter = StandIn::new(&[(
        "/request_token",
        403,
        r#"{"errors": [{"code": 415, "message": "Callback URL not approved for this client application."}]}"#,
    )]);
    let error = authorize(&Twitter::new(client(), twitter.oauth1()))
        .err()
        .unwrap();
    let (code, text) = refusal(error);
    assert_eq!(code, "415");
    assert!(text.unwrap().starts_with("Callback URL not approved"));
}

/// What a configuration registers.
fn registration(provider: &str, section: &str) -> Registration {
    let text = format!(r#"{{"auth": {{"identityProviders": {{"{provider}": {section}}}}}}}"#);
    let read = cygnet::config::read(&Source::new("x", text));
    read.config.unwrap().auth.unwrap().registrations.remove(0)
}

/// With addresses of its own in place of a document's.
fn open_id(profile: Profile) -> OpenId {
    let url = |path: &str| format!("https://x.example/{path}").parse().unwrap();
    let endpoints = Endpoints {
        issuer: "https://x.example".to_owned(),
        authorization: url("authorize"),
        token: url("token"),
        keys: url("keys"),
        end_session: None,
        authentication: ClientAuthentication::Post,
        names_issuer: false,
    };
    let discovery = Discovery::Given(Arc::new(endpoints));
    let profile = Profile {
        discovery,
        ..profile
    };
    OpenId::new(client(), profile, Arc::default())
}

/// The well-known document of a profile.
fn document(profile: &Profile) -> &str {
    match &profile.discovery {
        Discovery::Document(url) => url.as_str(),
        Discovery::Given(_) => panic!("its addresses are given"),
    }
}

#[test]
fn google_and_apple_are_open_id_connect_at_fixed_addresses() {
    let profile = google::profile(&registration("google", "{}")).unwrap();
    let at = "https://accounts.google.com/.well-known/openid-configuration";
    assert_eq!(document(&profile), at);
    assert_eq!(profile.user_details[0], "email");
    let sent = authorize(&open_id(profile)).unwrap().1;
    assert_eq!(sent["scope"], "openid profile email");
    assert!(!sent.contains_key("response_mode"));

    let profile = apple::profile(&registration("apple", "{}")).unwrap();
    let at = "https://appleid.apple.com/.well-known/openid-configuration";
    assert_eq!(document(&profile), at);
    assert_eq!(profile.access_token, TokenUse::None);
    let sent = authorize(&open_id(profile)).unwrap().1;
    assert_eq!(sent["scope"], "openid name email");
    assert_eq!(sent["response_mode"], "form_post");
    let asked = registration("apple", r#"{"login": {"scopes": ["email"]}}"#);
    let sent = authorize(&open_id(apple::profile(&asked).unwrap()))
        .unwrap()
        .1;
    assert_eq!(sent["scope"], "openid email");
}

#[test]
fn browsers_are_sent_to_the_providers_that_the_configuration_registers() {
    let configuration = r#"{"auth": {"identityProviders": {
        "github": {"registration": {"clientIdSettingName": "GH_ID", "clientSecretSettingName": "GH_SECRET"}},
        "facebook": {"registration": {"appIdSettingName": "FB_ID", "appSecretSettingName": "FB_SECRET"},
            "login": {"scopes": ["public_profile"]}},
        "twitter": {"registration": {"consumerKeySettingName": "X_KEY", "consumerSecretSettingName": "X_SECRET"}}
    }}}"#;
    let folder = site(Some(configuration));
    let settings = "GH_ID=gh-1\nGH_SECRET=gh-secret\nFB_ID=fb-1\nFB_SECRET=fb-secret\nX_KEY=x-1\n";
    write(folder.path(), ".env", settings);
    let emulator = Emulator::start(folder.path(), &[".", "--auth", "real"]);
    let begin = |provider: &str| {
        let answer = emulator.get(&format!("/.auth/login/{provider}"));
        assert_eq!(answer.status, 302, "AU-1: {}", answer.text());
        let url = url::Url::parse(answer.header("location").unwrap()).unwrap();
        let sent: HashMap<String, String> = url.query_pairs().into_owned().collect();
        let cookie = answer.header("set-cookie").unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        (url[..url::Position::AfterPath].to_owned(), sent, cookie)
    };
    let callback = |provider: &str| {
        format!(
            "http://localhost:{}/.auth/login/{provider}/callback",
            emulator.port
        )
    };
    let (at, sent, cookie) = begin("github");
    assert_eq!(at, "https://github.com/login/oauth/authorize");
    assert_eq!(
        (sent["client_id"].as_str(), &sent["redirect_uri"]),
        ("gh-1", &callback("github"))
    );
    // What comes back when the user says no: by OAuth 2.0, and as X says it.
    let state = &sent["state"];
    let back = |query: &str, cookie: &str| {
        let path = format!("/.auth/login/github/callback?state={state}&{query}");
        emulator.send("GET", &path, &[("Cookie", cookie)], b"")
    };
    let denied = back(
        "error=access_denied&error_description=The+user+%3Cb%3Edenied",
        &cookie,
    );
    assert_eq!(denied.status, 403);
    let page = denied.text();
    assert!(
        page.contains("access_denied") && page.contains("The user &#60;b&#62;denied"),
        "{page}"
    );
    assert!(
        page.contains(&callback("github")),
        "what to register: {page}"
    );
    let (_, sent, cookie) = begin("github");
    let path = format!(
        "/.auth/login/github/callback?state={}&denied=req-1",
        sent["state"]
    );
    let denied = emulator.send("GET", &path, &[("Cookie", &cookie)], b"");
    assert_eq!(denied.status, 403, "{}", denied.text());

    let (at, sent, _) = begin("facebook");
    assert_eq!(at, "https://www.facebook.com/dialog/oauth");
    assert_eq!(
        (sent["client_id"].as_str(), sent["scope"].as_str()),
        ("fb-1", "public_profile")
    );
    // Its secret is missing: the mock stays and says so.
    let mock = emulator.get("/.auth/login/twitter");
    assert!(
        mock.status == 200 && mock.text().contains("X_SECRET"),
        "{}",
        mock.text()
    );
    for secret in ["gh-secret", "fb-secret"] {
        assert!(!emulator.output().contains(secret) && !mock.text().contains(secret));
    }
}
