//! One `/.auth/…` request → one answer (AU-1…AU-11), without I/O.
//!
//! The pipeline gives the facts of the request as plain data and turns the [`Answer`] into bytes:
//! a [`Answer::NotFound`] goes through the response overrides like any other 404 (AU-11). No answer carries a CORS header
//! and all say `Cache-Control: no-store`.

use super::cookie::{CookieReading, clear_cookie_headers};
use super::endpoint::{Endpoint, LOGIN_TARGET, LOGOUT_TARGET, PERSONA};
use super::exchange::{Answer, AuthBody, AuthRequest, AuthResponse, find, parameter};
use super::pages::{purge_page, sign_in_page};
use super::principal::ClientPrincipal;
use super::providers::Lookup;
use super::redirect::{redirect_target, same_origin};
use super::sign_in::{FormFields, Format, principal_from_json};
use crate::http::cross_site::is_cross_site;
use crate::pages;
use std::borrow::Cow;

/// A scripted or typed sign-in that was read, before its roles are complete.
///
/// With a `rolesSource` the pipeline asks it for roles here (AU-72), adds them to `principal`, then calls [`finish`].
#[derive(Clone, PartialEq, Eq)]
pub struct SignIn {
    /// Who signs in.
    pub principal: ClientPrincipal,
    /// The name of the persona that was asked for.
    pub persona: Option<String>,
    format: Format,
    redirect: Option<String>,
    /// What `rolesSource` said, if it was asked.
    asked: Option<Result<Vec<String>, String>>,
    /// What a real provider gave for `rolesSource` (AU-73).
    access_token: Option<String>,
    /// Cookies beyond the session's.
    cookies: Vec<String>,
}

/// Answers one request.
pub fn answer(request: &AuthRequest<'_>) -> Answer {
    match read_sign_in(request) {
        Some(Ok(sign_in)) => Answer::Response(finish(request, sign_in)),
        Some(Err(refusal)) => Answer::Response(refusal),
        None => dispatch(request),
    }
}

/// Reads a `POST /.auth/login/<provider>`; nothing if the request is another one, or the provider is unknown.
///
/// # Errors
/// The response that refuses it.
pub fn read_sign_in(request: &AuthRequest<'_>) -> Option<Result<SignIn, AuthResponse>> {
    if request.method != "POST" {
        return None;
    }
    let Endpoint::Login(name) = Endpoint::of(request.path) else {
        return None;
    };
    let Lookup::Known(provider) = request.providers.lookup(name) else {
        return None;
    };
    Some(match cross_site(request) {
        Some(refusal) => Err(refusal),
        None => accept_sign_in(request, provider),
    })
}

/// Signs in: sets the cookie, then 302 for a form or 200 with the principal for JSON. With `preview` in the query nobody
/// is signed in: the answer is who would be, and what `rolesSource` said.
pub fn finish(request: &AuthRequest<'_>, sign_in: SignIn) -> AuthResponse {
    let SignIn {
        principal,
        persona: _,
        format,
        redirect,
        asked,
        access_token: _,
        cookies,
    } = sign_in;
    if parameter(request.query, "preview").is_some() && cookies.is_empty() {
        return preview(&principal, asked);
    }
    let sessions = request.real.sessions();
    let session = match sessions.write(&principal, request.cookie_names, request.secure) {
        Ok(session) => session,
        Err(reason) => return refused(request, 400, &reason).with_cookies(cookies),
    };
    let response = match format {
        Format::Form => redirected(request, redirect.as_deref()),
        Format::Json => AuthResponse::new(
            200,
            AuthBody::Json(principal.to_me_json(request.providers.is_custom())),
        ),
    };
    response.with_cookies([session, cookies].concat())
}

impl SignIn {
    /// Somebody who signed in at a provider for real, and goes on to a `Location` that was checked; `cookie` is set beside
    /// the session.
    pub(super) fn at_provider(
        principal: ClientPrincipal,
        access_token: Option<String>,
        target: String,
        cookie: String,
    ) -> Self {
        Self {
            principal,
            persona: None,
            format: Format::Form,
            redirect: Some(target),
            asked: None,
            access_token,
            cookies: vec![cookie],
        }
    }

    /// For `rolesSource` (AU-73).
    pub fn access_token(&self) -> Option<&str> {
        self.access_token.as_deref()
    }

    /// Takes what `rolesSource` said: its roles (AU-74), or why there are none (AU-76).
    pub fn complete(&mut self, asked: Result<Vec<String>, String>) {
        if let Ok(roles) = &asked {
            self.principal.add_roles(roles.iter().cloned());
        }
        self.asked = Some(asked);
    }
}

fn preview(
    principal: &ClientPrincipal,
    asked: Option<Result<Vec<String>, String>>,
) -> AuthResponse {
    let source = match asked {
        None => serde_json::Value::Null,
        Some(Ok(roles)) => serde_json::json!({ "roles": roles }),
        Some(Err(why)) => serde_json::json!({ "error": why }),
    };
    let body = serde_json::json!({ "userRoles": principal.user_roles, "rolesSource": source });
    AuthResponse::new(200, AuthBody::Json(body.to_string()))
}

fn accept_sign_in(request: &AuthRequest<'_>, provider: &str) -> Result<SignIn, AuthResponse> {
    let body = request.body.unwrap_or_default();
    let from_query = parameter(request.query, LOGIN_TARGET).map(Cow::into_owned);
    let persona = parameter(request.query, PERSONA).map(Cow::into_owned);
    let chosen = |name: &str| persona_principal(request, provider, name);
    let (principal, format, redirect) = match Format::of(request.content_type) {
        Some(Format::Json) => {
            let principal = match &persona {
                Some(name) => chosen(name),
                None => principal_from_json(provider, body),
            };
            let principal = principal.map_err(|reason| refused(request, 400, &reason))?;
            (principal, Format::Json, from_query)
        }
        Some(Format::Form) => {
            let fields = FormFields::parse(body);
            let principal = match &persona {
                Some(name) => chosen(name),
                None => fields.principal(provider),
            };
            match principal {
                Ok(principal) => (principal, Format::Form, from_query.or(fields.redirect)),
                Err(reason) => {
                    let fields = FormFields {
                        redirect: from_query.or(fields.redirect.clone()),
                        ..fields
                    };
                    let page = sign_in_page(request, provider, fields, Some(&reason));
                    return Err(AuthResponse::new(400, AuthBody::Html(page)).with_note(reason));
                }
            }
        }
        None => {
            return Err(refused(
                request,
                415,
                "Sign in with a form (application/x-www-form-urlencoded) or with application/json.",
            ));
        }
    };
    Ok(SignIn {
        principal,
        persona,
        format,
        redirect,
        asked: None,
        access_token: None,
        cookies: Vec::new(),
    })
}

/// The user that a persona is, at the provider in the address.
fn persona_principal(
    request: &AuthRequest<'_>,
    provider: &str,
    name: &str,
) -> Result<ClientPrincipal, String> {
    let persona = request.picker.find(name)?;
    if persona.provider.is_some() {
        let own = persona.provider_in(request.providers)?;
        if own != provider {
            return Err(format!(
                "persona `{name}` signs in with `{own}`, not with `{provider}` (hint: the address is `/.auth/login/{own}?persona=…`)"
            ));
        }
    }
    Ok(persona.principal(provider))
}

fn dispatch(request: &AuthRequest<'_>) -> Answer {
    let endpoint = Endpoint::of(request.path);
    let provider = match &endpoint {
        Endpoint::Other(why) => {
            return Answer::NotFound {
                why: (*why).to_owned(),
            };
        }
        Endpoint::Login(name) | Endpoint::Purge(name) | Endpoint::Callback(name, _) => {
            match request.providers.lookup(name) {
                Lookup::Known(provider) => provider,
                Lookup::Unknown { reason } => return Answer::NotFound { why: reason },
            }
        }
        Endpoint::Me | Endpoint::Logout => "",
    };
    let allowed = endpoint.allowed_methods();
    if !allowed.contains(&request.method) {
        let why = format!("This address answers {}.", allowed.join(", "));
        return Answer::Response(method_not_allowed(request, allowed, &why));
    }
    let posted = request.method == "POST";
    // An identity provider posts from its own site, and what it posts changes nothing.
    let is_guarded = posted && !matches!(endpoint, Endpoint::Callback(..));
    if let Some(refusal) = is_guarded.then(|| cross_site(request)).flatten() {
        return Answer::Response(refusal);
    }
    Answer::Response(match endpoint {
        Endpoint::Me => me(request),
        Endpoint::Callback(_, parameter) => called_back(request, parameter),
        Endpoint::Logout => signed_out(request),
        Endpoint::Purge(_) if posted => signed_out(request),
        Endpoint::Purge(_) => AuthResponse::new(200, AuthBody::Html(purge_page(request, provider))),
        Endpoint::Login(_) | Endpoint::Other(_) => {
            let page = sign_in_page(request, provider, FormFields::asked_for(request), None);
            AuthResponse::new(200, AuthBody::Html(page))
        }
    })
}

/// 405, with the methods that are allowed.
pub(super) fn method_not_allowed(
    request: &AuthRequest<'_>,
    allowed: &[&str],
    why: &str,
) -> AuthResponse {
    let mut response = refused(request, 405, why);
    response.headers.push(("allow", allowed.join(", ")));
    response
}

/// AU-6, AU-40: always 200.
fn me(request: &AuthRequest<'_>) -> AuthResponse {
    match request.reading {
        CookieReading::SignedIn(principal) => AuthResponse::new(
            200,
            AuthBody::Json(principal.to_me_json(request.providers.is_custom())),
        ),
        reading => {
            let body = AuthBody::Json(r#"{"clientPrincipal":null}"#.to_owned());
            let response = AuthResponse::new(200, body);
            match reading {
                CookieReading::Malformed(reason) => response.with_note(reason.clone()),
                _ => response,
            }
        }
    }
}

/// AU-4, AU-7: both signing out and purging end in a browser without a session.
fn signed_out(request: &AuthRequest<'_>) -> AuthResponse {
    let target = parameter(request.query, LOGOUT_TARGET).or_else(|| {
        let form = Format::of(request.content_type) == Some(Format::Form);
        let body = request.body.filter(|_| form)?;
        find(form_urlencoded::parse(body), LOGOUT_TARGET)
    });
    let mut response = redirected(request, target.as_deref());
    for (name, value) in &mut response.headers {
        // AU-24: by the app's own host, which a proxy that is not allowed may have hidden from us.
        if *name == "location" && value.starts_with('/') && !request.is_forwarded {
            *value = format!("{}{value}", request.own_origin);
        }
    }
    // The incumbent writes it, and suites read it.
    response.headers.push(("status", "302".to_owned()));
    response.with_cookies(clear_cookie_headers(request.cookie_names))
}

/// AU-2, AU-5: the mock never leaves the app, so whoever comes here brings nothing: the visitor goes on, without a session
/// made or ended, and never to another site.
fn called_back(request: &AuthRequest<'_>, target: &str) -> AuthResponse {
    let asked = parameter(request.query, target);
    let to = redirect_target(
        asked.as_deref(),
        request.own_origin,
        request.forwarded_host_allowed,
    );
    match to.note {
        None => redirected(request, asked.as_deref()),
        Some(why) => redirected(request, None).with_note(format!("a callback leads to `/`: {why}")),
    }
}

/// A form on another site must not sign its visitor in or out here. Browsers say where a request comes from;
/// scripts say nothing and pass.
fn cross_site(request: &AuthRequest<'_>) -> Option<AuthResponse> {
    let is_own = |origin: &str| {
        let forwarded = request.forwarded_host_allowed;
        forwarded.is_some_and(|host| same_origin(origin, &format!("https://{host}")))
            || same_origin(origin, request.own_origin)
    };
    let foreign = is_cross_site(request.sec_fetch_site, request.origin, is_own);
    foreign.then(|| {
        refused(
            request,
            403,
            "A page of another origin sent this form. Signing in and out is only possible from the app's own pages and from scripts.",
        )
    })
}

fn redirected(request: &AuthRequest<'_>, target: Option<&str>) -> AuthResponse {
    let redirect = redirect_target(target, request.own_origin, request.forwarded_host_allowed);
    let mut response = AuthResponse::redirect(redirect.location);
    response.notes.extend(redirect.note);
    response
}

fn refused(request: &AuthRequest<'_>, status: u16, reason: &str) -> AuthResponse {
    let body = match Format::of(request.content_type) {
        Some(Format::Json) => AuthBody::Json(serde_json::json!({ "error": reason }).to_string()),
        _ => AuthBody::Html(pages::error_page(status, Some(reason))),
    };
    AuthResponse::new(status, body).with_note(reason.to_owned())
}
