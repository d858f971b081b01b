//! `/.auth/login/<provider>` and its callback, for providers that sign in for real (AU-1, AU-2).
//!
//! 1. `login`: what the sign-in begins with goes into the browser, sealed, and the browser to the provider
//! 2. `called_back`: what came back is judged, and the code becomes a user; the pipeline asks for roles and signs in
//! 3. the end of a session is [`super::sign_out`]

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use rsa::sha2::{Digest, Sha256};

use super::error::SignInError;
use super::pages::{Failure, failure_page};
use super::pending::{PendingSignIn, clear_cookie};
use super::provider::{AuthorizationRequest, Grant};
use super::registry::RealProvider;
use super::seal::SealError;
use super::sign_out;
use super::url_builder::UrlBuilder;
use crate::auth::endpoint::{Endpoint, LOGIN_TARGET, LOGOUT_TARGET};
use crate::auth::endpoints::{SignIn, method_not_allowed};
use crate::auth::exchange::{AuthBody, AuthRequest, AuthResponse, find, parameter};
use crate::auth::principal::{ClientPrincipal, derive_user_id};
use crate::auth::providers::Lookup;
use crate::auth::redirect::redirect_target;

/// Longest target that is kept in a cookie; browsers keep 4096 bytes of one with all that it says.
const MAX_TARGET: usize = 1_000;
/// Longest answer that is put into a URL.
const MAX_ANSWER: usize = 8_000;
/// What a provider sends back that means something here.
const ANSWER_FIELDS: [&str; 5] = ["code", "state", "error", "error_description", "iss"];

/// What becomes of a request.
pub enum RealAnswer {
    /// This.
    Response(AuthResponse),
    /// A user, to be given roles and a session.
    SignedIn(Box<SignIn>),
}

/// Answers a request that concerns a provider that signs in for real; `None` for all others.
pub async fn answer(request: &AuthRequest<'_>) -> Option<RealAnswer> {
    let endpoint = Endpoint::of(request.path);
    let named = match &endpoint {
        Endpoint::Login(name) | Endpoint::Callback(name, _) | Endpoint::Purge(name) => {
            match request.providers.lookup(name) {
                Lookup::Known(name) => name,
                Lookup::Unknown { .. } => return None,
            }
        }
        Endpoint::Logout => &request.reading.principal()?.identity_provider,
        Endpoint::Me | Endpoint::Other(_) => return None,
    };
    let real = request.real.provider(named)?;
    let response = match endpoint {
        Endpoint::Login(_) if request.method == "POST" => method_not_allowed(
            request,
            &["GET", "HEAD"],
            "This provider signs in for real (`--auth`): nobody is signed in by a form. It answers GET, with a redirect to the provider.",
        ),
        Endpoint::Login(_) if is_read(request) => login(request, named, real).await,
        Endpoint::Callback(_, LOGIN_TARGET) if request.method == "POST" => {
            by_query(request).unwrap_or_else(|error| failed(request, named, None, &error))
        }
        // A HEAD would use the code up.
        Endpoint::Callback(_, LOGIN_TARGET) if request.method == "GET" => {
            return Some(called_back(request, named, real).await);
        }
        Endpoint::Callback(_, LOGOUT_TARGET) if is_read(request) => {
            AuthResponse::redirect(sign_out::target(request, real)?)
        }
        Endpoint::Logout => sign_out::at_provider(request, named, real).await?,
        Endpoint::Purge(_) => sign_out::here(request, named, real)?.0,
        _ => return None,
    };
    Some(RealAnswer::Response(response))
}

fn is_read(request: &AuthRequest<'_>) -> bool {
    matches!(request.method, "GET" | "HEAD")
}

/// AU-1: 302 to the provider.
async fn login(request: &AuthRequest<'_>, name: &str, real: RealProvider<'_>) -> AuthResponse {
    let (target, note) = own_target(request);
    let begun = begin(request, name, real, target).await;
    let mut response = match begun {
        Ok((url, cookie)) => AuthResponse::redirect(url).with_cookies(vec![cookie]),
        Err(error) => failed(request, name, None, &error),
    };
    response.notes.extend(note);
    response
}

async fn begin(
    request: &AuthRequest<'_>,
    name: &str,
    real: RealProvider<'_>,
    target: String,
) -> Result<(String, String), SignInError> {
    let emulator = |error: SealError| SignInError::Emulator(error.to_string());
    let redirect_uri = redirect_uri(request, name);
    let pending = PendingSignIn::begin(name, redirect_uri, target).map_err(emulator)?;
    let challenge = Sha256::digest(pending.code_verifier.as_bytes());
    let authorization = AuthorizationRequest {
        redirect_uri: pending.redirect_uri.clone(),
        state: pending.state.clone(),
        nonce: pending.nonce.clone(),
        code_challenge: BASE64_URL_SAFE_NO_PAD.encode(challenge),
        query: request.query.unwrap_or_default().to_owned(),
    };
    let url = real.provider.authorize(&authorization).await?;
    let sealer = &real.shared.sealer;
    let cookie = pending.set_cookie(sealer, real.scope, request.secure);
    Ok((url, cookie.map_err(emulator)?))
}

/// Where the browser goes in the end (AU-20): never to another site, because a link on any page can begin a sign-in.
fn own_target(request: &AuthRequest<'_>) -> (String, Option<String>) {
    let asked = parameter(request.query, LOGIN_TARGET);
    let target = target_of(request, asked.as_deref());
    match target {
        Ok(target) if target.len() <= MAX_TARGET => (target, None),
        Ok(_) => {
            let note =
                "the address to return to is longer than 1,000 bytes: the sign-in will lead to `/`";
            ("/".to_owned(), Some(note.to_owned()))
        }
        Err(why) => (
            "/".to_owned(),
            Some(format!("the sign-in will lead to `/`: {why}")),
        ),
    }
}

fn target_of(request: &AuthRequest<'_>, asked: Option<&str>) -> Result<String, String> {
    let to = redirect_target(asked, request.own_origin, request.forwarded_host_allowed);
    match to.note {
        None => Ok(to.location),
        Some(why) => Err(why),
    }
}

fn redirect_uri(request: &AuthRequest<'_>, name: &str) -> String {
    format!("{}/.auth/login/{name}/callback", request.public_origin())
}

/// A posted answer (`form_post`), asked for once more by the browser as a link of this site: the post came from another
/// one, and without our cookies.
fn by_query(request: &AuthRequest<'_>) -> Result<AuthResponse, SignInError> {
    let body = request.body.unwrap_or_default();
    let mut url = UrlBuilder::new(request.path);
    for field in ANSWER_FIELDS {
        if let Some(value) = find(form_urlencoded::parse(body), field) {
            url.add(field, &value);
        }
    }
    let url = url.finish();
    if url.len() > MAX_ANSWER {
        let why = "the provider's answer is longer than 8,000 bytes".to_owned();
        return Err(SignInError::Unavailable(why));
    }
    let mut response = AuthResponse::redirect(url);
    response.status = 303;
    Ok(response)
}

/// AU-2: the end of a sign-in at the provider.
async fn called_back(request: &AuthRequest<'_>, name: &str, real: RealProvider<'_>) -> RealAnswer {
    let field = |name: &str| parameter(request.query, name);
    let resumed = PendingSignIn::resume(
        request.context_cookie,
        (&real.shared.sealer, real.scope),
        (name, field("state").as_deref()),
        &real.shared.used,
    );
    let pending = match resumed {
        Ok(pending) => pending,
        // Another sign-in of this browser may still be under way: its cookie stays.
        Err(error) => return RealAnswer::Response(failed(request, name, None, &error)),
    };
    match identify(request, name, real, &pending).await {
        Ok(sign_in) => RealAnswer::SignedIn(Box::new(sign_in)),
        Err(error) => {
            let response = failed(request, name, Some(&pending.target), &error);
            RealAnswer::Response(response.with_cookies(vec![clear_cookie()]))
        }
    }
}

async fn identify(
    request: &AuthRequest<'_>,
    name: &str,
    real: RealProvider<'_>,
    pending: &PendingSignIn,
) -> Result<SignIn, SignInError> {
    let field = |name: &str| parameter(request.query, name).map(|value| value.into_owned());
    if let Some(code) = field("error") {
        let description = field("error_description");
        return Err(SignInError::Provider { code, description });
    }
    // With OAuth 1.0a (X) a refusal and a code have other names.
    if field("denied").is_some() {
        let code = "access_denied".to_owned();
        let description = None;
        return Err(SignInError::Provider { code, description });
    }
    let code = field("code").or_else(|| field("oauth_verifier"));
    let code = code.ok_or_else(|| {
        SignInError::Unavailable("the provider's answer has neither `code` nor `error`".to_owned())
    })?;
    let grant = Grant {
        code,
        redirect_uri: pending.redirect_uri.clone(),
        code_verifier: pending.code_verifier.clone(),
        nonce: pending.nonce.clone(),
        issuer: field("iss"),
    };
    let identity = real.provider.redeem(&grant).await?;
    let principal = ClientPrincipal::new(
        name.to_owned(),
        Some(derive_user_id(name, &identity.subject)),
        identity.user_details,
        Vec::new(),
        identity.claims,
    );
    if let Some(id_token) = identity.id_token {
        real.shared.remember(&principal, id_token);
    }
    Ok(SignIn::at_provider(
        principal,
        identity.access_token,
        pending.target.clone(),
        clear_cookie(),
    ))
}

/// The page that says what failed, and how to go on.
fn failed(
    request: &AuthRequest<'_>,
    name: &str,
    target: Option<&str>,
    error: &SignInError,
) -> AuthResponse {
    let mut again = UrlBuilder::new(&format!("/.auth/login/{name}"));
    let asked = parameter(request.query, LOGIN_TARGET);
    if let Some(target) = target.or(asked.as_deref()) {
        again.add(LOGIN_TARGET, target);
    }
    let page = failure_page(&Failure {
        provider: name,
        error,
        redirect_uri: &redirect_uri(request, name),
        again: &again.finish(),
        secure: request.secure || request.forwarded_host_allowed.is_some(),
    });
    AuthResponse::new(error.status(), AuthBody::Html(page))
        .with_note(format!("the sign-in with `{name}` failed: {error}"))
}
