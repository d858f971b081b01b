//! Why a request was answered as it was, besides the rule: for the log in words, for route tests in one.

use std::fmt;

use crate::routing::ErrorCause;

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
