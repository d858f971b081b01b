//! What is remembered of a request: facts, put into words only where someone reads them.

use std::fmt;
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, LOCATION};

use crate::config::Config;
use crate::environment::Environment;
use crate::finding::Source;

use super::Reply;

/// Why a request was answered as it was.
#[derive(Debug)]
pub struct AccessRecord {
    rule: Option<(usize, Arc<Config>, Option<Arc<Source>>)>,
    note: Reason,
}

/// What led to the answer, besides the rule.
#[derive(Debug)]
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
    /// Nothing has that path, and nothing falls back.
    NoFile,
    /// The configuration file was asked for (CF-9).
    Configuration,
    /// A rewrite names a file that is not there.
    NoTarget,
    /// `navigationFallback` names a file that is not there (NF-11).
    NoFallbackTarget,
    /// A method that static content does not answer.
    Method,
    /// The configuration is invalid.
    Broken,
    /// An entry of `responseOverrides`, and what it overrides.
    Override(u16, Box<Reason>),
    /// Something said once.
    Static(&'static str),
    /// Something said for this request.
    Text(String),
}

impl AccessRecord {
    /// A record without a rule.
    pub fn new(note: Reason) -> Self {
        Self { rule: None, note }
    }
}

impl Reply {
    /// An answer without a rule.
    pub fn new(response: HttpResponse, note: Reason) -> Self {
        Self {
            response,
            record: AccessRecord::new(note),
        }
    }

    /// A redirect. Global headers do not apply to it (HD-7).
    pub fn redirect(status: u16, location: &str, note: Reason) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::FOUND);
        let mut response = HttpResponse::with_body(status, BoxBody::new(()));
        match HeaderValue::from_str(location) {
            Ok(value) => {
                response.headers_mut().insert(LOCATION, value);
            }
            Err(_) => log::error!("{location:?} cannot be a Location header"),
        }
        Self::new(response, note)
    }

    pub(super) fn with_rule(mut self, environment: &Environment, rule: Option<usize>) -> Self {
        self.record.rule = rule.map(|rule| {
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
        self.note.fmt(out)
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
            Self::Configuration => "the configuration is never served",
            Self::NoTarget => "the target of the rewrite is missing",
            Self::NoFallbackTarget => "the target of navigationFallback is missing",
            Self::Method => "static content answers GET, HEAD and OPTIONS only",
            Self::Broken => "the configuration is invalid",
            Self::Override(status, note) => {
                return write!(out, "{note}; responseOverrides.{status}");
            }
            Self::Static(text) => text,
            Self::Text(text) => text,
        })
    }
}
