//! What is fuzzed: each function takes any bytes and panics when a promise is broken. `tests/it/fuzz_smoke.rs` runs the
//! same functions on a stable toolchain.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use actix_http::header::{ACCEPT_ENCODING, HeaderMap, HeaderName, HeaderValue, IF_RANGE, RANGE};
use cygnet::auth::CookieReading;
use cygnet::auth::cookie::{auth_cookie_names, principal_from_cookies, set_cookie_headers};
use cygnet::auth::is_identity_header;
use cygnet::auth::redirect::{local_path, redirect_target};
use cygnet::auth::sign_in::{FormFields, principal_from_json};
use cygnet::backend::headers::{Values, to_backend, to_dev_server};
use cygnet::config;
use cygnet::config::pattern::Pattern;
use cygnet::content::conditional::{LastModified, RangeRequest, range};
use cygnet::content::encoding::accepted;
use cygnet::deployment::model::{DeployedApp, DeploymentState, VERSION};
use cygnet::deployment::users::Invitation;
use cygnet::finding::{Severity, Source, render};
use cygnet::functions::untrusted;
use cygnet::link::model::Plan;
use cygnet::routing::path::{
    clean, decode, is_api, is_auth, is_data_api, login_provider, normalize,
};
use cygnet::routing::{Caller, ErrorCause, Method, Outcome, RequestFacts, Rules, decide};

/// How long an entry may take for the largest input, in a build without optimization on a busy machine. What is quadratic in
/// 64 KiB takes longer.
const LIMIT: Duration = Duration::from_secs(3);

/// Runs an entry, which must end in time.
pub(crate) fn limited(entry: fn(&[u8]), data: &[u8]) {
    let start = Instant::now();
    entry(data);
    let took = start.elapsed();
    assert!(took < LIMIT, "{took:?} for {} bytes", data.len());
}

fn text(data: &[u8]) -> String {
    String::from_utf8_lossy(data).into_owned()
}

/// Reading a configuration never panics; what it finds points into the text, and an error means no configuration.
pub(crate) fn config(data: &[u8]) {
    let source = Source::new("staticwebapp.config.json", text(data));
    let outcome = config::read(&source);
    let failed = outcome
        .findings
        .iter()
        .any(|found| found.severity == Severity::Error);
    assert_eq!(outcome.config.is_none(), failed);
    for found in &outcome.findings {
        assert!(found.place.span().start <= found.place.span().end);
        assert!(found.place.span().end <= source.text().len());
        assert!(!render(Some(&source), found).is_empty());
    }
}

/// A path is absolute afterwards, climbs nowhere, and is what it was when it holds no escape left to read.
pub(crate) fn paths(data: &[u8]) {
    let raw = text(data);
    let path = normalize(&raw);
    assert!(path.starts_with('/'), "{path}");
    assert!(!path.split('/').any(|segment| segment == ".."), "{path}");
    if !path.contains('%') {
        assert_eq!(normalize(&path), path);
    }
}

/// The input's lines: a configuration on the first, then requests as `METHOD path role,role`.
pub(crate) fn decisions(data: &[u8]) {
    let input = text(data);
    let mut lines = input.lines();
    let source = Source::new("staticwebapp.config.json", lines.next().unwrap_or_default());
    let Some(config) = config::read(&source).config else {
        return;
    };
    let rules = Rules::new(Arc::new(config));
    for line in lines.take(32) {
        let mut words = line.split(' ');
        let method = words.next().unwrap_or_default();
        let path = normalize(words.next().unwrap_or_default());
        let roles: Option<Vec<String>> = words
            .next()
            .map(|roles| roles.split(',').map(str::to_owned).collect());
        for bits in 0..8 {
            let facts = RequestFacts {
                method: Method::parse(method),
                caller: match &roles {
                    Some(roles) => Caller::SignedIn(roles),
                    None => Caller::Anonymous,
                },
                has_api: bits & 1 != 0,
                has_data_api: bits & 2 != 0,
                any_method: bits & 4 != 0,
                ..RequestFacts::of_get(&path)
            };
            agrees(&rules, &facts, method);
        }
    }
}

/// The decision against a plain reading of the rules: the first whose pattern and methods fit (RT-10…RT-12), not
/// compiled and not indexed.
fn agrees(rules: &Rules, facts: &RequestFacts<'_>, method: &str) {
    let decision = decide(rules, facts);
    let routes = &rules.config().routes;
    if decision.outcome == Outcome::Error(ErrorCause::RolesSource) {
        assert!(facts.has_api && rules.is_roles_source(facts.path));
        return;
    }
    let path = facts.path;
    let known = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "CONNECT", "OPTIONS", "TRACE",
    ];
    let found = routes.iter().position(|rule| {
        let listed = rule.methods.as_ref().is_none_or(|methods| {
            known.contains(&method) && methods.iter().any(|listed| listed.value == method)
        });
        let redirects_to_itself = rule
            .redirect
            .as_ref()
            .is_some_and(|to| to.value.replace('#', "%23") == path);
        let may_match = !is_auth(path)
            || (rule.allowed_roles.is_empty()
                && !matches!(rule.pattern, Pattern::Prefix(_) | Pattern::Extension { .. })
                && login_provider(&rule.route.value).is_some());
        let matches = rules.path_matches(&rule.pattern, facts);
        listed && may_match && !redirects_to_itself && matches
    });
    assert_eq!(decision.rule, found, "{method} {path}");
    match decision.outcome {
        Outcome::Api(_) => assert!(facts.has_api),
        Outcome::DataApi(_) => assert!(facts.has_data_api),
        Outcome::Content { .. } => assert!(facts.any_method || facts.method.is_static()),
        _ => {}
    }
    // A guarded rule lets nobody else through.
    if let Some(rule) = found.map(|at| &routes[at])
        && let Outcome::Api(_) | Outcome::DataApi(_) | Outcome::Content { .. } = decision.outcome
        && !rule.allowed_roles.is_empty()
    {
        let has = |role: &str| match facts.caller {
            Caller::Anonymous => false,
            Caller::SignedIn(roles) => roles.iter().any(|own| own == role),
        };
        let allowed = rule
            .allowed_roles
            .iter()
            .any(|role| role.value == "anonymous" || has(&role.value));
        assert!(allowed, "{method} {path}");
    }
    assert!(!(is_api(path) && is_data_api(path)));
}

/// Any `Cookie` header is read; what is read can be set and read back.
pub(crate) fn cookies(data: &[u8]) {
    let names = auth_cookie_names([data].into_iter());
    assert!(names.iter().all(|name| name.starts_with("StaticWebApps")));
    let CookieReading::SignedIn(principal) = principal_from_cookies([data].into_iter()) else {
        return;
    };
    for role in ["anonymous", "authenticated"] {
        assert!(principal.user_roles.iter().any(|own| own == role));
    }
    let Ok(set) = set_cookie_headers(&principal, &[], false) else {
        return;
    };
    let sent: Vec<&str> = set
        .iter()
        .map(|cookie| cookie.split(';').next().unwrap_or_default())
        .collect();
    let again = principal_from_cookies([sent.join("; ").as_bytes()].into_iter());
    assert_eq!(again.principal(), Some(&principal));
}

/// The first byte is the length of a body, a line break ends `Range`, the rest is `If-Range`.
pub(crate) fn ranges(data: &[u8]) {
    let Some((&length, rest)) = data.split_first() else {
        return;
    };
    let length = u64::from(length) * 17;
    let mut headers = HeaderMap::new();
    let mut add = |name: HeaderName, value: Option<&[u8]>| {
        if let Some(value) = value.and_then(|value| HeaderValue::from_bytes(value).ok()) {
            headers.append(name, value);
        }
    };
    let mut lines = rest.split(|&byte| byte == b'\n');
    add(RANGE, lines.next());
    add(IF_RANGE, lines.next());
    let modified = LastModified::new(
        UNIX_EPOCH + Duration::from_secs(1_000_000),
        SystemTime::now(),
    );
    let etag = HeaderValue::from_static("\"abc\"");
    if let RangeRequest::Part(part) = range(&headers, &etag, modified, length) {
        assert!(
            part.start < part.end && part.end <= length,
            "{part:?} of {length}"
        );
    }
}

/// The first line is a route template, each further one a path.
pub(crate) fn templates(data: &[u8]) {
    let input = text(data);
    let mut lines = input.lines();
    let template = lines.next().unwrap_or_default();
    for path in lines.take(16) {
        match cygnet::functions::match_template(template, path) {
            Ok(Some(values)) => {
                for (name, _) in values {
                    assert!(template.contains(&name), "{name} in {template}");
                }
            }
            Ok(None) => {}
            Err(why) => {
                assert!(!why.is_empty());
                return;
            }
        }
    }
}

/// Whoever leaves the site asked for it by scheme and host, and it is said.
pub(crate) fn redirects(data: &[u8]) {
    let raw = text(data);
    let own = url::Url::parse("http://localhost:4280").expect("a URL");
    let redirect = redirect_target(Some(&raw), "http://localhost:4280", None);
    assert!(
        redirect
            .location
            .bytes()
            .all(|byte| byte.is_ascii_graphic())
    );
    let stays = |location: &str| {
        let reached = own.join(location);
        reached.is_ok_and(|reached| reached.origin() == own.origin())
    };
    if !stays(&redirect.location) {
        assert!(redirect.note.is_some(), "{redirect:?}");
        let lower = raw.trim_matches(' ').to_ascii_lowercase();
        assert!(lower.starts_with("http://") || lower.starts_with("https://"));
    }
    assert!(stays(&local_path(&raw)));
}

/// A sign-in, as a form and as JSON, gives a principal with the roles that everybody has, or says why not.
pub(crate) fn sign_ins(data: &[u8]) {
    let read = [
        FormFields::parse(data).principal("github"),
        principal_from_json("github", data),
    ];
    for principal in read {
        match principal {
            Ok(principal) => {
                assert!(!principal.user_details.is_empty());
                let has = |role: &str| principal.user_roles.iter().any(|own| own == role);
                assert!(has("anonymous") && has("authenticated"));
            }
            Err(why) => assert!(!why.is_empty()),
        }
    }
}

/// Any `Accept-Encoding` names each coding once at most.
pub(crate) fn encodings(data: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in data.split(|&byte| byte == b'\n') {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(ACCEPT_ENCODING, value);
        }
    }
    if let [Some(first), Some(second)] = accepted(&headers) {
        assert_ne!(first, second);
    }
}

/// A path on the first line, a guarded route of a function on the second: whatever reaches the function meets the rule on its
/// route.
pub(crate) fn spellings(data: &[u8]) {
    let input = text(data);
    let (raw, route) = input.split_once('\n').unwrap_or((&input, "secret"));
    let sent = clean(raw);
    assert_eq!(clean(&sent), sent);
    assert_eq!(decode(&sent), normalize(raw));
    // A route of letters; the rules have another language for all else.
    if route.is_empty() || !route.chars().all(|letter| letter.is_alphanumeric()) {
        return;
    }
    let configuration = format!(
        r#"{{"routes": [{{"route": "/api/{route}", "allowedRoles": ["a"]}}, {{"route": "/api/{route}/*", "allowedRoles": ["a"]}}]}}"#
    );
    let source = Source::new("staticwebapp.config.json", configuration);
    let Some(config) = config::read(&source).config else {
        return;
    };
    let rules = Rules::new(Arc::new(config));
    let path = normalize(raw);
    let facts = RequestFacts::of_get(&path);
    if let Outcome::Api(_) = decide(&rules, &facts).outcome {
        for template in [format!("api/{route}"), format!("api/{route}/{{*rest}}")] {
            let found = cygnet::functions::match_template(&template, &decode(&sent));
            assert_eq!(found, Ok(None), "{raw} reaches {template}");
        }
    }
}

/// A header on each line: nobody says who they are, and what `Connection` lists stays.
pub(crate) fn headers(data: &[u8]) {
    let mut from = HeaderMap::new();
    for line in data.split(|&byte| byte == b'\n').take(96) {
        let mut parts = line.splitn(2, |&byte| byte == b':');
        let name = parts
            .next()
            .and_then(|name| HeaderName::from_bytes(name).ok());
        let value = parts
            .next()
            .and_then(|value| HeaderValue::from_bytes(value).ok());
        if let (Some(name), Some(value)) = (name, value) {
            from.append(name, value);
        }
    }
    let (mut to, mut values) = (Default::default(), Values::with_capacity(0));
    to_backend(&from, (&mut to, &mut values), false, false);
    for copied in [to, to_dev_server(&from)] {
        assert!(copied.len() <= from.len());
        for name in copied.keys() {
            assert!(!is_identity_header(name.as_str()), "{name}");
            assert!(
                !["connection", "transfer-encoding", "te", "content-length"]
                    .contains(&name.as_str())
            );
        }
    }
}

/// Nobody makes an invitation without the secret.
pub(crate) fn invitations(data: &[u8]) {
    let state = DeploymentState {
        version: VERSION,
        app: DeployedApp {
            name: "shop".to_owned(),
            plan: Plan::Standard,
            secret: "5e".repeat(32),
        },
        environments: Vec::new(),
        password: None,
        users: Vec::new(),
    };
    let read = Invitation::read(&state, &text(data), "shop.localhost", 0);
    assert!(read.is_err_and(|why| !why.is_empty()));
}

/// A `host.json`, and behind the first NUL settings as lines `name=value`.
pub(crate) fn host_json(data: &[u8]) {
    let input = text(data);
    let (file, settings) = input.split_once('\0').unwrap_or((&input, ""));
    let settings = settings
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    match untrusted::host_json(file, settings.collect()) {
        Ok(warnings) => assert!(warnings.iter().all(|warning| !warning.is_empty())),
        Err(why) => assert!(!why.is_empty()),
    }
}

/// What workers say, in both protocols; in which pieces it comes changes nothing.
pub(crate) fn frames(data: &[u8]) {
    let whole = untrusted::worker_answer(data, usize::MAX);
    assert_eq!(untrusted::worker_answer(data, 7), whole);
    if let Ok(body) = whole {
        assert!(data.ends_with(&body));
    }
    let _ = untrusted::worker_message(data);
}

/// Any `swa-cli.config.json`, its first configuration chosen.
pub(crate) fn swa_config(data: &[u8]) {
    let file = cygnet::settings::file::ConfigFile::of("swa-cli.config.json".into(), &text(data));
    let mut notices = Vec::new();
    let read = file.configuration(
        &mut notices,
        |names, _| Ok((!names.is_empty()).then_some(0)),
    );
    if let Err(why) = read {
        assert!(!why.to_string().is_empty());
    }
}

/// Any file of route tests: each test that is read can be asked, and whatever is wrong has its place and can be shown.
pub(crate) fn route_tests(data: &[u8]) {
    let source = Source::new("routes.test.jsonc", text(data));
    match cygnet::route_tests::read::read(&source) {
        Ok(tests) => {
            for test in tests {
                assert!(!test.title().is_empty() || test.name.is_some());
                assert!(test.request.question().is_ok());
                assert!(!test.expected.is_empty());
                for expected in &test.expected {
                    let at = expected.span;
                    assert!(test.span.start <= at.start && at.end <= test.span.end);
                }
            }
        }
        Err(findings) => {
            assert!(!findings.is_empty());
            for found in &findings {
                assert!(found.place.span().end <= source.text().len());
                assert!(!render(Some(&source), found).is_empty());
            }
        }
    }
}
