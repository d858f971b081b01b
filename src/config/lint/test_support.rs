//! What the tests of the lints share.

use super::{ContentFacts, Known, lint};
use crate::config::model::TrailingSlash;
use crate::config::read;
use crate::content::lookup::{Lookup, Probe, resolve};
use crate::finding::Source;

/// A content of file names without leading slash.
pub(super) struct Files<'a>(pub(super) &'a [&'a str], pub(super) TrailingSlash);

impl Probe for Files<'_> {
    type Meta = ();
    fn file(&self, relative: &str) -> Option<()> {
        self.0.contains(&relative).then_some(())
    }
}

impl ContentFacts for Files<'_> {
    fn has_file(&self, path: &str) -> bool {
        self.file(path.trim_start_matches('/')).is_some()
    }
    fn page(&self, path: &str) -> Option<String> {
        match resolve(self, path, Some(self.1)) {
            Lookup::File { relative, .. } => Some(format!("/{relative}")),
            Lookup::Moved(_) | Lookup::Missing => None,
        }
    }
}

fn findings(text: &str, known: Known<'_>) -> Vec<String> {
    let source = Source::new("x", text);
    let outcome = read(&source);
    let config = outcome
        .config
        .unwrap_or_else(|| panic!("{text}: {:?}", outcome.findings));
    let found = lint(&config, &source, known);
    let shown = found.iter().map(|found| {
        assert!(found.hint.is_some(), "{} has no hint", found.message);
        let place = &source.text()[found.place.span().start..found.place.span().end];
        format!("{} {}", found.code, place.trim_matches('"'))
    });
    shown.collect()
}

/// Rule id and marked text of each lint, nothing being known of content and API.
pub(super) fn found(text: &str) -> Vec<String> {
    findings(text, Known::default())
}

/// The same for a file with these `routes` alone.
pub(super) fn routes(text: &str) -> Vec<String> {
    found(&format!("{{\"routes\": [{text}]}}"))
}

/// The same with known content, and without an API.
pub(super) fn with_files(text: &str, files: &[&str]) -> Vec<String> {
    let mode = read(&Source::new("x", text))
        .config
        .map_or(TrailingSlash::Omitted, |config| config.trailing_slash);
    let files = Files(files, mode);
    let known = Known {
        content: Some(&files),
        has_api: Some(false),
    };
    findings(text, known)
}
