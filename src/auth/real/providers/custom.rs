//! Providers of `customOpenIdConnectProviders` (CF-45).

use std::sync::Arc;

use super::open_id::{OpenId, Profile, TokenUse};
use crate::auth::real::discovery::{ClientAuthentication, Discovery, Endpoints};
use crate::auth::real::documents::Documents;
use crate::auth::real::provider::Client;
use crate::config::model::Registration;

/// The claims of which the first becomes `userDetails`, after that which the configuration names (AU-35).
const USER_DETAILS: [&str; 4] = ["name", "preferred_username", "email", "sub"];

/// The provider of an entry, by its well-known document or its four addresses.
///
/// # Errors
/// A sentence about what the configuration lacks.
pub fn provider(
    registration: &Registration,
    client: Client,
    documents: Arc<Documents>,
) -> Result<OpenId, String> {
    let discovery = match &registration.well_known {
        Some(url) => Discovery::Document(url.parse()?),
        None => Discovery::Given(Arc::new(given(registration)?)),
    };
    let named = registration.name_claim.as_deref();
    let profile = Profile {
        discovery,
        scopes: registration.scopes.clone(),
        parameters: registration.login_parameters.clone(),
        parameter_names: registration.login_parameter_names.clone(),
        response_mode: None,
        user_details: named
            .into_iter()
            .chain(USER_DETAILS)
            .map(str::to_owned)
            .collect(),
        access_token: TokenUse::ForRoles,
        also_issued_by: |_| None,
    };
    Ok(OpenId::new(client, profile, documents))
}

/// The four addresses of the configuration.
fn given(registration: &Registration) -> Result<Endpoints, String> {
    let named = |value: &Option<String>, key: &str| {
        value.clone().ok_or_else(|| {
            format!("`openIdConnectConfiguration` has neither `wellKnownOpenIdConfiguration` nor `{key}`")
        })
    };
    let url = |value: &Option<String>, key: &str| named(value, key)?.parse();
    Ok(Endpoints {
        issuer: named(&registration.issuer, "issuer")?,
        authorization: url(
            &registration.authorization_endpoint,
            "authorizationEndpoint",
        )?,
        token: url(&registration.token_endpoint, "tokenEndpoint")?,
        keys: url(&registration.certification_uri, "certificationUri")?,
        end_session: None,
        authentication: ClientAuthentication::Post,
        names_issuer: false,
    })
}
