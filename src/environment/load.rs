//! Configuration file → [`State`].

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::{ArcSwap, ArcSwapOption};

use crate::artefact::content_folder::{ContentFolder, ContentRules};
use crate::auth::real::{RealSignIn, Registrar};
use crate::auth::{ConfiguredAuth, Providers};
use crate::backend::Backend;
use crate::config::lint;
use crate::config::syntax::UNREADABLE;
use crate::config::{self, Config};
use crate::content::Content;
use crate::content::cache::FileCache;
use crate::content::changes::Changes;
use crate::data_api::DataApi;
use crate::devserver::DevServer;
use crate::finding::{Finding, Severity, Source, Span, arranged};
use crate::routing::Rules;
use crate::store::file_version::FileVersion;

use super::match_counts::MatchCounts;
use super::search_paths::{ConfigSearchPaths, Found};
use super::{Broken, Current, Environment, State};

/// The configuration of an app as it was found and read, once.
#[derive(Debug)]
pub struct Configuration {
    /// Which file, and which others there are.
    pub found: Found,
    /// The file and what it says; `None` when there is none, which means "no rules".
    pub file: Option<(Arc<Source>, config::ParsedConfig)>,
    /// Which state of the file was read, where that can be told later.
    version: Option<FileVersion>,
}

impl Configuration {
    /// Finds the file and reads it.
    pub fn read(search_paths: &ConfigSearchPaths) -> Self {
        Self::of(search_paths.find())
    }

    /// Reads the file that was found.
    pub fn of(found: Found) -> Self {
        let read_at = SystemTime::now();
        let version = found.file.as_deref().and_then(version);
        let file = found.file.as_deref().map(|file| {
            let (source, outcome) = read(file);
            (Arc::new(source), outcome)
        });
        Self {
            found,
            file,
            version: version.filter(|version| version.is_settled(read_at)),
        }
    }

    /// The runtime that it asks Azure for (`platform.apiRuntime`, CF-68). A broken file asks for none.
    pub fn api_runtime(&self) -> Option<&str> {
        let (_, outcome) = self.file.as_ref()?;
        outcome.config.as_ref()?.api_runtime()
    }
}

/// Builds environments for one app; keeps what outlives a reload.
#[derive(Debug)]
pub struct Loader {
    /// Where the configuration may be.
    pub search_paths: ConfigSearchPaths,
    content: Arc<ContentFolder>,
    backend: ArcSwap<Backend>,
    /// What serves the app in place of a folder.
    pub dev_server: Option<DevServer>,
    /// What answers `/data-api`.
    pub data_api: Option<DataApi>,
    cache: FileCache,
    /// What makes the providers that sign in for real, if any is asked to.
    registrar: Option<Registrar>,
    /// What the configuration was when it was read last.
    last_read: ArcSwapOption<(Arc<Source>, FileVersion)>,
}

/// A state with what is to be said about it.
#[derive(Debug)]
pub struct Loaded {
    /// What to serve.
    pub state: State,
    /// The configuration file, if there is one.
    pub source: Option<Arc<Source>>,
    /// Findings about it.
    pub findings: Vec<Finding>,
    /// Which file, and which others there are.
    pub found: Found,
}

impl Loaded {
    /// Whether the configuration can be served.
    pub fn is_usable(&self) -> bool {
        matches!(self.state, State::Serving(_))
    }
}

impl Loader {
    /// A loader for an app.
    pub fn new(search_paths: ConfigSearchPaths, backend: Backend) -> Self {
        let root = search_paths.output_location.clone();
        Self {
            content: Arc::new(ContentFolder::of(root)),
            search_paths,
            backend: ArcSwap::from_pointee(backend),
            dev_server: None,
            data_api: None,
            cache: FileCache::default(),
            registrar: None,
            last_read: ArcSwapOption::empty(),
        }
    }

    /// Where to say that content changed, if it can.
    pub fn content_changes(&self) -> Option<&Changes> {
        self.cache.changes()
    }

    /// The same app, with these rules for its content.
    #[must_use]
    pub fn with_content_rules(self, rules: &ContentRules) -> Self {
        let root = self.search_paths.output_location.clone();
        Self {
            content: Arc::new(ContentFolder::new(root, rules)),
            ..self
        }
    }

    /// The same app, with files in this memory.
    #[must_use]
    pub fn with_cache(self, cache: FileCache) -> Self {
        Self { cache, ..self }
    }

    /// What answers `/api` in the environments it builds.
    pub fn backend(&self) -> Arc<Backend> {
        self.backend.load_full()
    }

    /// Lets another backend answer `/api` from now on; everything else stays as it is, even if the configuration on the
    /// disk is invalid at this moment.
    pub fn swap_backend(&self, backend: Backend, current: &Current) {
        self.backend.store(Arc::new(backend));
        if let State::Serving(environment) = &**current.load() {
            let config = Config::clone(environment.rules.config());
            let mut next = self.environment(config, environment.source.clone());
            // The rules are the same.
            next.matches = Arc::clone(&environment.matches);
            current.store(Arc::new(State::Serving(Box::new(next))));
        }
    }

    /// The same app, served by a dev server, if there is one.
    #[must_use]
    pub fn with_dev_server(self, dev_server: Option<DevServer>) -> Self {
        Self { dev_server, ..self }
    }

    /// The same app, where providers may sign in for real.
    #[must_use]
    pub fn with_registrar(self, registrar: Option<Registrar>) -> Self {
        Self { registrar, ..self }
    }

    /// The same app with a database connection, if there is one.
    #[must_use]
    pub fn with_data_api(self, data_api: Option<DataApi>) -> Self {
        Self { data_api, ..self }
    }

    /// Reads the configuration as it is now and builds a state from it.
    pub fn load(&self) -> Loaded {
        self.build(Configuration::read(&self.search_paths))
    }

    /// Builds a state from a configuration that was read.
    pub fn build(&self, configuration: Configuration) -> Loaded {
        let found = configuration.found;
        let Some((source, mut outcome)) = configuration.file else {
            return Loaded {
                state: self.serving(Config::default(), None),
                source: None,
                findings: Vec::new(),
                found,
            };
        };
        let version = configuration.version;
        self.last_read
            .store(version.map(|version| Arc::new((Arc::clone(&source), version))));
        if let (Some(config), true) = (&outcome.config, self.has_api()) {
            let unheard = lint::of_api(config, &source);
            outcome.findings.extend(unheard);
            outcome.findings = arranged(outcome.findings);
        }
        let state = match outcome.config {
            Some(config) => self.serving(config, Some(Arc::clone(&source))),
            None => State::Broken(Broken {
                source: Arc::clone(&source),
                findings: outcome.findings.clone(),
            }),
        };
        Loaded {
            state,
            source: Some(source),
            findings: outcome.findings,
            found,
        }
    }

    /// Whether the file that counts is still what `source` was read from; it need not be read to know.
    pub(super) fn is_still(&self, source: &Arc<Source>) -> bool {
        let last = self.last_read.load();
        let Some((read, known)) = last.as_deref() else {
            return false;
        };
        Arc::ptr_eq(read, source)
            && version(source.path()).is_some_and(|version| version == *known)
            && self.search_paths.find().file.as_deref() == Some(source.path())
    }

    fn has_api(&self) -> bool {
        !matches!(**self.backend.load(), Backend::None)
    }

    fn serving(&self, config: Config, source: Option<Arc<Source>>) -> State {
        State::Serving(Box::new(self.environment(config, source)))
    }

    fn environment(&self, config: Config, source: Option<Arc<Source>>) -> Environment {
        let auth = config.auth.as_ref().map(|auth| ConfiguredAuth {
            identity_providers: auth
                .providers
                .iter()
                .map(|provider| provider.value.clone())
                .collect(),
            roles_source: auth
                .roles_source
                .as_ref()
                .map(|source| source.value.clone()),
        });
        let providers = Providers::from_config(auth.as_ref());
        let real_sign_in = match &self.registrar {
            Some(registrar) => {
                let auth = config.auth.as_ref();
                let registrations = auth.map_or(&[][..], |auth| &auth.registrations);
                registrar.register(providers.names(), registrations)
            }
            None => RealSignIn::default(),
        };
        let content = Content::new(Arc::clone(&self.content), &config, self.cache.clone());
        Environment {
            matches: Arc::new(MatchCounts::new(config.routes.len())),
            rules: Rules::new(Arc::new(config)),
            content,
            dev_server: self.dev_server.clone(),
            backend: Backend::clone(&self.backend.load()),
            data_api: self.data_api.clone(),
            providers,
            real_sign_in,
            source,
        }
    }
}

fn version(file: &Path) -> Option<FileVersion> {
    Some(FileVersion::new(&file.metadata().ok()?))
}

/// Reads a file. One that cannot be read, or is no UTF-8, is as invalid as one that does not parse.
fn read(file: &Path) -> (Source, config::ParsedConfig) {
    let refused = |message: String, hint: &str| config::ParsedConfig {
        config: None,
        rejected: None,
        findings: vec![Finding::error("CF-4", Span::default(), message).hint(hint)],
    };
    match std::fs::read(file).map(String::from_utf8) {
        Ok(Ok(text)) => {
            let source = Source::new(file, text);
            let outcome = config::read(&source);
            debug_assert_eq!(
                outcome.config.is_none(),
                outcome
                    .findings
                    .iter()
                    .any(|found| found.severity == Severity::Error)
            );
            (source, outcome)
        }
        Ok(Err(error)) => {
            let at = error.utf8_error().valid_up_to();
            let message = format!("the file is not UTF-8: byte {at} is invalid");
            let hint = format!("save it as UTF-8; Azure refuses the file: \"{UNREADABLE}\"");
            (Source::new(file, ""), refused(message, &hint))
        }
        Err(error) => (
            Source::new(file, ""),
            refused(
                format!("the file cannot be read: {error}"),
                "check its permissions",
            ),
        ),
    }
}
