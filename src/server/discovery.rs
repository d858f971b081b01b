//! `/.cygnet/.well-known/openid-configuration` and `/.cygnet/jwks`: the key of `x-ms-auth-token`, so that a backend can
//! check it. Of the emulator only: Azure publishes no address of its keys (AP-38).

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use crate::backend::Backend;
use crate::environment::State;
use crate::link::issuer::Issuer;
use crate::pipeline::AppState;

const CONFIGURATION: &str = "/.cygnet/.well-known/openid-configuration";
const KEYS: &str = "/.cygnet/jwks";
/// Says the same in both answers.
const REMARK: &str = "Only in the Cygnet emulator: Azure Static Web Apps publishes neither this address nor its keys";

/// Answers the two addresses while `/api` has a backend that gets tokens; `None` for every other.
pub fn answer(shared: &AppState, request: &HttpRequest) -> Option<HttpResponse> {
    let path = request.path();
    if path != CONFIGURATION && path != KEYS {
        return None;
    }
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        return Some(HttpResponse::new(StatusCode::METHOD_NOT_ALLOWED));
    }
    let State::Serving(environment) = &**shared.current.load() else {
        return None;
    };
    let Backend::BringYourOwn(upstream) = &environment.backend else {
        return None;
    };
    let issuer = &upstream.linked()?.issuer;
    Some(match path {
        KEYS => json_of(&keys(issuer)),
        _ => json_of(&configuration(shared, request, issuer)),
    })
}

fn configuration(shared: &AppState, request: &HttpRequest, issuer: &Issuer) -> Value {
    let host = request
        .headers()
        .get("host")
        .and_then(|host| host.to_str().ok())
        .filter(|host| !host.is_empty())
        .unwrap_or(&shared.own_host);
    let scheme = if shared.secure { "https" } else { "http" };
    json!({
        "issuer": issuer.issuer(),
        "jwks_uri": format!("{scheme}://{host}{KEYS}"),
        "id_token_signing_alg_values_supported": ["RS256"],
        "x-cygnet": REMARK,
    })
}

fn keys(issuer: &Issuer) -> Value {
    let keys: Vec<_> = issuer.jwk().into_iter().collect();
    json!({ "keys": keys, "x-cygnet": REMARK })
}

fn json_of(value: &Value) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("content-type", "application/json"))
        .insert_header(("cache-control", "no-store"))
        .insert_header(("x-cygnet", "emulator-only"))
        .body(value.to_string())
}
