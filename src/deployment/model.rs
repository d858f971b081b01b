//! What is remembered of an app's deployments: `state.json`. It names snapshots, whose files lie beside it; replacing it is
//! the one step by which anything changes.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::name::EnvironmentId;
use crate::link::{self, model::Plan};

/// The form of the file. One of a later form is refused, never rewritten.
pub const VERSION: u32 = 1;

/// How many deployments an environment remembers, the present one included; older ones are forgotten with their files.
pub const HISTORY: usize = 10;

/// `state.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentState {
    /// See [`VERSION`].
    pub version: u32,
    /// The app as a resource.
    pub app: DeployedApp,
    /// Production first once it exists, then previews in the order of their making.
    pub environments: Vec<Environment>,
    /// Password protection, when it is on (EN-16).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<Password>,
    /// Users with invited roles (AU-60).
    #[serde(default)]
    pub users: Vec<User>,
}

/// The app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeployedApp {
    /// First label of its hosts: `shop` in `shop.localhost`.
    pub name: String,
    /// Its plan (EN-30…EN-33).
    pub plan: Plan,
    /// 64 hexadecimal digits; signs invitations and password sessions.
    pub secret: String,
}

/// One environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Environment {
    /// Which.
    pub id: EnvironmentId,
    /// Seconds since 1970.
    pub created_at: u64,
    /// The snapshot that is served.
    pub active: String,
    /// Newest first, [`HISTORY`] at most.
    pub history: Vec<Deployment>,
    /// Application settings (EN-9).
    #[serde(default)]
    pub app_settings: BTreeMap<String, String>,
}

/// One deployment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// The folder of its snapshot; unique.
    pub id: String,
    /// Seconds since 1970.
    pub at: u64,
    /// Number of static files.
    pub files: u64,
    /// Their size.
    pub bytes: u64,
    /// The folder that was deployed.
    pub source: String,
    /// Whether there are managed functions.
    pub has_api: bool,
}

/// Password protection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Password {
    /// Previews only, or production too.
    pub staging_only: bool,
    /// Hexadecimal digits.
    pub salt: String,
    /// Argon2id of the password, in hexadecimal digits.
    pub hash: String,
}

/// A user who accepted an invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The identity provider that the user must sign in with.
    pub provider: String,
    /// Name or address there.
    pub user_details: String,
    /// Invited roles.
    pub roles: Vec<String>,
    /// The host that the invitation named.
    pub domain: String,
    /// Seconds since 1970.
    pub since: u64,
}

/// What the addresses of all environments have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServedAt {
    /// The port of `cygnet serve`.
    pub port: u16,
    /// Whether it speaks HTTPS.
    pub secure: bool,
}

impl DeploymentState {
    /// Of the app in a folder, which was never deployed: on the usual plan, named after its folder.
    pub fn of_folder(project: &Path) -> Self {
        let label = link::model::App::of_folder(project).label;
        let name = label.rsplit_once('-').map_or(&*label, |(name, _)| name);
        Self::new(if name.is_empty() { "app" } else { name }, Plan::default())
    }

    /// Of an app that was never deployed.
    pub fn new(name: &str, plan: Plan) -> Self {
        let secret = [uuid::Uuid::new_v4(), uuid::Uuid::new_v4()];
        Self {
            version: VERSION,
            app: DeployedApp {
                name: name.to_owned(),
                plan,
                secret: secret.map(|part| part.simple().to_string()).concat(),
            },
            environments: Vec::new(),
            password: None,
            users: Vec::new(),
        }
    }

    /// The environment that `text` means.
    pub fn find(&self, text: &str) -> Option<&Environment> {
        self.environments.iter().find(|it| it.id.is_meant_by(text))
    }

    /// The same, to change it.
    pub fn find_mut(&mut self, text: &str) -> Option<&mut Environment> {
        let mut environments = self.environments.iter_mut();
        environments.find(|it| it.id.is_meant_by(text))
    }

    /// The environment with exactly this identity.
    pub fn get(&self, id: &EnvironmentId) -> Option<&Environment> {
        self.environments.iter().find(|it| it.id == *id)
    }

    /// Production, once it was deployed.
    pub fn production(&self) -> Option<&Environment> {
        self.get(&EnvironmentId::Production)
    }

    /// The first label of an environment's host: `shop`, `shop-17`.
    pub fn host_label(&self, id: &EnvironmentId) -> String {
        match id.label() {
            label if label.is_empty() => self.app.name.clone(),
            label => format!("{}-{label}", self.app.name),
        }
    }

    /// `http://shop-17.localhost:4280`
    pub fn url(&self, id: &EnvironmentId, at: ServedAt) -> String {
        let scheme = if at.secure { "https" } else { "http" };
        format!("{scheme}://{}.localhost:{}", self.host_label(id), at.port)
    }

    /// The snapshots that something may still ask for.
    pub fn snapshots(&self) -> impl Iterator<Item = &str> {
        let deployments = self.environments.iter().flat_map(|it| &it.history);
        deployments.map(|deployment| deployment.id.as_str())
    }
}

impl Environment {
    /// The deployment that is served.
    pub fn deployment(&self) -> Option<&Deployment> {
        self.history.iter().find(|it| it.id == self.active)
    }
}
