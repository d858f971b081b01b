//! Headers of static answers: platform defaults ← `globalHeaders` ← rule `headers`, merged once per rule, with who had
//! the last word about each.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use crate::config::Config;
use crate::config::model::Header;

/// RS-1 and RS-2: what Azure adds to every static answer.
const DEFAULTS: &[(&str, &str)] = &[
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

/// Who had the last word about a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetBy {
    /// The platform's defaults (RS-1, RS-2).
    Platform,
    /// This entry of `globalHeaders` (HD-1).
    Global(usize),
    /// The entry `header` of the `headers` of rule `rule` (RT-7).
    Rule {
        /// Position in `routes`.
        rule: usize,
        /// Position in its `headers`.
        header: usize,
    },
}

/// A header with the last word about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderEntry {
    /// Its name.
    pub name: HeaderName,
    /// Its value; `None` when the configuration removes it (HD-2).
    pub value: Option<HeaderValue>,
    /// Who set or removed it.
    pub set_by: SetBy,
}

/// The headers of answers of one rule, or of none: each name once.
#[derive(Debug, Clone)]
pub struct HeaderSet(Vec<HeaderEntry>);

/// The header sets of one configuration.
#[derive(Debug)]
pub struct HeaderSets {
    base: HeaderSet,
    /// By the rule's position; rules without headers use the base.
    rules: Vec<Option<Box<HeaderSet>>>,
}

impl HeaderSets {
    /// Merges the headers of a configuration.
    pub fn new(config: &Config) -> Self {
        let mut base = HeaderSet::platform();
        base.merge(&config.global_headers, SetBy::Global);
        let rules = config.routes.iter().enumerate().map(|(position, rule)| {
            (!rule.headers.is_empty()).then(|| {
                let mut set = base.clone();
                set.merge(&rule.headers, |header| SetBy::Rule {
                    rule: position,
                    header,
                });
                Box::new(set)
            })
        });
        Self {
            rules: rules.collect(),
            base,
        }
    }

    /// The headers of content that a rule, or none, led to (HD-1).
    pub fn of_rule(&self, rule: Option<usize>) -> &HeaderSet {
        rule.and_then(|rule| self.rules.get(rule)?.as_deref())
            .unwrap_or(&self.base)
    }

    /// The headers of error pages and of what overrides them. Whether Azure sends them there is undocumented (HD-7);
    /// security headers on pages that show HTML are the safer guess. A rule's own headers are about its content.
    pub fn of_errors(&self) -> &HeaderSet {
        &self.base
    }
}

impl HeaderSet {
    fn platform() -> Self {
        let entries = DEFAULTS.iter().map(|(name, value)| HeaderEntry {
            name: HeaderName::from_static(name),
            value: Some(HeaderValue::from_static(value)),
            set_by: SetBy::Platform,
        });
        Self(entries.collect())
    }

    /// HD-1, HD-2: a later header replaces one of the same name, and an empty value removes it.
    fn merge(&mut self, configured: &[Header], set_by: impl Fn(usize) -> SetBy) {
        for (position, header) in configured.iter().enumerate() {
            let Some((name, value)) = settable(header) else {
                continue;
            };
            self.0.retain(|entry| entry.name != name);
            self.0.push(HeaderEntry {
                name,
                value: Some(value).filter(|value| !value.is_empty()),
                set_by: set_by(position),
            });
        }
    }

    /// Every header that is set or removed.
    pub fn entries(&self) -> &[HeaderEntry] {
        &self.0
    }

    /// The value of a header as it will be sent with content.
    pub fn get(&self, name: &HeaderName) -> Option<&str> {
        let entry = self.0.iter().find(|entry| entry.name == name)?;
        entry.value.as_ref()?.to_str().ok()
    }

    /// Puts the headers on content.
    pub fn apply_to_content(&self, headers: &mut HeaderMap) {
        for entry in &self.0 {
            if let Some(value) = &entry.value {
                headers.insert(entry.name.clone(), value.clone());
            }
        }
    }

    /// Puts the headers on an error: all but the platform's own `Cache-Control`, which is meant for content.
    pub fn apply_to_error(&self, headers: &mut HeaderMap) {
        for entry in &self.0 {
            match &entry.value {
                Some(_) if entry.name == CACHE_CONTROL && entry.set_by == SetBy::Platform => {}
                Some(value) => headers
                    .insert(entry.name.clone(), value.clone())
                    .for_each(drop),
                None => {}
            }
        }
    }

    /// Puts the headers on the answer of a dev server. What is configured wins; what is only the platform's habit gives
    /// way to the server's own word, and never makes a browser keep what is being edited.
    pub fn apply_to_upstream(&self, headers: &mut HeaderMap) {
        for HeaderEntry {
            name,
            value,
            set_by,
        } in &self.0
        {
            let gives_way = *set_by == SetBy::Platform
                && (*name == CACHE_CONTROL || headers.contains_key(name));
            match value {
                Some(_) if gives_way => {}
                Some(value) => headers.insert(name.clone(), value.clone()).for_each(drop),
                None => headers.remove(name).for_each(drop),
            }
        }
    }
}

/// The header as it can be set; `None` for those that cannot: `Content-Type` (HD-6) and framing.
fn settable(header: &Header) -> Option<(HeaderName, HeaderValue)> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::read;
    use crate::finding::Source;

    const TEXT: &str = r#"{
        "globalHeaders": {"X-A": "1", "Referrer-Policy": "", "X-B": "2", "Content-Type": "x/y"},
        "routes": [{"route": "/x", "headers": {"x-b": "", "X-C": "3", "Cache-Control": "no-store"}}]
    }"#;

    fn sets() -> HeaderSets {
        HeaderSets::new(&read(&Source::new("x", TEXT)).config.unwrap())
    }

    fn sent(apply: impl Fn(&mut HeaderMap)) -> HeaderMap {
        let mut headers = HeaderMap::new();
        apply(&mut headers);
        headers
    }

    #[test]
    fn hd_1_2_the_last_word_is_sent_and_named() {
        let sets = sets();
        let set = sets.of_rule(Some(0));
        let headers = sent(|headers| set.apply_to_content(headers));
        for (name, value, set_by) in [
            ("x-a", Some("1"), Some(SetBy::Global(0))),
            ("referrer-policy", None, Some(SetBy::Global(1))),
            ("x-b", None, Some(SetBy::Rule { rule: 0, header: 0 })),
            (
                "cache-control",
                Some("no-store"),
                Some(SetBy::Rule { rule: 0, header: 2 }),
            ),
            (
                "x-xss-protection",
                Some("1; mode=block"),
                Some(SetBy::Platform),
            ),
            ("content-type", None, None),
        ] {
            let entry = set.entries().iter().find(|entry| entry.name == name);
            assert_eq!(entry.map(|entry| entry.set_by), set_by, "{name}");
            assert_eq!(
                headers.get(name).map(|value| value.to_str().unwrap()),
                value,
                "{name}"
            );
        }
        let set_somewhere = set.entries().iter().filter(|entry| entry.value.is_some());
        assert_eq!(set_somewhere.count(), headers.len());
    }

    #[test]
    fn hd_7_errors_get_the_global_headers_and_no_cache_time_of_the_platform() {
        let sets = sets();
        let headers = sent(|headers| sets.of_errors().apply_to_error(headers));
        assert_eq!(headers.get("x-b").unwrap(), "2");
        assert!(!headers.contains_key("cache-control") && !headers.contains_key("x-c"));
        let headers = sent(|headers| sets.of_rule(Some(0)).apply_to_error(headers));
        assert_eq!(headers.get("cache-control").unwrap(), "no-store");
    }

    #[test]
    fn a_dev_servers_own_word_beats_the_platform_but_not_the_configuration() {
        let sets = sets();
        let headers = sent(|headers| {
            for name in ["x-a", "x-b", "x-xss-protection", "referrer-policy"] {
                let name = HeaderName::from_static(name);
                headers.insert(name, HeaderValue::from_static("theirs"));
            }
            sets.of_rule(None).apply_to_upstream(headers);
        });
        assert_eq!(headers.get("x-a").unwrap(), "1");
        assert_eq!(headers.get("x-b").unwrap(), "2");
        assert_eq!(headers.get("x-xss-protection").unwrap(), "theirs");
        assert!(!headers.contains_key("referrer-policy") && !headers.contains_key("cache-control"));
        assert_eq!(headers.get("x-content-type-options").unwrap(), "nosniff");
    }
}
