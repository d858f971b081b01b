//! What the tests of the lints share.

use super::{Known, lint};
use crate::config::read;
use crate::finding::Source;

/// Rule id and marked text of each lint, nothing being known of content and API.
pub(super) fn found(text: &str) -> Vec<String> {
    let source = Source::new("x", text);
    let outcome = read(&source);
    let config = outcome
        .config
        .unwrap_or_else(|| panic!("{text}: {:?}", outcome.findings));
    let found = lint(&config, &source, Known::default());
    let shown = found.iter().map(|found| {
        assert!(found.hint.is_some(), "{} has no hint", found.message);
        let place = &source.text()[found.place.span().start..found.place.span().end];
        format!("{} {}", found.code, place.trim_matches('"'))
    });
    shown.collect()
}

/// The same for a file with these `routes` alone.
pub(super) fn routes(text: &str) -> Vec<String> {
    found(&format!("{{\"routes\": [{text}]}}"))
}
