//! What answers requests: the state of the emulator, and that of one worker thread.

use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use crate::backend::{ApiClient, Limits};
use crate::deployment::invitations::Invitations;
use crate::deployment::model::Password;
use crate::environment::Current;
use crate::environment::personas::PersonaFiles;
use crate::live::Hub;

use super::password_attempts::PasswordAttempts;

/// What all requests of one emulator share.
#[derive(Debug)]
pub struct AppState {
    /// The present environment.
    pub current: Current,
    /// Judge callers from this very machine as production judges everybody (`--strict`).
    pub strict: bool,
    /// Judge all callers as if they came from here (`--client-ip`).
    pub client_ip: Option<IpAddr>,
    /// Error pages say no more than production's (`--prod-errors`).
    pub prod_errors: bool,
    /// Limits on calls to the backend.
    pub limits: Limits,
    /// Who tells open pages of changes; `None` without live reload.
    pub live: Option<Hub>,
    /// `localhost:4280`: stands in for a `Host` header that is missing or no host.
    pub own_host: String,
    /// Whether browsers come by HTTPS.
    pub secure: bool,
    /// Who can be signed in as by name.
    pub personas: Arc<PersonaFiles>,
    /// Password protection and invitations, where deployments are served (EN-16, AU-60).
    pub access: Option<Access>,
}

impl AppState {
    /// `http://localhost:4280`: where it answers.
    pub fn own_url(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}", self.own_host)
    }
}

/// What one worker thread owns.
pub struct WorkerState {
    /// Shared by all workers.
    pub app: Arc<AppState>,
    /// This worker's connections to backends.
    pub client: Rc<ApiClient>,
    /// Numbers the requests, if they are remembered.
    pub requests: Option<Arc<dyn RequestNumbers>>,
}

/// The numbers of requests, each given once in a process; from 1. A request gets one when somebody asks for it.
pub trait RequestNumbers: Send + Sync {
    /// The next one: higher than that of any request that was answered before.
    fn next(&self) -> u64;

    /// Whether somebody looks at the requests: headers are worth a copy then.
    fn are_watched(&self) -> bool;
}

/// Who may come to a deployed environment.
#[derive(Debug)]
pub struct Access {
    /// The password and what the cookie of whoever knew it says.
    pub password: Option<(Password, String)>,
    /// The passwords that were typed.
    pub attempts: PasswordAttempts,
    /// Who may be invited.
    pub invitations: Invitations,
}
