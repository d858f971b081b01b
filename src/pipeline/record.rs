//! What is remembered of a request: facts, put into words only where someone reads them.

use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use actix_web::HttpResponse;

use crate::auth::ClientPrincipal;
use crate::backend::hop::Hop;
use crate::config::Config;
use crate::config::model::RouteRule;
use crate::environment::Environment;
use crate::finding::Source;
use crate::routing::Origin;

use super::reason::{PlatformError, Reason};

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
    configuration: Option<Arc<Configured>>,
    reason: Reason,
    error: Option<PlatformError>,
    kind: &'static str,
    pub(super) facts: KnownFacts,
}

/// The configuration by which a request was judged, without anything else of its environment.
#[derive(Debug)]
pub struct Configured {
    /// What it says.
    pub config: Arc<Config>,
    /// Its text; `None` without a file.
    pub source: Option<Arc<Source>>,
}

thread_local! {
    /// That of the last request. Each thread has its own: counting who holds one that they share makes cores wait for each
    /// other.
    static LAST: RefCell<Option<Arc<Configured>>> = const { RefCell::new(None) };
}

impl Configured {
    fn of(environment: &Environment) -> Arc<Self> {
        LAST.with_borrow_mut(|last| match last {
            Some(last) if Arc::ptr_eq(&last.config, environment.rules.config()) => Arc::clone(last),
            _ => {
                let configured = Arc::new(Self {
                    config: Arc::clone(environment.rules.config()),
                    source: environment.source.clone(),
                });
                Arc::clone(last.insert(configured))
            }
        })
    }

    /// Whether it is the same one.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.config, &other.config)
    }
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

    /// The number by which the inspector shows the request, where it was asked for before anything else was known.
    pub(super) fn with_number(mut self, id: Option<u64>) -> Self {
        self.facts.id = id;
        self
    }

    pub(super) fn with_error(mut self, error: Option<PlatformError>) -> Self {
        self.error = error;
        self
    }

    pub(super) fn with_rule(mut self, environment: &Environment, rule: Option<usize>) -> Self {
        self.rule = rule;
        self.configuration = Some(Configured::of(environment));
        self
    }

    /// What answered: one of the words of [`Handler::kind`](super::Handler::kind), or [`REFUSED`].
    #[must_use]
    pub fn of_kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
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
    pub fn configuration(&self) -> Option<&Arc<Configured>> {
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
        let Configured { config, source } = self.configuration.as_deref()?;
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
