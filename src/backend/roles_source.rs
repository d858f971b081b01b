//! `auth.rolesSource` (AU-70…AU-78): after a sign-in the app's own function says which roles the user has.
//!
//! The call is the emulator's own, not a caller's: gateway rules and the 404 for outsiders (AU-75) do not touch it.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use serde_json::{Value, json};

use super::api_call::Backend;
use super::upstream::Upstream;
use crate::auth::ClientPrincipal;
use crate::functions::FunctionsHost;
use crate::http::{OwnCall, Posted, body};
use crate::link::BackendKind;
use crate::routing::path::is_api;

/// A sign-in waits no longer; how long Azure waits is undocumented (AU-76).
const LIMIT: Duration = Duration::from_secs(10);
/// Most bytes of an answer; a session cookie could not hold as many roles.
const MAX_ANSWER: usize = 64 * 1024;

/// Asks the function at `path` (such as `/api/roles`) for the roles of a user, with the token that the provider gave (AU-73).
///
/// # Errors
/// Why there are no roles, as a sentence for the log; the sign-in goes on without them (AU-76).
pub async fn ask(
    backend: &Backend,
    path: &str,
    user: &ClientPrincipal,
    access_token: Option<&str>,
) -> Result<Vec<String>, String> {
    if !is_api(path.split('?').next().unwrap_or(path)) {
        return Err("it is not a path below `/api`".to_owned());
    }
    let body = body(user, access_token);
    let called = async {
        match backend {
            Backend::None => Err("there is no API".to_owned()),
            Backend::Managed(host) => managed(host, path, body).await,
            Backend::BringYourOwn(upstream) => over_http(upstream, path, body).await,
        }
    };
    let (status, answer) = tokio::time::timeout(LIMIT, called)
        .await
        .unwrap_or_else(|_| Err(format!("no answer within {} s", LIMIT.as_secs())))?;
    if status != StatusCode::OK.as_u16() {
        return Err(format!("it answered {status} instead of 200"));
    }
    read(&answer)
}

/// AU-72. The mock sign-in has no `accessToken` to give (AU-73).
fn body(user: &ClientPrincipal, access_token: Option<&str>) -> String {
    let mut body = json!({
        "identityProvider": user.identity_provider,
        "userId": user.user_id,
        "userDetails": user.user_details,
        "claims": user.claims,
    });
    if let Some(token) = access_token {
        body["accessToken"] = token.into();
    }
    body.to_string()
}

async fn managed(host: &FunctionsHost, path: &str, body: String) -> Result<(u16, Bytes), String> {
    let request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header("content-length", body.len())
        .body(body::full(Bytes::from(body)))
        .map_err(|error| error.to_string())?;
    let (head, body) = host.handle(request).await.into_parts();
    let body = Limited::new(body, MAX_ANSWER)
        .collect()
        .await
        .map_err(|error| error.to_string())?;
    Ok((head.status.as_u16(), body.to_bytes()))
}

async fn over_http(upstream: &Upstream, path: &str, body: String) -> Result<(u16, Bytes), String> {
    if upstream.kind() == BackendKind::ContainerApps {
        log::warn!(
            "in Azure, a rolesSource in Container Apps was seen to get an empty body (AU-77)"
        );
    }
    OwnCall {
        posted: Some(Posted::Json(body)),
        limit: MAX_ANSWER,
        ..OwnCall::get(upstream.origin(), path, LIMIT)
    }
    .send()
    .await
}

/// AU-74: `{"roles":["a","b"]}`; other shapes give nothing.
fn read(answer: &[u8]) -> Result<Vec<String>, String> {
    let value: Value = serde_json::from_slice(answer)
        .map_err(|error| format!("its response is not JSON: {error}"))?;
    let roles = value.get("roles").and_then(Value::as_array);
    let names = roles.map(|roles| {
        roles
            .iter()
            .map(|role| role.as_str().map(str::to_owned))
            .collect::<Option<Vec<String>>>()
    });
    names
        .flatten()
        .ok_or_else(|| r#"its answer is not of the shape {"roles":["name"]}"#.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn au_74_only_the_documented_shape_gives_roles() {
        let ok = |answer: &str| read(answer.as_bytes()).ok();
        assert_eq!(ok(r#"{"roles":[]}"#), Some(Vec::new()));
        assert_eq!(
            ok(r#"{"roles":["a","b"],"more":1}"#),
            Some(vec!["a".to_owned(), "b".to_owned()])
        );
        for other in [
            "",
            "[]",
            "null",
            r#"["a"]"#,
            r#"{"roles":"a"}"#,
            r#"{"roles":[1]}"#,
            r#"{"Roles":["a"]}"#,
        ] {
            assert_eq!(ok(other), None, "{other}");
        }
    }

    #[test]
    fn au_72_the_body_has_the_four_fields_and_no_roles() {
        let user = ClientPrincipal::new(
            "github".to_owned(),
            Some("id".to_owned()),
            "ada".to_owned(),
            Vec::new(),
            Vec::new(),
        );
        assert_eq!(
            serde_json::from_str::<Value>(&body(&user, None)).unwrap(),
            json!({"identityProvider": "github", "userId": "id", "userDetails": "ada", "claims": []})
        );
    }
}
