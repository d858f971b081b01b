//! One line of the list of requests.

use serde_json::{Value, json};

use crate::auth::{ClientPrincipal, Persona};

use crate::environment::State;

use super::entry::Entry;
use super::redact::Secrets;
use super::state::Inspector;
use crate::store::timestamp::rfc3339_millis;

/// What the words of a summary depend on, beside the request.
pub struct Words {
    personas: Vec<Persona>,
    secrets: Secrets,
}

impl Words {
    /// The words of now: personas are found by who is signed in.
    pub fn now(inspector: &Inspector, secrets: Secrets) -> Self {
        // All environments have those of the project.
        let environment = inspector.environments.all().into_iter().next();
        let picker = environment.and_then(|environment| {
            let app = environment.app;
            let state = app.current.load_full();
            match &*state {
                State::Serving(serving) => Some(app.personas.picker(serving)),
                State::Broken(_) => None,
            }
        });
        Self {
            personas: picker.unwrap_or_default().personas,
            secrets,
        }
    }

    /// A request in a line.
    pub fn summary(&self, entry: &Entry) -> Value {
        let caller = entry.facts().caller.as_deref();
        let rule = entry.record.rule_entry();
        let resent = entry.resent.as_deref();
        let persona = resent.and_then(|resent| resent.persona.as_deref());
        json!({
            "id": entry.id(),
            "time": rfc3339_millis(entry.time),
            "environment": entry.environment.as_deref(),
            "method": entry.method.as_str(),
            "target": self.secrets.url(entry.target()),
            "status": entry.status,
            "kind": entry.record.kind(),
            "rule": entry.record.rule(),
            "ruleRoute": rule.map(|(rule, _)| &*rule.route.value),
            "line": rule.and_then(|(_, line)| line),
            "reason": self.secrets.url(&entry.record.why()),
            "user": caller.map(|caller| json!({
                "provider": caller.identity_provider,
                "details": caller.user_details,
            })),
            "roles": caller.map_or(&[][..], |caller| &caller.user_roles),
            "persona": persona.or_else(|| self.persona(caller?)),
            "durationMs": entry.took().map(ms),
            "requestBytes": entry.request_bytes,
            "responseBytes": entry.sent_bytes(),
            "contentType": entry.content_type(),
            "resentFrom": resent.map(|resent| resent.from),
        })
    }

    /// The persona whose name and roles the caller has.
    fn persona(&self, caller: &ClientPrincipal) -> Option<&str> {
        let is_caller = |persona: &&Persona| {
            let provider = persona.provider.as_deref();
            persona.user_details == caller.user_details
                && provider.is_none_or(|provider| provider == caller.identity_provider)
        };
        let found = self.personas.iter().find(is_caller)?;
        Some(&found.name)
    }
}

/// Milliseconds as the endpoints write them.
pub fn ms(duration: std::time::Duration) -> f64 {
    (duration.as_secs_f64() * 1_000_000.0).round() / 1000.0
}
