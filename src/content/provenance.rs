//! Who set a header: the merging of [`super::header_set`] once more, keeping the names. Made on demand; serving never pays.

use actix_web::http::header::{HeaderName, HeaderValue};

use crate::config::Config;
use crate::config::model::Header;

use super::header_set::{DEFAULTS, settable};

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
pub struct Provenance {
    /// Its name.
    pub name: HeaderName,
    /// Its value; `None` when it was removed (HD-2).
    pub value: Option<HeaderValue>,
    /// Who set or removed it.
    pub set_by: SetBy,
}

/// The headers of content that a rule, or none, led to, removed ones included.
pub fn provenance(config: &Config, rule: Option<usize>) -> Vec<Provenance> {
    let mut all: Vec<Provenance> = DEFAULTS
        .iter()
        .map(|(name, value)| Provenance {
            name: HeaderName::from_static(name),
            value: Some(HeaderValue::from_static(value)),
            set_by: SetBy::Platform,
        })
        .collect();
    let mut merge = |headers: &[Header], set_by: &dyn Fn(usize) -> SetBy| {
        for (position, header) in headers.iter().enumerate() {
            let Some((name, value)) = settable(header) else {
                continue;
            };
            let known = all.iter().any(|entry| entry.name == name);
            all.retain(|entry| entry.name != name);
            if known || !value.is_empty() {
                all.push(Provenance {
                    name,
                    value: Some(value).filter(|value| !value.is_empty()),
                    set_by: set_by(position),
                });
            }
        }
    };
    merge(&config.global_headers, &SetBy::Global);
    if let Some((position, rule)) = rule.and_then(|at| Some((at, config.routes.get(at)?))) {
        merge(&rule.headers, &|header| SetBy::Rule {
            rule: position,
            header,
        });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Source, read};
    use crate::content::header_set::HeaderPlans;
    use actix_web::http::header::HeaderMap;

    const TEXT: &str = r#"{
        "globalHeaders": {"X-A": "1", "Referrer-Policy": "", "X-B": "2", "Content-Type": "x/y"},
        "routes": [{"route": "/x", "headers": {"x-b": "", "X-C": "3", "Cache-Control": "no-store"}}]
    }"#;

    #[test]
    fn hd_1_2_it_agrees_with_what_is_served() {
        let config = read(&Source::new("x", TEXT)).config.unwrap();
        for rule in [None, Some(0)] {
            let mut served = HeaderMap::new();
            HeaderPlans::new(&config)
                .content(rule)
                .apply(&mut served, true);
            let told = provenance(&config, rule);
            let set: Vec<_> = told.iter().filter(|entry| entry.value.is_some()).collect();
            assert_eq!(set.len(), served.len());
            for entry in set {
                assert_eq!(
                    served.get(&entry.name),
                    entry.value.as_ref(),
                    "{}",
                    entry.name
                );
            }
            for gone in told.iter().filter(|entry| entry.value.is_none()) {
                assert!(!served.contains_key(&gone.name), "{}", gone.name);
            }
        }
    }

    #[test]
    fn the_last_word_is_named() {
        let config = read(&Source::new("x", TEXT)).config.unwrap();
        let told = provenance(&config, Some(0));
        let who = |name: &str| {
            told.iter()
                .find(|entry| entry.name == name)
                .map(|entry| entry.set_by)
        };
        assert_eq!(who("x-a"), Some(SetBy::Global(0)));
        assert_eq!(who("referrer-policy"), Some(SetBy::Global(1)));
        assert_eq!(who("x-b"), Some(SetBy::Rule { rule: 0, header: 0 }));
        assert_eq!(
            who("cache-control"),
            Some(SetBy::Rule { rule: 0, header: 2 })
        );
        assert_eq!(who("x-xss-protection"), Some(SetBy::Platform));
        assert_eq!(who("content-type"), None);
    }
}
