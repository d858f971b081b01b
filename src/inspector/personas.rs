//! `/.cygnet/api/personas` and `/.cygnet/sign-in`: becoming somebody by one click.

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::http::header::COOKIE;
use serde_json::{Value, json};

use crate::auth::real::RealSignIn;
use crate::auth::{ClientPrincipal, Persona, Providers};
use crate::environment::State;
use crate::pipeline::sign_in_as;

use super::call::{self, Call};
use super::refusal::Refusal;

/// Who there is to become, and who is signed in at the host that was asked.
pub fn list(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    let app = call.environment()?.app;
    let State::Serving(environment) = &**app.current.load() else {
        return Err(
            Refusal::of(503, "the configuration is invalid, so nobody can sign in")
                .hint("fix the configuration"),
        );
    };
    let cookies = call.request.headers().get_all(COOKIE);
    let sessions = environment.real_sign_in.sessions();
    let reading = sessions.read(cookies.map(|value| value.as_bytes()));
    let picker = app.personas.picker(environment);
    let providers = &environment.providers;
    let personas = picker.personas.iter();
    Ok(call::json(&json!({
        "current": reading.principal().map(current),
        "personas": personas.map(|it| view(it, providers, &environment.real_sign_in)).collect::<Vec<_>>(),
        "roles": picker.roles,
        "recent": [],
        "problems": picker.problems,
    })))
}

fn current(principal: &ClientPrincipal) -> Value {
    json!({
        "provider": principal.identity_provider,
        "userId": principal.user_id,
        "userDetails": principal.user_details,
        "userRoles": principal.user_roles,
        "claims": principal.claims,
    })
}

/// A persona with the provider that it would sign in with; `problem` says why it cannot.
fn view(persona: &Persona, providers: &Providers, real: &RealSignIn) -> Value {
    let provider = persona
        .provider_in(providers)
        .and_then(|name| match real.provider(name) {
            None => Ok(name),
            Some(_) => Err(format!("`{name}` signs in for real (`--auth`)")),
        });
    let declared = persona.provider.as_deref();
    json!({
        "name": persona.name,
        "provider": provider.as_deref().ok().or(declared),
        "userDetails": persona.user_details,
        "userId": persona.user_id,
        "roles": persona.roles,
        "claims": persona.claims,
        "from": persona.from,
        "problem": provider.err(),
    })
}

/// Becomes somebody, or nobody.
pub async fn sign_in(call: &Call<'_>) -> Result<HttpResponse, Refusal> {
    if *call.request.method() != Method::GET {
        return Err(Refusal::of(405, "this address answers GET"));
    }
    Ok(sign_in_as(call.worker, call.request).await.response)
}
