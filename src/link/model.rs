//! What is remembered of links: the project's side in `.cygnet/links.json`, the backends' side in the user's state folder.
//!
//! The two files mirror what Azure keeps in two resources: the static web app knows its linked backends (BK-1), a backend
//! knows the identity providers that may call it (BK-6), or an API Management instance its products (B3-1). That is why an
//! unlinked backend can stay closed (BK-12).

use serde::{Deserialize, Deserializer, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use super::BackendKind;
use super::apim::Product;
use super::other_provider::OtherProvider;

/// The form of both files. A file of a later form is refused, never rewritten.
pub const VERSION: u32 = 1;

/// What production is called here, as in the portal; as a resource it is `default` (BK-1), which is understood too.
pub const PRODUCTION: &str = "production";

/// The name that the portal shows for the provider that a link adds (BK-6).
pub const PROVIDER: &str = "Azure Static Web Apps (Linked)";

/// The plans that matter to links (AP-15).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Plan {
    /// Managed functions only.
    Free,
    /// Any backend.
    #[default]
    Standard,
}

/// `.cygnet/links.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    /// See [`VERSION`].
    pub version: u32,
    /// Who the app is to its backends.
    pub app: App,
    /// One for each environment at most (AP-1, BK-4).
    pub links: Vec<Link>,
}

/// The static web app as a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct App {
    /// 32 hexadecimal digits; names the folder of its key.
    pub id: String,
    /// First label of its host names, such as `sample-app-5f2c90aa`.
    pub label: String,
}

impl App {
    /// The app in this folder, the same each time: a run without a link must not need a file.
    pub fn of_folder(folder: &std::path::Path) -> Self {
        let folder = dunce::canonicalize(folder).unwrap_or_else(|_| folder.into());
        let id = format!("{:032x}", xxh3_128(folder.as_os_str().as_encoded_bytes()));
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let mut label = slug(&name);
        label.truncate(24);
        let label = format!("{}-{}", label.trim_end_matches('-'), &id[..8]);
        Self {
            label: label.trim_start_matches('-').to_owned(),
            id,
        }
    }

    /// Whether a host is that of an environment, in whatever region.
    pub fn is_host(&self, host: &str, environment: &str) -> bool {
        let region = |host: &str| {
            let start = format!("{}-{}.", self.label, environment.to_ascii_lowercase());
            let rest = host.strip_prefix(&start)?;
            rest.strip_suffix(".azurestaticapps.net").map(str::to_owned)
        };
        self.host(environment, region(host).as_deref()) == host
    }

    /// The default host of one of its environments (EN-1, EN-2): what a token's issuer names (AP-32).
    pub fn host(&self, environment: &str, region: Option<&str>) -> String {
        match environment {
            PRODUCTION => format!("{}.azurestaticapps.net", self.label),
            named => format!(
                "{}-{}.{}.azurestaticapps.net",
                self.label,
                named.to_ascii_lowercase(),
                region.unwrap_or("westeurope")
            ),
        }
    }
}

/// The one name of an environment: production has two.
pub fn environment_name(text: &str) -> String {
    match text.eq_ignore_ascii_case("default") || text.eq_ignore_ascii_case(PRODUCTION) {
        true => PRODUCTION.to_owned(),
        false => text.to_owned(),
    }
}

fn environment<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    String::deserialize(from).map(|text| environment_name(&text))
}

/// Lower-case letters, digits and single hyphens, as in a name of an Azure resource.
pub fn slug(text: &str) -> String {
    let mut slug = String::new();
    for character in text.chars() {
        match character.to_ascii_lowercase() {
            character if character.is_ascii_alphanumeric() => slug.push(character),
            _ if slug.is_empty() || slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// One linked backend of the app (BK-1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    /// What it is.
    pub kind: BackendKind,
    /// Its name as a resource.
    pub name: String,
    /// [`PRODUCTION`] or a named environment.
    #[serde(deserialize_with = "environment")]
    pub environment: String,
    /// Where the process that plays it listens: scheme, host and port.
    pub url: String,
    /// Its region (BK-2).
    pub region: Option<String>,
    /// The plan that the link was made under.
    pub plan: Plan,
    /// Seconds since 1970.
    pub linked_at: u64,
}

/// `backends.json` of the state folder: what every backend of this machine was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Machine {
    /// See [`VERSION`].
    pub version: u32,
    /// One for each kind and URL.
    pub backends: Vec<BackendRecord>,
}

impl Machine {
    /// The backend that a link names.
    pub fn backend(&self, kind: BackendKind, url: &str) -> Option<&BackendRecord> {
        self.backends
            .iter()
            .find(|backend| backend.kind == kind && backend.url == url)
    }

    /// The same, to change it.
    pub fn backend_mut(&mut self, kind: BackendKind, url: &str) -> Option<&mut BackendRecord> {
        self.backends
            .iter_mut()
            .find(|backend| backend.kind == kind && backend.url == url)
    }
}

/// A backend as a resource of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BackendRecord {
    /// What it is.
    pub kind: BackendKind,
    /// Its name as a resource.
    pub name: String,
    /// Where the process that plays it listens.
    pub url: String,
    /// Its public host name in Azure, such as `api.azurewebsites.net`.
    pub host: String,
    /// The port of its gate on this machine.
    pub gate_port: u16,
    /// Whether its authentication is on (BK-7, BK-13). Without meaning for API Management.
    pub auth_enabled: bool,
    /// Whether callers without a token pass (BK-25).
    pub allow_unauthenticated: bool,
    /// Authentication that its owner set up before any link (BK-7); `None`: a link sets it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own_auth: Option<EasyAuth>,
    /// Whether it is a slot that was cloned from a linked backend, provider and all (BK-9).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_cloned: bool,
    /// Who may call it: one provider at most, except after hand edits.
    pub providers: Vec<Provider>,
    /// Whose tokens its owner lets pass beside those of the app.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_providers: Vec<OtherProvider>,
    /// The products of an API Management instance, one for each app (B3-3).
    pub products: Vec<Product>,
}

impl BackendRecord {
    /// What its tokens must name as their audience (AP-33).
    pub fn audience(&self) -> String {
        format!("https://{}", self.host)
    }

    /// Where its gate listens.
    pub fn gate_url(&self) -> String {
        format!("http://localhost:{}", self.gate_port)
    }

    /// Whether the app has left something there.
    pub fn knows(&self, app_id: &str) -> bool {
        let mut providers = self.providers.iter();
        providers.any(|provider| provider.app_id == app_id)
            || self.products.iter().any(|product| product.app_id == app_id)
    }

    /// Whether everybody may call it.
    pub fn is_open(&self) -> bool {
        self.kind != BackendKind::ApiManagement
            && (!self.auth_enabled || self.allow_unauthenticated)
    }
}

/// Versions of the platform's authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum EasyAuth {
    /// The classic one, to which no link can add a provider (BK-7).
    V1,
    /// The present one.
    V2,
}

/// `identityProviders.azureStaticWebApps` of a backend's authentication settings (BK-6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Provider {
    /// The id of the app.
    pub app_id: String,
    /// `registration.clientId`: the default host of the app's environment.
    pub client_id: String,
    /// The app's folder, for messages.
    pub folder: String,
}

/// The issuer of an environment's tokens (AP-32).
pub fn issuer(host: &str) -> String {
    format!("https://{host}/.auth")
}
