//! Who set which header of an answer.

use actix_web::http::header::{
    CONTENT_TYPE, ETAG, HeaderMap, HeaderName, LAST_MODIFIED, LOCATION, SET_COOKIE, VARY,
};
use serde::Serialize;

use crate::content::header_set::{HeaderEntry, SetBy};
use crate::environment::Environment;
use crate::finding::Span;
use crate::pipeline::resolution::{ConfiguredHeaders, Handler, Resolution};

use super::place;

/// A header of the answer, or one that was removed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HeaderView {
    /// Its name.
    pub name: String,
    /// Its value; null when it was removed.
    pub value: Option<String>,
    /// Who set or removed it.
    pub set_by: String,
}

impl HeaderView {
    /// Whether a rule's `headers` set or removed it.
    pub fn is_set_by_rule(&self) -> bool {
        self.set_by.starts_with("routes[")
    }
}

/// Who set which header of an answer that is still to come.
pub(super) struct Attribution<'e> {
    environment: &'e Environment,
    configured: &'e [HeaderEntry],
    /// The file that answers, relative to the content root.
    file: Option<String>,
}

impl<'e> Attribution<'e> {
    pub(super) fn of(environment: &'e Environment, resolution: &Resolution<'_>) -> Self {
        let header_sets = environment.content.header_sets();
        Self {
            environment,
            configured: match resolution.headers {
                ConfiguredHeaders::None => &[],
                ConfiguredHeaders::Content(rule) => header_sets.of_rule(rule).entries(),
                ConfiguredHeaders::ErrorPage => header_sets.of_errors().entries(),
            },
            file: match &resolution.handler {
                Handler::File { relative, .. } => Some(relative.to_string()),
                _ => None,
            },
        }
    }

    /// The headers of the answer, then those that the configuration removed. A header that the configuration set is
    /// known by name and value.
    pub(super) fn views(&self, headers: &HeaderMap) -> Vec<HeaderView> {
        let mut views: Vec<HeaderView> = headers
            .iter()
            .map(|(name, value)| {
                let entry = self
                    .configured
                    .iter()
                    .find(|entry| entry.name == name && entry.value.as_ref() == Some(value));
                HeaderView {
                    name: name.to_string(),
                    value: Some(String::from_utf8_lossy(value.as_bytes()).into_owned()),
                    set_by: match entry {
                        Some(entry) => origin(self.environment, entry),
                        None => own(self.environment, self.file.as_deref(), name),
                    },
                }
            })
            .collect();
        let removed = self.configured.iter().filter(|entry| entry.value.is_none());
        views.extend(removed.map(|entry| HeaderView {
            name: entry.name.to_string(),
            value: None,
            set_by: origin(self.environment, entry),
        }));
        views.sort_by(|a, b| a.name.cmp(&b.name));
        views
    }
}

fn origin(environment: &Environment, entry: &HeaderEntry) -> String {
    let config = environment.rules.config();
    let named = |what: String, span: Option<Span>| match span
        .and_then(|span| place(environment.source.as_deref(), span))
    {
        Some(place) => format!("{what} ({place})"),
        None => what,
    };
    match entry.set_by {
        SetBy::Platform => "platform default".to_string(),
        SetBy::Global(position) => {
            let header = config.global_headers.get(position);
            named(
                "globalHeaders".to_string(),
                header.map(|header| header.name.span),
            )
        }
        SetBy::Rule { rule, header } => {
            let entry = config
                .routes
                .get(rule)
                .and_then(|rule| rule.headers.get(header));
            named(
                format!("routes[{rule}].headers"),
                entry.map(|header| header.name.span),
            )
        }
    }
}

/// Headers that no configuration sets.
fn own(environment: &Environment, file: Option<&str>, name: &HeaderName) -> String {
    if let (Some(path), true) = (file, *name == CONTENT_TYPE) {
        let types = &environment.rules.config().mime_types;
        let configured = types
            .iter()
            .find(|(extension, _)| path.ends_with(&extension.value));
        return match configured
            .and_then(|(extension, _)| place(environment.source.as_deref(), extension.span))
        {
            Some(place) => format!("mimeTypes ({place})"),
            None => "type of the extension".to_string(),
        };
    }
    match *name {
        ETAG | LAST_MODIFIED => "the file",
        LOCATION => "the redirect",
        SET_COOKIE => "sign-in",
        VARY => "compression",
        _ => "the emulator",
    }
    .to_string()
}
