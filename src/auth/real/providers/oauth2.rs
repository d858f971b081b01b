//! What GitHub and Facebook share: the authorization code flow of OAuth 2.0 without ID tokens. Who signed in is asked of an
//! API with the access token.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::auth::Claim;
use crate::auth::real::discovery::ClientAuthentication;
use crate::auth::real::error::SignInError;
use crate::auth::real::provider::{AuthorizationRequest, Client, Grant};
use crate::auth::real::remote::RemoteUrl;
use crate::auth::real::token_response::{Refusal, TokenResponse};

/// The fields of a user.
pub(super) type User = Map<String, Value>;

/// Addresses of a provider's that its documentation names.
#[derive(Debug, Clone)]
pub struct OAuth2Endpoints {
    /// Where browsers are sent.
    pub authorization: RemoteUrl,
    /// Where codes become tokens.
    pub token: RemoteUrl,
    /// Who a token belongs to.
    pub user: RemoteUrl,
}

/// An app that is registered with such a provider.
#[derive(Debug)]
pub(super) struct App {
    pub(super) client: Client,
    scope: String,
    pub(super) endpoints: OAuth2Endpoints,
}

impl App {
    /// An app that asks for these scopes; for `usual` ones if there are none.
    pub(super) fn new(
        client: Client,
        scopes: &[String],
        usual: &str,
        endpoints: OAuth2Endpoints,
    ) -> Self {
        let scope = match scopes {
            [] => usual.to_owned(),
            scopes => scopes.join(" "),
        };
        Self {
            client,
            scope,
            endpoints,
        }
    }

    /// The address that a browser is sent to.
    pub(super) fn authorization_url(&self, request: &AuthorizationRequest) -> String {
        let mut url = request.url(&self.endpoints.authorization, &self.client);
        url.add("scope", &self.scope);
        url.finish()
    }

    /// The access token that a code is exchanged for.
    pub(super) async fn access_token(&self, grant: &Grant) -> Result<String, SignInError> {
        let (at, by) = (&self.endpoints.token, ClientAuthentication::Post);
        let response = TokenResponse::redeem(at, &self.client, by, grant).await?;
        let token = response.access_token.filter(|token| !token.is_empty());
        let why = || SignInError::Refused("the provider gave no access token".to_owned());
        token.ok_or_else(why)
    }
}

/// What an API says about the user.
pub(super) async fn user(at: &RemoteUrl, headers: Vec<(&str, &str)>) -> Result<User, SignInError> {
    let answer = at.get(headers).await?;
    if answer.is_success() {
        return answer.json();
    }
    Err(match answer.json()? {
        ApiRefusal {
            error: Some(refusal),
            ..
        } => refusal.error(None),
        ApiRefusal { message, .. } => SignInError::Provider {
            code: answer.status.to_string(),
            description: message,
        },
    })
}

/// Facebook's API wraps what it says in `error`, GitHub's does not.
#[derive(Deserialize)]
struct ApiRefusal {
    error: Option<Refusal>,
    message: Option<String>,
}

/// The text of a field, a number's too.
pub(super) fn text(user: &User, field: &str) -> Option<String> {
    match user.get(field)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// A claim for each of these fields that has a value.
pub(super) fn claims_of(user: &User, fields: &[(&str, &str)]) -> Vec<Claim> {
    let claims = fields.iter().filter_map(|(typ, field)| {
        Some(Claim {
            typ: (*typ).to_owned(),
            val: text(user, field)?,
        })
    });
    claims.collect()
}
