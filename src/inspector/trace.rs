//! Why a request was answered as it was: the rules of the configuration of that moment with the facts of that request, and
//! the steps, as long as that configuration still serves.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use crate::environment::{Environment, State};
use crate::explain::headers::HeaderView;
use crate::explain::steps::Step;
use crate::explain::{retrace, rules};
use crate::http::HeaderCopy;
use crate::pipeline::AppState;
use crate::pipeline::record::Configured;
use crate::routing::path::{clean, decode, without_query};
use crate::routing::{Caller, Method, RequestFacts, Rules};

use super::entry::Entry;
use super::rebuilt::Rebuilt;
use super::redact::Secrets;
use super::state::Inspector;

/// What is told of an answer.
pub struct Trace {
    configured: Option<Arc<Configured>>,
    rules: Vec<rules::RuleView>,
    steps: Option<Vec<Step>>,
    headers: Vec<HeaderView>,
}

impl Trace {
    /// Tells it again.
    pub fn of(inspector: &Inspector, entry: &Entry) -> Self {
        let configured = entry.record.configuration().cloned();
        let rules = configured.as_ref().map(|judged| rules_of(judged, entry));
        let told = serving(inspector, entry, |app, environment| {
            let (request, _) = Rebuilt::of(entry).request();
            let heads = entry.heads.as_ref();
            let response = heads.map(|heads| edge(&heads.response)).unwrap_or_default();
            retrace(Arc::clone(app), environment, &request, &response)
        });
        let (steps, headers) = match told {
            Some((steps, headers)) => (Some(steps), headers),
            None => (None, Vec::new()),
        };
        let mut headers = if entry.heads.is_some() {
            headers
        } else {
            Vec::new()
        };
        attribute(&mut headers, entry);
        Self {
            rules: rules.unwrap_or_default(),
            configured,
            steps,
            headers,
        }
    }

    /// As the page shows it.
    pub fn view(&self, secrets: Secrets) -> Value {
        let source = self
            .configured
            .as_ref()
            .and_then(|judged| judged.source.as_ref());
        let headers = self.headers.iter().map(|header| {
            let value = header.value.as_deref();
            json!({
                "name": header.name,
                "value": value.map(|value| secrets.header(&header.name, value)),
                "setBy": header.set_by,
            })
        });
        json!({
            "configuration": source.map(|source| source.path().display().to_string()),
            "source": source.map(|source| source.text()),
            "rules": self.rules,
            "steps": secrets.texts(json!(self.steps)),
            "current": self.steps.is_some(),
            "headers": headers.collect::<Vec<_>>(),
        })
    }

    /// Who set which header of the answer.
    pub fn set_by(&self) -> BTreeMap<&str, &str> {
        let set = self.headers.iter().filter(|header| header.value.is_some());
        set.map(|header| (&*header.name, &*header.set_by)).collect()
    }
}

/// What came from another program and was not replaced is that program's.
fn attribute(headers: &mut Vec<HeaderView>, entry: &Entry) {
    let hop = entry.facts().hop.as_ref();
    let received = hop.and_then(|hop| hop.received.as_ref());
    let (Some((_, received)), Some(heads)) = (received, &entry.heads) else {
        return;
    };
    let who = match entry.record.kind() {
        "dev-server" => "dev server",
        "data-api" => "database connection",
        _ => "backend",
    };
    for (name, value) in received.iter() {
        let is_same = |header: &&mut HeaderView| {
            header.name == name && header.value.as_deref() == Some(&*value)
        };
        match headers.iter_mut().find(is_same) {
            Some(header) => header.set_by = who.to_owned(),
            // The rest of the answer is not attributed any more.
            None if heads.response.get(&name).as_deref() == Some(&*value) => {
                headers.push(HeaderView {
                    name: name.into_owned(),
                    value: Some(value.into_owned()),
                    set_by: who.to_owned(),
                });
            }
            None => {}
        }
    }
}

/// What an environment says of an entry, if it still serves by the configuration that the entry was judged by.
pub fn serving<T>(
    inspector: &Inspector,
    entry: &Entry,
    say: impl FnOnce(&Arc<AppState>, &Environment) -> T,
) -> Option<T> {
    let name = entry.environment.as_deref()?;
    let judged = entry.record.configuration()?;
    let environments = inspector.environments.all();
    let found = environments
        .iter()
        .find(|environment| *environment.name == *name)?;
    let state = found.app.current.load_full();
    let State::Serving(environment) = &*state else {
        return None;
    };
    let is_current = Arc::ptr_eq(environment.rules.config(), &judged.config);
    is_current.then(|| say(&found.app, environment))
}

fn rules_of(judged: &Configured, entry: &Entry) -> Vec<rules::RuleView> {
    let facts = entry.facts();
    let raw = clean(without_query(entry.target()));
    let required = facts.required_headers.iter().map(Option::as_deref);
    let required: Vec<Option<&str>> = required.collect();
    let facts = RequestFacts {
        method: Method::parse(entry.method.as_str()),
        path: &decode(&raw),
        caller: match &facts.caller {
            Some(caller) => Caller::SignedIn(&caller.user_roles),
            None => Caller::Anonymous,
        },
        origin: facts.origin,
        required_headers: &required,
        has_api: facts.has_api,
        has_data_api: facts.has_data_api,
        any_method: facts.any_method,
    };
    let rules = Rules::new(Arc::clone(&judged.config));
    rules::tried(&rules, judged.source.as_deref(), &facts)
}

/// Kept headers as the server's own.
fn edge(headers: &HeaderCopy) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in headers.iter() {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(&value)) {
            map.append(name, value);
        }
    }
    map
}

/// The words of a status, such as `Not Found`.
pub fn status_text(status: u16) -> &'static str {
    let status = StatusCode::from_u16(status).ok();
    status
        .and_then(|status| status.canonical_reason())
        .unwrap_or_default()
}
