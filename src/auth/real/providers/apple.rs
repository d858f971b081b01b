//! Sign in with Apple (CF-41): OpenID Connect whose answers are posted.
//!
//! The client secret is a token that its owner signs (ES256) and puts into the setting as it is. The name that Apple posts
//! beside the first code is not taken: it passes through the browser, unsigned.

use super::open_id::{Profile, TokenUse};
use crate::auth::real::discovery::Discovery;
use crate::config::model::Registration;

/// How Apple differs.
///
/// # Errors
/// Never: its address is a URL.
pub fn profile(registration: &Registration) -> Result<Profile, String> {
    let document = "https://appleid.apple.com/.well-known/openid-configuration";
    let scopes = match &registration.scopes[..] {
        [] => ["name", "email"].map(str::to_owned).to_vec(),
        scopes => scopes.to_vec(),
    };
    Ok(Profile {
        discovery: Discovery::Document(document.parse()?),
        scopes,
        parameters: registration.login_parameters.clone(),
        parameter_names: registration.login_parameter_names.clone(),
        // Apple refuses any other with a scope.
        response_mode: Some("form_post"),
        user_details: ["email", "sub"].map(str::to_owned).to_vec(),
        // It is good for nothing yet, Apple says.
        access_token: TokenUse::None,
        also_issued_by: |_| None,
    })
}
