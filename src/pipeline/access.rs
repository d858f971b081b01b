//! What stands before a deployed environment: password protection (EN-16, AU-9) and the link of an invitation (AU-8).
//! Behind the network rules (NW-1), before everything else. That API paths are behind it too is inferred (EN-16).

use std::borrow::Cow;
use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, COOKIE, HeaderValue, LOCATION, RETRY_AFTER,
    SET_COOKIE,
};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::auth::cookie::value_of;
use crate::auth::exchange::parameter;
use crate::auth::redirect::local_path;
use crate::deployment::invitations::COOKIE as INVITATION;
use crate::deployment::password::same;
use crate::deployment::users;
use crate::http::{BodyLimit, read_body};
use crate::pages::{self, password::PasswordPage};
use crate::routing::url::encode_component;

use super::context::RequestContext;
use super::password_attempts::Verdict;
use super::reason::Reason;
use super::resolution::{Handler, Resolution};
use super::sign_in::unread;
use super::state::Access;

/// Where the password is typed (AU-9).
const LOGIN: &str = "/.auth/basicAuth/login";
/// Where scripts send it (AU-82).
const CALLBACK: &str = "/.auth/basicAuth/login/callback";
/// The cookie of a visitor who knew the password. Its name in Azure is not known.
const SESSION: &str = "StaticWebAppsPasswordCookie";
/// No password is longer.
const LIMIT: BodyLimit = BodyLimit {
    bytes: 4096,
    time: Duration::from_secs(10),
};

/// Whether the caller knows the password, or none is asked for.
pub(super) fn is_open(access: &Access, request: &HttpRequest) -> bool {
    let Some((_, session)) = &access.password else {
        return true;
    };
    let cookies = request.headers().get_all(COOKIE);
    value_of(cookies.map(|value| value.as_bytes()), SESSION)
        .is_some_and(|value| same(value, session))
}

/// The answer in place of the environment's; `None` when the request may go on.
pub(super) fn resolve<'a>(access: &Access, request: &HttpRequest) -> Option<Resolution<'a>> {
    let path = request.path();
    let is_page = path.eq_ignore_ascii_case(LOGIN);
    if access.password.is_some() && (is_page || path.eq_ignore_ascii_case(CALLBACK)) {
        let (handler, status) = match *request.method() {
            Method::POST => (Handler::PasswordCheck, None),
            Method::GET | Method::HEAD if is_page => (Handler::PasswordPage, Some(StatusCode::OK)),
            _ => (Handler::Empty, Some(StatusCode::METHOD_NOT_ALLOWED)),
        };
        let reason = Reason::Access("password protection");
        return Some(Resolution::new(handler, reason).with_status(status));
    }
    if !is_open(access, request) {
        // The query is lost, as on Azure (AU-9), and the path has no slash at its beginning (AU-82).
        let path = path.trim_start_matches('/');
        let to = format!("{LOGIN}?originalPath={}", encode_component(path));
        let reason = Reason::Access("password protection");
        return Some(Resolution::redirect(302, Cow::Owned(to), reason));
    }
    let is_invitation = request.method() == Method::GET && path.eq_ignore_ascii_case(users::PATH);
    is_invitation.then(|| Resolution::new(Handler::Invitation, Reason::Access("an invitation")))
}

/// Answers for the typed password and for the link of an invitation.
pub(super) async fn respond(
    context: &RequestContext<'_>,
    handler: &Handler<'_>,
    payload: Payload,
) -> (HttpResponse, Reason) {
    let request = context.request;
    match (&context.app().access, handler) {
        (Some(access), Handler::PasswordCheck) => log_in(access, request, payload).await,
        (Some(access), _) => invitation(access, request),
        (None, _) => refused(StatusCode::NOT_FOUND),
    }
}

fn refused(status: StatusCode) -> (HttpResponse, Reason) {
    (
        HttpResponse::new(status),
        Reason::Access("password protection"),
    )
}

/// Judges a password.
async fn log_in(
    access: &Access,
    request: &HttpRequest,
    payload: Payload,
) -> (HttpResponse, Reason) {
    let Some((password, session)) = &access.password else {
        return refused(StatusCode::NOT_FOUND);
    };
    let body = match read_body(payload, LIMIT).await {
        Ok(body) => body,
        Err(error) => return unread(&error),
    };
    let field = |name: &str| {
        form_urlencoded::parse(&body)
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    let typed = sent_by_script(request).or_else(|| field("password"));
    let typed = typed.unwrap_or_default();
    match access.attempts.judge(password.clone(), typed).await {
        Verdict::Right => {}
        Verdict::Wrong => {
            let error = Some("That is not the password.");
            let response = page(request, StatusCode::UNAUTHORIZED, error);
            return (response, Reason::Access("the password was wrong"));
        }
        Verdict::TooMany(wait) => {
            let error = Some("Too many wrong passwords. Wait a minute.");
            let mut response = page(request, StatusCode::TOO_MANY_REQUESTS, error);
            let wait = HeaderValue::from(wait.as_secs() + 1);
            response.headers_mut().insert(RETRY_AFTER, wait);
            return (response, Reason::Access("too many wrong passwords"));
        }
    }
    let original = field("originalPath");
    let original = original.or_else(|| Some(original_path(request)?.into_owned()));
    let original = original.unwrap_or_default();
    // Whatever it is, it is below this site's root.
    let to = local_path(&format!("/{}", original.trim_start_matches('/')));
    let response = redirect(&to, SESSION, session);
    (response, Reason::Access("the password was right"))
}

/// The password of an `Authorization: Basic` header; its user name does not count (AU-82).
fn sent_by_script(request: &HttpRequest) -> Option<String> {
    let value = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    let decoded = scheme
        .eq_ignore_ascii_case("basic")
        .then(|| STANDARD.decode(token))?;
    let pair = String::from_utf8(decoded.ok()?).ok()?;
    Some(pair.split_once(':')?.1.to_owned())
}

fn original_path(request: &HttpRequest) -> Option<Cow<'_, str>> {
    parameter(request.uri().query(), "originalPath")
}

/// Keeps an invitation until its reader has signed in, or says why it is not one (400, RO-2).
fn invitation(access: &Access, request: &HttpRequest) -> (HttpResponse, Reason) {
    let query = request.uri().query().unwrap_or_default();
    match access.invitations.read(query) {
        Ok(invitation) => {
            let to = format!(
                "/.auth/login/{}?post_login_redirect_uri=%2F",
                encode_component(&invitation.provider)
            );
            let response = redirect(&to, INVITATION, &encode_component(query));
            let reason = "an invitation, to be accepted by signing in";
            (response, Reason::Access(reason))
        }
        Err(why) => {
            let page = pages::error_page(400, Some(why));
            (html(StatusCode::BAD_REQUEST, page), Reason::Access(why))
        }
    }
}

/// A redirect that sets a cookie. Without a domain: a browser sends it to this host alone (EN-11).
fn redirect(location: &str, cookie: &str, value: &str) -> HttpResponse {
    let mut response = HttpResponse::with_body(StatusCode::FOUND, BoxBody::new(()));
    let cookie = format!("{cookie}={value}; path=/; HttpOnly; SameSite=Lax");
    for (name, value) in [(LOCATION, location), (SET_COOKIE, &cookie)] {
        match HeaderValue::from_str(value) {
            Ok(value) => response.headers_mut().append(name, value),
            Err(_) => log::error!("{value:?} cannot be a `{name}` header"),
        }
    }
    response
}

/// The page where the password is typed.
pub(super) fn page(request: &HttpRequest, status: StatusCode, error: Option<&str>) -> HttpResponse {
    let original = original_path(request);
    let page = PasswordPage {
        action: LOGIN,
        original_path: original.as_deref().unwrap_or_default(),
        error,
    };
    match *request.method() {
        Method::HEAD => html(status, String::new()),
        _ => html(status, page.to_html()),
    }
}

fn html(status: StatusCode, page: String) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(page)
}
