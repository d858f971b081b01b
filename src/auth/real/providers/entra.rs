//! Microsoft Entra ID (CF-40), by its issuers of version 1 and 2.

use std::sync::Arc;

use super::open_id::{OpenId, Profile, TokenUse};
use crate::auth::real::discovery::Discovery;
use crate::auth::real::documents::Documents;
use crate::auth::real::provider::Client;
use crate::config::model::Registration;

/// The claims of which the first becomes `userDetails`: the ones that look like an e-mail address (AU-35).
const USER_DETAILS: [&str; 6] = [
    "preferred_username",
    "email",
    "upn",
    "unique_name",
    "name",
    "sub",
];
const V1: &str = "https://sts.windows.net/";
const V2: &str = "https://login.microsoftonline.com/";

/// The provider of an `openIdIssuer`.
///
/// # Errors
/// A sentence about what the configuration lacks.
pub fn provider(
    registration: &Registration,
    client: Client,
    documents: Arc<Documents>,
) -> Result<OpenId, String> {
    let issuer = registration
        .issuer
        .as_deref()
        .ok_or("`registration.openIdIssuer` is missing")?;
    let url = format!(
        "{}/.well-known/openid-configuration",
        issuer.trim_end_matches('/')
    );
    let asked = |name: &str| {
        let pairs = registration.login_parameters.iter();
        let mut pairs = pairs.filter_map(|pair| pair.split_once('='));
        pairs.any(|(known, value)| known == name && !value.trim().is_empty())
    };
    Ok(OpenId::new(
        client,
        Profile {
            discovery: Discovery::Document(url.parse()?),
            scopes: Vec::new(),
            parameters: registration.login_parameters.clone(),
            parameter_names: registration.login_parameter_names.clone(),
            response_mode: None,
            user_details: registration
                .name_claim
                .iter()
                .map(String::as_str)
                .chain(USER_DETAILS)
                .map(str::to_owned)
                .collect(),
            // AU-73
            access_token: match asked("resource") || asked("scope") {
                true => TokenUse::ForRoles,
                false => TokenUse::None,
            },
            also_issued_by,
        },
        documents,
    ))
}

/// The other version's issuer of the same tenant: which one a token names depends on the registration of the app, not on
/// the document.
fn also_issued_by(issuer: &str) -> Option<String> {
    match issuer.strip_prefix(V2) {
        Some(rest) => Some(format!("{V1}{}/", rest.strip_suffix("/v2.0")?)),
        None => {
            let tenant = issuer.strip_prefix(V1)?.trim_end_matches('/');
            Some(format!("{V2}{tenant}/v2.0"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_issuers_of_one_tenant_belong_together() {
        let v2 = "https://login.microsoftonline.com/{tenantid}/v2.0";
        let v1 = "https://sts.windows.net/{tenantid}/";
        assert_eq!(also_issued_by(v2).as_deref(), Some(v1));
        assert_eq!(also_issued_by(v1).as_deref(), Some(v2));
        assert_eq!(also_issued_by("https://login.example/t/v2.0"), None);
    }
}
