//! What is remembered of a request: facts, put into words only where someone reads them.

use std::fmt;
use std::sync::Arc;

use actix_web::HttpResponse;

use crate::config::Config;
use crate::environment::Environment;
use crate::finding::Source;

/// An answer and what is to be remembered of it.
pub struct Reply {
    /// The response.
    pub response: HttpResponse,
    /// Why it is what it is.
    pub record: AccessRecord,
}

impl Reply {
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
    rule: Option<(usize, Arc<Config>, Option<Arc<Source>>)>,
    reason: Reason,
    error: Option<PlatformError>,
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
    /// A rule asks for a role, and nobody is signed in.
    NotSignedIn,
    /// A rule asks for a role, and the user has none of them.
    MissingRole,
    /// A method that static content does not answer.
    Method,
    /// The configuration is invalid.
    Broken,
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
            reason,
            error: None,
        }
    }

    /// Whether the navigation fallback answered.
    pub(super) fn is_of_fallback(&self) -> bool {
        matches!(self.reason, Reason::Fallback) && self.error.is_none()
    }

    pub(super) fn with_error(mut self, error: Option<PlatformError>) -> Self {
        self.error = error;
        self
    }

    pub(super) fn with_rule(mut self, environment: &Environment, rule: Option<usize>) -> Self {
        self.rule = rule.map(|rule| {
            (
                rule,
                Arc::clone(environment.rules.config()),
                environment.source.clone(),
            )
        });
        self
    }
}

impl fmt::Display for AccessRecord {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((rule, config, source)) = &self.rule
            && let Some(entry) = config.routes.get(*rule)
        {
            write!(out, "routes[{rule}] {}", entry.route.value)?;
            if let Some(source) = source {
                write!(out, " (line {})", source.position(entry.span.start).line)?;
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
            Self::NoDataApi => {
                "there is no database connection: start with --data-api-location FOLDER or --data-api-devserver-url URL"
            }
            Self::NoTarget => "the target of the rewrite is missing",
            Self::NoFallbackTarget => "the target of navigationFallback is missing",
            Self::NotSignedIn => "a role is needed and nobody is signed in",
            Self::MissingRole => "the signed-in user has none of the roles",
            Self::Method => "static content answers GET, HEAD and OPTIONS only",
            Self::Broken => "the configuration is invalid",
            Self::Access(text) | Self::Static(text) => text,
            Self::Text(text) => text,
        })
    }
}
