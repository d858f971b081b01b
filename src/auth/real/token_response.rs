//! A code becomes tokens (RFC 6749, 4.1.3; RFC 7636): the call to the token endpoint.

use base64::{Engine, prelude::BASE64_STANDARD};
use form_urlencoded::{Serializer, byte_serialize};
use serde::Deserialize;

use super::discovery::ClientAuthentication;
use super::error::SignInError;
use super::provider::{Client, Grant};
use super::remote::RemoteUrl;

/// What a token endpoint gives. Not to be shown to anybody.
#[derive(Clone, Default, Deserialize)]
pub struct TokenResponse {
    /// For the provider's own APIs.
    #[serde(default)]
    pub access_token: Option<String>,
    /// Who signed in, with OpenID Connect.
    #[serde(default)]
    pub id_token: Option<String>,
    #[serde(default)]
    error: Option<Refusal>,
    #[serde(default)]
    error_description: Option<String>,
}

/// What stands under `error`.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Refusal {
    /// RFC 6749, 5.2.
    Code(String),
    /// As Facebook writes it.
    Object {
        #[serde(rename = "type")]
        kind: String,
        code: Option<i64>,
        message: Option<String>,
    },
}

impl Refusal {
    /// In the provider's words.
    pub(super) fn error(self, description: Option<String>) -> SignInError {
        match self {
            Self::Code(code) => SignInError::Provider { code, description },
            Self::Object {
                kind,
                code,
                message,
            } => SignInError::Provider {
                code: match code {
                    Some(code) => format!("{kind} {code}"),
                    None => kind,
                },
                description: message,
            },
        }
    }
}

impl TokenResponse {
    /// Redeems a code. An answer with `error` is one whatever its status: GitHub's is 200.
    ///
    /// # Errors
    /// The provider refuses, does not answer, or not as the protocol says.
    pub async fn redeem(
        endpoint: &RemoteUrl,
        client: &Client,
        authentication: ClientAuthentication,
        grant: &Grant,
    ) -> Result<Self, SignInError> {
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", &grant.code)
            .append_pair("redirect_uri", &grant.redirect_uri)
            .append_pair("code_verifier", &grant.code_verifier);
        let mut header = None;
        match (&client.secret, authentication) {
            (Some(secret), ClientAuthentication::Basic) => header = Some(basic(&client.id, secret)),
            (secret, _) => {
                form.append_pair("client_id", &client.id);
                if let Some(secret) = secret {
                    form.append_pair("client_secret", secret);
                }
            }
        }
        let headers = header.iter().map(|value| ("authorization", value.as_str()));
        let answer = endpoint.post_form(headers.collect(), form.finish()).await?;
        let told = answer.json::<Self>();
        match told {
            Ok(Self {
                error: Some(refusal),
                error_description,
                ..
            }) => Err(refusal.error(error_description)),
            Ok(told) if answer.is_success() => Ok(told),
            Ok(_) => Err(answer.not_understood("it is no success")),
            Err(error) => Err(error),
        }
    }
}

/// RFC 6749, 2.3.1: both parts are encoded as in forms first.
fn basic(id: &str, secret: &str) -> String {
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encoded(id), encoded(secret));
    format!("Basic {}", BASE64_STANDARD.encode(pair))
}
