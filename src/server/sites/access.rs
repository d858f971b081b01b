//! What stands before an environment: password protection (EN-16, AU-9) and the link of an invitation (AU-8).

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, COOKIE, HeaderValue, SET_COOKIE};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::StreamExt;

use super::Site;
use crate::auth::cookie::value_of;
use crate::auth::endpoints::parameter;
use crate::auth::redirect::redirect_target;
use crate::deployment::invitations::{COOKIE as INVITATION, Invitations};
use crate::deployment::model::Password;
use crate::deployment::password::{is_right, same};
use crate::deployment::users;
use crate::pages::{self, password::PasswordPage};
use crate::pipeline::Reply;
use crate::pipeline::record::Reason;
use crate::routing::url::encode_component;

/// Where the password is typed (AU-9).
pub const LOGIN: &str = "/.auth/basicAuth/login";
/// The cookie of a visitor who knew the password. Its name in Azure is not known.
const SESSION: &str = "StaticWebAppsPasswordCookie";
/// No password is longer.
const MAX_BODY: usize = 4096;

/// The door of a site.
#[derive(Debug)]
pub struct Access {
    /// The password and what the cookie of whoever knew it says.
    pub password: Option<(Password, String)>,
    /// Who may be invited.
    pub invitations: Invitations,
}

impl Access {
    /// Whether a request is answered here, and not by the site.
    pub(super) fn concerns(&self, request: &HttpRequest) -> bool {
        (self.password.is_some() && is_login_path(request))
            || !self.lets_in(request)
            || is_invitation(request)
    }

    /// Whether this request is the password, typed.
    pub(super) fn is_login(&self, request: &HttpRequest) -> bool {
        self.password.is_some() && request.method() == Method::POST && is_login_path(request)
    }

    fn lets_in(&self, request: &HttpRequest) -> bool {
        let Some((_, session)) = &self.password else {
            return true;
        };
        cookie_of(request, SESSION).is_some_and(|value| same(value, session))
    }
}

/// Answers in place of the site, if access is denied or the request is for it. That API paths are behind it too is
/// inferred (EN-16).
pub(super) fn answer(site: &Site, request: &HttpRequest) -> Option<Reply> {
    let access = &site.access;
    if access.password.is_some() && is_login_path(request) {
        return match *request.method() {
            Method::GET | Method::HEAD => Some(page(request, StatusCode::OK, None)),
            Method::POST => None,
            _ => Some(empty(StatusCode::METHOD_NOT_ALLOWED)),
        };
    }
    if !access.lets_in(request) {
        // The query is lost, as on Azure.
        let to = format!("{LOGIN}?originalPath={}", encode_component(request.path()));
        return Some(Reply::redirect(
            302,
            &to,
            Reason::Static("password protection"),
        ));
    }
    is_invitation(request).then(|| invitation(access, request))
}

/// Judges a password. Hashing takes its time on purpose, on a thread where nobody waits.
pub(super) async fn log_in(site: &Site, request: &HttpRequest, mut payload: web::Payload) -> Reply {
    let Some((password, session)) = &site.access.password else {
        return empty(StatusCode::NOT_FOUND);
    };
    let mut body = Vec::new();
    while let Some(Ok(piece)) = payload.next().await {
        body.extend_from_slice(&piece);
        if body.len() > MAX_BODY {
            return empty(StatusCode::PAYLOAD_TOO_LARGE);
        }
    }
    let field = |name: &str| {
        form_urlencoded::parse(&body)
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    let (kept, typed) = (password.clone(), field("password"));
    let right = web::block(move || is_right(&kept, &typed))
        .await
        .unwrap_or(false);
    if !right {
        return page(
            request,
            StatusCode::UNAUTHORIZED,
            Some("That is not the password."),
        );
    }
    let mut answer = Reply::redirect(
        302,
        &back(&field("originalPath")),
        Reason::Static("the password was right"),
    );
    set_cookie(&mut answer, SESSION, session);
    answer
}

/// A path of this host: nobody is sent elsewhere by a link to this page.
fn back(path: &str) -> String {
    let own = path.starts_with('/') && !path.starts_with("//") && !path.starts_with("/\\");
    let path = if own { path } else { "/" };
    redirect_target(Some(path), "http://localhost", None).location
}

fn invitation(access: &Access, request: &HttpRequest) -> Reply {
    let query = request.uri().query().unwrap_or_default();
    match access.invitations.read(query) {
        Ok(invitation) => {
            let to = format!(
                "/.auth/login/{}?post_login_redirect_uri=%2F",
                encode_component(&invitation.provider)
            );
            let mut answer = Reply::redirect(
                302,
                &to,
                Reason::Static("an invitation, to be accepted by signing in"),
            );
            set_cookie(&mut answer, INVITATION, &encode_component(query));
            answer
        }
        Err(why) => {
            let response = HttpResponse::build(StatusCode::BAD_REQUEST)
                .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
                .insert_header((CACHE_CONTROL, "no-store"))
                .body(pages::error_page(400, Some(why)));
            Reply::new(response, Reason::Static(why))
        }
    }
}

/// No domain: a browser sends it to this host alone (EN-11).
fn set_cookie(answer: &mut Reply, name: &str, value: &str) {
    let cookie = format!("{name}={value}; path=/; HttpOnly; SameSite=Lax");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        answer.response.headers_mut().append(SET_COOKIE, value);
    }
}

fn cookie_of<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    let headers = request.headers().get_all(COOKIE);
    value_of(headers.map(|value| value.as_bytes()), name)
}

fn page(request: &HttpRequest, status: StatusCode, error: Option<&str>) -> Reply {
    let original = parameter(request.uri().query(), "originalPath");
    let page = PasswordPage {
        action: LOGIN,
        original_path: original.as_deref().unwrap_or("/"),
        error,
    };
    let mut response = HttpResponse::build(status);
    response
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-store"));
    let response = match *request.method() {
        Method::HEAD => response.finish(),
        _ => response.body(page.to_html()),
    };
    Reply::new(response, Reason::Static("password protection"))
}

fn is_invitation(request: &HttpRequest) -> bool {
    request.method() == Method::GET && request.path().eq_ignore_ascii_case(users::PATH)
}

fn is_login_path(request: &HttpRequest) -> bool {
    request.path().eq_ignore_ascii_case(LOGIN)
}

fn empty(status: StatusCode) -> Reply {
    Reply::new(
        HttpResponse::new(status),
        Reason::Static("password protection"),
    )
}

#[cfg(test)]
mod tests {
    use super::back;

    #[test]
    fn a_password_leads_back_to_this_host_only() {
        assert_eq!(back("/a/b"), "/a/b");
        for elsewhere in [
            "",
            "x",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
        ] {
            assert_eq!(back(elsewhere), "/", "{elsewhere}");
        }
    }
}
