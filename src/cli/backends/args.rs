//! The arguments of `cygnet backends`.

use clap::{Args, Subcommand};
use http::Uri;

use crate::cli::location_args::AppArgs;
use crate::link::BackendKind;
use crate::link::apim::{Key, ProductState, SubscriptionState};
use crate::link::model::{self, EasyAuth, PRODUCTION, Plan};
use crate::settings;

/// What was typed after `cygnet backends`.
#[derive(Debug, Clone, Args)]
pub struct BackendsArgs {
    #[command(subcommand)]
    pub(super) command: BackendsCommand,

    /// Print one JSON value
    #[arg(long, global = true)]
    pub(super) json: bool,

    #[command(flatten)]
    pub(super) app: AppArgs,
}

#[derive(Debug, Clone, Subcommand)]
pub(super) enum BackendsCommand {
    /// Let the app own a backend: it answers /api, and is closed to everyone else
    Link(LinkArgs),
    /// Check what `link` would check, and whether the backend answers; change nothing
    Validate(LinkArgs),
    /// Repair a link: the identity provider, or the keys and the policy of API Management
    Relink {
        #[command(flatten)]
        target: EnvironmentArg,
        /// Overwrite the identity provider of another app (Functions apps only)
        #[arg(long)]
        force: bool,
    },
    /// Take /api away from the backend, which stays closed until its identity provider is removed
    Unlink {
        #[command(flatten)]
        target: EnvironmentArg,
        /// Remove the identity provider too, so that the backend is open to everyone
        #[arg(long)]
        remove_backend_auth: bool,
    },
    /// Show the links of the app
    Show,
    /// Change the authentication of a backend by hand, as its owner may
    Auth(AuthArgs),
    /// Change the linked API Management instance by hand, as its owner may
    Apim {
        #[command(flatten)]
        target: EnvironmentArg,
        #[command(subcommand)]
        command: ApimCommand,
    },
}

#[derive(Debug, Clone, Args)]
pub(super) struct EnvironmentArg {
    /// Environment of the app
    #[arg(long, value_name = "production | NAME", default_value = PRODUCTION, value_parser = environment, global = true)]
    pub(super) environment: String,
}

#[allow(clippy::unnecessary_wraps, reason = "what clap takes")]
fn environment(text: &str) -> Result<String, std::convert::Infallible> {
    Ok(model::environment_name(text))
}

#[derive(Debug, Clone, Args)]
pub(super) struct LinkArgs {
    /// What the backend is in Azure
    #[arg(long, value_parser = BackendKind::linkable_parser())]
    pub(super) kind: BackendKind,
    /// Where it listens on this machine
    #[arg(long, value_parser = settings::parse::url)]
    pub(super) url: Uri,
    /// Its name in Azure [default: after the URL]
    #[arg(long)]
    pub(super) name: Option<String>,
    #[command(flatten)]
    pub(super) target: EnvironmentArg,
    /// Plan of the app
    #[arg(long, value_enum, default_value = "standard")]
    pub(super) plan: Plan,
    /// Region of the backend; Azure demands it of Functions and App Service
    #[arg(long, visible_alias = "backend-region")]
    pub(super) region: Option<String>,
    /// Overwrite the identity provider of another app (Functions apps only)
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(Debug, Clone, Args)]
pub(super) struct AuthArgs {
    #[command(flatten)]
    pub(super) target: EnvironmentArg,
    #[command(subcommand)]
    pub(super) command: Option<AuthCommand>,
    /// A backend that need not be linked: what it is in Azure
    #[arg(long, value_parser = BackendKind::linkable_parser(), requires = "url", global = true)]
    pub(super) kind: Option<BackendKind>,
    /// A backend that need not be linked: where it listens on this machine
    #[arg(long, value_parser = settings::parse::url, requires = "kind", global = true)]
    pub(super) url: Option<Uri>,
    /// Turn its own authentication on, as it may have been before a link
    #[arg(long, value_enum)]
    pub(super) easy_auth: Option<EasyAuth>,
    /// What callers without a token get; `allow` lets everyone in and forge who they are
    #[arg(long, value_enum)]
    pub(super) unauthenticated: Option<Unauthenticated>,
    /// Remove the identity provider and leave authentication on: then nobody gets in, the app included
    #[arg(long)]
    pub(super) remove_provider: bool,
    /// Make it a slot cloned from the backend at this URL, whose authentication settings it gets
    #[arg(long, value_name = "URL", value_parser = settings::parse::url, requires = "url")]
    pub(super) cloned_from: Option<Uri>,
    /// Remove authentication, all identity providers included: everyone passes, as before any link
    #[arg(long, conflicts_with_all = ["easy_auth", "unauthenticated", "remove_provider", "cloned_from"])]
    pub(super) remove_authentication: bool,
}

#[derive(Debug, Clone, Subcommand)]
pub(super) enum AuthCommand {
    /// Add an identity provider of another make, whose tokens pass as `Authorization: Bearer`
    AddProvider {
        /// What to call it, such as `entra`
        #[arg(long)]
        name: String,
        /// `iss` of its tokens
        #[arg(long)]
        issuer: String,
        /// `aud` of its tokens
        #[arg(long)]
        audience: String,
        /// File with its public keys: a JSON Web Key Set, as at its `jwks_uri`
        #[arg(long, value_name = "FILE")]
        jwks: std::path::PathBuf,
    },
    /// Delete an identity provider that was added
    DeleteProvider {
        /// Its name
        #[arg(long)]
        name: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Unauthenticated {
    /// 401, as a link leaves it.
    Deny,
    /// Everyone passes.
    Allow,
}

#[derive(Debug, Clone, Subcommand)]
pub(super) enum ApimCommand {
    /// Make a new key; the app is not told the primary one, so its link breaks until it is re-linked
    RegenerateKey {
        /// Which one
        #[arg(long, value_enum)]
        key: Key,
    },
    /// Add an API to the product of the app
    AddApi {
        /// Its suffix: `api`, or one that begins with `api/`
        #[arg(long)]
        path: String,
    },
    /// Remove an API from the product of the app
    RemoveApi {
        /// Its suffix
        #[arg(long)]
        path: String,
    },
    /// Change the generated policy; the link breaks until it is re-linked
    EditPolicy {
        /// Remove the check of the app's token
        #[arg(long, required = true)]
        remove_validate_jwt: bool,
    },
    /// Publish the product of the app, or not; unpublished, the link breaks
    EditProduct {
        /// What it is to be
        #[arg(long, value_enum)]
        state: ProductState,
    },
    /// Delete the product with its subscription; a link breaks until it is re-linked, which makes a new one
    DeleteProduct,
    /// Suspend the subscription of the app, or not; suspended, the link breaks
    EditSubscription {
        /// What it is to be
        #[arg(long, value_enum)]
        state: SubscriptionState,
    },
    /// Delete the subscription; a link breaks until it is re-linked, which makes a new one
    DeleteSubscription,
}
