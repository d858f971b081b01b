//! Facebook Login (CF-42): who signed in is asked of the Graph API.

use std::fmt::Write as _;

use ring::hmac;

use super::oauth2::{App, OAuth2Endpoints, User, claims_of, text, user};
use crate::auth::real::claims::{EMAIL, FIRST_NAME, LAST_NAME, NAME, NAME_IDENTIFIER};
use crate::auth::real::error::SignInError;
use crate::auth::real::provider::{
    AuthorizationRequest, Client, Grant, Identity, Provider, ProviderFuture,
};
use crate::auth::real::remote::RemoteUrl;

/// An app.
#[derive(Debug)]
pub struct Facebook(App);

/// Those of facebook.com. Without a version: that means the oldest one that lives, and never ends.
///
/// # Errors
/// Never: they are URLs.
pub fn endpoints() -> Result<OAuth2Endpoints, String> {
    Ok(OAuth2Endpoints {
        authorization: "https://www.facebook.com/dialog/oauth".parse()?,
        token: "https://graph.facebook.com/oauth/access_token".parse()?,
        user: "https://graph.facebook.com/me".parse()?,
    })
}

impl Facebook {
    /// An app that asks for these scopes; for name and e-mail address if there are none.
    pub fn new(client: Client, scopes: &[String], endpoints: OAuth2Endpoints) -> Self {
        Self(App::new(client, scopes, "public_profile email", endpoints))
    }

    /// `/me` with the fields of claims. The proof says that it is the app that asks, which apps can demand.
    fn me(&self, token: &str) -> Result<RemoteUrl, SignInError> {
        let secret = self.0.client.secret.as_deref().unwrap_or_default();
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let mut proof = String::new();
        for byte in hmac::sign(&key, token.as_bytes()).as_ref() {
            // A string takes whatever is written.
            let _ = write!(proof, "{byte:02x}");
        }
        let user = self.0.endpoints.user.as_str();
        let fields = "id,name,email,first_name,last_name";
        let url = format!("{user}?fields={fields}&appsecret_proof={proof}");
        url.parse().map_err(SignInError::Emulator)
    }
}

impl Provider for Facebook {
    fn authorize<'a>(&'a self, request: &'a AuthorizationRequest) -> ProviderFuture<'a, String> {
        let url = self.0.authorization_url(request);
        Box::pin(async { Ok(url) })
    }

    fn redeem<'a>(&'a self, grant: &'a Grant) -> ProviderFuture<'a, Identity> {
        Box::pin(async move {
            let token = self.0.access_token(grant).await?;
            let bearer = format!("Bearer {token}");
            let headers = vec![("authorization", bearer.as_str())];
            let user = user(&self.me(&token)?, headers).await?;
            identity(&user, token)
        })
    }
}

/// The e-mail address, which not every account has or shares; else the name.
fn identity(user: &User, token: String) -> Result<Identity, SignInError> {
    let details = text(user, "email").or_else(|| text(user, "name"));
    let (Some(subject), Some(user_details)) = (text(user, "id"), details) else {
        let why = "Facebook's answer about the user has no `id`, or no `email` and `name`";
        return Err(SignInError::Unavailable(why.to_owned()));
    };
    let claims = [
        (NAME_IDENTIFIER, "id"),
        (EMAIL, "email"),
        (NAME, "name"),
        (FIRST_NAME, "first_name"),
        (LAST_NAME, "last_name"),
    ];
    Ok(Identity {
        subject,
        user_details,
        claims: claims_of(user, &claims),
        access_token: Some(token),
        id_token: None,
    })
}
