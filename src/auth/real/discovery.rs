//! Where a provider's endpoints are: its well-known document (OpenID Connect Discovery 1.0), or the four addresses of the
//! configuration (CF-45).

use std::sync::Arc;

use serde::Deserialize;

use super::documents::Documents;
use super::error::SignInError;
use super::remote::RemoteUrl;

/// Where the addresses come from.
#[derive(Debug, Clone)]
pub enum Discovery {
    /// The well-known document at this URL.
    Document(RemoteUrl),
    /// These.
    Given(Arc<Endpoints>),
}

/// How a client proves to the token endpoint who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuthentication {
    /// `client_secret_post`: in the form, as Azure does.
    Post,
    /// `client_secret_basic`: in the `Authorization` header.
    Basic,
}

/// A provider's addresses.
#[derive(Debug, Clone)]
pub struct Endpoints {
    /// What tokens say under `iss`; with `{tenantid}` for any tenant of Entra ID.
    pub issuer: String,
    /// Where browsers are sent.
    pub authorization: RemoteUrl,
    /// Where codes become tokens.
    pub token: RemoteUrl,
    /// Its keys.
    pub keys: RemoteUrl,
    /// Where browsers end their session.
    pub end_session: Option<RemoteUrl>,
    /// How to authenticate.
    pub authentication: ClientAuthentication,
    /// Whether every callback names the issuer (RFC 9207).
    pub names_issuer: bool,
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    end_session_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl Discovery {
    /// The addresses.
    ///
    /// # Errors
    /// The document cannot be had, or does not say them.
    pub async fn endpoints(&self, documents: &Documents) -> Result<Arc<Endpoints>, SignInError> {
        let url = match self {
            Self::Given(endpoints) => return Ok(Arc::clone(endpoints)),
            Self::Document(url) => url,
        };
        let document = documents.at(url).get().await?;
        let metadata = Metadata::deserialize(&*document).map_err(|error| error.to_string());
        let endpoints = metadata.and_then(Metadata::endpoints);
        endpoints.map(Arc::new).map_err(|why| {
            let url = url.as_str();
            SignInError::Unavailable(format!("the document at `{url}` cannot be used: {why}"))
        })
    }
}

impl Metadata {
    fn endpoints(self) -> Result<Endpoints, String> {
        let methods = self.token_endpoint_auth_methods_supported;
        Ok(Endpoints {
            issuer: self.issuer,
            authorization: self.authorization_endpoint.parse()?,
            token: self.token_endpoint.parse()?,
            keys: self.jwks_uri.parse()?,
            // One that cannot be used is as good as none: signing out works without it.
            end_session: self.end_session_endpoint.and_then(|it| it.parse().ok()),
            authentication: authentication(methods.as_deref().unwrap_or_default()),
            names_issuer: self.authorization_response_iss_parameter_supported,
        })
    }
}

/// As Azure does, unless the provider says that it takes the other way only.
fn authentication(methods: &[String]) -> ClientAuthentication {
    let takes = |wanted: &str| methods.iter().any(|method| method == wanted);
    match takes("client_secret_basic") && !takes("client_secret_post") {
        true => ClientAuthentication::Basic,
        false => ClientAuthentication::Post,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_authenticates_as_the_provider_announces() {
        let of = |methods: &[&str]| {
            let methods: Vec<String> = methods.iter().map(|it| (*it).to_owned()).collect();
            authentication(&methods)
        };
        assert_eq!(of(&[]), ClientAuthentication::Post);
        assert_eq!(of(&["client_secret_basic"]), ClientAuthentication::Basic);
        let both = of(&["client_secret_basic", "client_secret_post"]);
        assert_eq!(both, ClientAuthentication::Post);
        assert_eq!(of(&["private_key_jwt"]), ClientAuthentication::Post);
    }

    #[test]
    fn endpoints_must_be_called_safely() {
        let metadata = |token: &str| Metadata {
            issuer: "https://x.example".to_owned(),
            authorization_endpoint: "https://x.example/a".to_owned(),
            token_endpoint: token.to_owned(),
            jwks_uri: "https://x.example/k".to_owned(),
            end_session_endpoint: Some("nonsense".to_owned()),
            token_endpoint_auth_methods_supported: None,
            authorization_response_iss_parameter_supported: false,
        };
        let good = metadata("https://x.example/t").endpoints().unwrap();
        assert!(good.end_session.is_none());
        assert!(metadata("http://x.example/t").endpoints().is_err());
    }
}
