//! OpenID Connect: the authorization code flow with PKCE, by what a provider announces.

use std::borrow::Cow;
use std::sync::Arc;

use futures_util::future::LocalBoxFuture;
use serde_json::Value;

use crate::auth::real::claims::{claims_of, find};
use crate::auth::real::discovery::{Discovery, Endpoints};
use crate::auth::real::documents::Documents;
use crate::auth::real::error::SignInError;
use crate::auth::real::id_token::{Expected, Fault, IdClaims, keys_of, verify};
use crate::auth::real::provider::{
    AuthorizationRequest, Client, EndSession, Grant, Identity, Provider, ProviderFuture,
};
use crate::auth::real::token_response::TokenResponse;
use crate::auth::real::url_builder::UrlBuilder;
use crate::store::now;

/// What is asked for when the configuration names no scopes.
const SCOPES: &str = "openid profile email";
/// What the flow itself says, and no configuration changes.
const RESERVED: [&str; 9] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "client_secret",
];

/// Whether `rolesSource` gets the access token (AU-73).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenUse {
    /// It does.
    ForRoles,
    /// Nobody does.
    None,
}

/// How providers of OpenID Connect differ.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Where their endpoints are.
    pub discovery: Discovery,
    /// Those of the configuration; `openid` is always among what is asked for.
    pub scopes: Vec<String>,
    /// `name=value` pairs for the authorization endpoint.
    pub parameters: Vec<String>,
    /// Names of parameters that are handed on from `/.auth/login/<provider>`.
    pub parameter_names: Vec<String>,
    /// How the answer comes back, where it is not by the query.
    pub response_mode: Option<&'static str>,
    /// Names of claims, of which the first that is there becomes `userDetails`.
    pub user_details: Vec<String>,
    /// What becomes of the access token.
    pub access_token: TokenUse,
    /// Another name that the same issuer has.
    pub also_issued_by: fn(&str) -> Option<String>,
}

/// A provider of OpenID Connect.
#[derive(Debug)]
pub struct OpenId {
    client: Client,
    profile: Profile,
    documents: Arc<Documents>,
}

impl OpenId {
    /// A provider that asks for documents when it needs them.
    pub fn new(client: Client, profile: Profile, documents: Arc<Documents>) -> Self {
        Self {
            client,
            profile,
            documents,
        }
    }

    async fn endpoints(&self) -> Result<Arc<Endpoints>, SignInError> {
        self.profile.discovery.endpoints(&self.documents).await
    }

    async fn authorization_url(
        &self,
        request: &AuthorizationRequest,
    ) -> Result<String, SignInError> {
        let endpoints = self.endpoints().await?;
        let mut url = request.url(&endpoints.authorization, &self.client);
        url.add("nonce", &request.nonce);
        if let Some(mode) = self.profile.response_mode {
            url.add("response_mode", mode);
        }
        let mut scope = match self.profile.scopes.is_empty() {
            true => SCOPES.to_owned(),
            false => self.profile.scopes.join(" "),
        };
        for (name, value) in self.parameters(&request.query) {
            match &*name {
                "scope" => scope = value.into_owned(),
                name if RESERVED.contains(&name) => {
                    log::warn!(
                        "the login parameter `{name}` belongs to the flow: it is not taken from the configuration"
                    );
                }
                name => url.add(name, &value),
            }
        }
        if !scope.split_whitespace().any(|it| it == "openid") {
            scope.insert_str(0, "openid ");
        }
        url.add("scope", scope.trim());
        Ok(url.finish())
    }

    /// Those of the configuration, and those that may come with the request.
    fn parameters<'q>(&'q self, query: &'q str) -> Vec<(Cow<'q, str>, Cow<'q, str>)> {
        let configured = self.profile.parameters.iter().filter_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            Some((Cow::Borrowed(name.trim()), Cow::Borrowed(value.trim())))
        });
        let handed_on = form_urlencoded::parse(query.as_bytes())
            .filter(|(name, _)| self.profile.parameter_names.iter().any(|it| it == name));
        configured.chain(handed_on).collect()
    }

    async fn identity(&self, grant: &Grant) -> Result<Identity, SignInError> {
        let endpoints = self.endpoints().await?;
        let issuers = self.issuers(&endpoints);
        self.judge_issuer(grant, &endpoints, &issuers)?;
        let tokens = TokenResponse::redeem(
            &endpoints.token,
            &self.client,
            endpoints.authentication,
            grant,
        )
        .await?;
        let id_token = tokens.id_token.ok_or_else(|| {
            SignInError::Refused(
                "the provider gave no ID token (AU-34): is the scope `openid` allowed to this client?"
                    .to_owned(),
            )
        })?;
        let expected = Expected {
            issuers: &issuers,
            client_id: &self.client.id,
            nonce: &grant.nonce,
            now: now(),
        };
        let claims = self.verified(&id_token, &endpoints, &expected).await?;
        let names = self.profile.user_details.iter();
        let user_details = names.into_iter().find_map(|name| find(&claims, name));
        Ok(Identity {
            subject: find(&claims, "sub").unwrap_or_default(),
            user_details: user_details.unwrap_or_default(),
            claims: claims_of(&claims),
            access_token: tokens
                .access_token
                .filter(|_| self.profile.access_token == TokenUse::ForRoles),
            id_token: Some(id_token),
        })
    }

    fn issuers(&self, endpoints: &Endpoints) -> Vec<String> {
        let other = (self.profile.also_issued_by)(&endpoints.issuer);
        [Some(endpoints.issuer.clone()), other]
            .into_iter()
            .flatten()
            .collect()
    }

    /// RFC 9207: a code of another provider is not shown to this one.
    fn judge_issuer(
        &self,
        grant: &Grant,
        endpoints: &Endpoints,
        issuers: &[String],
    ) -> Result<(), SignInError> {
        let is_template = endpoints.issuer.contains('{');
        match &grant.issuer {
            Some(named) if is_template || issuers.contains(named) => Ok(()),
            None if !endpoints.names_issuer => Ok(()),
            named => Err(SignInError::Refused(format!(
                "the answer comes from the issuer `{}`, not from `{}`",
                named.as_deref().unwrap_or("none"),
                endpoints.issuer
            ))),
        }
    }

    /// The claims of a token. The keys are asked for again when it names one that is not known: providers change them.
    async fn verified(
        &self,
        id_token: &str,
        endpoints: &Endpoints,
        expected: &Expected<'_>,
    ) -> Result<IdClaims, SignInError> {
        let document = self.documents.at(&endpoints.keys);
        let known = document.get().await?;
        let verify = |document: &Value| verify(id_token, &keys_of(document), expected);
        let judged = match verify(&known) {
            Err(Fault::UnknownKey(kid)) => match document.newer_than(&known).await? {
                Some(newer) => verify(&newer),
                None => Err(Fault::UnknownKey(kid)),
            },
            judged => judged,
        };
        judged.map_err(|fault| {
            SignInError::Refused(match fault {
                Fault::Refused(why) => why,
                Fault::UnknownKey(kid) => format!(
                    "the ID token is signed by the key `{}`, which is not among those of `{}`",
                    kid.escape_debug(),
                    endpoints.keys.as_str()
                ),
            })
        })
    }

    async fn end_session_url(&self, request: &EndSession) -> Option<String> {
        let endpoints = self
            .endpoints()
            .await
            .inspect_err(|error| log::warn!("the session at the provider goes on: {error}"))
            .ok()?;
        let mut url = UrlBuilder::new(endpoints.end_session.as_ref()?.as_str());
        if let Some(hint) = &request.id_token_hint {
            url.add("id_token_hint", hint);
        }
        url.add("client_id", &self.client.id);
        url.add(
            "post_logout_redirect_uri",
            &request.post_logout_redirect_uri,
        );
        url.add("state", &request.state);
        Some(url.finish())
    }
}

impl Provider for OpenId {
    fn authorize<'a>(&'a self, request: &'a AuthorizationRequest) -> ProviderFuture<'a, String> {
        Box::pin(self.authorization_url(request))
    }

    fn redeem<'a>(&'a self, grant: &'a Grant) -> ProviderFuture<'a, Identity> {
        Box::pin(self.identity(grant))
    }

    fn end_session<'a>(&'a self, request: &'a EndSession) -> LocalBoxFuture<'a, Option<String>> {
        Box::pin(self.end_session_url(request))
    }
}
