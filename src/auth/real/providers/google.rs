//! Google (CF-43): OpenID Connect at a fixed address.

use super::open_id::{Profile, TokenUse};
use crate::auth::real::discovery::Discovery;
use crate::config::model::Registration;

/// How Google differs.
///
/// # Errors
/// Never: its address is a URL.
pub fn profile(registration: &Registration) -> Result<Profile, String> {
    let document = "https://accounts.google.com/.well-known/openid-configuration";
    Ok(Profile {
        discovery: Discovery::Document(document.parse()?),
        scopes: registration.scopes.clone(),
        parameters: registration.login_parameters.clone(),
        parameter_names: registration.login_parameter_names.clone(),
        response_mode: None,
        user_details: ["email", "name", "sub"].map(str::to_owned).to_vec(),
        access_token: TokenUse::ForRoles,
        // Both are documented.
        also_issued_by: |_| Some("accounts.google.com".to_owned()),
    })
}
