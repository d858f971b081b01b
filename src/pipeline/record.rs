//! What is remembered of a request: facts, put into words only where someone reads them.

use std::fmt;
use std::sync::Arc;

use actix_web::HttpResponse;

use crate::auth::ClientPrincipal;
use crate::backend::hop::Hop;
use crate::config::Config;
use crate::config::model::RouteRule;
use crate::environment::Environment;
use crate::finding::Source;
use crate::routing::{ErrorCause, Origin};

use super::context::RequestContext;

/// The kind of an answer to whom the emulator does not serve at all: another host, or outside of the network rules.
pub const REFUSED: &str = "refused";

/// An answer and what is to be remembered of it.
pub struct Reply {
    /// The response.
    pub response: HttpResponse,
    /// Why it is what it is.
    pub record: AccessRecord,
}

impl Reply {
    /// A reply to whom nothing is served at all.
    pub fn refused(response: HttpResponse, reason: Reason) -> Self {
        let record = AccessRecord::new(reason).of_kind(REFUSED);
        Self { response, record }
    }

    pub(super) fn with_facts(self, context: RequestContext<'_>) -> Self {
        let record = match context.worker.requests.is_some() {
            true => self.record.with_facts(context.into_facts()),
            false => self.record,
        };
        Self { record, ..self }
    }

    /// A reply without a rule.
    pub fn new(response: HttpResponse, reason: Reason) -> Self {
        Self {
            response,
            record: AccessRecord::new(reason),
        }
    }
}

/// Why a request was answered as it was.
#[derive(Debug)]
pub struct AccessRecord {
    rule: Option<usize>,
    configuration: Option<Configured>,
    reason: Reason,
    error: Option<PlatformError>,
    kind: &'static str,
    facts: KnownFacts,
}

/// The configuration by which a request was judged, without anything else of its environment.
#[derive(Debug, Clone)]
pub struct Configured {
    /// What it says.
    pub config: Arc<Config>,
    /// Its text; `None` without a file.
    pub source: Option<Arc<Source>>,
}

/// What was known of a request when it was answered, beyond what it says itself.
#[derive(Debug)]
pub struct KnownFacts {
    /// Who called, if signed in.
    pub caller: Option<Box<ClientPrincipal>>,
    /// Where from, for the network rules.
    pub origin: Origin,
    /// Values of the headers that the network rules demand.
    pub required_headers: Box<[Option<Box<str>>]>,
    /// As in [`RequestFacts`](crate::routing::RequestFacts).
    pub has_api: bool,
    /// As in [`RequestFacts`](crate::routing::RequestFacts).
    pub has_data_api: bool,
    /// As in [`RequestFacts`](crate::routing::RequestFacts).
    pub any_method: bool,
    /// The exchange with another program, if there was one.
    pub hop: Option<Box<Hop>>,
    /// The number of the request, if it was asked for.
    pub id: Option<u64>,
}

impl Default for KnownFacts {
    fn default() -> Self {
        Self {
            caller: None,
            origin: Origin::Trusted,
            required_headers: Box::default(),
            has_api: false,
            has_data_api: false,
            any_method: false,
            hop: None,
            id: None,
        }
    }
}

/// What led to the answer, besides the rule.
#[derive(Debug, Clone)]
pub enum Reason {
    /// The file of that path.
    File,
    /// `navigationFallback`.
    Fallback,
    /// `trailingSlash`.
    TrailingSlash,
    /// A rule's redirect.
    Redirect,
    /// A rule's rewrite.
    Rewrite,
    /// The dev server.
    DevServer,
    /// The backend.
    Api,
    /// The database connection.
    DataApi,
    /// The sign-in endpoints.
    Auth,
    /// Password protection or an invitation, and which of its steps.
    Access(&'static str),
    /// Nothing has that path, and nothing falls back.
    NoFile,
    /// The same for what looks like a route of a single-page app.
    DeepLink,
    /// Nothing has that path, and `navigationFallback` excludes it.
    Excluded,
    /// The configuration file was asked for (CF-9).
    Configuration,
    /// `/data-api` was asked for and nothing stands behind it (AP-80).
    NoDataApi,
    /// A rewrite names a file that is not there.
    NoTarget,
    /// `navigationFallback` names a file that is not there (NF-11).
    NoFallbackTarget,
    /// A method that static content does not answer.
    Method,
    /// The configuration is invalid.
    Broken,
    /// An error that the decision ends with.
    Error(ErrorCause),
    /// The network rules keep the caller out (NW-1): what about it is wrong.
    Refused(Box<str>),
    /// Something said once.
    Static(&'static str),
    /// Something said for this request.
    Text(String),
}

/// An error of the platform's own (RO-1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformError {
    /// Its status.
    pub status: u16,
    /// What the entry of `responseOverrides` for that status did.
    pub overridden: Overridden,
}

/// What `responseOverrides` did to an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Overridden {
    /// There is no entry, or none applies to this error.
    No,
    /// It applies.
    Yes,
    /// It names this page, which is not there.
    TargetMissing(Box<str>),
}

impl PlatformError {
    /// An error that nothing overrides.
    pub(super) fn plain(status: u16) -> Self {
        Self {
            status,
            overridden: Overridden::No,
        }
    }
}

impl Reason {
    /// What to change in the configuration, where that is likely to be meant.
    pub(super) fn hint(&self) -> Option<&'static str> {
        matches!(self, Self::DeepLink).then_some(
            r#"`"navigationFallback": { "rewrite": "/index.html" }` in `staticwebapp.config.json` lets the app answer its own routes."#,
        )
    }
}

impl AccessRecord {
    /// A record without a rule.
    pub fn new(reason: Reason) -> Self {
        Self {
            rule: None,
            configuration: None,
            reason,
            error: None,
            kind: "error",
            facts: KnownFacts::default(),
        }
    }

    /// Whether the navigation fallback answered.
    pub(super) fn is_of_fallback(&self) -> bool {
        matches!(self.reason, Reason::Fallback) && self.error.is_none()
    }

    /// Why, in one word, as tests of routes name it.
    pub fn reason_word(&self) -> &'static str {
        self.reason.word()
    }

    pub(super) fn with_error(mut self, error: Option<PlatformError>) -> Self {
        self.error = error;
        self
    }

    pub(super) fn with_rule(mut self, environment: &Environment, rule: Option<usize>) -> Self {
        self.rule = rule;
        self.configuration = Some(Configured {
            config: Arc::clone(environment.rules.config()),
            source: environment.source.clone(),
        });
        self
    }

    /// What answered: one of the words of [`Handler::kind`](super::Handler::kind), or [`REFUSED`].
    #[must_use]
    pub fn of_kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    pub(super) fn with_facts(mut self, facts: KnownFacts) -> Self {
        self.facts = facts;
        self
    }

    /// What answered.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// Position of the rule that decided in `routes`.
    pub fn rule(&self) -> Option<usize> {
        self.rule
    }

    /// The configuration by which the request was judged, if there was one.
    pub fn configuration(&self) -> Option<&Configured> {
        self.configuration.as_ref()
    }

    /// What led to the answer, besides the rule.
    pub fn reason(&self) -> &Reason {
        &self.reason
    }

    /// What was known of the request.
    pub fn facts(&self) -> &KnownFacts {
        &self.facts
    }

    /// The rule that decided, with its line.
    pub fn rule_entry(&self) -> Option<(&RouteRule, Option<usize>)> {
        let Configured { config, source } = self.configuration.as_ref()?;
        let rule = config.routes.get(self.rule?)?;
        let line = source
            .as_ref()
            .map(|source| source.position(rule.span.start).line);
        Some((rule, line))
    }

    /// What led to the answer without the rule, in a sentence.
    pub fn why(&self) -> String {
        match &self.error {
            Some(error) => format!("{}{error}", self.reason),
            None => self.reason.to_string(),
        }
    }
}

impl fmt::Display for AccessRecord {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some(rule), Some((entry, line))) = (self.rule, self.rule_entry()) {
            write!(out, "routes[{rule}] {}", entry.route.value)?;
            if let Some(line) = line {
                write!(out, " (line {line})")?;
            }
            out.write_str(": ")?;
        }
        self.reason.fmt(out)?;
        self.error.as_ref().map_or(Ok(()), |error| error.fmt(out))
    }
}

/// As the end of a sentence that says what went wrong.
impl fmt::Display for PlatformError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.status;
        match &self.overridden {
            Overridden::No => Ok(()),
            Overridden::Yes => write!(out, "; responseOverrides.{status}"),
            Overridden::TargetMissing(to) => {
                write!(
                    out,
                    "; responseOverrides.{status} names `{to}`, which is missing"
                )
            }
        }
    }
}

impl Reason {
    /// All words, for whoever expects one.
    pub const WORDS: &[&str] = &[
        "file",
        "fallback",
        "trailing-slash",
        "redirect",
        "rewrite",
        "dev-server",
        "api",
        "data-api",
        "sign-in",
        "access",
        "no-file",
        "excluded",
        "configuration",
        "no-data-api",
        "no-target",
        "no-fallback-target",
        "method",
        "broken",
        "roles-source",
        "rule-status",
        "not-signed-in",
        "missing-role",
        "refused",
        "other",
    ];

    /// One of [`Self::WORDS`]. They are part of the format of route tests: never changed.
    pub fn word(&self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Fallback => "fallback",
            Self::TrailingSlash => "trailing-slash",
            Self::Redirect => "redirect",
            Self::Rewrite => "rewrite",
            Self::DevServer => "dev-server",
            Self::Api => "api",
            Self::DataApi => "data-api",
            Self::Auth => "sign-in",
            Self::Access(_) => "access",
            Self::NoFile | Self::DeepLink => "no-file",
            Self::Excluded => "excluded",
            Self::Configuration => "configuration",
            Self::NoDataApi | Self::Error(ErrorCause::NoDataApi) => "no-data-api",
            Self::NoTarget => "no-target",
            Self::NoFallbackTarget => "no-fallback-target",
            Self::Method => "method",
            Self::Broken => "broken",
            Self::Error(ErrorCause::RolesSource) => "roles-source",
            Self::Error(ErrorCause::RuleStatus(_)) => "rule-status",
            Self::Error(ErrorCause::NotSignedIn) => "not-signed-in",
            Self::Error(ErrorCause::MissingRole) => "missing-role",
            Self::Refused(_) => "refused",
            Self::Static(_) | Self::Text(_) => "other",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::File => "file",
            Self::Fallback => "navigationFallback",
            Self::TrailingSlash => "trailingSlash",
            Self::Redirect => "redirect",
            Self::Rewrite => "rewrite",
            Self::DevServer => "dev server",
            Self::Api => "api",
            Self::DataApi => "data-api",
            Self::Auth => "sign-in",
            Self::NoFile => "no file of that path, and no fallback for it",
            Self::DeepLink => "no file of that path; routes of a single-page app need navigationFallback",
            Self::Excluded => "no file of that path, and navigationFallback excludes the path (NF-3)",
            Self::Configuration => "the configuration is never served",
            Self::NoDataApi | Self::Error(ErrorCause::NoDataApi) => {
                "there is no database connection: start with --data-api-location FOLDER or --data-api-devserver-url URL"
            }
            Self::NoTarget => "the target of the rewrite is missing",
            Self::NoFallbackTarget => "the target of navigationFallback is missing",
            Self::Method => "static content answers GET, HEAD and OPTIONS only",
            Self::Broken => "the configuration is invalid",
            Self::Error(ErrorCause::RolesSource) => "rolesSource is not reachable from outside",
            Self::Error(ErrorCause::RuleStatus(_)) => "the rule's statusCode",
            Self::Error(ErrorCause::NotSignedIn) => "a role is needed and nobody is signed in",
            Self::Error(ErrorCause::MissingRole) => "the signed-in user has none of the roles",
            Self::Refused(text) => text,
            Self::Access(text) | Self::Static(text) => text,
            Self::Text(text) => text,
        })
    }
}
