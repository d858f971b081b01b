//! What stands before a deployed environment: password protection (EN-16, AU-9) and the link of an invitation (AU-8).
//! Behind the network rules (NW-1), before everything else. That API paths are behind it too is inferred (EN-16).

use std::borrow::Cow;
use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, COOKIE, HeaderValue, LOCATION, RETRY_AFTER, SET_COOKIE,
};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};

use crate::auth::cookie::value_of;
use crate::auth::endpoints::parameter;
use crate::auth::redirect::local_path;
use crate::deployment::invitations::COOKIE as INVITATION;
use crate::deployment::password::same;
use crate::deployment::users;
use crate::http::{BodyLimit, read_body};
use crate::pages::{self, password::PasswordPage};
use crate::routing::url::encode_component;

use super::context::RequestContext;
use super::password_attempts::Verdict;
use super::record::Reason;
use super::resolution::{Handler, Resolution};
use super::sign_in::unread;
use super::state::Access;

/// Where the password is typed (AU-9).
const LOGIN: &str = "/.auth/basicAuth/login";
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
    if access.password.is_some() && path.eq_ignore_ascii_case(LOGIN) {
        let (handler, status) = match *request.method() {
            Method::GET | Method::HEAD => (Handler::PasswordPage, Some(StatusCode::OK)),
            Method::POST => (Handler::PasswordCheck, None),
            _ => (Handler::Empty, Some(StatusCode::METHOD_NOT_ALLOWED)),
        };
        let reason = Reason::Access("password protection");
        return Some(Resolution::new(handler, reason).with_status(status));
    }
    if !is_open(access, request) {
        // The query is lost, as on Azure.
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
            .unwrap_or_default()
    };
    let typed = field("password");
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
    let response = redirect(&local_path(&field("originalPath")), SESSION, session);
    (response, Reason::Access("the password was right"))
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
    let original = parameter(request.uri().query(), "originalPath");
    let page = PasswordPage {
        action: LOGIN,
        original_path: original.as_deref().unwrap_or("/"),
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
