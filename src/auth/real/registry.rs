//! Which providers of an environment sign in for real, and why others do not.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::app_settings::AppSettings;
use super::choice::{AuthChoice, AuthMode, mode_of};
use super::documents::Documents;
use super::pending::UsedStates;
use super::provider::Provider;
use super::providers;
use super::seal::{SealError, Sealer};
use super::session::Sessions;
use crate::auth::ClientPrincipal;
use crate::config::model::Registration;

/// ID tokens that are remembered until their users sign out; without one, the provider asks whom it is to sign out.
const MOST_ID_TOKENS: usize = 256;

/// What all environments of a process share for real sign-ins.
#[derive(Debug)]
pub struct SharedSignIn {
    /// Seals what browsers keep.
    pub sealer: Arc<Sealer>,
    /// What providers say of themselves.
    pub documents: Arc<Documents>,
    /// Sign-ins that came back.
    pub used: UsedStates,
    id_tokens: Mutex<VecDeque<(String, String)>>,
}

/// Makes the providers of an environment from its configuration, each time that is read.
#[derive(Debug, Clone)]
pub struct Registrar {
    choices: Vec<AuthChoice>,
    settings: AppSettings,
    scope: String,
    shared: Arc<SharedSignIn>,
}

/// How the providers of an environment sign in. The default is the mock for all.
#[derive(Debug, Clone, Default)]
pub struct RealSignIn {
    sessions: Sessions,
    scope: Arc<str>,
    providers: Vec<(String, Registered)>,
    unknown: Vec<String>,
    shared: Option<Arc<SharedSignIn>>,
}

/// A provider that is asked for.
#[derive(Debug, Clone)]
enum Registered {
    Real(Arc<dyn Provider>),
    /// The mock stands in, and why.
    Mock(String),
}

/// A provider that signs in for real, with what its flow needs.
#[derive(Clone, Copy)]
pub struct RealProvider<'a> {
    /// The provider.
    pub provider: &'a dyn Provider,
    /// Which environment of this user it belongs to.
    pub scope: &'a str,
    /// What environments share.
    pub shared: &'a SharedSignIn,
}

impl SharedSignIn {
    /// With the key of the state folder; if there is none, with one for this process, which is said.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn new(state_dir: Option<&Path>) -> Result<Self, SealError> {
        let kept = state_dir.map(|folder| {
            Sealer::load_or_create(folder).inspect_err(|error| {
                log::warn!(hint = "make the folder readable and writable, or remove the file"; "the key of sessions in {} cannot be used: {error}; sessions end with the emulator",
                    folder.display()
                );
            })
        });
        let sealer = match kept {
            Some(Ok(sealer)) => sealer,
            _ => Sealer::in_memory()?,
        };
        Ok(Self {
            sealer: Arc::new(sealer),
            documents: Arc::default(),
            used: UsedStates::default(),
            id_tokens: Mutex::default(),
        })
    }

    /// Remembers what ends a user's session at the provider.
    pub fn remember(&self, user: &ClientPrincipal, id_token: String) {
        let mut tokens = self
            .id_tokens
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let key = key_of(user);
        tokens.retain(|(known, _)| *known != key);
        if tokens.len() >= MOST_ID_TOKENS {
            tokens.pop_front();
        }
        tokens.push_back((key, id_token));
    }

    /// What was remembered of a user, once.
    pub fn forget(&self, user: &ClientPrincipal) -> Option<String> {
        let mut tokens = self
            .id_tokens
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let key = key_of(user);
        let at = tokens.iter().position(|(known, _)| *known == key)?;
        tokens.remove(at).map(|(_, token)| token)
    }
}

fn key_of(user: &ClientPrincipal) -> String {
    format!("{}\n{}", user.identity_provider, user.user_id)
}

impl Registrar {
    /// For the environment that `scope` names among all of this user, with the settings that it can use.
    pub fn new(
        choices: Vec<AuthChoice>,
        settings: AppSettings,
        scope: String,
        shared: Arc<SharedSignIn>,
    ) -> Self {
        Self {
            choices,
            settings,
            scope,
            shared,
        }
    }

    /// The providers by these names, of which the configuration registers these.
    pub fn register(&self, names: &[String], registrations: &[Registration]) -> RealSignIn {
        let asked = names
            .iter()
            .filter(|name| mode_of(&self.choices, name) == AuthMode::Real);
        let providers: Vec<(String, Registered)> = asked
            .map(|name| {
                let made = match registrations.iter().find(|it| it.name == **name) {
                    Some(found) => providers::of(found, &self.settings, &self.shared.documents),
                    None => Err(format!(
                        "`{name}` is pre-configured, and signs in by an app of Azure's own (hint: register yours in `auth.identityProviders`)"
                    )),
                };
                (name.clone(), made.map_or_else(Registered::Mock, Registered::Real))
            })
            .collect();
        let named = self
            .choices
            .iter()
            .filter_map(|choice| choice.provider.as_ref());
        let named = named.filter(|wanted| !names.iter().any(|it| it.eq_ignore_ascii_case(wanted)));
        let is_real = |(_, it): &(_, Registered)| matches!(it, Registered::Real(_));
        RealSignIn {
            sessions: match providers.iter().any(is_real) {
                true => Sessions::sealed(Arc::clone(&self.shared.sealer), &self.scope),
                false => Sessions::Plain,
            },
            scope: self.scope.as_str().into(),
            providers,
            unknown: named.cloned().collect(),
            shared: Some(Arc::clone(&self.shared)),
        }
    }
}

impl RealSignIn {
    /// Whether the mock signs in for all providers.
    pub fn is_none(&self) -> bool {
        matches!(self.sessions, Sessions::Plain)
    }

    /// How sessions are kept: sealed as soon as one provider signs in for real.
    pub fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// A provider, if it signs in for real.
    pub fn provider(&self, name: &str) -> Option<RealProvider<'_>> {
        match self.find(name)? {
            Registered::Real(provider) => Some(RealProvider {
                provider: &**provider,
                scope: &self.scope,
                shared: self.shared.as_deref()?,
            }),
            Registered::Mock(_) => None,
        }
    }

    /// What was asked for a provider that the app does not have.
    pub fn unknown(&self) -> &[String] {
        &self.unknown
    }

    /// Why the mock stands in for a provider that was asked to sign in for real.
    pub fn why_mock(&self, name: &str) -> Option<&str> {
        match self.find(name)? {
            Registered::Mock(why) => Some(why),
            Registered::Real(_) => None,
        }
    }

    /// The providers that were asked to sign in for real, and why not, if they do not.
    pub fn asked(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.providers
            .iter()
            .map(|(name, registered)| match registered {
                Registered::Real(_) => (name.as_str(), None),
                Registered::Mock(why) => (name.as_str(), Some(why.as_str())),
            })
    }

    fn find(&self, name: &str) -> Option<&Registered> {
        let known = self.providers.iter().find(|(known, _)| known == name);
        known.map(|(_, registered)| registered)
    }
}
