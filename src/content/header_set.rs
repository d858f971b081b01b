//! Headers of static answers: platform defaults ← `globalHeaders` ← rule `headers`, merged once per rule.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use crate::config::Config;
use crate::config::model::Header;

/// RS-1 and RS-2: what Azure adds to every static answer.
pub(super) const DEFAULTS: &[(&str, &str)] = &[
    (
        "strict-transport-security",
        "max-age=10886400; includeSubDomains; preload",
    ),
    ("referrer-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
    ("x-xss-protection", "1; mode=block"),
    ("x-dns-prefetch-control", "off"),
    ("cache-control", "public, must-revalidate, max-age=30"),
];

/// Headers ready to be put on an answer.
#[derive(Debug, Clone)]
pub struct HeaderPlan {
    headers: Vec<(HeaderName, HeaderValue)>,
    /// How many of them, from the first, are the platform's and nobody's wish.
    defaults: usize,
    /// Configured to be absent (HD-2).
    removed: Vec<HeaderName>,
    /// The platform's own `Cache-Control` is meant for content, not for errors.
    default_cache: bool,
}

/// The plans of one configuration.
#[derive(Debug)]
pub struct HeaderPlans {
    base: HeaderPlan,
    /// By the rule's position; rules without headers use the base.
    rules: Vec<Option<Box<HeaderPlan>>>,
}

impl HeaderPlans {
    /// Merges the headers of a configuration.
    pub fn new(config: &Config) -> Self {
        let mut base = HeaderPlan {
            headers: DEFAULTS
                .iter()
                .map(|(name, value)| {
                    (
                        HeaderName::from_static(name),
                        HeaderValue::from_static(value),
                    )
                })
                .collect(),
            defaults: DEFAULTS.len(),
            removed: Vec::new(),
            default_cache: true,
        };
        base.merge(&config.global_headers);
        let rules = config.routes.iter().map(|rule| {
            (!rule.headers.is_empty()).then(|| {
                let mut plan = base.clone();
                plan.merge(&rule.headers);
                Box::new(plan)
            })
        });
        Self {
            rules: rules.collect(),
            base,
        }
    }

    /// The headers for content that a rule, or none, led to (HD-1).
    pub fn content(&self, rule: Option<usize>) -> &HeaderPlan {
        rule.and_then(|rule| self.rules.get(rule)?.as_deref())
            .unwrap_or(&self.base)
    }

    /// Puts headers on an error page. Whether Azure does so is undocumented (HD-7); security headers on pages
    /// that show HTML are the safer guess. A rule's own headers are about its content, so errors do not get them.
    pub fn apply_to_error(&self, headers: &mut HeaderMap) {
        self.base.apply(headers, false);
    }
}

impl HeaderPlan {
    /// HD-1, HD-2: a later header replaces one of the same name, and an empty value removes it.
    fn merge(&mut self, configured: &[Header]) {
        for header in configured {
            let Some((name, value)) = settable(header) else {
                continue;
            };
            if name == CACHE_CONTROL {
                self.default_cache = false;
            }
            if let Some(known) = self.headers.iter().position(|(known, _)| *known == name) {
                self.headers.remove(known);
                self.defaults -= usize::from(known < self.defaults);
            }
            self.removed.retain(|known| *known != name);
            if value.is_empty() {
                self.removed.push(name);
            } else {
                self.headers.push((name, value));
            }
        }
    }

    /// Puts the headers on the answer of a dev server. What is configured wins; what is only the platform's habit gives
    /// way to the server's own word, and never makes a browser keep what is being edited.
    pub fn apply_to_upstream(&self, headers: &mut HeaderMap) {
        for (index, (name, value)) in self.headers.iter().enumerate() {
            if index >= self.defaults || (name != CACHE_CONTROL && !headers.contains_key(name)) {
                headers.insert(name.clone(), value.clone());
            }
        }
        for name in &self.removed {
            headers.remove(name);
        }
    }

    /// The value of a header as it will be sent with content.
    pub fn get(&self, name: &HeaderName) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(known, _)| known == name)?;
        value.to_str().ok()
    }

    /// Adds the headers to an answer.
    pub fn apply(&self, headers: &mut HeaderMap, is_content: bool) {
        for (name, value) in &self.headers {
            if is_content || !self.default_cache || name != CACHE_CONTROL {
                headers.insert(name.clone(), value.clone());
            }
        }
    }
}

/// The header as it can be set; `None` for those that cannot: `Content-Type` (HD-6) and framing.
pub(super) fn settable(header: &Header) -> Option<(HeaderName, HeaderValue)> {
    // What is no header was refused when the configuration was read.
    let name = HeaderName::from_bytes(header.name.value.as_bytes()).ok()?;
    let value = HeaderValue::from_str(&header.value.value).ok()?;
    (name != CONTENT_TYPE && !is_framing(&name)).then_some((name, value))
}

/// Headers that describe the message itself: setting them from a file would corrupt it.
fn is_framing(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "content-length"
            | "transfer-encoding"
            | "connection"
            | "content-encoding"
            | "content-range"
            | "date"
    )
}
