//! X, once Twitter (CF-44): OAuth 1.0a, which is what a consumer key and its secret are for.
//!
//! 1. a request token is fetched, and its secret kept here
//! 2. the browser takes it to X and comes back with a verifier, to a callback whose query holds our `state`
//! 3. both are exchanged for an access token, and the answer says who the user is

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::oauth1::Signer;
use crate::auth::Claim;
use crate::auth::real::claims::{NAME_IDENTIFIER, UPN};
use crate::auth::real::error::SignInError;
use crate::auth::real::provider::{
    AuthorizationRequest, Client, Grant, Identity, Provider, ProviderFuture,
};
use crate::auth::real::remote::{Answer, RemoteUrl};
use crate::auth::real::seal::random_text;
use crate::store::now;

/// Sign-ins that may be under way at once; the oldest is forgotten first.
const MOST_UNDER_WAY: usize = 64;

/// X's documented endpoints.
#[derive(Debug, Clone)]
pub struct OAuth1Endpoints {
    /// Gives request tokens.
    pub request_token: RemoteUrl,
    /// Where browsers are sent.
    pub authenticate: RemoteUrl,
    /// Gives access tokens, and says whose they are.
    pub access_token: RemoteUrl,
}

/// Those of X.
///
/// # Errors
/// Never: they are URLs.
pub fn endpoints() -> Result<OAuth1Endpoints, String> {
    Ok(OAuth1Endpoints {
        request_token: "https://api.x.com/oauth/request_token".parse()?,
        authenticate: "https://api.x.com/oauth/authenticate".parse()?,
        access_token: "https://api.x.com/oauth/access_token".parse()?,
    })
}

/// An app with a consumer key.
#[derive(Debug)]
pub struct Twitter {
    client: Client,
    endpoints: OAuth1Endpoints,
    under_way: Mutex<VecDeque<RequestToken>>,
}

/// A sign-in under way.
struct RequestToken {
    /// Of the sign-in that it belongs to.
    nonce: String,
    token: String,
    secret: String,
}

impl Twitter {
    /// An app; nobody signs in yet.
    pub fn new(client: Client, endpoints: OAuth1Endpoints) -> Self {
        Self {
            client,
            endpoints,
            under_way: Mutex::default(),
        }
    }

    /// Posts nothing but a signed header; gives the fields of the answer.
    async fn ask(
        &self,
        url: &RemoteUrl,
        token: Option<(&str, &str)>,
        parameter: (&str, &str),
    ) -> Result<Fields, SignInError> {
        let nonce = random_text().map_err(|error| SignInError::Emulator(error.to_string()))?;
        let signer = Signer {
            consumer: (
                &self.client.id,
                self.client.secret.as_deref().unwrap_or_default(),
            ),
            token,
            nonce: &nonce,
            timestamp: now(),
        };
        let header = signer.header("POST", url.as_str(), &[parameter], &[]);
        let headers = vec![("authorization", header.as_str())];
        fields(&url.post_form(headers, String::new()).await?)
    }

    async fn authentication_url(
        &self,
        request: &AuthorizationRequest,
    ) -> Result<String, SignInError> {
        // Registered callbacks have no query, and any may be sent.
        let callback = format!("{}?state={}", request.redirect_uri, request.state);
        let url = &self.endpoints.request_token;
        let mut fields = self.ask(url, None, ("oauth_callback", &callback)).await?;
        let token = fields.take("oauth_token")?;
        let url = format!(
            "{}?oauth_token={token}",
            self.endpoints.authenticate.as_str()
        );
        let mut under_way = self
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if under_way.len() >= MOST_UNDER_WAY {
            under_way.pop_front();
        }
        under_way.push_back(RequestToken {
            nonce: request.nonce.clone(),
            secret: fields.take("oauth_token_secret")?,
            token,
        });
        Ok(url)
    }

    /// AU-35: the handle.
    async fn identity(&self, grant: &Grant) -> Result<Identity, SignInError> {
        let begun = self.begun(&grant.nonce)?;
        let token = Some((begun.token.as_str(), begun.secret.as_str()));
        let verifier = ("oauth_verifier", grant.code.as_str());
        let url = &self.endpoints.access_token;
        let mut fields = self.ask(url, token, verifier).await?;
        let (subject, handle) = (fields.take("user_id")?, fields.take("screen_name")?);
        let claim = |typ: &str, val: &str| Claim {
            typ: typ.to_owned(),
            val: val.to_owned(),
        };
        Ok(Identity {
            claims: vec![claim(NAME_IDENTIFIER, &subject), claim(UPN, &handle)],
            subject,
            user_details: handle,
            // A pair of token and secret, of which a rolesSource could do nothing with one half.
            access_token: None,
            id_token: None,
        })
    }

    fn begun(&self, nonce: &str) -> Result<RequestToken, SignInError> {
        let mut under_way = self
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let found = under_way.iter().position(|begun| begun.nonce == nonce);
        found.and_then(|at| under_way.remove(at)).ok_or_else(|| {
            let why =
                "this sign-in began before the emulator was started or its configuration changed";
            SignInError::NotBegun(why.to_owned())
        })
    }
}

impl Provider for Twitter {
    fn authorize<'a>(&'a self, request: &'a AuthorizationRequest) -> ProviderFuture<'a, String> {
        Box::pin(self.authentication_url(request))
    }

    fn redeem<'a>(&'a self, grant: &'a Grant) -> ProviderFuture<'a, Identity> {
        Box::pin(self.identity(grant))
    }
}

/// Without the secret.
impl std::fmt::Debug for RequestToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RequestToken").finish_non_exhaustive()
    }
}

/// What X says about tokens: a form.
struct Fields(Vec<(String, String)>);

impl Fields {
    fn take(&mut self, name: &str) -> Result<String, SignInError> {
        let found = self.0.iter().position(|(known, _)| known == name);
        let value = found.map(|at| self.0.swap_remove(at).1);
        value
            .filter(|value| !value.is_empty())
            .ok_or_else(|| SignInError::Unavailable(format!("X's answer has no `{name}`")))
    }
}

fn fields(answer: &Answer) -> Result<Fields, SignInError> {
    if answer.is_success() {
        let pairs = form_urlencoded::parse(&answer.body);
        return Ok(Fields(pairs.into_owned().collect()));
    }
    let told: serde_json::Value = answer.json()?;
    let error = &told["errors"][0];
    let code = match &error["code"] {
        serde_json::Value::Null => answer.status.to_string(),
        code => code.to_string(),
    };
    let description = error["message"].as_str().map(str::to_owned);
    Err(SignInError::Provider { code, description })
}
