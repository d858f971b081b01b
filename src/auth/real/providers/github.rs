//! GitHub (CF-43): an OAuth app. Claims are the fields that its API gives of the user.

use super::oauth2::{App, OAuth2Endpoints, User, claims_of, text, user};
use crate::auth::Claim;
use crate::auth::real::claims::{EMAIL, NAME, NAME_IDENTIFIER};
use crate::auth::real::error::SignInError;
use crate::auth::real::provider::{
    AuthorizationRequest, Client, Grant, Identity, Provider, ProviderFuture,
};

/// An OAuth app.
#[derive(Debug)]
pub struct GitHub(App);

/// Those of github.com.
///
/// # Errors
/// Never: they are URLs.
pub fn endpoints() -> Result<OAuth2Endpoints, String> {
    Ok(OAuth2Endpoints {
        authorization: "https://github.com/login/oauth/authorize".parse()?,
        token: "https://github.com/login/oauth/access_token".parse()?,
        user: "https://api.github.com/user".parse()?,
    })
}

impl GitHub {
    /// An app that asks for these scopes; for `read:user` if there are none.
    pub fn new(client: Client, scopes: &[String], endpoints: OAuth2Endpoints) -> Self {
        Self(App::new(client, scopes, "read:user", endpoints))
    }
}

impl Provider for GitHub {
    fn authorize<'a>(&'a self, request: &'a AuthorizationRequest) -> ProviderFuture<'a, String> {
        let url = self.0.authorization_url(request);
        Box::pin(async { Ok(url) })
    }

    fn redeem<'a>(&'a self, grant: &'a Grant) -> ProviderFuture<'a, Identity> {
        Box::pin(async move {
            let token = self.0.access_token(grant).await?;
            let bearer = format!("Bearer {token}");
            let headers = vec![
                ("authorization", bearer.as_str()),
                ("accept", "application/vnd.github+json"),
            ];
            let user = user(&self.0.endpoints.user, headers).await?;
            identity(&user, token)
        })
    }
}

/// AU-35: the login name. It can change and pass to somebody else; the id cannot.
fn identity(user: &User, token: String) -> Result<Identity, SignInError> {
    let (Some(subject), Some(user_details)) = (text(user, "id"), text(user, "login")) else {
        let why = "GitHub's answer about the user has no `id` and `login`";
        return Err(SignInError::Unavailable(why.to_owned()));
    };
    let known = [(NAME_IDENTIFIER, "id"), (NAME, "name"), (EMAIL, "email")];
    let mut claims = claims_of(user, &known);
    let named = user.keys().filter_map(|field| {
        Some(Claim {
            typ: format!("urn:github:{field}"),
            val: text(user, field)?,
        })
    });
    claims.extend(named);
    Ok(Identity {
        subject,
        user_details,
        claims,
        access_token: Some(token),
        id_token: None,
    })
}
