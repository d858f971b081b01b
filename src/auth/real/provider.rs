//! What an identity provider is to the flow: where the browser is sent, and who the code that comes back stands for. Each
//! kind has its file in [`super::providers`].

use std::fmt;

use futures_util::future::LocalBoxFuture;

use super::error::SignInError;
use super::remote::RemoteUrl;
use super::url_builder::UrlBuilder;
use crate::auth::Claim;

/// The answer of a provider, awaited on the thread that asked.
pub type ProviderFuture<'a, T> = LocalBoxFuture<'a, Result<T, SignInError>>;

/// An identity provider that signs in for real.
pub trait Provider: fmt::Debug + Send + Sync {
    /// The address at the provider to send the browser to (AU-1).
    fn authorize<'a>(&'a self, request: &'a AuthorizationRequest) -> ProviderFuture<'a, String>;

    /// Who the code of a callback stands for (AU-2).
    fn redeem<'a>(&'a self, grant: &'a Grant) -> ProviderFuture<'a, Identity>;

    /// The address that ends the session at the provider too (AU-5), if it has one that can be learnt.
    fn end_session<'a>(&'a self, _request: &'a EndSession) -> LocalBoxFuture<'a, Option<String>> {
        Box::pin(async { None })
    }
}

/// What the app is to the provider: the values of the settings that the configuration names.
#[derive(Clone, PartialEq, Eq)]
pub struct Client {
    /// `client_id`
    pub id: String,
    /// `client_secret`; a public client has none.
    pub secret: Option<String>,
}

/// Without its secret.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// One sign-in that begins.
#[derive(Debug, Clone)]
pub struct AuthorizationRequest {
    /// Where the provider sends the browser back to: `<origin>/.auth/login/<provider>/callback`.
    pub redirect_uri: String,
    /// Comes back with the code, and binds it to the browser.
    pub state: String,
    /// Comes back in the ID token.
    pub nonce: String,
    /// PKCE, `S256` of the verifier.
    pub code_challenge: String,
    /// The query of `/.auth/login/<provider>`, raw.
    pub query: String,
}

impl AuthorizationRequest {
    /// The address to send the browser to, with what every authorization code flow with PKCE says.
    pub(super) fn url(&self, authorization: &RemoteUrl, client: &Client) -> UrlBuilder {
        let mut url = UrlBuilder::new(authorization.as_str());
        url.add("response_type", "code");
        url.add("client_id", &client.id);
        url.add("redirect_uri", &self.redirect_uri);
        url.add("state", &self.state);
        url.add("code_challenge", &self.code_challenge);
        url.add("code_challenge_method", "S256");
        url
    }
}

/// A code that came back, with what this browser's sign-in began with.
#[derive(Clone)]
pub struct Grant {
    /// What the provider gave.
    pub code: String,
    /// As in [`AuthorizationRequest`].
    pub redirect_uri: String,
    /// Of which `code_challenge` was made.
    pub code_verifier: String,
    /// As in [`AuthorizationRequest`].
    pub nonce: String,
    /// `iss` of the callback (RFC 9207).
    pub issuer: Option<String>,
}

/// What a sign-in brought.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// The user's id at the provider, unique and stable there; what apps see is derived from it (AU-42).
    pub subject: String,
    /// `userDetails` (AU-35).
    pub user_details: String,
    /// For `/.auth/me` and `rolesSource` (AU-45, AU-72).
    pub claims: Vec<Claim>,
    /// For `rolesSource`, where it gets one (AU-73).
    pub access_token: Option<String>,
    /// For the end of the session at the provider.
    pub id_token: Option<String>,
}

/// A sign-out that goes on at the provider.
#[derive(Clone)]
pub struct EndSession {
    /// What the provider gave at the sign-in, if that is still known.
    pub id_token_hint: Option<String>,
    /// `<origin>/.auth/logout/<provider>/callback` (AU-5).
    pub post_logout_redirect_uri: String,
    /// Comes back with the browser.
    pub state: String,
}
