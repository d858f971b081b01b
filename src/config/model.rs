//! The typed configuration (CF-20…CF-30). Every value knows its place in the file.

use super::pattern::Pattern;
use crate::finding::{Span, Spanned};

/// A whole `staticwebapp.config.json`.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Route rules in the order of the file (RT-10).
    pub routes: Vec<RouteRule>,
    /// What answers static requests that find no file (NF-1).
    pub navigation_fallback: Option<NavigationFallback>,
    /// Answers for 400, 401, 403 and 404 that the platform itself makes (RO-1).
    pub response_overrides: Vec<ResponseOverride>,
    /// Headers for every static response (HD-1).
    pub global_headers: Vec<Header>,
    /// Extension with its dot → content type (CF-24).
    pub mime_types: Vec<(Spanned<String>, Spanned<String>)>,
    /// How slashes at the end of paths are treated (TS).
    pub trailing_slash: TrailingSlash,
    /// Who may call at all (NW-1).
    pub allowed_ip_ranges: Vec<Spanned<IpRange>>,
    /// Which forwarded hosts are believed (NW-4).
    pub allowed_forwarded_hosts: Vec<Spanned<String>>,
    /// Headers that each request must carry (NW-3): name, value.
    pub required_headers: Vec<Header>,
    /// Custom authentication (CF-28), if any.
    pub auth: Option<Auth>,
    /// `platform.apiRuntime`, such as `node:22` (CF-29).
    pub api_runtime: Option<Spanned<String>>,
}

impl Config {
    /// `platform.apiRuntime` as written.
    pub fn api_runtime(&self) -> Option<&str> {
        self.api_runtime.as_ref().map(|runtime| &*runtime.value)
    }

    /// The roles that rules ask for, besides those that everybody or everybody signed in has, each once, in the order of
    /// the file.
    pub fn named_roles(&self) -> Vec<String> {
        let mut named: Vec<String> = Vec::new();
        for role in self.routes.iter().flat_map(|rule| &rule.allowed_roles) {
            let is_built_in = ["anonymous", "authenticated"].contains(&&*role.value);
            if !is_built_in && !named.contains(&role.value) {
                named.push(role.value.clone());
            }
        }
        named
    }
}

/// One entry of `routes` (RT-1…RT-7).
#[derive(Debug, Clone)]
pub struct RouteRule {
    /// The whole rule.
    pub span: Span,
    /// The pattern as written.
    pub route: Spanned<String>,
    /// The pattern as understood.
    pub pattern: Pattern,
    /// `None` means every method.
    pub methods: Option<Vec<Spanned<String>>>,
    /// Empty means no check (RT-46).
    pub allowed_roles: Vec<Spanned<String>>,
    /// Path to serve instead (RT-4).
    pub rewrite: Option<Spanned<String>>,
    /// Where to send the caller (RT-5).
    pub redirect: Option<Spanned<String>>,
    /// Status of the answer (RT-6).
    pub status_code: Option<Spanned<u16>>,
    /// Headers of the answer (RT-7).
    pub headers: Vec<Header>,
}

/// A header: name as written and its value; an empty value removes the header (HD-2).
#[derive(Debug, Clone)]
pub struct Header {
    /// Name as written.
    pub name: Spanned<String>,
    /// Value; empty removes.
    pub value: Spanned<String>,
}

/// `navigationFallback` (NF).
#[derive(Debug, Clone)]
pub struct NavigationFallback {
    /// Path to serve, with a leading slash (NF-4).
    pub rewrite: Spanned<String>,
    /// Paths that never fall back (NF-3).
    pub exclude: Vec<(Spanned<String>, Pattern)>,
}

/// One entry of `responseOverrides` (RO).
#[derive(Debug, Clone)]
pub struct ResponseOverride {
    /// The status it answers for: 400, 401, 403 or 404.
    pub status: Spanned<u16>,
    /// Path to serve; keeps the error status unless `status_code` is given (RO-3).
    pub rewrite: Option<Spanned<String>>,
    /// Where to send the caller, 302 by default (RO-4).
    pub redirect: Option<Spanned<String>>,
    /// Replaces the status.
    pub status_code: Option<Spanned<u16>>,
}

/// `trailingSlash` (CF-25); leaving it out is a behaviour of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TrailingSlash {
    /// Every page has one.
    Always,
    /// No page has one.
    Never,
    /// Folders have one, pages do not.
    Auto,
    /// Not configured.
    #[default]
    Omitted,
}

/// One entry of `networking.allowedIpRanges` (NW-1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IpRange {
    /// A block of addresses.
    Block(ipnet::IpNet),
    /// A service tag such as `AzureFrontDoor.Backend`, whose addresses only Azure knows.
    ServiceTag(String),
}

/// `auth` (CF-28).
#[derive(Debug, Clone)]
pub struct Auth {
    /// Path of the function that gives roles (AU-71).
    pub roles_source: Option<Spanned<String>>,
    /// Configured providers by the names they have in URLs (AU-33): `azureActiveDirectory` is `aad` here.
    pub providers: Vec<Spanned<String>>,
    /// What each of them registers.
    pub registrations: Vec<Registration>,
    /// Every text of the section, in the order of the file.
    pub values: Vec<AuthValue>,
}

/// What an identity provider registers (CF-40…CF-45), as it is written: names of settings, not their values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// As in URLs (AU-33).
    pub name: String,
    /// Whose registration it is.
    pub kind: ProviderKind,
    /// The setting with the id of the client, the app or the consumer (CF-46).
    pub client_id_setting: Option<String>,
    /// The setting with its secret (CF-46).
    pub client_secret_setting: Option<String>,
    /// Whether a certificate in a Key Vault stands in for the secret.
    pub has_certificate: bool,
    /// `wellKnownOpenIdConfiguration`
    pub well_known: Option<String>,
    /// `authorizationEndpoint`
    pub authorization_endpoint: Option<String>,
    /// `tokenEndpoint`
    pub token_endpoint: Option<String>,
    /// `openIdIssuer` of Entra ID, `issuer` of a custom provider.
    pub issuer: Option<String>,
    /// `certificationUri`: where its keys are.
    pub certification_uri: Option<String>,
    /// `nameClaimType` or `userDetailsClaim`: the claim that becomes `userDetails` (AU-35).
    pub name_claim: Option<String>,
    /// `login.scopes`
    pub scopes: Vec<String>,
    /// `login.loginParameters`, each `name=value`.
    pub login_parameters: Vec<String>,
    /// `login.loginParameterNames`
    pub login_parameter_names: Vec<String>,
}

/// The kinds of identity provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderKind {
    /// `azureActiveDirectory`
    Entra,
    /// `apple`
    Apple,
    /// `facebook`
    Facebook,
    /// `github`
    GitHub,
    /// `google`
    Google,
    /// `twitter`
    Twitter,
    /// One of `customOpenIdConnectProviders`.
    OpenIdConnect,
}

/// A text anywhere below `auth.identityProviders`, such as a setting's name or an address.
#[derive(Debug, Clone)]
pub struct AuthValue {
    /// The provider as written in the file.
    pub provider: String,
    /// The nearest key above the value, such as `clientIdSettingName`.
    pub key: String,
    /// The text.
    pub value: Spanned<String>,
}
