//! `/.auth/…` as an answer: the pure endpoints of the auth room, given the facts of this request.

use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT, CONTENT_TYPE, COOKIE, HeaderName, HeaderValue, ORIGIN};
use actix_web::http::{Method, StatusCode};
use actix_web::web;
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;

use crate::auth::cookie::{auth_cookie_names, value_of};
use crate::auth::endpoints::{SignIn, finish, read_sign_in};
use crate::auth::exchange::{MAX_BODY, parameter};
use crate::auth::real::flow::{self, RealAnswer};
use crate::auth::real::pending::CONTEXT_COOKIE;
use crate::auth::redirect::local_path;
use crate::auth::{self, AuthBody, AuthRequest, AuthResponse, Invited, Picker};
use crate::backend::roles_source;
use crate::deployment::invitations::{COOKIE as INVITATION, InvitationOutcome, Invitations};
use crate::environment::{Environment, State};
use crate::finding::Advice;
use crate::http::{BodyError, BodyLimit, read_body};
use crate::routing::url::encode_component;

use super::context::{RequestContext, is_from_this_machine};
use super::error_page;
use super::reason::Reason;
use super::record::Reply;
use super::resolution::{Handler, Resolution, Step};
use super::resolve::error;
use super::state::WorkerState;

/// Signs in as a persona.
pub const SIGN_IN: &str = "/.cygnet/sign-in";
/// Where signing in begins.
const LOGIN: &str = "/.auth/login/";

/// A form that a browser fills, or a few lines of JSON.
const LIMIT: BodyLimit = BodyLimit {
    bytes: MAX_BODY,
    time: Duration::from_secs(10),
};

/// Answers a sign-in path, or the one that a rule rewrote the request to (RT-44).
pub(super) async fn respond<'a>(
    context: &'a RequestContext<'_>,
    payload: Payload,
    mut resolution: Resolution<'a>,
) -> Step<'a> {
    let request = context.request;
    let body = match read(request.method(), payload).await {
        Ok(body) => body,
        Err(error) => {
            let (response, reason) = unread(&error);
            resolution.reason = reason;
            return Step::Reply(resolution.reply(context, response));
        }
    };
    let (path, query) = match &resolution.handler {
        Handler::SignIn { path, query } => (&**path, *query),
        _ => (&*context.path, context.query()),
    };
    let asked = Asked {
        method: request.method().as_str(),
        path,
        query,
        content_type: context.header(CONTENT_TYPE),
        body: &body,
    };
    match answer(context, &asked).await {
        Ok((response, reason)) => {
            resolution.reason = reason;
            Step::Reply(resolution.reply(context, response))
        }
        Err((status, reason)) => Step::instead(&resolution, error(context, status, reason)),
    }
}

/// What is answered to a body that was not read.
pub(super) fn unread(error: &BodyError) -> (HttpResponse, Reason) {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = HttpResponse::build(status);
    // The rest of it would be read as the next request.
    response.force_close();
    response.insert_header((CONTENT_TYPE, "text/plain; charset=utf-8"));
    let why = error.to_string();
    (response.body(why.clone()), Reason::Text(why))
}

/// What the sign-in endpoints are asked.
struct Asked<'a> {
    method: &'a str,
    path: &'a str,
    query: Option<&'a str>,
    content_type: Option<&'a str>,
    body: &'a [u8],
}

/// Answers [`SIGN_IN`] where no inspector does, which judges who may ask for itself: callers on this machine only.
pub async fn sign_in_alone(worker: &WorkerState, request: &HttpRequest) -> Option<Reply> {
    let is_asked = request.path() == SIGN_IN && request.method() == Method::GET;
    match is_asked && is_from_this_machine(&worker.app, request) {
        true => Some(sign_in_as(worker, request).await),
        false => None,
    }
}

/// Signs the caller in as a persona, or out, and leads to a path of this site (`persona`, `anonymous`, `redirect` in the
/// query). It is the sign-in form sent by name: the same checks, roles and cookies.
pub async fn sign_in_as(worker: &WorkerState, request: &HttpRequest) -> Reply {
    let state = worker.app.current.load_full();
    let State::Serving(environment) = &*state else {
        return error_page::broken_for_strangers(request);
    };
    let context = RequestContext::new(worker, environment, request);
    let wanted = |name| parameter(request.uri().query(), name);
    let redirect = local_path(wanted("redirect").as_deref().unwrap_or("/"));
    let redirect = encode_component(&redirect);
    let (path, query) = if wanted("anonymous").is_some() {
        let query = format!("post_logout_redirect_uri={redirect}");
        ("/.auth/logout".to_owned(), query)
    } else {
        let name = wanted("persona").unwrap_or_default();
        let picker = worker.app.personas.picker(environment);
        let providers = &environment.providers;
        let known = picker.find(&name).ok();
        let provider = known.and_then(|persona| persona.provider_in(providers).ok());
        let first = providers.names().first().map_or("", String::as_str);
        let query = format!(
            "persona={}&post_login_redirect_uri={redirect}",
            encode_component(&name)
        );
        let provider = provider.unwrap_or(first);
        (format!("/.auth/login/{provider}"), query)
    };
    let accept = context.header(ACCEPT).unwrap_or_default();
    let is_script = accept.contains("application/json") && !accept.contains("text/html");
    let asked = Asked {
        // It changes who is signed in, so it is judged as what does.
        method: "POST",
        path: &path,
        query: Some(&query),
        content_type: is_script.then_some("application/json"),
        body: b"",
    };
    match answer(&context, &asked).await {
        Ok((response, reason)) => Reply::new(response, reason),
        Err((status, reason)) => {
            let resolution = error(&context, status, reason);
            let response = error_page::respond(&context, &resolution, status);
            resolution.reply(&context, response)
        }
    }
}

/// The response; or the status of an error of the platform's own. And why.
async fn answer(
    context: &RequestContext<'_>,
    asked: &Asked<'_>,
) -> Result<(HttpResponse, Reason), (u16, Reason)> {
    let (request, environment) = (context.request, context.environment);
    let cookies = request.headers().get_all(COOKIE);
    let cookie_names = auth_cookie_names(cookies.map(|value| value.as_bytes()));
    let forwarded_host = context.header(HeaderName::from_static("x-forwarded-host"));
    let own_origin = context.own_origin();
    let is_login = asked
        .path
        .get(..LOGIN.len())
        .is_some_and(|it| it.eq_ignore_ascii_case(LOGIN));
    let picker = match is_login {
        true => picker(context),
        false => Picker::default(),
    };
    let auth_request = AuthRequest {
        method: asked.method,
        path: asked.path,
        query: asked.query,
        content_type: asked.content_type,
        body: Some(asked.body),
        picker: &picker,
        reading: &context.caller,
        cookie_names: &cookie_names,
        providers: &environment.providers,
        real: &environment.real_sign_in,
        context_cookie: value_of(
            request.headers().get_all(COOKIE).map(|it| it.as_bytes()),
            CONTEXT_COOKIE,
        ),
        origin: context.header(ORIGIN),
        sec_fetch_site: context.header(HeaderName::from_static("sec-fetch-site")),
        own_origin: &own_origin,
        forwarded_host_allowed: forwarded_host
            .filter(|host| environment.rules.forwarded_host_allowed(host)),
        is_forwarded: forwarded_host.is_some(),
        secure: context.app().secure,
    };
    let mut reason = Reason::Auth;
    // Boxed: rare, and its future would make that of every request larger.
    let real = match auth_request.real.is_none() {
        true => None,
        false => Box::pin(flow::answer(&auth_request)).await,
    };
    let sign_in = match real {
        Some(RealAnswer::Response(response)) => Some(Err(response)),
        Some(RealAnswer::SignedIn(sign_in)) => Some(Ok(*sign_in)),
        None => read_sign_in(&auth_request),
    };
    let answered = match sign_in {
        Some(Ok(mut sign_in)) => {
            let invitation = match &context.app().access {
                Some(access) => invited(&access.invitations, context, &mut sign_in).await,
                None => Invitation::None,
            };
            if let Invitation::TooMany = invitation {
                let reason = "25 users have invited roles already (AU-62)";
                return Err((403, Reason::Static(reason)));
            }
            // Boxed: rare, and its future would make that of every request larger.
            let persona = sign_in.persona.clone();
            let asked = Box::pin(complete(environment, &mut sign_in)).await;
            reason = match persona {
                Some(name) => Reason::Text(format!("{asked} as persona {name}")),
                None => asked,
            };
            let mut response = finish(&auth_request, sign_in);
            if let Invitation::Used = invitation {
                response = response.with_cookies(vec![format!(
                    "{INVITATION}=; path=/; Max-Age=0; HttpOnly; SameSite=Lax"
                )]);
            }
            auth::Answer::Response(response)
        }
        Some(Err(refusal)) => auth::Answer::Response(refusal),
        None => auth::answer(&auth_request),
    };
    match answered {
        auth::Answer::Response(response) => Ok((convert(request.method(), response), reason)),
        auth::Answer::NotFound { why } => Err((404, Reason::Text(why))),
    }
}

/// Who can be signed in as, and the invitation that the visitor came with.
fn picker(context: &RequestContext<'_>) -> Picker {
    let invited = context.app().access.as_ref().and_then(|access| {
        let invitation = access.invitations.read(&pending(context)?).ok()?;
        Some(Invited {
            user_details: invitation.user_details,
            roles: invitation.roles,
        })
    });
    Picker {
        invited,
        ..context.app().personas.picker(context.environment)
    }
}

/// The query of the invitation that waits for its reader to sign in.
fn pending(context: &RequestContext<'_>) -> Option<String> {
    let cookies = context.request.headers().get_all(COOKIE);
    let value = value_of(cookies.map(|value| value.as_bytes()), INVITATION)?;
    let query = percent_encoding::percent_decode_str(value);
    (!value.is_empty()).then(|| query.decode_utf8_lossy().into_owned())
}

/// What became of an invitation at a sign-in.
enum Invitation {
    None,
    /// Accepted, or worth nothing: its cookie has done its work.
    Used,
    TooMany,
}

/// Accepts a pending invitation, and gives an invited user the roles of this host (AU-60…AU-63). With a `rolesSource`
/// invited roles do not count (AU-60).
async fn invited(
    invitations: &Invitations,
    context: &RequestContext<'_>,
    sign_in: &mut SignIn,
) -> Invitation {
    let pending = pending(context);
    let (invitations, provider, user) = (
        invitations.clone(),
        sign_in.principal.identity_provider.clone(),
        sign_in.principal.user_details.clone(),
    );
    // The store is locked for as long as another command changes it.
    let judged = web::block(move || {
        let outcome = pending.map(|query| invitations.accept(&query, &provider, &user));
        (outcome, invitations.roles(&provider, &user))
    });
    let Ok((outcome, roles)) = judged.await else {
        return Invitation::None;
    };
    let used = match outcome {
        None => Invitation::None,
        Some(InvitationOutcome::Accepted) => Invitation::Used,
        Some(InvitationOutcome::TooMany) => Invitation::TooMany,
        Some(InvitationOutcome::NotTheirs(user)) => {
            log::warn!(
                hint = "sign in as that user, with the provider of the invitation";
                "the invitation is for `{}`, and somebody else signed in: it is not accepted (AU-61)",
                user.escape_debug()
            );
            Invitation::None
        }
        Some(InvitationOutcome::Refused(why)) => {
            log::warn!("the invitation is not accepted: {why}");
            Invitation::Used
        }
        Some(InvitationOutcome::Failed(error)) => {
            log::warn!(hint:% = error.hint().unwrap_or_default(); "the invitation is not accepted: {error}");
            Invitation::None
        }
    };
    if context.environment.providers.roles_source().is_none() {
        sign_in.principal.add_roles(roles);
    }
    used
}

/// Asks the app's `rolesSource`, if it has one, for more roles (AU-72). Whatever comes of that, the sign-in completes
/// (AU-76).
async fn complete(environment: &Environment, sign_in: &mut SignIn) -> Reason {
    let Some(source) = environment.providers.roles_source() else {
        return Reason::Auth;
    };
    let token = sign_in.access_token();
    let asked = roles_source::ask(&environment.backend, source, &sign_in.principal, token).await;
    let note = match &asked {
        Ok(roles) if roles.is_empty() => format!("sign-in; rolesSource {source} gave no roles"),
        Ok(roles) => format!("sign-in; rolesSource {source} gave {}", roles.join(", ")),
        Err(why) => {
            log::warn!(
                hint = "the sign-in was completed with the other roles; a rolesSource answers POST with 200 and {\"roles\":[…]}";
                "rolesSource `{source}` gave no roles to `{}`: {why}",
                sign_in.principal.user_details.escape_debug()
            );
            format!("sign-in; rolesSource {source} gave no roles: {why}")
        }
    };
    sign_in.complete(asked);
    Reason::Text(note)
}

/// The body of a POST.
async fn read(method: &Method, payload: Payload) -> Result<Bytes, BodyError> {
    if method != Method::POST {
        return Ok(Bytes::new());
    }
    read_body(payload, LIMIT).await
}

fn convert(method: &Method, answer: AuthResponse) -> HttpResponse {
    for note in &answer.notes {
        log::warn!("{note}");
    }
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = match answer.body {
        _ if method == Method::HEAD => BoxBody::new(()),
        AuthBody::Html(text) | AuthBody::Json(text) => BoxBody::new(text),
        AuthBody::Empty => BoxBody::new(()),
    };
    let mut response = HttpResponse::with_body(status, body);
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response
                .headers_mut()
                .append(HeaderName::from_static(name), value);
        }
    }
    response
}
