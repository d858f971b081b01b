//! One environment: configuration + content + backend. It is built beside the old one and swapped whole; a request
//! takes one snapshot at its start, so nothing is ever half reloaded.
//!
//! 1. [`search_paths`]: which file is the configuration (CF-1, CF-3)
//! 2. [`load`]: file → [`State`]; an invalid file never means "no rules"
//! 3. [`reload`]: what changes on the disk do to a running environment
//!
//! Beside it, [`personas`]: who can be signed in as; [`match_counts`]: how often each rule decided.

pub mod load;
pub mod match_counts;
pub mod personas;
pub mod reload;
pub mod search_paths;

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::auth::Providers;
use crate::auth::real::RealSignIn;
use crate::backend::Backend;
use crate::content::Content;
use crate::data_api::DataApi;
use crate::devserver::DevServer;
use crate::finding::{Finding, Source};
use crate::routing::Rules;

use match_counts::MatchCounts;

/// Everything a request needs.
#[derive(Debug)]
pub struct Environment {
    /// The configuration, compiled.
    pub rules: Rules,
    /// The static content under that configuration. With a dev server it only lends its headers.
    pub content: Content,
    /// What serves the app in place of [`Environment::content`].
    pub dev_server: Option<DevServer>,
    /// What answers `/api`.
    pub backend: Backend,
    /// What answers `/data-api`.
    pub data_api: Option<DataApi>,
    /// Who can sign in, and by which provider.
    pub providers: Providers,
    /// Which of them sign in for real, and how sessions are kept.
    pub real_sign_in: RealSignIn,
    /// The configuration file; `None` when there is none.
    pub source: Option<Arc<Source>>,
    /// How often its rules decided.
    pub matches: Arc<MatchCounts>,
}

impl Environment {
    /// Whether there is a backend for `/api` (AP-40).
    pub fn has_api(&self) -> bool {
        !matches!(self.backend, Backend::None)
    }
}

/// What is served: an environment, or the reasons why there is none.
#[derive(Debug)]
pub enum State {
    /// The usual case.
    Serving(Box<Environment>),
    /// The configuration was invalid at start and is not fixed yet: every request gets a 500 page that says so.
    Broken(Broken),
}

/// A configuration that cannot be served.
#[derive(Debug)]
pub struct Broken {
    /// The file.
    pub source: Arc<Source>,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
}

/// The place where the present state lies.
pub type Current = ArcSwap<State>;
